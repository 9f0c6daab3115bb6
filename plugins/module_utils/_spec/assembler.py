# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Instructions, put one after the other, with jumps to places that come later."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.instruction import Instruction, encode
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import CALL, LD_IMM64, PSEUDO_CALL

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
IF_EQUAL = 0x1D
IF_EQUAL_VALUE = 0x15
IF_NOT_VALUE = 0x55
IF_GREATER_VALUE = 0x25
IF_NOT_GREATER_VALUE = 0xB5
IF_NOT_LESS = 0x3D
GO = 0x05
EXIT = 0x95


class Assembler:
    """Instructions that are written one by one, with labels to jump to."""

    def __init__(self) -> None:
        self._code: list[Instruction] = []
        self._places: dict[str, int] = {}
        self._jumps: list[tuple[int, str]] = []

    def __len__(self) -> int:
        """Instructions of 8 bytes so far."""
        return len(self._code)

    def add(self, opcode: int, to: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> int:
        """One instruction; returns its place."""
        self._code.append(Instruction(opcode, to, source, offset, value))
        return len(self._code) - 1

    def load(self, to: int, pseudo: int, value: int = 0) -> int:
        """LD_IMM64, in two places: what ``value`` is by ``pseudo``, such as a map's descriptor; returns the first place."""
        place = self.add(LD_IMM64, to, pseudo, value=value)
        self.add(0)
        return place

    def jump(self, target: str, opcode: int = GO, register: int = 0, source: int = 0, value: int = 0) -> None:
        """To where ``label`` will be called with this name."""
        self._jumps.append((self.add(opcode, register, source, 0, value), target))

    def label(self, name: str) -> None:
        """Jumps to ``name`` lead to the next instruction."""
        self._places[name] = len(self._code)

    def helper(self, number: int) -> None:
        """Call one of the kernel's functions for programs, by its number in ``enum bpf_func_id``."""
        self.add(CALL, value=number)

    def call_later(self) -> int:
        """Call a function of the program, which ``call`` will name; returns the place of the call."""
        return self.add(CALL, 0, PSEUDO_CALL)

    def call(self, place: int, target: int) -> None:
        """Let the call at ``place`` go to the instruction ``target`` of the program."""
        self._code[place] = self._code[place]._replace(value=target - place - 1)

    def bytes(self) -> bytes:
        """The program as ``struct bpf_insn`` one after the other. Raises ``KeyError`` for a jump to a label that is not there."""
        code = list(self._code)
        for place, target in self._jumps:
            code[place] = code[place]._replace(offset=self._places[target] - place - 1)
        return encode(code)
