# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program that is on the interfaces during a trial: it reads the clock, and runs the old program or the new one.

Tail calls are its only way to either: they leave no trace in the stack, and cost some nanoseconds. What was loaded in
another way than the guard cannot be called from it (bpf_prog_map_compatible in kernel/bpf/core.c), and the kernel says so
by EINVAL when it is put into the guard's array.
"""

from __future__ import annotations

import errno
import os
import struct
import sys
from contextlib import ExitStack
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import F_XDP_HAS_FRAGS, XDP

#: What the kernel calls a guard, and its array.
NAME = "xdp_trial"

#: Slots of the array.
OLD, NEW = 0, 1

_PROG_ARRAY = 3  # BPF_MAP_TYPE_PROG_ARRAY

_XDP_PASS = 2
_KTIME_GET_BOOT_NS = 125  # since Linux 5.8
_TAIL_CALL = 12

# Ways in which programs are loaded, the likeliest first: flags, and the type of attachment that they expect.
_WAYS = (0, F_XDP_HAS_FRAGS)


class Refused(Exception):
    """The kernel lets no guard run these programs; the text says what it answered."""


class Guard(NamedTuple):
    #: Descriptors of the program and of its array.
    program: int
    array: int


def make(when: int, old: int | None, new: int | None, held: ExitStack) -> Guard:
    """Load a guard for two programs by their descriptors; ``None`` stands for no program, and passes all packets on.

    ``when`` is the map of clock.py. Raises ``Refused``.
    """
    refusal = 0
    for flags in _WAYS:
        try:
            with ExitStack() as attempt:
                array = bpf_change.map_create(NAME, _PROG_ARRAY, 4, 4, 2, 0)
                attempt.callback(os.close, array)
                program = bpf_change.prog_load(NAME, code(when, array), "GPL", flags, attach_type=XDP)
                attempt.callback(os.close, program)
                for slot, fd in ((OLD, old), (NEW, new)):
                    if fd is not None:
                        bpf_change.map_update(array, struct.pack("=I", slot), struct.pack("=i", fd))
                held.push(attempt.pop_all())
                return Guard(program, array)
        except OSError as error:
            refusal = refusal or error.errno or 0
            if error.errno not in (errno.EINVAL, errno.EBUSY, errno.EOPNOTSUPP):
                break
    raise Refused(f"the kernel does not let a guard run both programs: {os.strerror(refusal)}")


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
    # Bit fields of the C compiler: the first of them comes first in memory.
    registers = source << 4 | target if sys.byteorder == "little" else target << 4 | source
    return struct.pack("=BBhi", opcode, registers, offset, constant)


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
