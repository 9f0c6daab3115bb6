# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The program and maps of a request that the kernel does not have yet: made, loaded, and not pinned so far."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._maps import map_fit
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.target_map import TargetMap
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import target as targets
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import MapPin, Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import Target, TargetProgram, offload_device
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import RecordedMember, RecordedProgram
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import count_for_names, spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import attachable, candidates, choose
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import OF_NAMES
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import own_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import OF_MAPS, MapSpec, ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team, team_of
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction import teams

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._maps.migration_rules import Replaced
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.bound import Devices


def load(request: Request, observed: Observed, held: ExitStack, replaced: Replaced | None = None) -> Target:
    """Make the object that the request means, with the maps that it can take over.

    The maps ``replaced`` are created again, although they fit. If the object stays
    the same, its variables are then reused: it is the same program.
    """
    spec = request.origin.make()
    counting = count_for_names.counting(spec, lambda map_name: _counted(observed, map_name))
    device = offload_device(request, observed)
    chosen = None if request.scope == "maps" else choose(spec, request.program)
    team = team_of(spec, chosen, request.helpers if chosen is not None else (), on_card=bool(device))
    there = [attachment.interface for attachment in observed.own_attachments()]
    teams.check(spec, team, request.scope, there if request.interfaces is None else request.interfaces)
    devices = _devices(spec, team, request, observed)
    anew = replaced.names if replaced is not None else ()
    standing = (
        _standing_elsewhere(counting.spec, team, devices, request, observed, held) if devices and not anew else None
    )
    if standing is not None:
        return standing
    borrowed = _borrowed(spec.maps, request, observed)
    own = tuple(map_spec for map_spec in spec.maps if map_spec.name not in borrowed)
    unchanged = _unchanged(spec, observed)
    of_filters = spec.maps_of_filters
    reuse = _reusable_maps(own, team, request, observed, anew, unchanged, of_filters)
    if anew:
        reuse.update(_variables(spec, observed))
    reuse.update({name: lent.fd for name, lent in borrowed.items()})
    warnings = [f"{left.name} was left out: {left.why}" for left in spec.left_out if left.is_map]
    warnings += counting.warnings
    if chosen is not None:
        warnings += _no_longer_a_filter(request, observed, spec)
    # A map that is pinned already is made anew or stays, and never goes without its successor.
    bound_to = devices.wanted if devices else ()
    # So it is with a helper.
    required = {*team.named, *observed.programs}
    loaded = loader.load(counting.spec, team, reuse, held, device, warnings.append, observed.maps, bound_to, required)
    within = {map_spec.name: map_fit.shape_within(map_spec) for map_spec in spec.maps}
    maps = {
        name: TargetMap(map_fd, info.map_info(map_fd), name in reuse, inner=within[name])
        for name, map_fd in loaded.maps.items()
    }
    if request.on_map_change == "migrate" or anew:
        from ansible_collections.ebpf.xdp.plugins.module_utils._fill import migrate_steps

        maps = migrate_steps.planned(spec.maps, maps, team, request, observed, replaced, of_filters)
    maps.update(borrowed)
    possible = candidates(attachable(spec), spec.left_out)
    helpers = {
        name: TargetProgram(name, fd, info.program_info(fd), (), fresh=True)
        for name, fd in loaded.programs.items()
        if name != chosen
    }
    target = Target(
        None,
        maps,
        spec.source,
        spec_text.digest(spec),
        (*warnings, *(devices.warnings if devices else ())),
        helpers,
        team.named,
        team.arrays,
        _other_inner_maps(own, maps, observed),
        chain=tuple(RecordedMember(each.name, each.program, each.proceed_on, each.object) for each in spec.members),
        counters=counting.slots,
    )
    return target if chosen is None else target.running(_fresh(chosen, loaded, possible))


def _no_longer_a_filter(request: Request, observed: Observed, spec: ObjectSpec) -> list[str]:
    """Two tasks may give their sets one name by mistake, and then the rules of the one are gone."""
    recorded = observed.record.program if observed.record else None
    had_rules = recorded is not None and any(OF_NAMES in key for key in recorded.slots)
    if not had_rules or spec.counters:
        return []
    return [
        f"The pin set {request.name} was a filter, and the new program is none: the rules of that filter no longer apply"
    ]


def _counted(observed: Observed, map_name: str) -> dict[str, int]:
    """Who has which of the counters in the map that is pinned."""
    recorded = observed.record.program if observed.record else None
    pin = observed.maps.get(map_name)
    lives = recorded is not None and pin is not None and recorded.maps.get(map_name) == pin.info.id
    return recorded.slots if recorded is not None and lives else {}


def _fresh(chosen: str, loaded: loader.Loaded, functions: tuple[str, ...]) -> list[TargetProgram]:
    """The program as this run has loaded it: once, or for each interface."""
    bound = loaded.bound or {0: loaded.programs[chosen]}
    return [TargetProgram(chosen, fd, info.program_info(fd), functions, True, ifindex) for ifindex, fd in bound.items()]


def _devices(spec: ObjectSpec, team: Team, request: Request, observed: Observed) -> Devices | None:
    """The interfaces that the program is bound to; ``None`` for one that can run on any."""
    program = next((each for each in spec.programs if each.name == team.chosen), None)
    if program is None or not program.kernel_references:
        return None
    from ansible_collections.ebpf.xdp.plugins.module_utils._load import device_bound
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import bound

    metadata = device_bound.metadata(program)
    return bound.devices(program.name, metadata, request, observed) if metadata else None


def _standing_elsewhere(
    spec: ObjectSpec, team: Team, devices: Devices, request: Request, observed: Observed, held: ExitStack
) -> Target | None:
    """What is in force where only some of the interfaces lack their program, with those: its maps live on, variables too."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import bound

    target = targets.without_program(request, observed)
    recorded = observed.record.program if observed.record else None
    living = bound.living(recorded, observed, devices.wanted) if target and recorded else {}
    missing = [ifindex for ifindex in devices.wanted if ifindex not in living]
    if target is None or recorded is None or not living or not missing:
        return None
    warnings = list(devices.warnings)
    maps = {name: target_map.fd for name, target_map in target.maps.items()}
    loaded = loader.load(spec, Team(team.chosen), maps, held, warn=warnings.append, bound_to=missing)
    programs = {each.bound_to: each for each in targets.bound_programs(recorded, living)}
    programs.update({each.bound_to: each for each in _fresh(recorded.name, loaded, recorded.functions)})
    return target._replace(warnings=tuple(warnings)).running([programs[ifindex] for ifindex in devices.wanted])


def _other_inner_maps(
    specs: tuple[MapSpec, ...], maps: dict[str, TargetMap], observed: Observed
) -> tuple[tuple[str, int, str], ...]:
    """Slots of maps of maps that live on, where the object names another map than the version before had.

    It is a new one, or one that is borrowed, or no longer. One that a killed run has
    pinned may not have come into its slot yet.
    """
    before: dict[str, int] = {}
    begun: set[str] = set()
    if observed.record:
        begun = observed.record.pending_names("maps")
        for half in (observed.record.maps, observed.record.program):
            before.update(half.maps if isinstance(half, RecordedProgram) else half.ids if half else {})
    return tuple(
        (map_spec.name, value.slot, value.name)
        for map_spec in specs
        if map_spec.type in OF_MAPS and map_spec.name in maps and maps[map_spec.name].reused
        for value in map_spec.values
        if value.name in begun or before.get(value.name) != maps[value.name].info.id
    )


def _borrowed(specs: tuple[MapSpec, ...], request: Request, observed: Observed) -> dict[str, TargetMap]:
    """The maps of others that the program is to use, by the object's names for them."""
    if not request.reuse_maps:
        return {}
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import borrow_maps

    lent = borrow_maps.borrowed(specs, request, observed)
    return {
        name: TargetMap(lent_map.fd, lent_map.info, True, borrowed_from=lent_map.path)
        for name, lent_map in lent.items()
    }


def _variables(spec: ObjectSpec, observed: Observed) -> dict[str, int]:
    """Descriptors of the variables of the program on record, where it is one of the same object, by the maps' names."""
    recorded = observed.record.program if observed.record else None
    if recorded is None or recorded.object != spec_text.digest(spec):
        return {}
    names = [
        map_spec.name for map_spec in spec.maps if map_spec.variables is not None and map_spec.name in recorded.maps
    ]
    found = {name: observed.map(recorded.maps[name]) for name in names}
    return {name: fd for name, fd in found.items() if fd is not None}


def _reusable_maps(
    specs: tuple[MapSpec, ...],
    team: Team,
    request: Request,
    observed: Observed,
    anew: Collection[str] = (),
    unchanged: Collection[str] = (),
    of_filters: Collection[str] = (),
) -> dict[str, int]:
    """Descriptors of maps that go on living under the new program, by name.

    A pinned map comes first. A map without a pin that the program on record
    still uses serves as well, when it fits. A program's variables are its own,
    and so are its program arrays with initial values: they begin with what it was
    built with. Members of a chain that are ``unchanged`` keep their variables. A map of
    a single program that becomes a chain is its first member's with one like it.
    Maps ``of_filters`` that do not fit become new ones: rules of other sizes bring other contents.
    """
    recorded = _used_of_its_own(observed)
    device = offload_device(request, observed)
    reuse = {}
    unfit = []
    was_single = observed.record and observed.record.program and not observed.record.program.chain
    single = {name for name in recorded if name in observed.maps} if was_single else set()
    for spec in specs:
        if not team.needs(spec):
            continue
        inner = _inner(spec.name, observed)
        change = "recreate" if spec.name in of_filters else request.on_map_change
        pin = observed.maps.get(spec.name) or _adopted(spec, team, observed, device)
        if pin is None and own_name(spec.name) in single and not team.is_own(spec):
            was = observed.maps[own_name(spec.name)]
            if not map_fit.differences(was.info, spec, device, _inner(own_name(spec.name), observed)):
                single.remove(own_name(spec.name))
                reuse[spec.name] = was.fd
                continue
        if pin is not None:
            found = map_fit.differences(pin.info, spec, device, inner)
            if found and team.chosen is None:
                _require_unused(pin, spec, observed)
            if spec.variables is not None and spec.name in recorded and spec.name.partition(":")[0] in unchanged:
                if not found and spec.name not in anew:
                    reuse[spec.name] = pin.fd
            elif team.is_own(spec):
                # Created again without asking, unless a map of another kind had the name.
                found = [each for each in found if each.field not in map_fit.CHANGING_WITH_VARIABLES]
            elif not found and spec.name not in anew:
                reuse[spec.name] = pin.fd
            if found:
                unfit += _refused(pin.path, pin.info, spec, found, change)
        elif spec.name in recorded and not team.is_own(spec):
            fd = observed.map(recorded[spec.name])
            known = info.map_info(fd) if fd is not None else None
            if fd is not None and known is not None:
                found = map_fit.differences(known, spec, device, inner)
                if not found:
                    if spec.name not in anew:
                        reuse[spec.name] = fd
                elif change == "migrate":
                    unfit += _refused(f"{spec.name}, without a pin", known, spec, found, "migrate")
    if unfit:
        raise XdpError(
            f"A pinned map does not fit the new program. {'. '.join(unfit)}. "
            f"Set on_map_change: recreate to make it anew, which loses its contents"
        )
    return reuse


def _inner(name: str, observed: Observed) -> str | None:
    return observed.record.inner.get(name) if observed.record else None


def _unchanged(spec: ObjectSpec, observed: Observed) -> set[str]:
    """The members of a chain whose objects are those of the chain on record."""
    recorded = observed.record.program if observed.record else None
    before = {each.name: (each.program, each.object) for each in recorded.chain} if recorded else {}
    return {each.name for each in spec.members if before.get(each.name) == (each.program, each.object)}


def _used_of_its_own(observed: Observed) -> dict[str, int]:
    """The maps of the program on record, without those of others: a set that no longer borrows one has its own again."""
    record = observed.record
    if record is None or record.program is None:
        return {}
    lent = {name: each.id for name, each in record.borrowed.items()}
    return {name: map_id for name, map_id in record.program.maps.items() if lent.get(name) != map_id}


def _require_unused(pin: MapPin, wanted: MapSpec, observed: Observed) -> None:
    """Refuse to make a map anew, in a run about maps alone, that is a program array of the program that stays."""
    recorded = observed.record.program if observed.record else None
    if recorded and wanted.name in recorded.arrays and recorded.maps.get(wanted.name) == pin.info.id:
        raise XdpError(
            f"{pin.path} is a program array with initial values, which the program {recorded.name} would lose with the pin, "
            f"so it cannot become another map while that program stays. Use scope: all"
        )


def _refused(
    place: str, pinned: info.MapInfo, wanted: MapSpec, found: list[map_fit.Difference], on_map_change: str
) -> list[str]:
    """Why a map that does not fit may not be made anew; nothing when it may."""
    if on_map_change == "recreate":
        return []
    explained = f"{place}: {map_fit.explain(found)}"
    if on_map_change == "fail":
        return [explained]
    from ansible_collections.ebpf.xdp.plugins.module_utils._maps import migration_rules

    why = migration_rules.hindrance(pinned, wanted, found)
    if wanted.variables is not None:
        why = why or "on_map_change: migrate does not copy entries into a program's variables"
    return [f"{explained}. {why}"] if why else []


def _adopted(spec: MapSpec, team: Team, observed: Observed, device: int) -> MapPin | None:
    """A pinned map of which no record says whose it is, where it fits; any other is in the way."""
    pin = observed.unclaimed_map(spec.name)
    if pin is None or team.is_own(spec) or map_fit.differences(pin.info, spec, device):
        return None
    observed.adopt_map(pin)
    return pin
