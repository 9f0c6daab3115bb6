# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""From an object spec to descriptors: BTF, maps, a program and its helpers, in the kernel and held by nobody else."""

from __future__ import annotations

import errno
from collections.abc import Collection
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import memory
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import nested, programs, types
from ansible_collections.ebpf.xdp.plugins.module_utils._load.maps import Maps
from ansible_collections.ebpf.xdp.plugins.module_utils._load.messages import Warn
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import OF_MAPS, XDP, ObjectSpec, ProgramSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team


class Loaded(NamedTuple):
    """Descriptors by name."""

    maps: dict[str, int]
    #: The chosen program and its helpers; none for maps alone.
    programs: dict[str, int]
    #: The chosen program by interface index, where it is bound to interfaces; ``programs`` has the first of them.
    bound: dict[int, int]


def load(
    spec: ObjectSpec,
    team: Team,
    reuse: dict[str, int],
    held: ExitStack,
    ifindex: int = 0,
    warn: Warn = lambda text: None,
    required: Collection[str] = (),
    bound_to: Collection[int] = (),
    required_programs: Collection[str] = (),
) -> Loaded:
    """Make the maps of an object, and load the programs of ``team``.

    Maps in ``reuse`` are taken as they are, the others made anew and filled. What
    is made here is closed with ``held``. ``ifindex`` is for programs that run on
    a network card's own processor. Without a program, its variables and program
    arrays are not made either: they mean nothing without it.

    ``bound_to`` are the interfaces, by index, that the chosen program is bound to,
    for each of which it is loaded.

    A map that the kernel refuses is an error when one of the programs uses it,
    when its name is in ``required``, and without a program; otherwise it is left
    out, and ``warn`` is told. So is a program for a devmap or cpumap of a kind that
    the kernel does not have, unless its name is in ``required_programs``.
    """
    memory.lift_limit()
    known = types.load(spec.btf, held, warn)
    by_name = {program.name: program for program in spec.programs}
    wanted_programs = [by_name[name] for name in team.programs]
    maps = dict(reuse)
    wanted = [map_spec for map_spec in spec.maps if map_spec.name not in maps and team.needs(map_spec)]
    makers = Maps(known.fd, ifindex, wanted_programs[0] if wanted_programs else None, warn, {})
    needed = _needed(spec, wanted_programs, required)
    # Maps that hold maps come last: what they hold has to be there.
    for map_spec in sorted(wanted, key=lambda map_spec: map_spec.type in OF_MAPS):
        try:
            maps[map_spec.name] = makers.make(map_spec, maps, held)
        except XdpError as error:
            if team.chosen is None or map_spec.name in needed or not _is_about_the_map(error):
                raise
            warn(f"The map {map_spec.name} was left out, because the program {team.chosen} does not use it: {error}")
    load_program = partial(programs.load, types=known, maps=maps, constants=makers.constants, warn=warn, held=held)
    bound = {
        each: load_program(wanted_programs[0], device=programs.Device(each, True), members=spec.members)
        for each in bound_to
    }
    loaded: dict[str, int] = {}
    for each in wanted_programs:
        if bound and each.name == team.chosen:
            loaded[each.name] = next(iter(bound.values()))
            continue
        try:
            members = spec.members if each.name == team.chosen else ()
            loaded[each.name] = load_program(each, device=programs.Device(ifindex), members=members)
        except KernelError as error:
            # An older kernel may not have this kind, and the program may do without; what the verifier rejects is wrong.
            if (
                each.attach_type == XDP
                or each.name in (*required_programs, team.chosen)
                or error.errno not in _REFUSALS
            ):
                raise
            warn(f"The program {each.name} was left out: {error}")
    for map_spec in wanted:
        if map_spec.type == "prog_array" and map_spec.values:
            nested.fill_programs(map_spec, maps[map_spec.name], loaded)
    return Loaded(maps, loaded, bound)


def _needed(spec: ObjectSpec, wanted: list[ProgramSpec], required: Collection[str]) -> set[str]:
    """The names of the maps without which nothing is loaded; what a needed map of maps is to hold is needed as well."""
    needed = {*required, *(name for program in wanted for name in programs.uses(program))}
    needed.update(
        value.name
        for map_spec in spec.maps
        if map_spec.name in needed and map_spec.type in OF_MAPS
        for value in map_spec.values
    )
    return needed


# What the kernel answers because of the map's type, shape or size, and not because of who asks.
_REFUSALS = (errno.EINVAL, errno.E2BIG, errno.ENOMEM, errno.EOPNOTSUPP)


def _is_about_the_map(error: XdpError) -> bool:
    return not isinstance(error, KernelError) or error.errno in _REFUSALS
