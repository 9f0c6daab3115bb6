# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Beginning a trial: everything is made and pinned, interfaces run the guards, and at last one map update arms them.

Until that the old program decides, whatever dies. The steps are those of any other plan, and are undone alike.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_changes import still_there
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_steps import (
    AttachLink,
    AttachNetlink,
    SwitchLink,
    SwitchNetlink,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.standing import Standing
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._fill.migrate_steps import CopyEntries, CopyMissing
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import OFF, Attachment, program_by_id
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record.pin_steps import MakeDirectory, PinObject, WriteRecord
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record_write import require_room
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.absent import Absence
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.planner import Planner
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import clock, clock_set, giving, guard, intended
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.intended import Intended, Move
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.places import Places
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.trial_record import (
    KERNEL,
    PROCESS,
    Place,
    Side,
    Trial,
)

#: The answer of the run that arms gets away before the new program decides.
HEAD_START = clock.SECOND


class Arming:
    """What makes of a plan one that takes itself back."""

    def __init__(self, timeout: int) -> None:
        self.timeout = timeout
        #: As modules return it; ``armed`` says more.
        self.result: dict[str, Any] = {"state": "unneeded", "timeout": timeout}
        self._arm: Arm | None = None

    def of_present(self, planner: Planner, standing: Sequence[Standing], held: ExitStack) -> Plan | None:
        """``None`` when nothing changes that interfaces run; so it is with the next one."""
        return self._plan(intended.of_present(planner, standing), planner.observed, held)

    def of_absent(self, observed: Observed, absence: Absence, held: ExitStack) -> Plan | None:
        """The plan that puts the removal on trial; ``None`` if nothing would be detached."""
        return self._plan(intended.of_absent(observed, absence), observed, held)

    def armed(self, check_mode: bool) -> dict[str, Any]:
        """The result when the plan is done, or would be."""
        if self._arm is None:
            return self.result
        if check_mode:
            return {**self.result, "state": "predicted"}
        begins_in = (self._arm.begin - clock.now()) / clock.SECOND
        return {**self.result, "state": "pending", "begins_in": round(max(0.0, begins_in), 3)}

    def _plan(self, wanted: Intended | None, observed: Observed, held: ExitStack) -> Plan | None:
        if wanted is None:
            return None
        _require_no_guard(wanted.moves)
        places = Places(observed.layout)
        when = clock_set.make(held)
        guards: dict[tuple[int, int], guard.Guard] = {}
        why = next((_cannot_switch(move) for move in wanted.moves if not move.is_switch), None)
        if why is None:
            try:
                for move in wanted.moves:
                    pair = _pair(move)
                    if pair not in guards:
                        old = _program(observed, move.before) if move.before else None
                        guards[pair] = guard.make(when, old, move.program, held)
            except guard.Refused as error:
                why = str(error)
                guards.clear()
        if why is not None and any(move.giver for move in wanted.moves):
            raise XdpError(
                f"confirm_timeout is not possible with replace_sets here: {why}, so only a process could give the interfaces back. "
                f"Leave one of the two out"
            )
        trial = Trial(
            os.urandom(8).hex(),
            self.timeout,
            KERNEL if why is None else PROCESS,
            why,
            wanted.object,
            observed.record_text,
            wanted.record,
            tuple(_place(move, guards) for move in wanted.moves),
            {name: object_id for name, (_fd, object_id) in wanted.pins.items()},
            wanted.gone,
            observed.netns,
            tuple(observed.givers),
        )
        self.result.update(
            id=trial.id, protection=trial.protection, why=why, interfaces=sorted({move.name for move in wanted.moves})
        )
        plan = Plan()
        self._prepare(plan, observed, places, trial, wanted, when)
        self._arm = arm = Arm(when, self.timeout, HEAD_START if why is None else 0)
        for number, each in enumerate(guards.values()):
            plan.add(PinObject(each.array, places.array(number)))
            plan.add(PinObject(each.program, places.guard(number)))
        for migration in wanted.migrations:
            plan.add(CopyEntries(migration))
        plan.extend(wanted.filling)
        if why is None:
            self._guard(plan, observed, places, wanted.moves, guards, held)
        else:
            from ansible_collections.ebpf.xdp.plugins.module_utils._trial import process

            links = observed.layout.directories["links"]
            if links not in observed.directories:
                plan.add(MakeDirectory(links))
            plan.add(arm)
            plan.add(process.Start(observed.layout, trial.id))
            plan.extend(wanted.attaching)
            # A connection that began while this was going on proves nothing yet.
            self._arm = again = Arm(when, self.timeout, 0)
            plan.add(again)
        for migration in wanted.migrations:
            plan.add(CopyMissing(migration))
        if why is None:
            plan.add(arm)
        return plan

    @staticmethod
    def _prepare(plan: Plan, observed: Observed, places: Places, trial: Trial, wanted: Intended, when: int) -> None:
        text = trial.to_text()
        require_room(text)
        if observed.layout.path not in observed.directories:
            plan.add(MakeDirectory(observed.layout.path))
        plan.add(MakeDirectory(places.path))
        plan.add(WriteRecord(places.record, None, text))
        for giver in observed.givers.values():
            plan.add(giving.Mark(giver.layout, observed.layout.name))
        for path in places.parts.values():
            plan.add(MakeDirectory(path))
        plan.add(PinObject(when, places.when))
        # What somebody else attached has to live until it is known whether it comes back.
        others = {move.before.program_id: move.before for move in wanted.moves if move.before is not None}
        pinned = {pin.info.id for pin in observed.programs.values()}
        for object_id, before in others.items():
            if object_id not in pinned:
                plan.add(PinObject(_program(observed, before), places.old(object_id)))
        for name, (fd, _id) in wanted.pins.items():
            part, _slash, pin = name.partition("/")
            plan.add(PinObject(fd, places.new(part, pin)))

    def _guard(
        self,
        plan: Plan,
        observed: Observed,
        places: Places,
        moves: list[Move],
        guards: dict[tuple[int, int], guard.Guard],
        held: ExitStack,
    ) -> None:
        """The interfaces run the guards, which run what was there before."""
        for move in moves:
            program = guards[_pair(move)].program
            before = move.before
            if before is None and move.new is not None:
                if move.new.method == "link":
                    plan.add(AttachLink(move.name, move.ifindex, program, move.modes, places.link(move.name), held))
                else:
                    plan.add(AttachNetlink(move.name, move.ifindex, program, move.modes))
            elif before is not None and before.link_id is not None:
                link = still_there(observed.link(before.link_id), f"bpf_link {before.link_id}")
                plan.add(SwitchLink(move.name, link, _program(observed, before), program))
            elif before is not None:
                plan.add(SwitchNetlink(move.name, move.ifindex, before.mode, _program(observed, before), program))


class Arm:
    """From here the new program decides, a moment from now and for so long."""

    def __init__(self, when: int, timeout: int, head_start: int) -> None:
        self._when = when
        self._span = timeout * clock.SECOND
        self._head_start = head_start
        self.begin = 0

    def do(self) -> None:
        self.begin = clock.now() + self._head_start
        clock_set.write(self._when, clock.When(self.begin, self._span))

    def undo(self) -> None:
        clock_set.write(self._when, clock.When(0, 0))

    def is_done(self) -> bool:
        return clock.read(self._when) == (self.begin, self._span)


def _require_no_guard(moves: list[Move]) -> None:
    """Refuse to go back to the guard of another trial, which may have ended by then."""
    for move in moves:
        running = program_by_id(move.before.program_id) if move.before is not None else None
        if running is not None and running.name == guard.NAME:
            raise XdpError(
                f"{move.name} runs the guard of another trial ({guard.NAME}). End that first, or detach it (ip link set dev "
                f"{move.name} {OFF})"
            )


def _cannot_switch(move: Move) -> str:
    return f"the mode or the method of attaching changes on {move.name}, which the kernel cannot do in one step"


def _pair(move: Move) -> tuple[int, int]:
    return move.before.program_id if move.before else 0, move.new.program if move.new else 0


def _place(move: Move, guards: dict[tuple[int, int], guard.Guard]) -> Place:
    before = move.before
    old = Side(before.program_id, before.mode, before.method) if before else None
    made = guards.get(_pair(move))
    link = before.link_id if before and before.link_id is not None else 0
    guard_id = info.object_id(made.program) if made else 0
    return Place(move.name, move.ifindex, old, move.new, guard_id, link, move.giver)


def _program(observed: Observed, before: Attachment) -> int:
    return still_there(observed.program(before.program_id), f"program {before.program_id}")
