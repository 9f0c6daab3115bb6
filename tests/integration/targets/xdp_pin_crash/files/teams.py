# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program with two helpers, made without a compiler: one that it calls, and one for what a devmap redirects."""

from __future__ import annotations

import hashlib
import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    XDP_DEVMAP,
    InitialValue,
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
)

#: The devmap, and the helper that its entries are to lead to.
PORTS = "ports"
LEAVING = "leaving_helper"
#: A map with declared contents, which the program uses.
TABLE = "table"

_XDP_DROP = 1
_TAIL_CALL = 12

# Registers: destination in the lower half (see struct bpf_insn), source in the upper one; 1 stands for a descriptor.
_MOV, _LOAD, _CALL, _EXIT = 0xB7, 0x18, 0x85, 0x95


def _code(*instructions: tuple[int, int, int]) -> bytes:
    return b"".join(
        struct.pack("=BBhi", operation, registers, 0, value) for operation, registers, value in instructions
    )


def team(number: int) -> ObjectSpec:
    """Both XDP programs drop everything; ``number`` makes other instructions of them."""
    mark = number - (1 << 32) if number >> 31 else number
    drop = ((_MOV, 9, mark), (_MOV, 0, _XDP_DROP), (_EXIT, 0, 0))
    using = ((_LOAD, 9 | 1 << 4, 0), (0, 0, 0))
    calling = (*using, (_LOAD, 2 | 1 << 4, 0), (0, 0, 0), (_MOV, 3, 0), (_CALL, 0, _TAIL_CALL), *drop)
    return ObjectSpec(
        (
            ProgramSpec("called_helper", _code(*drop), (), "GPL"),
            ProgramSpec("dropping", _code(*calling), (MapReference(0, TABLE), MapReference(2, "next")), "GPL"),
            ProgramSpec(LEAVING, _code(*drop), (), "GPL", attach_type=XDP_DEVMAP),
        ),
        (
            MapSpec("next", "prog_array", 4, 4, 1, 0, values=(InitialValue(0, "called_helper"),)),
            MapSpec(PORTS, "devmap", 4, 8, 2, 0),
            MapSpec(TABLE, "hash", 4, 4, 64, 0),
        ),
        b"",
        hashlib.sha256(b"%d" % number).hexdigest(),
    )
