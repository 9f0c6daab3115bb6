# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Instructions, put one after the other, with jumps to places that come later."""

from __future__ import annotations

import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    INSTRUCTION,
    LD_IMM64,
    registers_of,
)

# Opcodes of include/uapi/linux/bpf.h and bpf_common.h.
MOV = 0xBF
MOV32 = 0xBC
MOV_VALUE = 0xB7
ADD = 0x0F
ADD_VALUE = 0x07
SUB = 0x1F
AND_VALUE32 = 0x54
SHIFT_VALUE = 0x67
SHIFT = 0x6F
LOAD32 = 0x61
LOAD64 = 0x79
STORE16 = 0x6B
STORE32 = 0x63
STORE64 = 0x7B
NEGATE32 = 0x84
LOAD_MAP = LD_IMM64
IF_EQUAL = 0x1D
IF_EQUAL_VALUE = 0x15
IF_NOT_VALUE = 0x55
IF_GREATER_VALUE = 0x25
IF_NOT_GREATER_VALUE = 0xB5
GO = 0x05
CALL = 0x85
EXIT = 0x95


class Assembler:
    """Instructions that are written one by one, with labels to jump to."""

    def __init__(self) -> None:
        self._code: list[tuple[int, int, int, int, int]] = []
        self._places: dict[str, int] = {}
        self._jumps: list[tuple[int, str]] = []

    def __len__(self) -> int:
        """Instructions of 8 bytes so far."""
        return len(self._code)

    def add(self, opcode: int, to: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> int:
        """One instruction; returns its place."""
        self._code.append((opcode, to, source, offset, value))
        return len(self._code) - 1

    def load_map(self, to: int, pseudo: int) -> int:
        """LD_IMM64, in two places, whose descriptor is filled in where the program is loaded; returns its place."""
        place = self.add(LD_IMM64, to, pseudo)
        self.add(0)
        return place

    def jump(self, target: str, opcode: int = GO, register: int = 0, source: int = 0, value: int = 0) -> None:
        """To where ``label`` will be called with this name."""
        self._jumps.append((self.add(opcode, register, source, 0, value), target))

    def label(self, name: str) -> None:
        """Jumps to ``name`` lead to the next instruction."""
        self._places[name] = len(self._code)

    def call(self, place: int, target: int) -> None:
        """Let the call at ``place`` go to the instruction ``target`` of the program."""
        opcode, to, source, offset, _value = self._code[place]
        self._code[place] = opcode, to, source, offset, target - place - 1

    def bytes(self) -> bytes:
        """The program as ``struct bpf_insn`` one after the other. Raises ``KeyError`` for a jump to a label that is not there."""
        code = list(self._code)
        for place, target in self._jumps:
            opcode, to, source, _offset, value = code[place]
            code[place] = opcode, to, source, self._places[target] - place - 1, value
        return b"".join(_packed(*each) for each in code)


def _packed(opcode: int, to: int, source: int, offset: int, value: int) -> bytes:
    return struct.pack(f"={INSTRUCTION}", opcode, registers_of(to, source), offset, value)
