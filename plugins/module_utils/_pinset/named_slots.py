# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which row of a map with counters each name has: the same in each version of the object, whatever its place there."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import NamedCounters, ObjectSpec

#: Between a map and a name in the record, where the names of members stand alone.
SEPARATOR = "/"


def recorded(counters: NamedCounters, slots: Mapping[str, int]) -> dict[str, int]:
    """The rows of this map, by name, among all that a record has."""
    start = counters.map + SEPARATOR
    return {
        key[len(start) :]: slot
        for key, slot in slots.items()
        if key.startswith(start) and counters.first <= slot < counters.end
    }


def assigned(counters: NamedCounters, before: Mapping[str, int]) -> dict[str, int]:
    """A row for each name, and for those that had one ``before`` as long as nobody else needs it."""
    slots = dict(before)
    for name in counters.names:
        if name not in slots:
            free = set(range(counters.first, counters.end)).difference(slots.values())
            if not free:
                free = {slots.pop(next(each for each in slots if each not in counters.names))}
            slots[name] = min(free)
    return slots


def inherited(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """What to tell about names that got the row of one that is gone, and its counts with that."""
    heirs = {slot: name for name, slot in after.items()}
    return [
        f"{heirs[slot]} got the counters of {name}, which is gone, and goes on from what they have counted: all others are taken"
        for name, slot in before.items()
        if slot in heirs and heirs[slot] != name
    ]


def applied(spec: ObjectSpec, counters: NamedCounters, slots: Mapping[str, int]) -> ObjectSpec:
    """The object whose program counts for each name in its row."""
    rows = bytes(slots[name] for name in counters.names)
    maps = []
    for map in spec.maps:
        if map.name == counters.variables:
            value = bytearray((map.variables or b"").ljust(counters.offset + len(rows), b"\0"))
            value[counters.offset : counters.offset + len(rows)] = rows
            map = map._replace(variables=bytes(value))
        maps.append(map)
    return spec._replace(maps=tuple(maps))


def to_record(counters: NamedCounters, slots: Mapping[str, int]) -> dict[str, int]:
    return {f"{counters.map}{SEPARATOR}{name}": slot for name, slot in slots.items()}
