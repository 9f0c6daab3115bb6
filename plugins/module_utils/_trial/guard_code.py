# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The instructions of a guard (Documentation/bpf/standardization/instruction-set.rst); guard.py says what it is for."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._spec import assembler
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.assembler import Assembler
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import PSEUDO_MAP_FD, PSEUDO_MAP_VALUE

#: Slots of the array.
OLD, NEW = 0, 1

_XDP_PASS = 2
_KTIME_GET_BOOT_NS = 125  # since Linux 5.8
_TAIL_CALL = 12


# Registers that helpers leave alone: the program's context, and the clock's entry.
_CONTEXT, _ENTRY = 6, 7


def code(when: int, array: int) -> bytes:
    """The guard's instructions, by the descriptors of the map of clock.py and of the array of programs."""
    program = Assembler()
    add = program.add
    add(assembler.MOV, _CONTEXT, 1)
    program.load(_ENTRY, PSEUDO_MAP_VALUE, when)
    program.helper(_KTIME_GET_BOOT_NS)
    add(assembler.LOAD64, 1, _ENTRY, 0)
    add(assembler.LOAD64, 2, _ENTRY, 8)
    add(assembler.SUB, 0, 1)
    # Without a sign.
    program.jump("old", assembler.IF_NOT_LESS, 0, 2)
    _hand_over(program, array, NEW)
    program.label("old")
    _hand_over(program, array, OLD)
    return program.bytes()


def _hand_over(program: Assembler, array: int, slot: int) -> None:
    """To the program in this slot; where there is none, the packet passes."""
    # To a constant slot, a tail call is a jump.
    program.add(assembler.MOV, 1, _CONTEXT)
    program.load(2, PSEUDO_MAP_FD, array)
    program.add(assembler.MOV_VALUE, 3, value=slot)
    program.helper(_TAIL_CALL)
    program.add(assembler.MOV_VALUE, 0, value=_XDP_PASS)
    program.add(assembler.EXIT)
