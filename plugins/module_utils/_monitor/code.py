# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The instructions that count at a tracepoint (Documentation/bpf/standardization/instruction-set.rst). Pure."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.tracepoints import Tracepoint
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import assembler
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.instruction import FRAME_POINTER
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import PSEUDO_MAP_FD

_LOOK_UP, _UPDATE = 1, 2  # BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem
_NOEXIST = 1  # BPF_NOEXIST

# Where the key is on the stack, the zero that a new entry begins with, and the key 0 of the map of what was lost.
_NETNS, _INTERFACE, _PROGRAM, _KIND, _REASON = -16, -12, -8, -4, -2
_ZERO, _FIRST = -24, -28

# Registers that a call leaves alone: arguments, interface, how many packets.
_ARGUMENTS, _DEVICE, _PACKETS = 6, 7, 8


class Offsets(NamedTuple):
    """Where the kernel has what is wanted, in bytes from the start of each structure."""

    #: net_device: its index, and the pointer to its namespace.
    ifindex: int
    netns: int
    #: net: the inode by which user space knows it.
    inode: int
    #: bpf_prog: the pointer to bpf_prog_aux; bpf_prog_aux: the id.
    aux: int
    id: int


def counting(point: Tracepoint, offsets: Offsets, counts: int, lost: int) -> bytes:
    """``counts`` and ``lost`` are descriptors of the maps: a per-CPU hash of packets, and a per-CPU array of one number."""
    program = assembler.Assembler()
    add = program.add
    add(assembler.MOV, _ARGUMENTS, 1)
    if point.dropped is None:
        add(assembler.MOV_VALUE, _PACKETS, value=1)
    else:
        add(assembler.LOAD64, 1, _ARGUMENTS, 8 * point.dropped)
        add(assembler.MOV32, _PACKETS, 1)
        program.jump("out", assembler.IF_EQUAL_VALUE, _PACKETS, value=0)
    add(assembler.MOV_VALUE, 1, value=0)
    add(assembler.STORE64, FRAME_POINTER, 1, _NETNS)
    add(assembler.STORE64, FRAME_POINTER, 1, _PROGRAM)
    add(assembler.STORE64, FRAME_POINTER, 1, _ZERO)
    add(assembler.STORE32, FRAME_POINTER, 1, _FIRST)
    if point.device is not None:
        add(assembler.LOAD64, _DEVICE, _ARGUMENTS, 8 * point.device)
        program.jump("out", assembler.IF_EQUAL_VALUE, _DEVICE, value=0)
        add(assembler.LOAD32, 1, _DEVICE, offsets.ifindex)
        add(assembler.STORE32, FRAME_POINTER, 1, _INTERFACE)
        add(assembler.LOAD64, 1, _DEVICE, offsets.netns)
        program.jump("placed", assembler.IF_EQUAL_VALUE, 1, value=0)
        add(assembler.LOAD32, 1, 1, offsets.inode)
        add(assembler.STORE32, FRAME_POINTER, 1, _NETNS)
        program.label("placed")
    if point.program is not None:
        add(assembler.LOAD64, 1, _ARGUMENTS, 8 * point.program)
        program.jump("known", assembler.IF_EQUAL_VALUE, 1, value=0)
        add(assembler.LOAD64, 1, 1, offsets.aux)
        program.jump("known", assembler.IF_EQUAL_VALUE, 1, value=0)
        add(assembler.LOAD32, 1, 1, offsets.id)
        add(assembler.STORE32, FRAME_POINTER, 1, _PROGRAM)
        program.label("known")
    add(assembler.MOV_VALUE, 1, value=point.kind)
    add(assembler.STORE16, FRAME_POINTER, 1, _KIND)
    if point.why is not None:
        add(assembler.LOAD64, 1, _ARGUMENTS, 8 * point.why)
        add(assembler.MOV32, 1, 1)
        if point.kind:  # an error, which is below zero
            add(assembler.NEGATE32, 1)
        add(assembler.IF_NOT_GREATER_VALUE, 1, offset=1, value=0xFFFF)
        add(assembler.MOV_VALUE, 1, value=0xFFFF)
        add(assembler.STORE16, FRAME_POINTER, 1, _REASON)
    _look_up(program, counts, _NETNS)
    program.jump("count", assembler.IF_NOT_VALUE, 0, value=0)
    # Another CPU may come first, which is as well.
    _arguments(program, counts, _NETNS)
    add(assembler.MOV, 3, FRAME_POINTER)
    add(assembler.ADD_VALUE, 3, value=_ZERO)
    add(assembler.MOV_VALUE, 4, value=_NOEXIST)
    program.helper(_UPDATE)
    _look_up(program, counts, _NETNS)
    program.jump("count", assembler.IF_NOT_VALUE, 0, value=0)
    _look_up(program, lost, _FIRST)
    program.jump("out", assembler.IF_EQUAL_VALUE, 0, value=0)
    program.label("count")
    add(assembler.LOAD64, 1, 0, 0)
    add(assembler.ADD, 1, _PACKETS)
    add(assembler.STORE64, 0, 1, 0)
    program.label("out")
    add(assembler.MOV_VALUE, 0, value=0)
    add(assembler.EXIT)
    return program.bytes()


def _arguments(program: assembler.Assembler, map_fd: int, key: int) -> None:
    program.load(1, PSEUDO_MAP_FD, map_fd)
    program.add(assembler.MOV, 2, FRAME_POINTER)
    program.add(assembler.ADD_VALUE, 2, value=key)


def _look_up(program: assembler.Assembler, map_fd: int, key: int) -> None:
    """The value under the key on the stack, in register 0."""
    _arguments(program, map_fd, key)
    program.helper(_LOOK_UP)
