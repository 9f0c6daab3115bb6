# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Several BTF objects as one: types and strings keep their order, and are found where they were, by a distance."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed


class Place(NamedTuple):
    """Where an object's types and strings are in the merged one."""

    #: Type ``n`` of the object is ``n + types``; void stays void.
    types: int
    #: The string at ``n`` is at ``n + strings``.
    strings: int

    def type(self, type_id: int) -> int:
        """The number in the merged BTF of a type of the object."""
        return type_id + self.types if type_id else 0

    def string(self, at: int) -> int:
        """The empty string stays where it is."""
        return at + self.strings if at else 0


class Merger:
    """Names may be there twice: the kernel does not look types of a program up by name."""

    def __init__(self) -> None:
        self._types: list[bytes] = []
        self._size = 0
        self._strings = bytearray(b"\0")

    def add(self, blob: bytes) -> Place:
        """All of another object. Raises ``Malformed``."""
        place = Place(len(self._types), len(self._strings))
        if not blob:
            return place
        btf = Btf(blob)
        self._strings += btf.strings
        for btf_type in btf.types[1:]:
            layout = kinds.LAYOUTS[btf_type.kind]
            words = list(btf_type.words)
            for start in range(0, len(words), layout.entry or len(words) or 1):
                if layout.name is not None:
                    words[start + layout.name] = place.string(words[start + layout.name])
                for each in layout.types:
                    words[start + each] = place.type(words[start + each])
            of = btf_type.size_or_type
            self._append(
                place.string(btf_type.name),
                btf_type.vlen | btf_type.kind << 24 | btf_type.flag << 31,
                place.type(of) if btf_type.kind in kinds.REFERRING else of,
                words,
            )
        return place

    def string(self, text: str) -> int:
        """Where a string is that is added."""
        place = len(self._strings)
        self._strings += text.encode() + b"\0"
        return place

    def integer(self, name: str, size: int, encoding: int = 0) -> int:
        """The number of a new type, as the other methods return it."""
        return self._append(self.string(name), kinds.INT << 24, size, [encoding << 24 | 8 * size])

    def array(self, element: int, count: int, index: int) -> int:
        """Add an array; ``index`` is the type of its index. Returns the type's number, as all of these do."""
        return self._append(0, kinds.ARRAY << 24, 0, [element, index, count])

    def structure(self, name: str, size: int, members: Sequence[tuple[str, int, int]]) -> int:
        """Members are name, type and offset in bytes."""
        words = [word for each, type_id, offset in members for word in (self.string(each), type_id, 8 * offset)]
        return self._append(self.string(name) if name else 0, kinds.STRUCT << 24 | len(members), size, words)

    def pointer(self, to: int) -> int:
        """Add a pointer to a type."""
        return self._append(0, kinds.PTR << 24, to)

    def prototype(self, returns: int, parameters: Sequence[tuple[str, int]] = ()) -> int:
        """Add a FUNC_PROTO; ``parameters`` are names and types."""
        words = [word for each, type_id in parameters for word in (self.string(each), type_id)]
        return self._append(0, kinds.FUNC_PROTO << 24 | len(parameters), returns, words)

    def function(self, name: str, prototype: int, linkage: int) -> int:
        """Add a FUNC of this prototype; ``linkage`` is static, global or extern (``enum btf_func_linkage``)."""
        return self._append(self.string(name), kinds.FUNC << 24 | linkage, prototype)

    def blob(self) -> bytes:
        """The merged BTF, as the kernel takes it."""
        types = b"".join(self._types)
        header = struct.pack(
            kinds.HEADER, kinds.MAGIC, 1, 0, kinds.HEADER_SIZE, 0, len(types), len(types), len(self._strings)
        )
        return header + types + bytes(self._strings)

    def _append(self, name: int, info: int, size_or_type: int, words: Sequence[int] = ()) -> int:
        data = struct.pack(f"={3 + len(words)}I", name, info, size_or_type, *words)
        self._size += len(data)
        if self._size + len(self._strings) > kinds.LARGEST:
            raise Malformed(f"together they take more than {kinds.LARGEST >> 20} MiB")
        self._types.append(data)
        return len(self._types)
