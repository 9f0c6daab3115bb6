# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine for BPF, by Documentation/bpf/standardization/instruction-set.rst of the kernel: it reads the bytes itself."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Mapping
from typing import NamedTuple

_64, _32 = (1 << 64) - 1, (1 << 32) - 1
#: What a call leaves in the registers of its arguments.
_JUNK = 0x6A756E6B


class TooLong(Exception):
    """The program does not end soon."""


class Pointer(NamedTuple):
    map: str
    offset: int


def _signed(number: int, bits: int) -> int:
    number &= (1 << bits) - 1
    return number - (1 << bits) if number & (1 << (bits - 1)) else number


class Machine:
    """Runs a program. ``trace`` has what it did outside of its registers: stores, and arguments of helpers."""

    def __init__(self, code: bytes, pointers: Mapping[int, str], constants: Mapping[str, bytes]) -> None:
        self._code = list(struct.iter_unpack("=BBhi", code))
        self._pointers = pointers
        self._constants = constants
        self.trace: list[tuple[object, ...]] = []
        #: Instructions that it came to.
        self.executed: list[int] = []

    def run(self, registers: list[object], start: int = 0) -> object:
        """The result, from these contents of the registers 0 to 9."""
        place = start
        while True:
            if len(self.executed) > 300:
                raise TooLong
            self.executed.append(place)
            opcode, both, offset, value = self._code[place]
            to, source = (both & 15, both >> 4) if sys.byteorder == "little" else (both >> 4, both & 15)
            kind, operation, by_register = opcode & 7, opcode & 0xF0, opcode & 8
            place += 1
            if opcode == 0x18:
                upper = self._code[place][3] & _32
                name = self._pointers.get(place - 1)
                registers[to] = Pointer(name, upper) if name else value & _32 | upper << 32
                place += 1
            elif kind == 1:
                registers[to] = self._load(opcode, registers[source], offset)
            elif opcode == 0x7B:
                self.trace.append(("store", offset, registers[source]))
            elif kind in (4, 7):
                operand = registers[source] if by_register else value & _64
                registers[to] = _arithmetic(operation, registers[to], operand, 64 if kind == 7 else 32)
            elif opcode == 0x95:
                return registers[0]
            elif opcode == 0x85 and source == 1:
                # The function sees its arguments alone, and what it has in other registers is lost.
                registers[0] = self.run([_JUNK, *registers[1:6], *[_JUNK] * 4], place + value)
                registers[1:6] = [_JUNK] * 5
            elif opcode == 0x85:
                self.trace.append(("call", value, *registers[1:6]))
                registers[:6] = [_mixed(self.trace), *[_JUNK] * 5]
            elif operation == 0:
                place += offset if kind == 5 else value
            else:
                operand = registers[source] if by_register else value & _64
                if _holds(operation, registers[to], operand, 64 if kind == 5 else 32):
                    place += offset

    def _load(self, opcode: int, pointer: object, offset: int) -> object:
        size = {0: 4, 8: 2, 16: 1, 24: 8}[opcode & 0x18]
        if not isinstance(pointer, Pointer):
            return ("memory", pointer, offset, size)
        data = self._constants[pointer.map][pointer.offset + offset :][:size]
        return int.from_bytes(data, sys.byteorder, signed=bool(opcode & 0x80)) & _64


def _mixed(what: object) -> int:
    """Some number that depends on it."""
    return zlib.crc32(str(what).encode())


def _arithmetic(operation: int, first: object, second: object, bits: int) -> object:
    if operation == 0xB0 and bits == 64:
        return second
    if operation == 0 and isinstance(first, Pointer) and isinstance(second, int) and bits == 64:
        return first._replace(offset=first.offset + _signed(second, 64))
    if not isinstance(second, int) or (not isinstance(first, int) and operation != 0xB0):
        # Whatever it is, it is the same each time.
        return ("arithmetic", operation, first, second, bits)
    most = (1 << bits) - 1
    a, b = first & most if isinstance(first, int) else 0, second & most
    shift = b & (bits - 1)
    return {
        0x00: lambda: a + b,
        0x10: lambda: a - b,
        0x20: lambda: a * b,
        0x30: lambda: a // b if b else 0,
        0x40: lambda: a | b,
        0x50: lambda: a & b,
        0x60: lambda: a << shift,
        0x70: lambda: a >> shift,
        0x80: lambda: -a,
        0x90: lambda: a % b if b else a,
        0xA0: lambda: a ^ b,
        0xB0: lambda: b,
        0xC0: lambda: _signed(a, bits) >> shift,
    }[operation]() & most


def _holds(operation: int, first: object, second: object, bits: int) -> bool:
    if not isinstance(first, int) or not isinstance(second, int):
        return bool(_mixed((operation, first, second)) & 1)
    a, b = first & (1 << bits) - 1, second & (1 << bits) - 1
    x, y = _signed(a, bits), _signed(b, bits)
    return {
        0x10: a == b,
        0x20: a > b,
        0x30: a >= b,
        0x40: bool(a & b),
        0x50: a != b,
        0x60: x > y,
        0x70: x >= y,
        0xA0: a < b,
        0xB0: a <= b,
        0xC0: x < y,
        0xD0: x <= y,
    }[operation]
