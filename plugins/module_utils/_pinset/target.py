# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The desired program and maps, and whether the kernel has them already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, info
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.target_map import TargetMap
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._record import ours
from ansible_collections.ebpf.xdp.plugins.module_utils._record.bound_names import bound_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import RecordedMember, RecordedProgram


class TargetProgram(NamedTuple):
    """A program that the set is to have, loaded."""

    name: str
    fd: int
    info: info.ProgramInfo
    functions: tuple[str, ...]
    #: It was loaded in this run.
    fresh: bool
    #: The index of the interface that it is bound to, where it reads what that says of packets; else 0.
    bound_to: int = 0

    @property
    def pin(self) -> str:
        """Its name in ``programs/``."""
        return bound_name(self.name, str(self.bound_to)) if self.bound_to else self.name


class Target(NamedTuple):
    """What the set is to have: loaded or found, but not pinned yet."""

    program: TargetProgram | None
    maps: dict[str, TargetMap]
    #: Digests of what the object was made from, and of the object.
    source: str
    object: str
    #: What the user should know of how it was loaded, in whole sentences.
    warnings: tuple[str, ...] = ()
    #: The programs that are pinned beside it, by name, and that nothing attaches.
    helpers: dict[str, TargetProgram] = {}  # noqa: RUF012  # never changed in place
    #: Those of them that were asked for by name, sorted.
    named: tuple[str, ...] = ()
    #: The maps that are program arrays with entries of their own, by name.
    arrays: tuple[str, ...] = ()
    #: Slots of maps of maps that live on and are to hold maps that are new: outer map, slot, inner map.
    slots: tuple[tuple[str, int, str], ...] = ()
    #: The program by the index of the interface that it is bound to; ``program`` is the first of them.
    bound: dict[int, TargetProgram] = {}  # noqa: RUF012  # as above
    #: Of a chain, its members, and the counters of each; as the record has them.
    chain: tuple[RecordedMember, ...] = ()
    counters: dict[str, int] = {}  # noqa: RUF012  # as above

    @property
    def programs(self) -> list[TargetProgram]:
        """What is attached, and its helpers."""
        attached = self.bound.values() or ([self.program] if self.program else [])
        return [*attached, *self.helpers.values()]

    def running(self, programs: Sequence[TargetProgram]) -> Target:
        """The same with a program, or with what is bound to each interface."""
        bound = {program.bound_to: program for program in programs if program.bound_to}
        return self._replace(program=programs[0], bound=bound)

    @property
    def own_maps(self) -> dict[str, TargetMap]:
        """Without those that others have pinned."""
        return {name: target_map for name, target_map in self.maps.items() if target_map.borrowed_from is None}


def existing(request: Request, observed: Observed) -> Target | None:
    """What the request means, where the kernel has it."""
    if request.scope == "maps":
        return _existing_maps(request, observed)
    return _existing_program(request, observed)


def _existing_program(request: Request, observed: Observed) -> Target | None:
    target = without_program(request, observed)
    recorded = observed.record.program if observed.record else None
    programs = _living_programs(recorded, request, observed) if target and recorded else []
    return target.running(programs) if target and programs else None


def without_program(request: Request, observed: Observed) -> Target | None:
    """What the request means, except for the program itself, if the kernel has it."""
    recorded = observed.record.program if observed.record else None
    if recorded is None or not request.origin.is_of(recorded.source, recorded.object):
        return None
    borrows = request.reuse_maps or (observed.record and observed.record.borrowed)
    if borrows and not _borrowed_stand(request, observed):
        return None
    if recorded.named != request.helpers:
        return None
    is_default = recorded.functions == (recorded.name,)
    if recorded.name != request.program and (request.program or not is_default):
        return None
    maps = _living_maps(recorded.maps, observed)
    if maps is None or _maps_were_replaced(recorded.maps, observed):
        return None
    helpers = _living_helpers(recorded, observed)
    if helpers is None or not _arrays_stand(recorded, observed):
        return None
    half = recorded.source, recorded.object
    return Target(
        None,
        maps,
        *half,
        helpers=helpers,
        named=recorded.named,
        arrays=recorded.arrays,
        chain=recorded.chain,
        counters=recorded.slots,
    )


def _living_programs(recorded: RecordedProgram, request: Request, observed: Observed) -> list[TargetProgram]:
    """The program on record, or the one bound to each interface that will run it; empty if one of them is gone."""
    if recorded.bound:
        from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import bound

        wanted = bound.wanted(request, observed)
        living = bound.living(recorded, observed, wanted) if request.mode in ("auto", "native") else {}
        return bound_programs(recorded, living) if len(living) == len(wanted) else []
    fd = observed.program(recorded.id)
    known = info.program_info(fd) if fd is not None else None
    if fd is None or known is None:
        return []
    if known.tag != recorded.tag or known.offload_ifindex != offload_device(request, observed):
        return []
    return [TargetProgram(recorded.name, fd, known, recorded.functions, fresh=False)]


def bound_programs(
    recorded: RecordedProgram, living: Mapping[int, tuple[int, info.ProgramInfo]]
) -> list[TargetProgram]:
    """Those on record that are bound to interfaces and live, as ``bound.living`` has them."""
    return [
        TargetProgram(recorded.name, fd, known, recorded.functions, False, ifindex)
        for ifindex, (fd, known) in living.items()
    ]


def _living_helpers(recorded: RecordedProgram, observed: Observed) -> dict[str, TargetProgram] | None:
    """The helpers on record, or ``None`` when one is gone or another program has its id."""
    helpers = {}
    for name, program_id in recorded.helpers.items():
        fd = observed.program(program_id)
        if fd is None:
            return None
        known = info.program_info(fd)
        if known.name != bpf.object_name(name):
            return None
        helpers[name] = TargetProgram(name, fd, known, (), fresh=False)
    return helpers


def _arrays_stand(recorded: RecordedProgram, observed: Observed) -> bool:
    """Whether the program arrays that came with their entries are pinned: one that has lost its pin has lost them."""
    pinned = {name: pin.info.id for name, pin in observed.maps.items()}
    return all(name in pinned and pinned[name] == recorded.maps.get(name) for name in recorded.arrays)


def _borrowed_stand(request: Request, observed: Observed) -> bool:
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import borrow_maps

    return borrow_maps.stands(request, observed)


def _maps_were_replaced(used: dict[str, int], observed: Observed) -> bool:
    """Whether a run of its own (``scope: maps``) pinned other maps than the program uses: they are the wanted ones."""
    pinned = observed.record.maps.ids if observed.record and observed.record.maps else {}
    borrowed = observed.record.borrowed if observed.record else {}
    return any(
        name not in borrowed
        and name in pinned
        and name in observed.maps
        and observed.maps[name].info.id == pinned[name] != map_id
        for name, map_id in used.items()
    )


def _existing_maps(request: Request, observed: Observed) -> Target | None:
    for half in (observed.record.maps, observed.record.program) if observed.record else ():
        if isinstance(half, RecordedProgram) and observed.record and observed.record.borrowed:
            continue  # not all of its maps are the set's own
        if half is not None and request.origin.is_of(half.source, half.object):
            maps = _living_maps(half.maps if isinstance(half, RecordedProgram) else half.ids, observed)
            if maps is not None:
                return Target(None, maps, half.source, half.object)
    return None


def _living_maps(ids: dict[str, int], observed: Observed) -> dict[str, TargetMap] | None:
    """All maps with these ids, or ``None`` when one is gone or another has its id."""
    maps = {}
    borrowed = observed.record.borrowed if observed.record else {}
    for name, map_id in ids.items():
        fd = observed.map(map_id)
        if fd is None:
            return None
        known = info.map_info(fd)
        lender = borrowed[name].path if name in borrowed and borrowed[name].id == map_id else None
        if lender is None and not ours.is_called(known.name, name):
            return None
        inner = observed.record.inner.get(name, "") if observed.record else ""
        maps[name] = TargetMap(fd, known, reused=True, borrowed_from=lender, inner=inner)
    return maps


def offload_device(request: Request, observed: Observed) -> int:
    """The interface that an offloaded program is loaded for; 0 for programs that run on the host."""
    if request.mode != "offload" or not request.interfaces:
        return 0
    interface = observed.interface(request.interfaces[0])
    return interface.ifindex if interface else 0
