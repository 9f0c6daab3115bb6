# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which row of a map with counters each name has (``NamedCounters``), whatever its place in the program."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.ebpf.xdp.plugins.module_utils._spec import slots as all_slots
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import OF_NAMES
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import NamedCounters, ObjectSpec


def recorded(counters: NamedCounters, slots: Mapping[str, int]) -> dict[str, int]:
    """The rows of this map, by name, among all that a record has."""
    start = counters.map + OF_NAMES
    return {key[len(start) :]: slot for key, slot in slots.items() if key.startswith(start)}


def assigned(counters: NamedCounters, before: Mapping[str, int]) -> dict[str, int]:
    """As ``slots.assigned``."""
    return all_slots.assigned(counters.names, before, range(counters.first, counters.end))


def inherited(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """What to tell about names that got the row of one that is gone, and its counts with that."""
    return [
        f"{heir} got the counters of {gone}, which is gone, and goes on from what they have counted: all others are taken"
        for heir, gone in all_slots.heirs(before, after)
    ]


def applied(spec: ObjectSpec, counters: NamedCounters, slots: Mapping[str, int]) -> ObjectSpec:
    """The object whose program counts for each name in its row."""
    rows = bytes(slots[name] for name in counters.names)
    maps = []
    for map_spec in spec.maps:
        if map_spec.name == counters.variables:
            value = bytearray((map_spec.variables or b"").ljust(counters.offset + len(rows), b"\0"))
            value[counters.offset : counters.offset + len(rows)] = rows
            map_spec = map_spec._replace(variables=bytes(value))
        maps.append(map_spec)
    return spec._replace(maps=tuple(maps))


def to_record(counters: NamedCounters, slots: Mapping[str, int]) -> dict[str, int]:
    """The slots as the record has them, by ``MAP/NAME``."""
    return {f"{counters.map}{OF_NAMES}{name}": slot for name, slot in slots.items()}
