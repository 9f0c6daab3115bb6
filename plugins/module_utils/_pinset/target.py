# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program and maps that are to be in force: those the kernel has already, or newly loaded ones."""

from __future__ import annotations

from contextlib import ExitStack
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf, info
from ansible_collections.ebpf.xdp.plugins.module_utils._object import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import MapSpec, ObjectSpec, ProgramSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import map_fit
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.record import RecordedProgram
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request


class TargetMap(NamedTuple):
    fd: int
    info: info.MapInfo
    #: It was there before this run, so its contents are.
    reused: bool


class TargetProgram(NamedTuple):
    name: str
    fd: int
    info: info.ProgramInfo
    functions: tuple[str, ...]
    #: It was loaded in this run.
    fresh: bool


class Target(NamedTuple):
    program: TargetProgram | None
    maps: dict[str, TargetMap]


def find(request: Request, observed: Observed, held: ExitStack) -> Target:
    """What the request means; compiles and loads only when the kernel does not have it."""
    existing = _existing_maps(request, observed) if request.scope == "maps" else _existing_program(request, observed)
    return existing or _load(request, observed, held)


def _existing_program(request: Request, observed: Observed) -> Target | None:
    recorded = observed.record.program if observed.record else None
    if recorded is None or recorded.source != request.digest:
        return None
    if choose_program(recorded.functions, request.program) != recorded.name:
        return None
    fd = observed.program(recorded.id)
    if fd is None:
        return None
    known = info.program_info(fd)
    if known.tag != recorded.tag or known.offload_ifindex != _offload_device(request, observed):
        return None
    maps = _living_maps(recorded.maps, observed)
    if maps is None or _maps_were_replaced(recorded.maps, observed):
        return None
    return Target(TargetProgram(recorded.name, fd, known, recorded.functions, fresh=False), maps)


def _maps_were_replaced(used: dict[str, int], observed: Observed) -> bool:
    """Whether a run of its own (``scope: maps``) pinned other maps than the program uses: they are the wanted ones."""
    pinned = observed.record.maps.ids if observed.record and observed.record.maps else {}
    return any(
        name in pinned and name in observed.maps and observed.maps[name].info.id == pinned[name] != id
        for name, id in used.items()
    )


def _existing_maps(request: Request, observed: Observed) -> Target | None:
    for half in (observed.record.maps, observed.record.program) if observed.record else ():
        if half is not None and half.source == request.digest:
            maps = _living_maps(half.maps if isinstance(half, RecordedProgram) else half.ids, observed)
            if maps is not None:
                return Target(None, maps)
    return None


def _living_maps(ids: dict[str, int], observed: Observed) -> dict[str, TargetMap] | None:
    """All maps with these ids, or ``None`` when one is gone or another has its id."""
    maps = {}
    for name, id in ids.items():
        fd = observed.map(id)
        if fd is None:
            return None
        known = info.map_info(fd)
        if known.name != bpf.object_name(name):
            return None
        maps[name] = TargetMap(fd, known, reused=True)
    return maps


def choose_program(functions: tuple[str, ...], wanted: str | None) -> str:
    """The function that shall run, by what was asked and what there is."""
    listed = ", ".join(functions)
    if wanted is None:
        if len(functions) > 1:
            raise XdpError(f"The source has several programs: {listed}. Say which with program")
        return functions[0]
    if wanted not in functions:
        raise XdpError(f"The source has no program {wanted}. It has: {listed}")
    return wanted


def _load(request: Request, observed: Observed, held: ExitStack) -> Target:
    spec = request.make_object()
    functions = tuple(program.name for program in spec.programs)
    chosen = None if request.scope == "maps" else choose_program(functions, request.program)
    for map in spec.maps:
        if map.name in ("", ".", "..") or "." in map.name or "/" in map.name:
            raise XdpError(f"The map {map.name!r} cannot be pinned: the BPF file system takes no such name")
    reuse = _reusable_maps(spec.maps, request, observed)
    ifindex = _offload_device(request, observed)
    descriptors = loader.load_maps(spec, reuse, held, ifindex)
    maps = {
        map.name: TargetMap(descriptors[map.name], info.map_info(descriptors[map.name]), map.name in reuse)
        for map in spec.maps
    }
    if chosen is None:
        return Target(None, maps)
    fd = loader.load_program(_named(spec, chosen), descriptors, held, ifindex)
    return Target(TargetProgram(chosen, fd, info.program_info(fd), functions, fresh=True), maps)


def _named(spec: ObjectSpec, name: str) -> ProgramSpec:
    return next(program for program in spec.programs if program.name == name)


def _reusable_maps(specs: tuple[MapSpec, ...], request: Request, observed: Observed) -> dict[str, int]:
    """Descriptors of maps that go on living under the new program, by name.

    A pinned map comes first. A map without a pin that the program on record
    still uses serves as well, when it fits.
    """
    recorded = observed.record.program.maps if observed.record and observed.record.program else {}
    device = _offload_device(request, observed)
    reuse = {}
    unfit = []
    for spec in specs:
        pin = observed.maps.get(spec.name)
        if pin is not None:
            found = map_fit.differences(pin.info, spec, device)
            if not found:
                reuse[spec.name] = pin.fd
            elif request.on_map_change == "fail":
                unfit.append(f"{pin.path}: {map_fit.explain(found)}")
        elif spec.name in recorded:
            fd = observed.map(recorded[spec.name])
            if fd is not None and not map_fit.differences(info.map_info(fd), spec, device):
                reuse[spec.name] = fd
    if unfit:
        raise XdpError(
            f"A pinned map does not fit the new program. {'. '.join(unfit)}. "
            f"Set on_map_change: recreate to make it anew, which loses its contents"
        )
    return reuse


def _offload_device(request: Request, observed: Observed) -> int:
    """The interface that an offloaded program is loaded for; 0 for programs that run on the host."""
    if request.mode != "offload" or not request.interfaces:
        return 0
    interface = observed.interface(request.interfaces[0])
    return interface.ifindex if interface else 0
