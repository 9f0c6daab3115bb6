# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan: steps that can each be done and undone, and what they change in the user's words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Callable, NamedTuple, Protocol

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import NoAnswer, XdpError

# How often something that was interrupted is tried, and how often the kernel is asked.
_ATTEMPTS = 5


class Step(Protocol):
    """One change, of which there is all or nothing.

    ``do`` and ``undo`` take back what they have begun when they fail half way
    (see ``taking_back``); when they cannot, they raise ``HalfDone``. Either may
    be called again after it failed. ``undo`` is called only for a step that is
    done.

    ``is_done`` asks the kernel, or the file system, whether what ``do`` does is
    there now. The plan calls it when ``do`` or ``undo`` failed: an answer may be
    lost after the kernel has acted. It stays true until ``undo`` has done its
    last part.
    """

    def do(self) -> None: ...

    def undo(self) -> None: ...

    def is_done(self) -> bool: ...


class HalfDone(XdpError):
    """A step failed, and what is there now is neither what was there before nor what was wanted, or is not known."""

    def __init__(self, error: Exception, trouble: str = "") -> None:
        super().__init__(_sentence(error))
        #: More of it, in whole sentences.
        self.trouble = trouble


class Interrupted(XdpError):
    """A signal ended the run. Whoever works on one set after the other has to stop."""


def settle(act: Callable[[], Any], is_done: Callable[[], bool]) -> None:
    """Do one thing and be sure of it: when ``act`` fails, what counts is what ``is_done`` finds.

    A call may fail after it has acted, as when its answer is lost. One that was
    interrupted, or not answered, and has not acted is tried again.
    """
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            act()
            return
        except HalfDone:
            raise
        except (XdpError, OSError) as error:
            if _ask(is_done, error):
                return
            unclear = isinstance(error, NoAnswer) or getattr(error, "errno", None) == errno.EINTR
            if not unclear or not attempts_left:
                raise


def _ask(is_done: Callable[[], bool], error: Exception) -> bool:
    """What became of a call that failed with ``error``."""
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            return is_done()
        except (XdpError, OSError) as trouble:
            if not attempts_left:
                raise HalfDone(
                    error, f"Whether it took effect all the same could not be found out: {_sentence(trouble)}"
                ) from None
    raise AssertionError("not reached")


@contextmanager
def taking_back(take_back: Callable[[], None]) -> Iterator[None]:
    """When what is done inside fails, take back what was done before it."""
    try:
        yield
    except (XdpError, OSError) as error:
        try:
            take_back()
        except (XdpError, OSError) as trouble:
            raise HalfDone(error, _not_undone([trouble])) from None
        raise


class Change(NamedTuple):
    """What a step means to the user; no ids, times or counters, so that equal plans show equal diffs."""

    part: str
    name: str
    before: Any
    after: Any


class Plan:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.changes: list[Change] = []
        #: Whole sentences for the user, in the order in which they were found; see ``warn``.
        self.warnings: list[str] = []
        self._at_end: list[Callable[[], None]] = []

    def add(self, step: Step, *changes: Change) -> None:
        self.steps.append(step)
        self.changes.extend(changes)

    def at_end(self, action: Callable[[], None]) -> None:
        """Do this when all steps are done: what cannot be undone. It fails only when nothing can be done about it."""
        self._at_end.append(action)

    def extend(self, other: Plan) -> None:
        self.steps += other.steps
        self.changes += other.changes
        self._at_end += other._at_end
        self.warnings += other.warnings

    def warn(self, text: str) -> None:
        """Tell the user something that is neither a change nor an error, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def note(self, *changes: Change) -> None:
        """Say what steps mean that were added without saying it."""
        self.changes.extend(changes)

    @property
    def changed(self) -> bool:
        return bool(self.steps or self._at_end)

    def side(self, which: str) -> dict[str, dict[str, Any]]:
        """The ``before`` or ``after`` of all changes, by part and name; what is absent is left out."""
        shown: dict[str, dict[str, Any]] = {}
        for change in self.changes:
            value = getattr(change, which)
            if value is not None:
                shown.setdefault(change.part, {})[change.name] = value
        return shown

    def apply(self) -> None:
        """Do all steps; when one fails, or a signal says to end, undo those that are done and raise."""
        if not self.changed:
            return
        # A converged run does not wait for this import.
        from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import signals

        with signals.held_back() as came:
            self._do_steps(came)
            failed = _try_all(self._at_end)
            if failed:
                raise XdpError(" ".join(map(_sentence, failed)) + " Everything else was done.")
            names = came()
            if names:
                raise Interrupted(f"Interrupted by {names} when everything was done. What was asked for is in force.")

    def _do_steps(self, came: Callable[[], str]) -> None:
        done: list[Step] = []
        begun: Step | None = None
        try:
            for step in self.steps:
                _stop_if(came())
                begun = step
                settle(step.do, step.is_done)
                done.append(step)
                begun = None
            _stop_if(came())
        except (XdpError, OSError) as error:
            trouble = _undo(done)
            if isinstance(error, HalfDone):
                trouble = f"{error.trouble} {trouble}".rstrip()
            text = f"{_sentence(error)} {trouble or 'What was there before is still in force.'}"
            if isinstance(error, Interrupted):
                raise Interrupted(text) from None
            raise XdpError(text) from None
        except BaseException:
            # A mistake of ours; it may have come after the kernel has acted.
            with suppress(Exception):
                if begun is not None and begun.is_done():
                    done.append(begun)
            _undo(done)
            raise


def _stop_if(signals: str) -> None:
    if signals:
        raise Interrupted(f"Interrupted by {signals}")


def _sentence(error: Exception) -> str:
    text = str(error)
    if isinstance(error, OSError):
        text = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
    return text if text.endswith((".", "\n")) else text + "."


def _undo(done: list[Step]) -> str:
    """Undo in reverse order, as far as it goes; returns what could not be undone."""
    return _not_undone(_try_all([_undoing(step) for step in reversed(done)]))


def _undoing(step: Step) -> Callable[[], None]:
    return lambda: settle(step.undo, lambda: not step.is_done())


def _try_all(actions: list[Callable[[], None]]) -> list[Exception]:
    """Call each of them, whatever becomes of the others; returns what failed."""
    failed: list[Exception] = []
    for action in actions:
        try:
            action()
        except Exception as error:
            failed.append(error)
    return failed


def _not_undone(failed: list[Exception]) -> str:
    if not failed:
        return ""
    told = [f"{_sentence(error)} {error.trouble if isinstance(error, HalfDone) else ''}".rstrip() for error in failed]
    return "While undoing, this failed too: " + " ".join(told)
