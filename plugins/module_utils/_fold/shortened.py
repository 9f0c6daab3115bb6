# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Take instructions out of a program, with all that counts its instructions moved along."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._fold import effects
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.instruction import Instruction, encode
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CORE_RELOCATION,
    INSTRUCTION_SIZE,
    ProgramSpec,
)

#: ``struct bpf_func_info`` and ``struct bpf_line_info`` of include/uapi/linux/bpf.h; both begin with an instruction.
_FUNCTION = "=2I"
_LINE = "=4I"


def shortened(
    program: ProgramSpec, instructions: list[Instruction], kept: Collection[int]
) -> tuple[ProgramSpec, list[int]]:
    """The program with these instructions, of which only those at the places ``kept`` stay.

    The second value is the new place of each old one: of one that is gone, that of the next one that stays.
    A map that no instruction refers to any more stays bound to the program.
    """
    stay = set(kept)
    _drop_needless_jumps(instructions, stay)
    places: list[int] = []
    code: list[Instruction] = []
    for place, instruction in enumerate(instructions):
        places.append(len(code))
        if place in stay:
            code.append(instruction)
    places.append(len(code))
    for place in stay:
        code[places[place]] = effects.moved(place, instructions[place], places)
    references = tuple(
        each._replace(instruction=places[each.instruction]) for each in program.references if each.instruction in stay
    )
    left = {each.map for each in references}
    lost = dict.fromkeys(each.map for each in program.references if each.map not in left)
    return (
        program._replace(
            instructions=encode(code),
            references=references,
            bound_maps=tuple({**dict.fromkeys(program.bound_maps), **lost}),
            func_info=_moved(_FUNCTION, program.func_info, places),
            line_info=_moved(_LINE, program.line_info, places),
            core_relocations=_moved_relocations(program.core_relocations, places, stay),
            kernel_references=tuple(
                each._replace(instruction=places[each.instruction])
                for each in program.kernel_references
                if each.instruction in stay
            ),
        ),
        places,
    )


def _drop_needless_jumps(instructions: list[Instruction], stay: set[int]) -> None:
    """Jumps to what comes next anyway."""
    # Of each place that was looked at, the next one that stays; 0 until then.
    following = [0] * (len(instructions) + 1)
    following[-1] = len(instructions)
    for place in range(len(instructions) - 1, -1, -1):
        there = effects.target(place, instructions[place])
        is_needless = (
            place in stay
            and effects.is_go(instructions[place])
            and there is not None
            and following[there] == following[place + 1]
        )
        if is_needless:
            stay.discard(place)
        following[place] = place if place in stay else following[place + 1]


def _moved(layout: str, records: bytes, places: list[int]) -> bytes:
    """Records by rising instruction. Of those that come to the same one, the last is about it."""
    by_place: dict[int, tuple[int, ...]] = {}
    for place, *rest in struct.iter_unpack(layout, records):
        if place >= len(places):
            raise effects.NotUnderstood
        by_place[places[place]] = (places[place], *rest)
    # What was about instructions at the end, which are gone.
    by_place.pop(places[-1], None)
    return b"".join(struct.pack(layout, *record) for record in by_place.values())


def _moved_relocations(relocations: bytes, places: list[int], stay: Collection[int]) -> bytes:
    def records() -> Iterable[bytes]:
        for where, *rest in struct.iter_unpack(f"={CORE_RELOCATION}", relocations):
            place = where // INSTRUCTION_SIZE
            if place in stay:
                yield struct.pack(f"={CORE_RELOCATION}", places[place] * INSTRUCTION_SIZE, *rest)

    return b"".join(records())
