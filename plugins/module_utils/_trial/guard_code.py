# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The instructions of a guard (Documentation/bpf/standardization/instruction-set.rst); guard.py says what it is for."""

from __future__ import annotations

import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import INSTRUCTION, registers_of

#: Slots of the array.
OLD, NEW = 0, 1

_XDP_PASS = 2
_KTIME_GET_BOOT_NS = 125  # since Linux 5.8
_TAIL_CALL = 12


def code(when: int, array: int) -> bytes:
    """The guard's instructions (Documentation/bpf/standardization/instruction-set.rst)."""
    pass_on = [_set(0, _XDP_PASS), _EXIT]
    # To a constant slot, a tail call is a jump.
    to_old = [_copy(1, 6), *_map(2, array), _set(3, OLD), _call(_TAIL_CALL)]
    to_new = [_copy(1, 6), *_map(2, array), _set(3, NEW), _call(_TAIL_CALL)]
    after_new = len(to_new) + len(pass_on)
    instructions = [
        _copy(6, 1),
        *_value(7, when),
        _call(_KTIME_GET_BOOT_NS),
        _load(1, 7, 0),
        _load(2, 7, 8),
        _instruction(0x1F, 0, 1),  # r0 -= r1
        _instruction(0x3D, 0, 2, after_new),  # if r0 >= r2, without a sign, the old one
        *to_new,
        *pass_on,
        *to_old,
        *pass_on,
    ]
    return b"".join(instructions)


def _instruction(opcode: int, target: int = 0, source: int = 0, offset: int = 0, constant: int = 0) -> bytes:
    return struct.pack(f"={INSTRUCTION}", opcode, registers_of(target, source), offset, constant)


def _copy(target: int, source: int) -> bytes:
    return _instruction(0xBF, target, source)


def _set(target: int, constant: int) -> bytes:
    return _instruction(0xB7, target, constant=constant)


def _load(target: int, source: int, offset: int) -> bytes:
    return _instruction(0x79, target, source, offset)


def _call(helper: int) -> bytes:
    return _instruction(0x85, constant=helper)


def _map(target: int, fd: int) -> list[bytes]:
    return [_instruction(0x18, target, 1, constant=fd), bytes(8)]  # BPF_PSEUDO_MAP_FD


def _value(target: int, fd: int) -> list[bytes]:
    return [_instruction(0x18, target, 2, constant=fd), bytes(8)]  # BPF_PSEUDO_MAP_VALUE


_EXIT = _instruction(0x95)
