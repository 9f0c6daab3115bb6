# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Give an object's enumerations the kinds that clang has written since version 15: FROM TO [damaged]

The clang of this machine may be older. ``enum large`` becomes an ENUM64, and ``enum negative`` gets its sign; with
``damaged``, its size is one that no kernel takes.
"""

from __future__ import annotations

import struct
import sys

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Type

_LARGE = {"SMALL": 1, "LARGE": 1 << 40}


def renewed(blob: bytes, is_damaged: bool) -> bytes:
    """BTF with the other enumerations, every type under its old number."""
    btf = Btf(blob)
    header, _types, _size, start, size = struct.unpack_from("=5I", blob, 4)
    strings = blob[header + start : header + start + size]
    types = b"".join(_packed(_newer(btf, btf_type, is_damaged)) for btf_type in btf.types[1:])
    return struct.pack(kinds.HEADER, kinds.MAGIC, 1, 0, 24, 0, len(types), len(types), size) + types + strings


def _newer(btf: Btf, btf_type: Type, is_damaged: bool) -> Type:
    if btf_type.kind != kinds.ENUM or btf.name(btf_type) not in ("large", "negative"):
        return btf_type
    if btf.name(btf_type) == "negative":
        return btf_type._replace(flag=True, size_or_type=3 if is_damaged else btf_type.size_or_type)
    values = [(entry[0], _LARGE[btf.string(entry[0])]) for entry in btf_type.entries()]
    return btf_type._replace(
        kind=kinds.ENUM64,
        words=tuple(word for name, value in values for word in (name, value & 0xFFFFFFFF, value >> 32)),
    )


def _packed(btf_type: Type) -> bytes:
    info = btf_type.vlen | btf_type.kind << 24 | btf_type.flag << 31
    return struct.pack(f"={3 + len(btf_type.words)}I", btf_type.name, info, btf_type.size_or_type, *btf_type.words)


def main() -> None:
    source, target, *options = sys.argv[1:]
    with open(source, "rb") as file:
        elf = bytearray(file.read())
    # Of the header: e_shoff, e_shnum and e_shstrndx. Of a section's: sh_name at 0, sh_offset and sh_size at 24.
    (first,) = struct.unpack_from("=Q", elf, 40)
    count, names = struct.unpack_from("=2H", elf, 60)
    headers = [first + 64 * number for number in range(count)]
    (texts,) = struct.unpack_from("=Q", elf, headers[names] + 24)
    for each in headers:
        name = texts + struct.unpack_from("=I", elf, each)[0]
        if elf[name : elf.index(0, name)] == b".BTF":
            start, size = struct.unpack_from("=2Q", elf, each + 24)
            types = renewed(bytes(elf[start : start + size]), options == ["damaged"])
            struct.pack_into("=2Q", elf, each + 24, len(elf) + -len(elf) % 8, len(types))
            elf += bytes(-len(elf) % 8) + types
            break
    else:
        raise SystemExit(f"{source} has no types")
    with open(target, "wb") as file:
        file.write(elf)


if __name__ == "__main__":
    main()
