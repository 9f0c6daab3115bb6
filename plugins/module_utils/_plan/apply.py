# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Carrying a plan out: all steps are done, or none is when it fails or a signal ends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import Interrupted, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.half_done import HalfDone, sentence
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.settle import (
    Step,
    not_undone,
    settle,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._process import signals


def apply(steps: Sequence[Step], at_end: Iterable[Callable[[], None]]) -> None:
    """Do all steps, then what cannot be undone; when a step fails, or a signal says to end, undo and raise."""
    with signals.held_back() as came:
        _do(steps, came)
        failed = _try_all(at_end)
        if failed:
            raise XdpError(" ".join(map(sentence, failed)) + " Everything else was done.")
        names = came()
        if names:
            raise Interrupted(f"Interrupted by {names} when everything was done. What was asked for is in force.")


def _do(steps: Sequence[Step], came: Callable[[], str]) -> None:
    done: list[Step] = []
    begun: Step | None = None
    try:
        for step in steps:
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
        text = f"{sentence(error)} {trouble or 'What was there before is still in force.'}"
        if isinstance(error, Interrupted):
            raise Interrupted(text) from error
        raise XdpError(text) from error
    except BaseException:
        # A mistake of ours; it may have come after the kernel has acted.
        with suppress(Exception):
            if begun is not None and begun.is_done():
                done.append(begun)
        _undo(done)
        raise


def _stop_if(names: str) -> None:
    if names:
        raise Interrupted(f"Interrupted by {names}")


def _undo(done: list[Step]) -> str:
    """Undo in reverse order, as far as it goes; returns what could not be undone."""
    return not_undone(_try_all([_undoing(step) for step in reversed(done)]))


def _undoing(step: Step) -> Callable[[], None]:
    return lambda: settle(step.undo, lambda: not step.is_done())


def _try_all(actions: Iterable[Callable[[], None]]) -> list[Exception]:
    """Call each of them, whatever becomes of the others; returns what failed."""
    failed: list[Exception] = []
    for action in actions:
        try:
            action()
        except Exception as error:
            failed.append(error)
    return failed
