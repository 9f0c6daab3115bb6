# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which counters the names of an object have when it is loaded: members of a chain, and the names that programs count for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._spec import chain_slots, named_slots
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import MEMBERS
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec


class Counting(NamedTuple):
    """An object whose names have their rows of counters."""

    #: The object, told where to count.
    spec: ObjectSpec
    #: All slots, as the record has them.
    slots: dict[str, int]
    #: Whole sentences about names that go on from the counts of others.
    warnings: list[str]


def counting(spec: ObjectSpec, recorded: Callable[[str], Mapping[str, int]]) -> Counting:
    """``recorded`` tells the slots on record, where the map of this name still is the one that they are of."""
    slots: dict[str, int] = {}
    warnings = []
    if spec.members and spec.members[0].counter:
        before = chain_slots.recorded(recorded(MEMBERS))
        slots = chain_slots.assigned([member.name for member in spec.members], before)
        warnings = chain_slots.inherited(before, slots)
        spec = chain_slots.applied(spec, slots)
    for each in spec.counters:
        before = named_slots.recorded(each, recorded(each.map))
        rows = named_slots.assigned(each, before)
        warnings += named_slots.inherited(before, rows)
        spec = named_slots.applied(spec, each, rows)
        slots.update(named_slots.to_record(each, rows))
    return Counting(spec, slots, warnings)
