# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program and maps of a request that the kernel does not have yet: made, loaded, and not pinned so far."""

from __future__ import annotations

from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import info
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import map_fit, teams
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import MapPin, Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import (
    Target,
    TargetMap,
    TargetProgram,
    offload_device,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import attachable, candidates, choose
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import OF_MAPS, MapSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team, team_of


def load(request: Request, observed: Observed, held: ExitStack) -> Target:
    """Make the object that the request means, with the maps that it can take over."""
    spec = request.origin.make()
    chosen = None if request.scope == "maps" else choose(spec, request.program)
    device = offload_device(request, observed)
    team = team_of(spec, chosen, on_card=bool(device))
    teams.check(spec, team, request)
    reuse = _reusable_maps(spec.maps, team, request, observed)
    loaded = loader.load(spec, team, reuse, held, device)
    within = {map.name: map_fit.shape_within(map) for map in spec.maps}
    maps = {
        name: TargetMap(map_fd, info.map_info(map_fd), name in reuse, within[name])
        for name, map_fd in loaded.maps.items()
    }
    possible = candidates(attachable(spec), spec.left_out)
    programs = {
        name: TargetProgram(name, fd, info.program_info(fd), possible if name == chosen else (), fresh=True)
        for name, fd in loaded.programs.items()
    }
    program = programs.pop(chosen) if chosen is not None else None
    slots = tuple(
        (map.name, value.slot, value.name)
        for map in spec.maps
        if map.name in reuse and map.type in OF_MAPS
        for value in map.values
        if value.name not in reuse
    )
    return Target(program, maps, spec.source, spec_text.digest(spec), programs, team.arrays, slots)


def _reusable_maps(specs: tuple[MapSpec, ...], team: Team, request: Request, observed: Observed) -> dict[str, int]:
    """Descriptors of maps that go on living under the new program, by name.

    A pinned map comes first. A map without a pin that the program on record
    still uses serves as well, when it fits. A program's variables are its own:
    they begin with the values that it was built with.
    So are its program arrays, where they come with their entries.
    """
    recorded = observed.record.program.maps if observed.record and observed.record.program else {}
    device = offload_device(request, observed)
    reuse = {}
    unfit = []
    for spec in specs:
        if not team.needs(spec):
            continue
        inner = observed.record.inner.get(spec.name) if observed.record else None
        pin = observed.maps.get(spec.name) or _adopted(spec, observed, device)
        if pin is not None:
            found = map_fit.differences(pin.info, spec, device, inner)
            if team.is_own(spec):
                # Made anew without asking, unless the name was a map's that is no variables'.
                found = [each for each in found if each.field not in map_fit.CHANGING_WITH_VARIABLES]
            elif not found:
                reuse[spec.name] = pin.fd
            if found and request.on_map_change == "fail":
                unfit.append(f"{pin.path}: {map_fit.explain(found)}")
        elif spec.name in recorded and not team.is_own(spec):
            fd = observed.map(recorded[spec.name])
            if fd is not None and not map_fit.differences(info.map_info(fd), spec, device, inner):
                reuse[spec.name] = fd
    if unfit:
        raise XdpError(
            f"A pinned map does not fit the new program. {'. '.join(unfit)}. "
            f"Set on_map_change: recreate to make it anew, which loses its contents"
        )
    return reuse


def _adopted(spec: MapSpec, observed: Observed, device: int) -> MapPin | None:
    """A pinned map of which no record says whose it is, where it fits; any other is in the way."""
    pin = observed.unclaimed_map(spec.name)
    if pin is None or spec.variables is not None or map_fit.differences(pin.info, spec, device):
        return None
    observed.adopt_map(pin)
    return pin
