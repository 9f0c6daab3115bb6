# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The kinds of types in BTF, the BPF type format, and how each is laid out.

The layout is that of Documentation/bpf/btf.rst and include/uapi/linux/btf.h,
Linux 6.18. Type 0 is void; the others are numbered from 1 in the order in which
they stand.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

INT = 1
PTR = 2
ARRAY = 3
STRUCT = 4
UNION = 5
ENUM = 6
FWD = 7
TYPEDEF = 8
VOLATILE = 9
CONST = 10
RESTRICT = 11
FUNC = 12
FUNC_PROTO = 13
VAR = 14
DATASEC = 15
FLOAT = 16
DECL_TAG = 17
TYPE_TAG = 18
ENUM64 = 19

#: Encodings of an INT.
SIGNED = 1
BOOL = 4

#: Linkage of a FUNC or VAR.
STATIC = 0
GLOBAL = 1
EXTERN = 2

POINTER_SIZE = 8

MAGIC = 0xEB9F
#: Magic, version, flags, length of the header; start and size of the types, then of the strings.
HEADER = "=HBBIIIII"
HEADER_SIZE = 24

EMPTY = struct.pack(HEADER, MAGIC, 1, 0, HEADER_SIZE, 0, 0, 0, 1) + b"\0"

#: BTF_MAX_SIZE of kernel/bpf/btf.c.
LARGEST = 16 << 20


class Layout(NamedTuple):
    """What follows the 12 bytes that all types have: words of 32 bits."""

    #: So many words always, and so many for each of ``vlen`` entries.
    fixed: int = 0
    entry: int = 0
    #: Which word of an entry is a name, and which words (of an entry, or of the fixed part) are types.
    name: int | None = None
    types: tuple[int, ...] = ()


LAYOUTS = {
    INT: Layout(fixed=1),
    PTR: Layout(),
    ARRAY: Layout(fixed=3, types=(0, 1)),
    STRUCT: Layout(entry=3, name=0, types=(1,)),
    UNION: Layout(entry=3, name=0, types=(1,)),
    ENUM: Layout(entry=2, name=0),
    FWD: Layout(),
    TYPEDEF: Layout(),
    VOLATILE: Layout(),
    CONST: Layout(),
    RESTRICT: Layout(),
    FUNC: Layout(),
    FUNC_PROTO: Layout(entry=2, name=0, types=(1,)),
    VAR: Layout(fixed=1),
    DATASEC: Layout(entry=3, types=(0,)),
    FLOAT: Layout(),
    DECL_TAG: Layout(fixed=1),
    TYPE_TAG: Layout(),
    ENUM64: Layout(entry=3, name=0),
}

#: Kinds whose third word is another type; of the others it is a size, or nothing.
REFERRING = frozenset((PTR, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DECL_TAG, TYPE_TAG))

SIZED = frozenset((INT, STRUCT, UNION, ENUM, DATASEC, FLOAT, ENUM64))
TRANSPARENT = frozenset((TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG))
