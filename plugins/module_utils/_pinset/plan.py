# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan: steps that can each be done and undone, and what they change in the user's words."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Protocol

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError, refusal


class Step(Protocol):
    """One change. ``undo`` is called only after ``do`` has returned."""

    def do(self) -> None: ...

    def undo(self) -> None: ...


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
        """Do this when all steps are done: what cannot be undone, and cannot fail in a way that matters."""
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
        return bool(self.steps)

    def side(self, which: str) -> dict[str, dict[str, Any]]:
        """The ``before`` or ``after`` of all changes, by part and name; what is absent is left out."""
        shown: dict[str, dict[str, Any]] = {}
        for change in self.changes:
            value = getattr(change, which)
            if value is not None:
                shown.setdefault(change.part, {})[change.name] = value
        return shown

    def apply(self) -> None:
        """Do all steps; when one fails, undo those that are done and raise."""
        done: list[Step] = []
        try:
            for step in self.steps:
                step.do()
                done.append(step)
        except BaseException as error:
            trouble = _undo(done)
            if not isinstance(error, (XdpError, OSError)):
                raise
            raise XdpError(f"{_sentence(error)} {trouble or 'What was there before is still in force.'}") from None
        for action in self._at_end:
            action()


def _sentence(error: Exception) -> str:
    text = str(error)
    if isinstance(error, OSError):
        text = refusal(error)
    return text if text.endswith((".", "\n")) else text + "."


def _undo(done: list[Step]) -> str:
    """Undo in reverse order, as far as it goes; returns what could not be undone."""
    failed = []
    for step in reversed(done):
        try:
            step.undo()
        except Exception as error:  # whatever it is, the other steps are still to be undone
            failed.append(_sentence(error))
    return "While undoing, this failed too: " + " ".join(failed) if failed else ""
