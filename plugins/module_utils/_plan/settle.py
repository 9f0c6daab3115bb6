# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Steps, and what became of one that failed: done or not done, as the kernel has it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Protocol

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import NoAnswer, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.half_done import HalfDone, sentence

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

    def do(self) -> None:
        """Make the change."""

    def undo(self) -> None:
        """Take it back."""

    def is_done(self) -> bool:
        """Whether the change is there now."""


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
                    error, f"Whether it took effect all the same could not be determined: {sentence(trouble)}"
                ) from trouble
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
            raise HalfDone(error, not_undone([trouble])) from trouble
        raise


def not_undone(failed: list[Exception]) -> str:
    """What could not be undone, in whole sentences; empty when all could."""
    if not failed:
        return ""
    told = [f"{sentence(error)} {error.trouble if isinstance(error, HalfDone) else ''}".rstrip() for error in failed]
    return "While undoing, this failed too: " + " ".join(told)
