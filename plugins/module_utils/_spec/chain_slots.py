# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which counters each member of a chain has."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._spec import slots as all_slots
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import MOST_MEMBERS, OF_NAMES, SLOT
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import INSTRUCTION_SIZE, ObjectSpec


def recorded(slots: Mapping[str, int]) -> dict[str, int]:
    """The slots of members among all that a record has."""
    return {name: slot for name, slot in slots.items() if OF_NAMES not in name}


def assigned(members: Sequence[str], before: Mapping[str, int]) -> dict[str, int]:
    """As ``slots.assigned``."""
    return all_slots.assigned(members, before, range(MOST_MEMBERS))


def inherited(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """What to tell about members that got the slot of one that is gone, and its counts with that."""
    return [
        f"The chain has counters for {MOST_MEMBERS} names: {heir} got those of {gone}, which is no member any more, and goes on "
        f"from what they have counted"
        for heir, gone in all_slots.heirs(before, after)
    ]


def applied(spec: ObjectSpec, slots: Mapping[str, int]) -> ObjectSpec:
    """The object whose chain counts each member in its slot."""
    chain = spec.programs[0]
    code = bytearray(chain.instructions)
    for member in spec.members:
        struct.pack_into("=i", code, member.counter * INSTRUCTION_SIZE + 4, slots[member.name] * SLOT)
    return spec._replace(programs=(chain._replace(instructions=bytes(code)), *spec.programs[1:]))
