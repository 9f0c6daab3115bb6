# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""BTF made here, for what no object has types of."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf


class Builder:
    """Grows a BTF object; each method returns the new type's number."""

    def __init__(self) -> None:
        self._types: list[bytes] = []
        self._strings = bytearray(b"\0")

    def integer(self, name: str, size: int, encoding: int = 0) -> int:
        """``encoding`` is ``kinds.SIGNED``, ``kinds.BOOL`` or 0."""
        return self._add(kinds.INT, name, size, [encoding << 24 | 8 * size])

    def typedef(self, name: str, of: int) -> int:
        """Add another name for the type ``of``; returns its number, as all of these do."""
        return self._add(kinds.TYPEDEF, name, of)

    def array(self, element: int, count: int) -> int:
        """Add an array of ``count`` elements of one type."""
        return self._add(kinds.ARRAY, "", 0, [element, 0, count])

    def structure(self, size: int, members: Iterable[tuple[str, int, int]]) -> int:
        """Members are name, type and offset in bytes."""
        words = [word for name, type_id, offset in members for word in (self._string(name), type_id, 8 * offset)]
        return self._add(kinds.STRUCT, "", size, words, len(words) // 3)

    def btf(self) -> Btf:
        """All types that were added, parsed."""
        types = b"".join(self._types)
        header = struct.pack(
            kinds.HEADER, kinds.MAGIC, 1, 0, kinds.HEADER_SIZE, 0, len(types), len(types), len(self._strings)
        )
        return Btf(header + types + bytes(self._strings))

    def _add(self, kind: int, name: str, size_or_type: int, words: Sequence[int] = (), vlen: int = 0) -> int:
        info = kind << 24 | vlen
        self._types.append(struct.pack(f"={3 + len(words)}I", self._string(name), info, size_or_type, *words))
        return len(self._types)

    def _string(self, text: str) -> int:
        if not text:
            return 0
        place = len(self._strings)
        self._strings += text.encode() + b"\0"
        return place
