# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A plan: steps that can each be done and undone, and what they change in the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, NamedTuple

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._plan.settle import Step


class Change(NamedTuple):
    """What a step means to the user; no ids, times or counters, so that equal plans show equal diffs."""

    part: str
    name: str
    #: Plain data, or a function that gives it: what a step says of itself, before it is done or after.
    before: Any
    after: Any


class Plan:
    """Steps in their order, what they change in the user's words, and warnings."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.changes: list[Change] = []
        #: Whole sentences for the user, in the order in which they were found; see ``warn``.
        self.warnings: list[str] = []
        self._at_end: list[Callable[[], None]] = []

    def add(self, step: Step, *changes: Change) -> None:
        """Add a step after those that are there."""
        self.steps.append(step)
        self.changes.extend(changes)

    def at_end(self, action: Callable[[], None]) -> None:
        """Do this when all steps are done: what cannot be undone. It fails only when nothing can be done about it."""
        self._at_end.append(action)

    def extend(self, other: Plan) -> None:
        """Append everything of another plan."""
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
        """Whether there is anything to do: what modules return as ``changed``."""
        return bool(self.steps or self._at_end)

    def side(self, which: str) -> dict[str, dict[str, Any]]:
        """The ``before`` or ``after`` of all changes, by part and name; what is absent is left out."""
        shown: dict[str, dict[str, Any]] = {}
        for change in self.changes:
            value = getattr(change, which)
            if callable(value):
                value = value()
            if value is not None:
                shown.setdefault(change.part, {})[change.name] = value
        return shown

    def apply(self) -> None:
        """Do all steps; when one fails, or a signal says to end, undo those that are done and raise."""
        if self.changed:
            # A converged run does not wait for this import.
            from ansible_collections.ebpf.xdp.plugins.module_utils._plan.apply import apply

            apply(self.steps, self._at_end)
