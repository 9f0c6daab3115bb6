# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The programs of an object that run together: the chosen one, which is attached, and its helpers."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import XDP, MapSpec, ObjectSpec

_PROG_ARRAY = "prog_array"


class Team(NamedTuple):
    """The programs of an object that are loaded together, and their arrays."""

    #: The chosen program; ``None`` for maps alone.
    chosen: str | None = None
    #: By name. Nothing attaches them: tail calls, devmaps and cpumaps lead to them.
    helpers: tuple[str, ...] = ()
    #: The program arrays that come with their entries, by name. They belong to one version of the programs, as
    #: variables do: each has its own, filled before it runs.
    arrays: tuple[str, ...] = ()
    #: Those of the helpers that were asked for by name, sorted.
    named: tuple[str, ...] = ()

    @property
    def programs(self) -> tuple[str, ...]:
        """The names of all, the chosen one first."""
        return () if self.chosen is None else (self.chosen, *self.helpers)

    def needs(self, map_spec: MapSpec) -> bool:
        """Whether the map is made for it; all are that do not belong to other programs."""
        if map_spec.type == _PROG_ARRAY and map_spec.values:
            return map_spec.name in self.arrays
        return self.chosen is not None or map_spec.variables is None

    def is_own(self, map_spec: MapSpec) -> bool:
        """Whether each version of the programs has one of its own, so that none is ever taken over."""
        return map_spec.variables is not None or map_spec.name in self.arrays


def team_of(spec: ObjectSpec, chosen: str | None, named: Collection[str] = (), on_card: bool = False) -> Team:
    """The chosen program with all that it can lead to.

    Those are the programs in arrays that it or a helper uses, all programs for the
    packets that a devmap or cpumap redirects, and those that are ``named``. Of the
    second kind the object does not say which map they are for; programs on a
    network card have none. Raises ``XdpError`` for a name that is not a helper.
    """
    if chosen is None:
        return Team()
    programs = {program.name: program for program in spec.programs}
    filled = {map_spec.name: map_spec for map_spec in spec.maps if map_spec.type == _PROG_ARRAY and map_spec.values}
    found = dict.fromkeys([chosen, *_checked(spec, chosen, named)])
    if programs[chosen].attach_type == XDP and not on_card:
        redirected = [each.name for each in spec.programs if each.attach_type != XDP and not each.on_request]
        found.update(dict.fromkeys(redirected))
    arrays: set[str] = set()
    waiting = list(found)
    while waiting:
        for name in {reference.map for reference in programs[waiting.pop()].references} & set(filled) - arrays:
            arrays.add(name)
            for value in filled[name].values:
                if value.name not in found:
                    found[value.name] = None
                    waiting.append(value.name)
    return Team(chosen, tuple(sorted(set(found) - {chosen})), tuple(sorted(arrays)), tuple(sorted({*named})))


def _checked(spec: ObjectSpec, chosen: str, named: Collection[str]) -> list[str]:
    names = [program.name for program in spec.programs]
    for name in named:
        if name == chosen:
            raise XdpError(f"helpers: {name} is the program of the set, which is loaded in any case. Leave it out")
        if name not in names:
            why = next((left.why for left in spec.left_out if left.name == name and not left.is_map), None)
            if why is not None:
                raise XdpError(f"helpers: the program {name} cannot be loaded: {why}")
            raise XdpError(f"helpers: the object has no program {short(name)}. {unknown_name(name, names)}")
    return sorted({*named})
