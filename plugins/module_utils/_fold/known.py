# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What registers certainly hold before each instruction, where the program reads constants.

The program is followed from the first instruction of each function, and where a comparison of two known
numbers decides, it is followed one way alone (sparse conditional constant propagation, by Wegman and Zadeck;
here over instructions rather than blocks). Where ways meet, what differs is not known.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable, Mapping
from typing import Callable, NamedTuple, Tuple, Union

from ansible_collections.ebpf.xdp.plugins.module_utils._fold import effects
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.instruction import (
    ALU64,
    BY_REGISTER,
    JMP,
    LDX,
    Instruction,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import LD_IMM64

_REGISTERS = 11


class Address(NamedTuple):
    """A place in constants."""

    #: The map whose value they are.
    map: str
    #: Bytes, from the value's start.
    offset: int


#: What a register holds: a number of 64 bits without a sign, an address, or something that is not known.
Content = Union[int, Address, None]
State = Tuple[Content, ...]

_Operation = Callable[[int, int, int], int]

# By the upper four bits of an opcode. The numbers are of so many bits, and so is what comes out, less what is beyond them.
_ARITHMETIC: dict[int, _Operation] = {
    0x00: lambda a, b, bits: a + b,
    0x10: lambda a, b, bits: a - b,
    0x20: lambda a, b, bits: a * b,
    0x40: lambda a, b, bits: a | b,
    0x50: lambda a, b, bits: a & b,
    0x60: lambda a, b, bits: a << (b & (bits - 1)),
    0x70: lambda a, b, bits: a >> (b & (bits - 1)),
    0xA0: lambda a, b, bits: a ^ b,
    effects.MOV: lambda a, b, bits: b,
    0xC0: lambda a, b, bits: signed(a, bits) >> (b & (bits - 1)),
}

_COMPARISONS: dict[int, Callable[[int, int], bool]] = {
    0x10: operator.eq,
    0x20: operator.gt,
    0x30: operator.ge,
    0x40: lambda a, b: bool(a & b),
    0x50: operator.ne,
    0xA0: operator.lt,
    0xB0: operator.le,
}
# Those of numbers with a sign.
_SIGNED_COMPARISONS: dict[int, Callable[[int, int], bool]] = {
    0x60: operator.gt,
    0x70: operator.ge,
    0xC0: operator.lt,
    0xD0: operator.le,
}

# Bytes that a load reads, by the bits of its opcode that say so.
_SIZES = {0x00: 4, 0x08: 2, 0x10: 1, 0x18: 8}


def signed(number: int, bits: int) -> int:
    """The number of so many bits, read with a sign."""
    number &= (1 << bits) - 1
    return number - (1 << bits) if number >> (bits - 1) else number


class Known:
    """``states`` has what the registers hold before each instruction, and ``None`` where the program never comes."""

    def __init__(
        self,
        instructions: list[Instruction],
        addresses: Mapping[int, str],
        constants: Mapping[str, bytes],
        opaque: frozenset[int],
        starts: Iterable[int],
    ) -> None:
        """``addresses`` are the instructions that load one, with their maps; ``opaque`` are those that the kernel changes."""
        self._instructions = instructions
        self._addresses = addresses
        self._constants = constants
        self._opaque = opaque
        self.states: list[State | None] = [None] * len(instructions)
        self._waiting: list[int] = []
        for start in starts:
            self._start(start)
        self._follow()

    def after(self, place: int, register: int) -> Content:
        """What the register holds after the instruction at a place that the program comes to."""
        return self._after(place, self._before(place))[register]

    def operand(self, place: int) -> Content:
        """The second operand of arithmetic or of a comparison."""
        instruction = self._instructions[place]
        if instruction.opcode & BY_REGISTER:
            return self._before(place)[instruction.source]
        return instruction.value & (1 << 64) - 1

    def goes_to(self, place: int) -> tuple[int, ...]:
        """Where the program goes on after this instruction, as far as is not known."""
        instruction = self._instructions[place]
        ways = effects.successors(place, instruction)
        if len(ways) < 2 or not effects.compares(instruction) or place in self._opaque:
            return ways
        first, second = self._before(place)[instruction.to], self.operand(place)
        if not isinstance(first, int) or not isinstance(second, int):
            return ways
        outcome = _compare(instruction, first, second)
        return ways if outcome is None else (ways[outcome],)

    def _before(self, place: int) -> State:
        state = self.states[place]
        if state is None:  # the program does not come here
            raise effects.NotUnderstood
        return state

    def _start(self, place: int) -> None:
        if not 0 <= place < len(self.states):
            raise effects.NotUnderstood
        if self.states[place] is None:
            self.states[place] = (None,) * _REGISTERS
            self._waiting.append(place)

    def _follow(self) -> None:
        while self._waiting:
            place = self._waiting.pop()
            instruction = self._instructions[place]
            called = instruction.function(place)
            if called is not None:
                self._start(called)
            state = self._after(place, self._before(place))
            for following in self.goes_to(place):
                self._come(following, state)

    def _come(self, place: int, state: State) -> None:
        if not 0 <= place < len(self.states):
            raise effects.NotUnderstood
        there = self.states[place]
        if there is not None:
            state = tuple(a if a == b else None for a, b in zip(there, state))
        if state != there:
            self.states[place] = state
            self._waiting.append(place)

    def _after(self, place: int, state: State) -> State:
        instruction = self._instructions[place]
        written = effects.writes(instruction)
        if not written:
            return state
        after = [None if written >> register & 1 else content for register, content in enumerate(state)]
        if effects.only_writes(instruction) and place not in self._opaque:
            after[instruction.to] = self._result(place, instruction, state)
        return tuple(after)

    def _result(self, place: int, instruction: Instruction, state: State) -> Content:
        if instruction.opcode == LD_IMM64:
            return self._loaded(place, instruction)
        if instruction.kind == LDX:
            return self._read(instruction, state[instruction.source])
        return _calculate(instruction, state[instruction.to], self.operand(place))

    def _loaded(self, place: int, instruction: Instruction) -> Content:
        upper = self._instructions[place + 1].value & 0xFFFFFFFF
        if place in self._addresses:
            return Address(self._addresses[place], upper)
        return instruction.value & 0xFFFFFFFF | upper << 32 if not instruction.source else None

    def _read(self, instruction: Instruction, address: Content) -> Content:
        if instruction.opcode & 0xE0 != effects.MEMORY or not isinstance(address, Address):
            return None
        constants = self._constants[address.map]
        start = address.offset + instruction.offset
        end = start + _SIZES[instruction.opcode & 0x18]
        return int.from_bytes(constants[start:end], sys.byteorder) if start >= 0 and end <= len(constants) else None


def _calculate(instruction: Instruction, first: Content, second: Content) -> Content:
    bits = 64 if instruction.kind == ALU64 else 32
    calculate = _ARITHMETIC.get(instruction.operation)
    # With an offset, an operation is another one: with a sign, or of an address.
    if calculate is None or instruction.offset:
        return None
    is_move = instruction.operation == effects.MOV
    begun = 0 if is_move else first
    if isinstance(begun, int) and isinstance(second, int):
        most = (1 << bits) - 1
        return calculate(begun & most, second & most, bits) & most
    if bits == 64 and is_move:
        return second
    if bits == 64 and instruction.operation == 0x00 and isinstance(first, Address) and isinstance(second, int):
        return first._replace(offset=first.offset + signed(second, 64))
    return None


def _compare(instruction: Instruction, first: int, second: int) -> bool | None:
    bits = 64 if instruction.kind == JMP else 32
    most = (1 << bits) - 1
    compare = _COMPARISONS.get(instruction.operation)
    if compare is not None:
        return compare(first & most, second & most)
    compare = _SIGNED_COMPARISONS.get(instruction.operation)
    return None if compare is None else compare(signed(first, bits), signed(second, bits))
