# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program and maps that are to be in force: those the kernel has already, or newly loaded ones."""

from __future__ import annotations

from contextlib import ExitStack
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf, info
from ansible_collections.ebpf.xdp.plugins.module_utils._object import loader, spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import LeftOut, MapSpec
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
    #: Digests of what the object was made from, and of the object.
    source: str
    object: str


def find(request: Request, observed: Observed, held: ExitStack) -> Target:
    """What the request means; compiles and loads only when the kernel does not have it."""
    existing = _existing_maps(request, observed) if request.scope == "maps" else _existing_program(request, observed)
    return existing or _load(request, observed, held)


def _existing_program(request: Request, observed: Observed) -> Target | None:
    recorded = observed.record.program if observed.record else None
    if recorded is None or not request.origin.is_of(recorded.source, recorded.object):
        return None
    if recorded.name != request.program and (request.program or len(recorded.functions) > 1):
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
    program = TargetProgram(recorded.name, fd, known, recorded.functions, fresh=False)
    return Target(program, maps, recorded.source, recorded.object)


def _maps_were_replaced(used: dict[str, int], observed: Observed) -> bool:
    """Whether a run of its own (``scope: maps``) pinned other maps than the program uses: they are the wanted ones."""
    pinned = observed.record.maps.ids if observed.record and observed.record.maps else {}
    return any(
        name in pinned and name in observed.maps and observed.maps[name].info.id == pinned[name] != id
        for name, id in used.items()
    )


def _existing_maps(request: Request, observed: Observed) -> Target | None:
    for half in (observed.record.maps, observed.record.program) if observed.record else ():
        if half is not None and request.origin.is_of(half.source, half.object):
            maps = _living_maps(half.maps if isinstance(half, RecordedProgram) else half.ids, observed)
            if maps is not None:
                return Target(None, maps, half.source, half.object)
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


def choose_program(functions: tuple[str, ...], wanted: str | None, left_out: tuple[LeftOut, ...] = ()) -> str:
    """The function that shall run, by what was asked and what there is."""
    listed = ", ".join(functions)
    if not functions:
        raise XdpError("There is no program, only maps. Pin those alone with scope: maps")
    if wanted is None:
        if len(functions) > 1:
            raise XdpError(f"There are several programs: {listed}. Say which with program")
        return functions[0]
    if wanted not in functions:
        for left in left_out:
            if left.name == wanted:
                raise XdpError(f"The program {wanted} cannot be loaded: {left.why}")
        raise XdpError(f"There is no program {wanted}. There is: {listed}")
    return wanted


def _load(request: Request, observed: Observed, held: ExitStack) -> Target:
    spec = request.origin.make()
    functions = tuple(program.name for program in spec.programs)
    chosen = None if request.scope == "maps" else choose_program(functions, request.program, spec.left_out)
    reuse = _reusable_maps(spec.maps, request, observed)
    descriptors, fd = loader.load(spec, chosen, reuse, held, _offload_device(request, observed))
    maps = {name: TargetMap(map_fd, info.map_info(map_fd), name in reuse) for name, map_fd in descriptors.items()}
    program = None
    if chosen is not None and fd is not None:
        program = TargetProgram(chosen, fd, info.program_info(fd), functions, fresh=True)
    return Target(program, maps, spec.source, spec_text.digest(spec))


def _reusable_maps(specs: tuple[MapSpec, ...], request: Request, observed: Observed) -> dict[str, int]:
    """Descriptors of maps that go on living under the new program, by name.

    A pinned map comes first. A map without a pin that the program on record
    still uses serves as well, when it fits. A program's variables are its own:
    they begin with the values that it was built with.
    """
    recorded = observed.record.program.maps if observed.record and observed.record.program else {}
    device = _offload_device(request, observed)
    reuse = {}
    unfit = []
    for spec in specs:
        pin = observed.maps.get(spec.name)
        if pin is not None:
            found = map_fit.differences(pin.info, spec, device)
            if spec.variables is not None:
                # Made anew without asking, unless the name was a map's that is no variables'.
                found = [each for each in found if each.field not in map_fit.CHANGING_WITH_VARIABLES]
            elif not found:
                reuse[spec.name] = pin.fd
            if found and request.on_map_change == "fail":
                unfit.append(f"{pin.path}: {map_fit.explain(found)}")
        elif spec.name in recorded and spec.variables is None:
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
