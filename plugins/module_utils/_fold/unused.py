# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which instructions set registers that nothing reads afterwards."""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.ebpf.xdp.plugins.module_utils._fold import effects
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.instruction import Instruction


def unused(instructions: list[Instruction], reached: Collection[int], kept: Collection[int]) -> set[int]:
    """Places, of those that are reached, except for those that are kept whatever they do.

    What only such an instruction reads is not read.
    """
    order = sorted(reached, reverse=True)
    # Before each instruction, the registers that are read before they are set again.
    wanted = [0] * (len(instructions) + 1)
    is_changing = True
    while is_changing:
        is_changing = False
        for place in order:
            instruction = instructions[place]
            after = _after(place, instruction, wanted)
            before = after
            if not _is_unused(instruction, after) or place in kept:
                before = after & ~effects.writes(instruction) | effects.reads(instruction)
            if before != wanted[place]:
                wanted[place] = before
                is_changing = True
    return {
        place
        for place in order
        if place not in kept and _is_unused(instructions[place], _after(place, instructions[place], wanted))
    }


def _after(place: int, instruction: Instruction, wanted: list[int]) -> int:
    after = 0
    for following in effects.successors(place, instruction):
        after |= wanted[following]
    return after


def _is_unused(instruction: Instruction, after: int) -> bool:
    return effects.only_writes(instruction) and not after >> instruction.to & 1
