# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Single instructions, with names for their parts.

Opcodes and their parts are those of include/uapi/linux/bpf_common.h and bpf.h; what they mean, of
Documentation/bpf/standardization/instruction-set.rst.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CALL,
    INSTRUCTION,
    LD_IMM64,
    PSEUDO_CALL,
    PSEUDO_FUNC,
    destination_register,
    registers_of,
    source_register,
)

#: Classes, the lower three bits of an opcode.
LD, LDX, ST, STX, ALU, JMP, JMP32, ALU64 = range(8)

#: Bit 3 of arithmetic and jumps: the second operand is a register.
BY_REGISTER = 0x08

#: The register that points behind the stack of the function.
FRAME_POINTER = 10


class Instruction(NamedTuple):
    """``struct bpf_insn``. The second place of LD_IMM64 is one, too, with the opcode 0."""

    opcode: int
    #: The destination register.
    to: int = 0
    source: int = 0
    offset: int = 0
    value: int = 0

    @property
    def kind(self) -> int:
        """The class: the lower three bits of the opcode."""
        return self.opcode & 7

    @property
    def operation(self) -> int:
        """What arithmetic or a jump does: the upper four bits of the opcode."""
        return self.opcode & 0xF0

    @property
    def places(self) -> int:
        """How many places of 8 bytes it takes."""
        return 2 if self.opcode == LD_IMM64 else 1

    def function(self, place: int) -> int | None:
        """The first place of the function that it calls, or passes to a helper such as bpf_loop; ``None`` if it does neither.

        ``place`` is its own.
        """
        is_call = self.opcode == CALL and self.source == PSEUDO_CALL
        is_handed = self.opcode == LD_IMM64 and self.source == PSEUDO_FUNC
        return place + 1 + self.value if is_call or is_handed else None


def decode(code: bytes) -> list[Instruction]:
    """One for each place."""
    return [
        Instruction(opcode, destination_register(registers), source_register(registers), offset, value)
        for opcode, registers, offset, value in struct.iter_unpack(f"={INSTRUCTION}", code)
    ]


def encode(instructions: Iterable[Instruction]) -> bytes:
    """``struct bpf_insn`` one after the other."""
    return b"".join(
        struct.pack(f"={INSTRUCTION}", each.opcode, registers_of(each.to, each.source), each.offset, each.value)
        for each in instructions
    )
