# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a chain the kernel would refuse whatever it is, found out before anything is loaded."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._chain import code
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CALL,
    INSTRUCTION,
    PSEUDO_CALL,
    ProgramSpec,
    source_register,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team

#: Maps that one program can use (MAX_USED_MAPS, include/linux/bpf_verifier.h).
MOST_MAPS = 64
#: Functions that can be in one another (MAX_CALL_FRAMES, include/linux/bpf_verifier.h).
MOST_FRAMES = 8
#: Maps of a chain that counts.
_COUNTING = 3


def check(members: Sequence[tuple[str, ProgramSpec, Team]], count: bool) -> None:
    """Raises ``XdpError``; the members are name, program and team."""
    used = {name: {*(each.map for each in program.references), *program.bound_maps} for name, program, _team in members}
    total = sum(map(len, used.values())) + _COUNTING * count
    if total > MOST_MAPS:
        each = ", ".join(f"{name} {len(maps)}" for name, maps in used.items())
        raise XdpError(
            f"chain: its members use {total} maps together ({each}{f', and counting {_COUNTING}' if count else ''}), and one "
            f"program can use {MOST_MAPS}. Remove a member. Nothing was changed"
        )
    for name, program, _team in members:
        depth = frames(program.instructions)
        if depth >= MOST_FRAMES:
            raise XdpError(
                f"chain: {name}: its functions call each other {depth} deep, and in a chain {MOST_FRAMES - 1} is the most: the chain "
                f"calls it. Inline some of them. Nothing was changed"
            )


def frames(instructions: bytes) -> int:
    """How many functions are in one another at most, the first one included; more than the kernel's limit where they call themselves."""
    begins = code.functions(instructions)
    calls: list[set[int]] = [set() for _each in begins]
    for place, (opcode, registers, _offset, value) in enumerate(struct.iter_unpack(f"={INSTRUCTION}", instructions)):
        if opcode == CALL and source_register(registers) == PSEUDO_CALL:
            caller, called = bisect_right(begins, place) - 1, bisect_right(begins, place + value + 1) - 1
            calls[caller].add(called)
    reached, depth = {0}, 0
    while reached and depth <= MOST_FRAMES:
        depth += 1
        reached = {called for each in reached for called in calls[each]}
    return depth
