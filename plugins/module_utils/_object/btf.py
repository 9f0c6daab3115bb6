# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BTF, the BPF type format: read it, and write the part of it that is needed.

The layout is that of Documentation/bpf/btf.rst and include/uapi/linux/btf.h,
Linux 6.18. Type 0 is void; the others are numbered from 1 in the order in which
they stand.
"""

from __future__ import annotations

import re
import struct
from collections import deque
from collections.abc import Sequence
from typing import Callable, NamedTuple

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

POINTER_SIZE = 8
FUNC_STATIC = 0

_MAGIC = 0xEB9F
_HEADER = "=HBBIIIII"
_HEADER_SIZE = 24

_EMPTY = struct.pack(_HEADER, _MAGIC, 1, 0, _HEADER_SIZE, 0, 0, 0, 1) + b"\0"

# BTF_MAX_SIZE of kernel/bpf/btf.c.
LARGEST = 16 << 20

# Strings may share their ends; a damaged object could have all names begin within one long string.
_STRINGS_BY_SIZE = 4


class _Layout(NamedTuple):
    """What follows the 12 bytes that all types have: words of 32 bits."""

    #: So many words always, and so many for each of ``vlen`` entries.
    fixed: int = 0
    entry: int = 0
    #: Which word of an entry is a name, and which words (of an entry, or of the fixed part) are types.
    name: int | None = None
    types: tuple[int, ...] = ()


_LAYOUTS = {
    INT: _Layout(fixed=1),
    PTR: _Layout(),
    ARRAY: _Layout(fixed=3, types=(0, 1)),
    STRUCT: _Layout(entry=3, name=0, types=(1,)),
    UNION: _Layout(entry=3, name=0, types=(1,)),
    ENUM: _Layout(entry=2, name=0),
    FWD: _Layout(),
    TYPEDEF: _Layout(),
    VOLATILE: _Layout(),
    CONST: _Layout(),
    RESTRICT: _Layout(),
    FUNC: _Layout(),
    FUNC_PROTO: _Layout(entry=2, name=0, types=(1,)),
    VAR: _Layout(fixed=1),
    DATASEC: _Layout(entry=3, types=(0,)),
    FLOAT: _Layout(),
    DECL_TAG: _Layout(fixed=1),
    TYPE_TAG: _Layout(),
    ENUM64: _Layout(entry=3, name=0),
}

# Kinds whose third word is another type; of the others it is a size, or nothing.
_REFERRING = frozenset((PTR, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DECL_TAG, TYPE_TAG))

_SIZED = frozenset((INT, STRUCT, UNION, ENUM, DATASEC, FLOAT, ENUM64))
_TRANSPARENT = frozenset((TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG))

# Kinds that the kernel wants without a name (btf_*_check_meta in kernel/bpf/btf.c).
_NAMELESS = frozenset((PTR, VOLATILE, CONST, RESTRICT, ARRAY, FUNC_PROTO))

_FREELY_NAMED = frozenset((INT, FLOAT, DECL_TAG, TYPE_TAG))


class Malformed(ValueError):
    """The bytes are no BTF; the text says why."""


class Type(NamedTuple):
    kind: int
    #: Where the name is among the strings.
    name: int
    #: How many entries; of a FUNC its linkage.
    vlen: int
    flag: bool
    #: Size in bytes or another type, by kind.
    size_or_type: int
    words: tuple[int, ...]

    def entries(self) -> list[tuple[int, ...]]:
        """Members, parameters, enumerators or variables, by kind."""
        step = _LAYOUTS[self.kind].entry
        return [self.words[start : start + step] for start in range(0, len(self.words), step)] if step else []


class Btf:
    def __init__(self, blob: bytes) -> None:
        """Parse; raises ``Malformed``. Nothing at all is BTF without types."""
        blob = blob or _EMPTY
        if len(blob) < _HEADER_SIZE:
            raise Malformed("it is shorter than its header")
        magic, _version, _flags, header, type_start, type_size, string_start, string_size = struct.unpack_from(
            _HEADER, blob
        )
        if magic != _MAGIC:
            raise Malformed("it does not begin as BTF does")
        if header < _HEADER_SIZE or max(type_start + type_size, string_start + string_size) > len(blob) - header:
            raise Malformed("its header speaks of more than there is")
        self._strings = blob[header + string_start : header + string_start + string_size]
        self._known_strings: dict[int, str] = {}
        self._room_for_strings = _STRINGS_BY_SIZE * string_size
        self._named: dict[tuple[int, str], int] | None = None
        # What was found out once, be it that there is an error: many types may lead to the same ones.
        self._resolved: dict[int, int | str] = {}
        self._sizes: dict[int, int | str] = {}
        # One place for each number; void is the first.
        self.types = [Type(0, 0, 0, False, 0, ())]
        self._parse(blob[header + type_start : header + type_start + type_size])

    def _parse(self, data: bytes) -> None:
        position = 0
        while position < len(data):
            if len(data) - position < 12:
                raise Malformed("it ends within a type")
            name, info, size_or_type = struct.unpack_from("=3I", data, position)
            kind = info >> 24 & 0x1F
            layout = _LAYOUTS.get(kind)
            if layout is None:
                raise Malformed(f"type {len(self.types)} is of a kind that is not known, {kind}")
            vlen = info & 0xFFFF
            count = layout.fixed + layout.entry * vlen
            if len(data) - position - 12 < 4 * count:
                raise Malformed("it ends within a type")
            words = struct.unpack_from(f"={count}I", data, position + 12)
            self.types.append(Type(kind, name, vlen, bool(info >> 31), size_or_type, words))
            position += 12 + 4 * count

    def type(self, id: int) -> Type:
        if not 0 <= id < len(self.types):
            raise Malformed(f"there is no type {id}")
        return self.types[id]

    def string(self, offset: int) -> str:
        known = self._known_strings.get(offset)
        if known is None:
            end = self._strings.find(b"\0", offset)
            self._room_for_strings -= max(end - offset, 0)
            if end < 0 or self._room_for_strings < 0:
                raise Malformed(f"there is no string at {offset}, or it has no end")
            known = self._known_strings[offset] = self._strings[offset:end].decode(errors="replace")
        return known

    def name(self, type: Type) -> str:
        return self.string(type.name)

    def find(self, kind: int, name: str) -> int | None:
        """The first type of this kind and name."""
        if self._named is None:
            self._named = {}
            for id, type in enumerate(self.types):
                if type.name:
                    self._named.setdefault((type.kind, self.name(type)), id)
        return self._named.get((kind, name))

    def resolve(self, id: int) -> tuple[int, Type]:
        """The type behind typedefs and qualifiers, and its number."""
        passed = []
        found: int | str | None = self._resolved.get(id)
        while found is None:
            if id >= len(self.types):
                found = f"there is no type {id}"
                break
            type = self.types[id]
            passed.append(id)
            # For the case that the way leads here again.
            self._resolved[id] = f"type {id} is qualified without end"
            if type.kind in _TRANSPARENT:
                id = type.size_or_type
                found = self._resolved.get(id)
            else:
                found = id
        for each in passed:
            self._resolved[each] = found
        if isinstance(found, str):
            raise Malformed(found)
        return found, self.types[found]

    def size(self, id: int) -> int:
        """Bytes that a value of this type takes; no kernel has room for 4 GiB of them."""
        tables = []
        found: int | str | None = self._sizes.get(id)
        while found is None:
            type = self.resolve(id)[1]
            # For the case that the way leads here again.
            self._sizes[id] = f"type {id} has no size"
            if type.kind == ARRAY:
                tables.append((id, type.words[2]))
                id = type.words[0]
                found = self._sizes.get(id)
            elif type.kind == PTR:
                found = self._sizes[id] = POINTER_SIZE
            else:
                found = type.size_or_type if type.kind in _SIZED else self._sizes[id]
                self._sizes[id] = found
        for each, count in reversed(tables):
            if isinstance(found, int):
                found = found * count if not found * count >> 32 else f"type {each} is too large"
            self._sizes[each] = found
        if isinstance(found, str):
            raise Malformed(found)
        return found


class Writer:
    """Writes a BTF object with some of the types of another one, and what these need.

    Types get their numbers in the order in which they are asked for and come
    upon, so that equal types asked for in the same way are equal bytes.
    """

    def __init__(self, btf: Btf) -> None:
        self._btf = btf
        self._numbers = {0: 0}
        #: Types of the original as they are there, and those made here as they will be written.
        self._types: list[Type | bytes] = []
        self._strings = {"": 0}
        self._string_bytes = bytearray(b"\0")
        # Where a string of the original is in what is written, and with which spelling: many may be the same.
        self._copied: dict[tuple[Callable[[str], str] | None, int], int] = {}
        # The same of names that types made here are given.
        self._spelled: dict[tuple[Callable[[str], str] | None, str], int] = {}

    def string(self, text: str) -> int:
        """Where the string is in what is written."""
        if text not in self._strings:
            self._strings[text] = len(self._string_bytes)
            self._string_bytes += text.encode().replace(b"\0", b"") + b"\0"
            if len(self._string_bytes) > LARGEST:
                raise Malformed(f"its strings take more than {LARGEST >> 20} MiB")
        return self._strings[text]

    def take(self, id: int) -> int:
        """The new number of a type; it and all that it refers to are written."""
        if id not in self._numbers:
            waiting = deque([id])
            self._number(id)
            while waiting:
                for other in _references(self._btf.type(waiting.popleft())):
                    if other not in self._numbers:
                        self._number(other)
                        waiting.append(other)
        return self._numbers[id]

    def _number(self, id: int) -> None:
        self._numbers[id] = len(self._types) + 1
        self._types.append(self._btf.type(id))

    def add_function(self, name: str, proto: int, linkage: int) -> int:
        """A FUNC of another linkage than the original's; ``proto`` is a number of the original."""
        return self._add(FUNC, linkage, name, self.take(proto), ())

    def add_section(self, name: str, size: int, variables: Sequence[tuple[int, int, int]]) -> int:
        """A DATASEC; each variable is a VAR of the original, its offset and its size."""
        words = [word for var, offset, length in variables for word in (self.take(var), offset, length)]
        return self._add(DATASEC, len(variables), name, size, words)

    def _add(self, kind: int, vlen: int, name: str, size_or_type: int, words: Sequence[int]) -> int:
        key = _spelling(kind), name
        if key not in self._spelled:
            self._spelled[key] = self.string(key[0](name) if key[0] else name)
        self._types.append(_packed(kind, vlen, False, self._spelled[key], size_or_type, words))
        return len(self._types)

    def blob(self) -> bytes:
        """The BTF object; empty when nothing was taken."""
        if not self._types:
            return b""
        types = b"".join(self._encoded(type) for type in self._types)
        strings = bytes(self._string_bytes)
        header = struct.pack(_HEADER, _MAGIC, 1, 0, _HEADER_SIZE, 0, len(types), len(types), len(strings))
        return header + types + strings

    def _encoded(self, type: Type | bytes) -> bytes:
        if isinstance(type, bytes):
            return type
        layout = _LAYOUTS[type.kind]
        words = list(type.words)
        for start in range(0, len(words), layout.entry or len(words) or 1):
            if layout.name is not None:
                words[start + layout.name] = self._copy(words[start + layout.name], _identifier)
            for place in layout.types:
                words[start + place] = self._numbers[words[start + place]]
        target = self._numbers[type.size_or_type] if type.kind in _REFERRING else type.size_or_type
        name = 0 if type.kind in _NAMELESS else self._copy(type.name, _spelling(type.kind))
        return _packed(type.kind, type.vlen, type.flag, name, target, words)

    def _copy(self, offset: int, spelling: Callable[[str], str] | None) -> int:
        """Where the original's string is in what is written."""
        key = spelling, offset
        if key not in self._copied:
            text = self._btf.string(offset)
            self._copied[key] = self.string(spelling(text) if spelling else text)
        return self._copied[key]


def _packed(kind: int, vlen: int, flag: bool, name: int, size_or_type: int, words: Sequence[int]) -> bytes:
    return struct.pack(f"={3 + len(words)}I", name, vlen | kind << 24 | flag << 31, size_or_type, *words)


def _spelling(kind: int) -> Callable[[str], str] | None:
    """What makes a type's name one that the kernel takes; ``None`` where it takes any."""
    if kind in _FREELY_NAMED:
        return None
    return _section_name if kind == DATASEC else _identifier


def _section_name(name: str) -> str:
    """As the kernel takes it (btf_name_valid_section in kernel/bpf/btf.c)."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", name)


def _identifier(name: str) -> str:
    """Other languages than C have names that the kernel does not take (btf_name_valid_identifier in kernel/bpf/btf.c)."""
    return re.sub(r"[^A-Za-z0-9_]|^(?=[0-9])", "_", name)


def _references(type: Type) -> list[int]:
    found = [type.size_or_type] if type.kind in _REFERRING else []
    layout = _LAYOUTS[type.kind]
    for start in range(0, len(type.words), layout.entry or len(type.words) or 1):
        found += [type.words[start + place] for place in layout.types]
    return found
