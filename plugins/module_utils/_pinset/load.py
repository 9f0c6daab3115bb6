# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program and maps of a request that the kernel does not have yet: made, loaded, and not pinned so far."""

from __future__ import annotations

from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import info
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import map_fit
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import MapPin, Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import (
    Target,
    TargetMap,
    TargetProgram,
    offload_device,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import candidates, choose_program
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec


def load(request: Request, observed: Observed, held: ExitStack) -> Target:
    """Make the object that the request means, with the maps that it can take over."""
    spec = request.origin.make()
    functions = tuple(program.name for program in spec.programs)
    on_request = {program.name for program in spec.programs if program.on_request}
    chosen = None if request.scope == "maps" else choose_program(functions, request.program, spec.left_out, on_request)
    borrowed = _borrowed(spec.maps, request, observed)
    reuse = _reusable_maps(tuple(map for map in spec.maps if map.name not in borrowed), request, observed)
    reuse.update({name: map.fd for name, map in borrowed.items()})
    warnings = [f"{left.name} was left out: {left.why}" for left in spec.left_out if left.is_map]
    # A map that is pinned already is made anew or stays, and never goes without its successor.
    descriptors, fd = loader.load(
        spec, chosen, reuse, held, offload_device(request, observed), warnings.append, required=observed.maps
    )
    maps = {name: TargetMap(map_fd, info.map_info(map_fd), name in reuse) for name, map_fd in descriptors.items()}
    if request.on_map_change == "migrate":
        from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import migrate_steps

        maps = migrate_steps.planned(spec.maps, maps, request, observed)
    maps.update(borrowed)
    program = None
    if chosen is not None and fd is not None:
        possible = candidates(tuple(name for name in functions if name not in on_request), spec.left_out)
        program = TargetProgram(chosen, fd, info.program_info(fd), possible, fresh=True)
    return Target(program, maps, spec.source, spec_text.digest(spec), tuple(warnings))


def _borrowed(specs: tuple[MapSpec, ...], request: Request, observed: Observed) -> dict[str, TargetMap]:
    """The maps of others that the program is to use, by the object's names for them."""
    if not request.reuse_maps:
        return {}
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import borrow_maps

    lent = borrow_maps.borrowed(specs, request, observed)
    return {name: TargetMap(map.fd, map.info, True, borrowed_from=map.path) for name, map in lent.items()}


def _reusable_maps(specs: tuple[MapSpec, ...], request: Request, observed: Observed) -> dict[str, int]:
    """Descriptors of maps that go on living under the new program, by name.

    A pinned map comes first. A map without a pin that the program on record
    still uses serves as well, when it fits. A program's variables are its own:
    they begin with the values that it was built with.
    """
    recorded = observed.record.program.maps if observed.record and observed.record.program else {}
    device = offload_device(request, observed)
    reuse = {}
    unfit = []
    for spec in specs:
        pin = observed.maps.get(spec.name) or _adopted(spec, observed, device)
        if pin is not None:
            found = map_fit.differences(pin.info, spec, device)
            if spec.variables is not None:
                # Made anew without asking, unless the name was a map's that is no variables'.
                found = [each for each in found if each.field not in map_fit.CHANGING_WITH_VARIABLES]
            elif not found:
                reuse[spec.name] = pin.fd
            if found:
                unfit += _refused(pin.path, pin.info, spec, found, request.on_map_change)
        elif spec.name in recorded and spec.variables is None:
            fd = observed.map(recorded[spec.name])
            known = info.map_info(fd) if fd is not None else None
            if fd is not None and known is not None:
                found = map_fit.differences(known, spec, device)
                if not found:
                    reuse[spec.name] = fd
                elif request.on_map_change == "migrate":
                    unfit += _refused(f"{spec.name}, without a pin", known, spec, found, "migrate")
    if unfit:
        raise XdpError(
            f"A pinned map does not fit the new program. {'. '.join(unfit)}. "
            f"Set on_map_change: recreate to make it anew, which loses its contents"
        )
    return reuse


def _refused(
    place: str, pinned: info.MapInfo, wanted: MapSpec, found: list[map_fit.Difference], on_map_change: str
) -> list[str]:
    """Why a map that does not fit may not be made anew; nothing when it may."""
    if on_map_change == "recreate":
        return []
    explained = f"{place}: {map_fit.explain(found)}"
    if on_map_change == "fail":
        return [explained]
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import migrate

    why = migrate.hindrance(pinned, wanted, found)
    if wanted.variables is not None:
        why = why or "on_map_change: migrate does not copy entries into a program's variables"
    return [f"{explained}. {why}"] if why else []


def _adopted(spec: MapSpec, observed: Observed, device: int) -> MapPin | None:
    """A pinned map of which no record says whose it is, where it fits; any other is in the way."""
    pin = observed.unclaimed_map(spec.name)
    if pin is None or spec.variables is not None or map_fit.differences(pin.info, spec, device):
        return None
    observed.adopt_map(pin)
    return pin
