# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Put constants into the instructions that read them, and leave out what they rule out.

An object reads its constants (``const volatile`` in C) from a map, as they are set after it was compiled. The
kernel's verifier knows their values and removes the branches that they rule out, but not the loads that the
comparison needed: each costs two instructions a packet. Here, where the values are final, a load becomes a number,
and what nothing needs any more is left out. The verdicts, and all that the program writes, stay the same.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from ansible_collections.ebpf.xdp.plugins.module_utils._fold import effects
from ansible_collections.ebpf.xdp.plugins.module_utils._fold.known import Known, signed
from ansible_collections.ebpf.xdp.plugins.module_utils._fold.shortened import shortened
from ansible_collections.ebpf.xdp.plugins.module_utils._fold.unused import unused
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.instruction import (
    ALU64,
    BY_REGISTER,
    JMP,
    LDX,
    Instruction,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CORE_RELOCATION,
    INSTRUCTION_SIZE,
    PSEUDO_MAP_VALUE,
    ProgramSpec,
)

# Instructions with a number of 32 bits, which the first extends with its sign and the second with zeros.
_MOVE, _MOVE32 = 0xB7, 0xB4

# Arithmetic for which the verifier refuses some numbers, though not a register that holds them.
_SHIFTS, _DIVISIONS = (0x60, 0x70, 0xC0), (0x30, 0x90)


def fold(program: ProgramSpec, constants: Mapping[str, bytes]) -> tuple[ProgramSpec, list[int]]:
    """The program over these constants, which are the whole values of maps, by name; nobody may change them any more.

    The second value has the new place of each instruction (see ``shortened``). A program with instructions that
    are not known here is returned itself, and no copy, so that a caller can tell.
    """
    try:
        return _folded(program, constants)
    except effects.NotUnderstood:
        return program, list(range(len(program.instructions) // INSTRUCTION_SIZE + 1))


def _folded(program: ProgramSpec, constants: Mapping[str, bytes]) -> tuple[ProgramSpec, list[int]]:
    written = effects.understood(program.instructions)
    addresses = {
        each.instruction: each.map
        for each in program.references
        if each.map in constants and written[each.instruction].source == PSEUDO_MAP_VALUE
    }
    opaque = frozenset(
        where // INSTRUCTION_SIZE
        for where, *_rest in struct.iter_unpack(f"={CORE_RELOCATION}", program.core_relocations)
    )
    known = Known(written, addresses, constants, opaque, {0, *_entered_otherwise(program, written)})
    reached = [place for place, state in enumerate(known.states) if state is not None]
    instructions = list(written)
    for place in reached:
        instructions[place] = _simpler(place, written[place], known)
    kept = set(reached) - unused(instructions, reached, opaque)
    kept.update([place + 1 for place in kept if instructions[place].places == 2])
    return shortened(program, instructions, kept)


def _entered_otherwise(program: ProgramSpec, instructions: list[Instruction]) -> set[int]:
    """Functions that no instruction names: only the types do (exception_callback, include/linux/btf.h)."""
    called = {each.function(place) for place, each in enumerate(instructions)}
    return {place for place, _type in struct.iter_unpack("=2I", program.func_info) if place not in called}


def _simpler(place: int, instruction: Instruction, known: Known) -> Instruction:
    """The same with the numbers that are known, where one instruction has room for them."""
    if effects.compares(instruction):
        ways = known.goes_to(place)
        if len(ways) == 1:
            return effects.go(ways[0] - place - 1)
        return _by_number(place, instruction, known)
    if instruction.kind == LDX or effects.is_arithmetic(instruction):
        after = known.after(place, instruction.to)
        if isinstance(after, int):
            return _move(instruction.to, after) or instruction
        return _by_number(place, instruction, known)
    return instruction


def _move(register: int, number: int) -> Instruction | None:
    if -(1 << 31) <= signed(number, 64) < 1 << 31:
        return Instruction(_MOVE, register, 0, 0, signed(number, 64))
    return Instruction(_MOVE32, register, 0, 0, signed(number, 32)) if number < 1 << 32 else None


def _by_number(place: int, instruction: Instruction, known: Known) -> Instruction:
    """Arithmetic or a comparison with a number in place of a register, if that has a known one."""
    operand = known.operand(place) if _has_operand(instruction) else None
    if not isinstance(operand, int):
        return instruction
    bits = 64 if instruction.kind in (ALU64, JMP) else 32
    number = signed(operand, bits)
    if not -(1 << 31) <= number < 1 << 31 or _is_refused(instruction, number, bits):
        return instruction
    return instruction._replace(opcode=instruction.opcode & ~BY_REGISTER, source=0, value=number)


def _has_operand(instruction: Instruction) -> bool:
    """Whether a register is its second operand, with the usual meaning."""
    if not instruction.opcode & BY_REGISTER:
        return False
    return effects.compares(instruction) or (
        effects.is_arithmetic(instruction) and instruction.operation != effects.SWAP and not instruction.offset
    )


def _is_refused(instruction: Instruction, number: int, bits: int) -> bool:
    if not effects.is_arithmetic(instruction):
        return False
    if instruction.operation in _SHIFTS:
        return not 0 <= number < bits
    return instruction.operation in _DIVISIONS and number == 0
