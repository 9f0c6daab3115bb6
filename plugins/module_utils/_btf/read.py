# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""BTF as it is in an object, read."""

from __future__ import annotations

import struct
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds

# Strings may share their ends; a damaged object could have all names begin within one long string.
_STRINGS_BY_SIZE = 4


class Malformed(ValueError):
    """The bytes are not valid BTF; the text says why."""


class Type(NamedTuple):
    """One entry of BTF (``struct btf_type`` of include/uapi/linux/btf.h), with the words that follow it."""

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
        step = kinds.LAYOUTS[self.kind].entry
        return [self.words[start : start + step] for start in range(0, len(self.words), step)] if step else []

    def entry(self, index: int) -> tuple[int, ...]:
        """One of them; unlike ``entries``, in the same time however many there are."""
        step = kinds.LAYOUTS[self.kind].entry
        return self.words[index * step : (index + 1) * step]


class Btf:
    """The types of one BTF object, by their numbers; 0 is void."""

    def __init__(self, blob: bytes) -> None:
        """Parse; raises ``Malformed``. Nothing at all is BTF without types."""
        blob = blob or kinds.EMPTY
        start, size = self._open(blob)
        # One place for each number; void is the first.
        self.types = [Type(0, 0, 0, False, 0, ())]
        self._parse(blob[start : start + size])

    def _open(self, blob: bytes) -> tuple[int, int]:
        """Where the types begin, and how many bytes they take."""
        if len(blob) < kinds.HEADER_SIZE:
            raise Malformed("it is shorter than its header")
        magic, _version, _flags, header, type_start, type_size, string_start, string_size = struct.unpack_from(
            kinds.HEADER, blob
        )
        if magic != kinds.MAGIC:
            raise Malformed("it does not begin as BTF does")
        if header < kinds.HEADER_SIZE or max(type_start + type_size, string_start + string_size) > len(blob) - header:
            raise Malformed("its header declares more than it contains")
        self._strings_at = header + string_start, header + string_start + string_size
        self._strings = blob[slice(*self._strings_at)]
        self._known_strings: dict[int, str] = {}
        self._room_for_strings = _STRINGS_BY_SIZE * string_size
        self._named: dict[tuple[int, str], int] | None = None
        # What was found out once, be it that there is an error: many types may lead to the same ones.
        self._resolved: dict[int, int | str] = {}
        self._sizes: dict[int, int | str] = {}
        return header + type_start, type_size

    def _parse(self, data: bytes) -> None:
        position = 0
        while position < len(data):
            if len(data) - position < 12:
                raise Malformed("it ends within a type")
            name, info, size_or_type = struct.unpack_from("=3I", data, position)
            kind = info >> 24 & 0x1F
            layout = kinds.LAYOUTS.get(kind)
            if layout is None:
                raise Malformed(f"type {len(self.types)} is of a kind that is not known, {kind}")
            vlen = info & 0xFFFF
            count = layout.fixed + layout.entry * vlen
            if len(data) - position - 12 < 4 * count:
                raise Malformed("it ends within a type")
            words = struct.unpack_from(f"={count}I", data, position + 12)
            self.types.append(Type(kind, name, vlen, bool(info >> 31), size_or_type, words))
            position += 12 + 4 * count

    @property
    def strings(self) -> bytes:
        """All of them, each with a zero byte after it; the first is empty."""
        return self._strings

    def type(self, type_id: int) -> Type:
        """The type with this number. Raises ``Malformed`` where there is none."""
        if not 0 <= type_id < len(self.types):
            raise Malformed(f"there is no type {type_id}")
        return self.types[type_id]

    def string(self, offset: int) -> str:
        """The string that begins ``offset`` bytes into the strings. Raises ``Malformed`` where there is none."""
        known = self._known_strings.get(offset)
        if known is None:
            end = self._strings.find(b"\0", offset)
            self._room_for_strings -= max(end - offset, 0)
            if end < 0 or self._room_for_strings < 0:
                raise Malformed(f"there is no string at {offset}, or it has no end")
            known = self._known_strings[offset] = self._strings[offset:end].decode(errors="replace")
        return known

    def name(self, btf_type: Type) -> str:
        """The type's own name; empty where it has none."""
        return self.string(btf_type.name)

    def find(self, kind: int, name: str) -> int | None:
        """The first type of this kind and name."""
        if self._named is None:
            self._named = {}
            for type_id, btf_type in enumerate(self.types):
                if btf_type.name:
                    self._named.setdefault((btf_type.kind, self.name(btf_type)), type_id)
        return self._named.get((kind, name))

    def resolve(self, type_id: int) -> tuple[int, Type]:
        """The type behind typedefs and qualifiers, and its number."""
        passed = []
        found: int | str | None = self._resolved.get(type_id)
        while found is None:
            if type_id >= len(self.types):
                found = f"there is no type {type_id}"
                break
            btf_type = self.types[type_id]
            passed.append(type_id)
            # For the case that the way leads here again.
            self._resolved[type_id] = f"type {type_id} is qualified without end"
            if btf_type.kind in kinds.TRANSPARENT:
                type_id = btf_type.size_or_type
                found = self._resolved.get(type_id)
            else:
                found = type_id
        for each in passed:
            self._resolved[each] = found
        if isinstance(found, str):
            raise Malformed(found)
        return found, self.types[found]

    def size(self, type_id: int) -> int:
        """Bytes that a value of this type takes; no kernel has room for 4 GiB of them."""
        tables = []
        found: int | str | None = self._sizes.get(type_id)
        while found is None:
            btf_type = self.resolve(type_id)[1]
            # For the case that the way leads here again.
            self._sizes[type_id] = f"type {type_id} has no size"
            if btf_type.kind == kinds.ARRAY:
                tables.append((type_id, btf_type.words[2]))
                type_id = btf_type.words[0]
                found = self._sizes.get(type_id)
            elif btf_type.kind == kinds.PTR:
                found = self._sizes[type_id] = kinds.POINTER_SIZE
            else:
                found = btf_type.size_or_type if btf_type.kind in kinds.SIZED else self._sizes[type_id]
                self._sizes[type_id] = found
        for each, count in reversed(tables):
            if isinstance(found, int):
                found = found * count if not found * count >> 32 else f"type {each} is too large"
            self._sizes[each] = found
        if isinstance(found, str):
            raise Malformed(found)
        return found
