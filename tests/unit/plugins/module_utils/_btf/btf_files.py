# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BTF to read, from Python data, and what a reader sees in it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf

HEADER = "=HBBIIIII"
HEADER_SIZE = 24
MAGIC = 0xEB9F

NAMES = {
    kinds.INT: "int",
    kinds.PTR: "ptr",
    kinds.ARRAY: "array",
    kinds.STRUCT: "struct",
    kinds.UNION: "union",
    kinds.ENUM: "enum",
    kinds.FWD: "fwd",
    kinds.TYPEDEF: "typedef",
    kinds.VOLATILE: "volatile",
    kinds.CONST: "const",
    kinds.RESTRICT: "restrict",
    kinds.FUNC: "func",
    kinds.FUNC_PROTO: "func_proto",
    kinds.VAR: "var",
    kinds.DATASEC: "datasec",
    kinds.FLOAT: "float",
    kinds.DECL_TAG: "decl_tag",
    kinds.TYPE_TAG: "type_tag",
    kinds.ENUM64: "enum64",
}

STATIC, GLOBAL = 0, 1


class BtfFile:
    """Grows a BTF object; each method returns the new type's number."""

    def __init__(self) -> None:
        self.types: list[bytes] = []
        self.strings = bytearray(b"\0")
        self._places: dict[bytes, int] = {b"": 0}

    def string(self, text: str | bytes) -> int:
        data = text.encode() if isinstance(text, str) else text
        if data not in self._places:
            self._places[data] = len(self.strings)
            self.strings += data + b"\0"
        return self._places[data]

    def add(
        self,
        kind: int,
        name: str | bytes = "",
        size_or_type: int = 0,
        words: Sequence[int] = (),
        vlen: int = 0,
        flag: bool = False,
    ) -> int:
        info = kind << 24 | vlen | flag << 31
        self.types.append(struct.pack(f"={3 + len(words)}I", self.string(name), info, size_or_type, *words))
        return len(self.types)

    def integer(self, name: str, size: int, encoding: int = 0) -> int:
        return self.add(kinds.INT, name, size, [encoding << 24 | 8 * size])

    def u32(self) -> int:
        return self.integer("unsigned int", 4)

    def real(self, name: str, size: int) -> int:
        return self.add(kinds.FLOAT, name, size)

    def ptr(self, to: int) -> int:
        return self.add(kinds.PTR, "", to)

    def const(self, of: int) -> int:
        return self.add(kinds.CONST, "", of)

    def volatile(self, of: int) -> int:
        return self.add(kinds.VOLATILE, "", of)

    def const_volatile(self, of: int) -> int:
        return self.const(self.volatile(of))

    def typedef(self, name: str, of: int) -> int:
        return self.add(kinds.TYPEDEF, name, of)

    def array(self, element: int, count: int, index: int = 0) -> int:
        return self.add(kinds.ARRAY, "", 0, [element, index, count])

    def structure(
        self,
        name: str,
        size: int,
        members: Sequence[tuple[str, int, int]],
        flag: bool = False,
        kind: int = kinds.STRUCT,
    ) -> int:
        """Members are name, type and place in bits."""
        words = [word for title, type_id, place in members for word in (self.string(title), type_id, place)]
        return self.add(kind, name, size, words, len(members), flag)

    def union(self, name: str, size: int, members: Sequence[tuple[str, int, int]]) -> int:
        return self.structure(name, size, members, kind=kinds.UNION)

    def enum(self, name: str, values: dict[str, int], size: int = 4, signed: bool = False) -> int:
        words = [word for title, value in values.items() for word in (self.string(title), value & 0xFFFFFFFF)]
        return self.add(kinds.ENUM, name, size, words, len(values), signed)

    def enum64(self, name: str, values: dict[str, int], size: int = 8, signed: bool = False) -> int:
        words = [
            word
            for title, value in values.items()
            for word in (self.string(title), value & 0xFFFFFFFF, value >> 32 & 0xFFFFFFFF)
        ]
        return self.add(kinds.ENUM64, name, size, words, len(values), signed)

    def proto(self, returns: int, parameters: Sequence[tuple[str, int]] = ()) -> int:
        words = [word for title, type_id in parameters for word in (self.string(title), type_id)]
        return self.add(kinds.FUNC_PROTO, "", returns, words, len(parameters))

    def func(self, name: str, proto: int, linkage: int = GLOBAL) -> int:
        return self.add(kinds.FUNC, name, proto, vlen=linkage)

    def var(self, name: str, type_id: int, linkage: int = GLOBAL) -> int:
        return self.add(kinds.VAR, name, type_id, [linkage])

    def datasec(self, name: str, size: int, variables: Sequence[tuple[int, int, int]]) -> int:
        """Variables are a VAR, its place and its size; clang leaves the places and the section's size 0."""
        return self.add(kinds.DATASEC, name, size, [word for each in variables for word in each], len(variables))

    def uint(self, value: int) -> int:
        """The type of a member that ``__uint(name, value)`` declares."""
        return self.ptr(self.array(self.integer("int", 4, kinds.SIGNED), value))

    def blob(self) -> bytes:
        types = b"".join(self.types)
        header = struct.pack(HEADER, MAGIC, 1, 0, HEADER_SIZE, 0, len(types), len(types), len(self.strings))
        return header + types + bytes(self.strings)


def seen(btf: Btf, type_id: int, above: tuple[int, ...] = ()) -> Any:
    """All that a type is, with the types that it refers to in place of their numbers."""
    if type_id == 0:
        return "void"
    if type_id in above:
        return f"the same as {above.index(type_id)} above"
    btf_type = btf.type(type_id)
    name, kind, inside = btf.name(btf_type), btf_type.kind, (*above, type_id)
    if kind in (kinds.STRUCT, kinds.UNION):
        rest = [(btf.string(title), seen(btf, member, inside), place) for title, member, place in btf_type.entries()]
        return NAMES[kind], name, btf_type.flag, btf_type.size_or_type, rest
    if kind == kinds.FUNC_PROTO:
        parameters = [(btf.string(title), seen(btf, each, inside)) for title, each in btf_type.entries()]
        return NAMES[kind], name, seen(btf, btf_type.size_or_type, inside), parameters
    if kind in (kinds.ENUM, kinds.ENUM64):
        values = [(btf.string(entry[0]), entry[1:]) for entry in btf_type.entries()]
        return NAMES[kind], name, btf_type.flag, btf_type.size_or_type, values
    if kind == kinds.ARRAY:
        element, index, count = btf_type.words
        return NAMES[kind], name, seen(btf, element, inside), seen(btf, index, inside), count
    if kind == kinds.DATASEC:
        return NAMES[kind], name, btf_type.size_or_type, [(seen(btf, e[0], inside), *e[1:]) for e in btf_type.entries()]
    if kind in (kinds.INT, kinds.FLOAT, kinds.FWD):
        return NAMES[kind], name, btf_type.flag, btf_type.size_or_type, btf_type.words
    return NAMES[kind], name, btf_type.vlen, btf_type.words, seen(btf, btf_type.size_or_type, inside)
