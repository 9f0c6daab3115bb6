# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs of an object that run together: the chosen one, which is attached, and its helpers."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import XDP, MapSpec, ObjectSpec

_PROG_ARRAY = "prog_array"


class Team(NamedTuple):
    #: The chosen program; ``None`` for maps alone.
    chosen: str | None = None
    #: By name. Nothing attaches them: tail calls, devmaps and cpumaps lead to them.
    helpers: tuple[str, ...] = ()
    #: The program arrays that come with their entries, by name. They belong to one version of the programs, as
    #: variables do: each has its own, filled before it runs.
    arrays: tuple[str, ...] = ()

    @property
    def programs(self) -> tuple[str, ...]:
        return () if self.chosen is None else (self.chosen, *self.helpers)

    def needs(self, map: MapSpec) -> bool:
        """Whether the map is made for it; all are that do not belong to other programs."""
        if map.type == _PROG_ARRAY and map.values:
            return map.name in self.arrays
        return self.chosen is not None or map.variables is None

    def is_own(self, map: MapSpec) -> bool:
        """Whether each version of the programs has one of its own, so that none is ever taken over."""
        return map.variables is not None or map.name in self.arrays


def team_of(spec: ObjectSpec, chosen: str | None, on_card: bool = False) -> Team:
    """The chosen program with all that it can lead to.

    Those are the programs in arrays that it or a helper uses, and all programs for
    the packets that a devmap or cpumap redirects. Of the latter the object does
    not say which map they are for; programs on a network card have none.
    """
    if chosen is None:
        return Team()
    programs = {program.name: program for program in spec.programs}
    filled = {map.name: map for map in spec.maps if map.type == _PROG_ARRAY and map.values}
    found = dict.fromkeys([chosen])
    if programs[chosen].attach_type == XDP and not on_card:
        found.update(dict.fromkeys(program.name for program in spec.programs if program.attach_type != XDP))
    arrays: set[str] = set()
    waiting = list(found)
    while waiting:
        for name in {reference.map for reference in programs[waiting.pop()].references} & set(filled) - arrays:
            arrays.add(name)
            for value in filled[name].values:
                if value.name not in found:
                    found[value.name] = None
                    waiting.append(value.name)
    return Team(chosen, tuple(sorted(set(found) - {chosen})), tuple(sorted(arrays)))
