# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which counters each member of a chain has: the same in each version of the chain, whichever members come and go."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import MOST_MEMBERS, SLOT
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import INSTRUCTION_SIZE, ObjectSpec


def assigned(members: Sequence[str], before: Mapping[str, int]) -> dict[str, int]:
    """A slot for each of these, and for those that had one ``before`` as long as nobody else needs it."""
    slots = {name: slot for name, slot in before.items() if 0 <= slot < MOST_MEMBERS}
    for name in members:
        if name not in slots:
            free = set(range(MOST_MEMBERS)).difference(slots.values())
            if not free:
                gone = next(each for each in slots if each not in members)
                free = {slots.pop(gone)}
            slots[name] = min(free)
    return slots


def inherited(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """What to tell about members that got the slot of one that is gone, and its counts with that."""
    heirs = {slot: name for name, slot in after.items()}
    return [
        f"The chain has counters for {MOST_MEMBERS} names: {heirs[slot]} got those of {name}, which is no member any more, and goes on "
        f"from what they have counted"
        for name, slot in before.items()
        if slot in heirs and heirs[slot] != name
    ]


def applied(spec: ObjectSpec, slots: Mapping[str, int]) -> ObjectSpec:
    """The object whose chain counts each member in its slot."""
    chain = spec.programs[0]
    code = bytearray(chain.instructions)
    for member in spec.members:
        struct.pack_into("=i", code, member.counter * INSTRUCTION_SIZE + 4, slots[member.name] * SLOT)
    return spec._replace(programs=(chain._replace(instructions=bytes(code)), *spec.programs[1:]))
