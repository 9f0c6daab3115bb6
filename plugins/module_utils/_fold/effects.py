# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a single instruction does: the registers that it reads and writes, and where it may go on.

Sets of registers are bits of a number. Opcodes and their parts are those of include/uapi/linux/bpf_common.h
and bpf.h; what they mean, of Documentation/bpf/standardization/instruction-set.rst.
"""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.instruction import (
    ALU,
    ALU64,
    BY_REGISTER,
    JMP,
    JMP32,
    LD,
    LDX,
    ST,
    STX,
    Instruction,
    decode,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import CALL, LD_IMM64

# The upper four bits of arithmetic.
MOV, NEGATE, SWAP = 0xB0, 0x80, 0xD0
# The same of jumps, those that do not compare.
_GO, _CALL, _EXIT, _MAY_GO = 0x00, CALL & 0xF0, 0x90, 0xE0
# The upper three bits of loads and stores, their mode.
MEMORY, _ATOMIC = 0x60, 0xC0

_ALL = (1 << 11) - 1
# Registers of arguments, which a call reads, and those that hold nothing of the caller's after it.
_ARGUMENTS, _CLOBBERED = 0b111110, 0b111111
_RESULT = 1


class NotUnderstood(Exception):
    """An instruction that is newer than this code, or leads out of the program."""


def understood(code: bytes) -> list[Instruction]:
    """One for each place. Raises ``NotUnderstood``."""
    found = decode(code)
    place = 0
    while place < len(found):
        _check(found[place])
        place += found[place].places
    if place != len(found):
        raise NotUnderstood
    return found


def _check(instruction: Instruction) -> None:
    kind, operation = instruction.kind, instruction.operation
    by_register = bool(instruction.opcode & BY_REGISTER)
    known = {
        LD: instruction.opcode == LD_IMM64,
        # Jumps and calls to where a register says would be by register.
        JMP: not (by_register and operation in (_GO, _CALL)),
        JMP32: not (by_register and operation == _GO) and operation not in (_CALL, _EXIT),
    }.get(kind, True)
    if not known or instruction.to > 10 or instruction.source > 10:
        raise NotUnderstood


def is_arithmetic(instruction: Instruction) -> bool:
    """Whether it calculates."""
    return instruction.kind in (ALU, ALU64)


def only_writes(instruction: Instruction) -> bool:
    """Whether it does nothing but set a register."""
    return instruction.opcode == LD_IMM64 or instruction.kind in (LDX, ALU, ALU64)


def _is_jump(instruction: Instruction) -> bool:
    """Whether it goes somewhere: a jump, a call or an exit."""
    return instruction.kind in (JMP, JMP32)


def compares(instruction: Instruction) -> bool:
    """Whether it is a jump that depends on values."""
    return _is_jump(instruction) and instruction.operation not in (_GO, _CALL, _EXIT, _MAY_GO)


def is_go(instruction: Instruction) -> bool:
    """Whether it always jumps."""
    return _is_jump(instruction) and instruction.operation == _GO


def go(distance: int) -> Instruction:
    """A jump over so many places."""
    return Instruction(JMP | _GO, offset=distance)


def target(place: int, instruction: Instruction) -> int | None:
    """Where it may jump."""
    if not _is_jump(instruction) or instruction.operation in (_CALL, _EXIT):
        return None
    return place + 1 + (instruction.value if _is_far(instruction) else instruction.offset)


def _is_far(instruction: Instruction) -> bool:
    """Whether it has its distance where other jumps have the number that they compare with."""
    return instruction.kind == JMP32 and instruction.operation == _GO


def successors(place: int, instruction: Instruction) -> tuple[int, ...]:
    """Where the function may go on: first the next instruction, unless it never does."""
    if _is_jump(instruction) and instruction.operation == _EXIT:
        return ()
    there = target(place, instruction)
    if there is None:
        return (place + instruction.places,)
    return (there,) if is_go(instruction) else (place + 1, there)


def moved(place: int, instruction: Instruction, places: list[int]) -> Instruction:
    """The instruction where places have other numbers: ``places`` has the new one of each old one."""
    called, there = instruction.function(place), target(place, instruction)
    if called is not None:
        return instruction._replace(value=places[called] - places[place] - 1)
    if there is None:
        return instruction
    distance = places[there] - places[place] - 1
    return instruction._replace(**{"value" if _is_far(instruction) else "offset": distance})


def writes(instruction: Instruction) -> int:
    """The registers whose values are others after it, or may be."""
    kind = instruction.kind
    if only_writes(instruction):
        return 1 << instruction.to
    if kind == JMP and instruction.operation == _CALL:
        return _CLOBBERED
    if kind == STX and instruction.opcode & 0xE0 == _ATOMIC:
        # An exchange writes what was there into the source, or into the register of results; a load, into the other one.
        return 1 << instruction.source | 1 << instruction.to | _RESULT
    return 0


def reads(instruction: Instruction) -> int:
    """The registers whose values it may depend on."""
    kind, operation = instruction.kind, instruction.operation
    to, source = 1 << instruction.to, 1 << instruction.source
    operand = source if instruction.opcode & BY_REGISTER else 0
    if instruction.opcode == LD_IMM64:
        return 0
    if kind == LDX:
        return source
    if kind in (ALU, ALU64):
        return {MOV: operand, NEGATE: to, SWAP: to}.get(operation, to | operand)
    if kind == ST:
        return to
    if kind == STX:
        return to | source | (_RESULT if instruction.opcode & 0xE0 == _ATOMIC else 0)
    if compares(instruction):
        return to | operand
    return {_EXIT: _RESULT, _CALL: _ARGUMENTS, _GO: 0, _MAY_GO: 0}.get(operation, _ALL)
