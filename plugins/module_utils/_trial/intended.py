# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a run intends to change, as the planner of pin sets has it, in the form that a trial needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._attach.standing import Standing
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.migration import Migration
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import TargetProgram
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.absent import Absence
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.planner import Planner
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.trial_record import Side


class Move(NamedTuple):
    """An interface whose program changes."""

    name: str
    ifindex: int
    before: Attachment | None
    new: Side | None
    #: The new program's descriptor.
    program: int | None
    #: Where a new program is tried: the modes in their order.
    modes: tuple[str, ...] = ()
    #: The pin set that gives the interface up.
    giver: str = ""

    @property
    def is_switch(self) -> bool:
        """Whether the kernel can put another program there in one step: mode and method stay."""
        before, new = self.before, self.new
        return before is None or new is None or (before.mode, before.method) == (new.mode, new.method)


class Intended(NamedTuple):
    """What a trial changes when it is confirmed."""

    moves: list[Move]
    #: Descriptor and id of what will be pinned, as ``maps/NAME`` and ``programs/NAME``.
    pins: dict[str, tuple[int, int]]
    #: Ids of pins that will be removed.
    gone: dict[str, int]
    migrations: list[Migration]
    #: Steps that fill maps, which may be in use.
    filling: Plan
    #: Steps that attach the new program at once.
    attaching: Plan
    #: Digest of the object; empty where the set is to go.
    object: str
    #: Text of the set's record afterwards.
    record: str | None


def of_present(planner: Planner, standing: Sequence[Standing]) -> Intended | None:
    """``None`` when nothing changes that interfaces run."""
    observed, target = planner.observed, planner.target
    if target.program is None:
        return None
    before = {each.ifindex: each for each in observed.attachments}
    moves = []
    for each in standing:
        if each.interface is None:
            continue
        program = target.bound.get(each.ifindex, target.program)
        modes = each.step.modes if each.step else ()
        # Of several modes that may be tried, which one it will be shows only then.
        side = Side(program.info.id, each.mode if len(modes) < 2 else None, each.method)
        was = before.get(each.ifindex)
        if was is None or each.step or was.program_id != program.info.id:
            giver = observed.giver_of(was) or "" if was is not None and observed.givers else ""
            moves.append(Move(each.interface, each.ifindex, was, side, program.fd, modes, giver))
    there = {each.ifindex for each in standing}
    moves += _released([each for each in observed.own_attachments() if each.ifindex not in there])
    if not moves:
        return None
    _require_whole(observed)
    if planner.leads_elsewhere:
        raise XdpError(
            "confirm_timeout is not possible here: entries of maps that the new program takes over lead to programs of this pin set, "
            "and would have to change for the old program as well. Leave confirm_timeout out"
        )
    pins = {f"programs/{each.pin}": (each.fd, each.info.id) for each in target.programs if _is_new(each, observed)}
    maps = target.own_maps if planner.pins_maps else {}
    pinned = {name: pin.info.id for name, pin in observed.maps.items()}
    pins.update(
        {
            f"maps/{name}": (target_map.fd, target_map.info.id)
            for name, target_map in maps.items()
            if pinned.get(name) != target_map.info.id
        }
    )
    gone = {
        f"maps/{name}": map_id for name, map_id in pinned.items() if name not in target.own_maps and planner.pins_maps
    }
    wanted = {each.pin for each in target.programs}
    gone.update({f"programs/{name}": pin.info.id for name, pin in observed.programs.items() if name not in wanted})
    return Intended(
        moves,
        pins,
        gone,
        [target_map.migration for target_map in target.maps.values() if target_map.migration],
        planner.filling,
        planner.attaching,
        target.object,
        planner.final_record(observed.link_ids()).to_text(),
    )


def _require_whole(observed: Observed) -> None:
    """Refuse what a killed run has left between two sets: a trial that is taken back would have to know whose it was."""
    own = {each.link_id for each in observed.own_attachments()}
    for name, giver in observed.givers.items():
        if any(pin.info.id in own for pin in giver.links.values()):
            raise XdpError(
                f"A run that moved interfaces from the pin set {name} to this one was cut off. Run the task once without "
                f"confirm_timeout, which finishes that"
            )


def of_absent(observed: Observed, absence: Absence) -> Intended | None:
    """The removal of a set; ``None`` if it is attached nowhere, so that nothing can be on trial."""
    moves = _released(observed.own_attachments())
    if not moves or not absence.detaching.changed:
        return None
    gone = {f"maps/{name}": pin.info.id for name, pin in observed.maps.items() if pin.path in absence.removed}
    gone.update(
        {f"programs/{name}": pin.info.id for name, pin in observed.programs.items() if pin.path in absence.removed}
    )
    return Intended(moves, {}, gone, [], Plan(), absence.detaching, "", absence.record)


def _released(attachments: list[Attachment]) -> list[Move]:
    # As in attach_plan.py: an interface on top of others has the higher index, and is released first.
    ordered = sorted(attachments, key=lambda each: -each.ifindex)
    return [Move(each.interface, each.ifindex, each, None, None) for each in ordered]


def _is_new(program: TargetProgram, observed: Observed) -> bool:
    pin = observed.programs.get(program.pin)
    return pin is None or pin.info.id != program.info.id
