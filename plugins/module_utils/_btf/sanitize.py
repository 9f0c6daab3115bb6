# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""BTF for a kernel that is older than the compiler: what the kernel does not know becomes something that it knows.

Every type keeps its number, so that maps, functions and lines of the source can refer to it as before. The substitutes
are those of libbpf (bpf_object__sanitize_btf in libbpf.c), with one exception: an ENUM64 becomes an INT here, not a UNION.
A kernel refuses all types of an object in which a UNION is a bit field ("Invalid member bitfield_size").

Linux 5.10, the oldest that the collection runs on, knows whatever else libbpf replaces: FUNC and its linkages, VAR, DATASEC.
"""

from __future__ import annotations

import struct
from collections.abc import Collection

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Type

#: Kinds that a kernel may lack, and the first Linux that knows each (kernel/bpf/btf.c). Signed ENUMs came with ENUM64.
SINCE = {kinds.FLOAT: "5.13", kinds.DECL_TAG: "5.16", kinds.TYPE_TAG: "5.17", kinds.ENUM64: "6.0"}

# Which member or argument a DECL_TAG is of: none, but the declaration as a whole.
_WHOLE = 0xFFFFFFFF


def newer_kinds(blob: bytes) -> set[int]:
    """Those kinds of ``SINCE`` that occur; raises ``Malformed``. A signed ENUM counts as ENUM64."""
    found = {
        kinds.ENUM64 if btf_type.kind == kinds.ENUM and btf_type.flag else btf_type.kind for btf_type in Btf(blob).types
    }
    return found & SINCE.keys()


def sanitized(blob: bytes, lacking: Collection[int]) -> bytes:
    """The same types without the kinds in ``lacking``, which are some of ``SINCE``; raises ``Malformed``.

    Takes time in proportion to the size of ``blob``.
    """
    return _blob([_substitute(btf_type, lacking) for btf_type in Btf(blob).types[1:]], _strings(blob))


def example(kind: int) -> bytes:
    """BTF with one type of a kind of ``SINCE``, by which a kernel shows whether it knows the kind."""
    strings = b"\0x\0"
    int_type = Type(kinds.INT, 1, 0, False, 4, (kinds.SIGNED << 24 | 32,))
    types = {
        kinds.FLOAT: [Type(kinds.FLOAT, 1, 0, False, 4, ())],
        kinds.DECL_TAG: [
            int_type,
            Type(kinds.VAR, 1, 0, False, 1, (0,)),
            Type(kinds.DECL_TAG, 1, 0, False, 2, (_WHOLE,)),
        ],
        kinds.TYPE_TAG: [int_type, Type(kinds.TYPE_TAG, 1, 0, False, 1, ()), Type(kinds.PTR, 0, 0, False, 2, ())],
        kinds.ENUM64: [Type(kinds.ENUM64, 1, 0, False, 8, ())],
    }[kind]
    return _blob(types, strings)


def _substitute(btf_type: Type, lacking: Collection[int]) -> Type:
    if btf_type.kind == kinds.ENUM and kinds.ENUM64 in lacking:
        return btf_type._replace(flag=False)
    if btf_type.kind not in lacking:
        return btf_type
    if btf_type.kind == kinds.FLOAT:
        # Without a name: a structure cannot be called "long double".
        return btf_type._replace(kind=kinds.STRUCT, name=0, vlen=0, flag=False)
    if btf_type.kind == kinds.DECL_TAG:
        # Nothing refers to it.
        return btf_type._replace(kind=kinds.INT, vlen=0, flag=False, size_or_type=1, words=(8,))
    if btf_type.kind == kinds.TYPE_TAG:
        return btf_type._replace(kind=kinds.CONST, name=0, vlen=0, flag=False)
    # An ENUM64. It has a sign where the flag is set.
    encoding = kinds.SIGNED if btf_type.flag else 0
    return btf_type._replace(
        kind=kinds.INT, vlen=0, flag=False, words=(encoding << 24 | 8 * btf_type.size_or_type & 0xFF,)
    )


def _strings(blob: bytes) -> bytes:
    header, start, size = (struct.unpack_from("=I", blob, place)[0] for place in (4, 16, 20))
    return blob[header + start : header + start + size]


def _blob(types: list[Type], strings: bytes) -> bytes:
    data = b"".join(map(_packed, types))
    header = struct.pack(kinds.HEADER, kinds.MAGIC, 1, 0, kinds.HEADER_SIZE, 0, len(data), len(data), len(strings))
    return header + data + strings


def _packed(btf_type: Type) -> bytes:
    info = btf_type.vlen | btf_type.kind << 24 | btf_type.flag << 31
    return struct.pack(f"={3 + len(btf_type.words)}I", btf_type.name, info, btf_type.size_or_type, *btf_type.words)
