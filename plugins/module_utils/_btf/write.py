# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""BTF with some of the types of another object, written as the kernel takes it."""

from __future__ import annotations

import re
import struct
from collections import deque
from collections.abc import Sequence
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed, Type

# Kinds that the kernel wants without a name (btf_*_check_meta in kernel/bpf/btf.c).
_NAMELESS = frozenset((kinds.PTR, kinds.VOLATILE, kinds.CONST, kinds.RESTRICT, kinds.ARRAY, kinds.FUNC_PROTO))

_FREELY_NAMED = frozenset((kinds.INT, kinds.FLOAT, kinds.DECL_TAG, kinds.TYPE_TAG))


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
        self._tags: dict[int, list[int]] | None = None
        # The same of names that types made here are given.
        self._spelled: dict[tuple[Callable[[str], str] | None, str], int] = {}

    def string(self, text: str) -> int:
        """Where the string is in what is written."""
        if text not in self._strings:
            self._strings[text] = len(self._string_bytes)
            self._string_bytes += text.encode().replace(b"\0", b"") + b"\0"
            if len(self._string_bytes) > kinds.LARGEST:
                raise Malformed(f"its strings take more than {kinds.LARGEST >> 20} MiB")
        return self._strings[text]

    def take(self, type_id: int) -> int:
        """The new number of a type; it, all that it refers to, and what tags any of these are written."""
        if type_id not in self._numbers:
            waiting = deque([type_id])
            self._number(type_id)
            while waiting:
                here = waiting.popleft()
                for other in (*_references(self._btf.type(here)), *self._tags_of(here)):
                    if other not in self._numbers:
                        self._number(other)
                        waiting.append(other)
        return self._numbers[type_id]

    def take_all(self) -> None:
        """Take every type under the number that it has, before any other is taken.

        What the kernel would not take, and nothing refers to, leaves a type of its own in its place: sections, whose
        sizes clang leaves open, and functions and variables that the object does not define.
        """
        for type_id in range(1, len(self._btf.types)):
            btf_type = self._btf.type(type_id)
            self._numbers[type_id] = type_id
            self._types.append(_FILLER if _is_open(btf_type) else btf_type)

    def _number(self, type_id: int) -> None:
        self._numbers[type_id] = len(self._types) + 1
        self._types.append(self._btf.type(type_id))

    def _tags_of(self, type_id: int) -> list[int]:
        """The original's DECL_TAGs of this type, which nothing refers to: the kernel reads those of functions."""
        if self._tags is None:
            self._tags = {}
            for number, btf_type in enumerate(self._btf.types):
                if btf_type.kind == kinds.DECL_TAG:
                    self._tags.setdefault(btf_type.size_or_type, []).append(number)
        return self._tags.get(type_id, [])

    def add_function(self, type_id: int, linkage: int) -> int:
        """The FUNC ``type_id`` of the original with another linkage, and the tags of its arguments."""
        btf_type = self._btf.type(type_id)
        number = self._add(kinds.FUNC, linkage, self._btf.name(btf_type), self.take(btf_type.size_or_type), ())
        for tag in map(self._btf.type, self._tags_of(type_id)):
            self._add(kinds.DECL_TAG, 0, self._btf.name(tag), number, tag.words)
        return number

    def add_variable(self, name: str, type_id: int) -> int:
        """A VAR that others see; ``type_id`` is a number of the original."""
        return self._add(kinds.VAR, 0, name, self.take(type_id), (kinds.GLOBAL,))

    def add_section(self, name: str, size: int, variables: Sequence[tuple[int, int, int]]) -> int:
        """A DATASEC; each variable is a VAR by its new number, its offset and its size."""
        words = [word for variable in variables for word in variable]
        return self._add(kinds.DATASEC, len(variables), name, size, words)

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
        types = b"".join(self._encoded(btf_type) for btf_type in self._types)
        strings = bytes(self._string_bytes)
        header = struct.pack(
            kinds.HEADER, kinds.MAGIC, 1, 0, kinds.HEADER_SIZE, 0, len(types), len(types), len(strings)
        )
        return header + types + strings

    def _encoded(self, btf_type: Type | bytes) -> bytes:
        if isinstance(btf_type, bytes):
            return btf_type
        layout = kinds.LAYOUTS[btf_type.kind]
        words = list(btf_type.words)
        for start in range(0, len(words), layout.entry or len(words) or 1):
            if layout.name is not None:
                words[start + layout.name] = self._copy(words[start + layout.name], _identifier)
            for place in layout.types:
                words[start + place] = self._numbers[words[start + place]]
        target = self._numbers[btf_type.size_or_type] if btf_type.kind in kinds.REFERRING else btf_type.size_or_type
        name = 0 if btf_type.kind in _NAMELESS else self._copy(btf_type.name, _spelling(btf_type.kind))
        return _packed(btf_type.kind, btf_type.vlen, btf_type.flag, name, target, words)

    def _copy(self, offset: int, spelling: Callable[[str], str] | None) -> int:
        """Where the original's string is in what is written."""
        key = spelling, offset
        if key not in self._copied:
            text = self._btf.string(offset)
            self._copied[key] = self.string(spelling(text) if spelling else text)
        return self._copied[key]


def _packed(kind: int, vlen: int, flag: bool, name: int, size_or_type: int, words: Sequence[int]) -> bytes:
    return struct.pack(f"={3 + len(words)}I", name, vlen | kind << 24 | flag << 31, size_or_type, *words)


# ``const void``
_FILLER = _packed(kinds.CONST, 0, False, 0, 0, ())


def _is_open(btf_type: Type) -> bool:
    linkage = btf_type.vlen if btf_type.kind == kinds.FUNC else btf_type.words[0] if btf_type.kind == kinds.VAR else 0
    return btf_type.kind == kinds.DATASEC or linkage >= kinds.EXTERN


def _spelling(kind: int) -> Callable[[str], str] | None:
    """What makes a type's name one that the kernel takes; ``None`` where it takes any."""
    if kind in _FREELY_NAMED:
        return None
    return _section_name if kind == kinds.DATASEC else _identifier


def _section_name(name: str) -> str:
    """As the kernel takes it (btf_name_valid_section in kernel/bpf/btf.c)."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", name)


def _identifier(name: str) -> str:
    """Other languages than C have names that the kernel does not take (btf_name_valid_identifier in kernel/bpf/btf.c)."""
    return re.sub(r"[^A-Za-z0-9_]|^(?=[0-9])", "_", name)


def _references(btf_type: Type) -> list[int]:
    found = [btf_type.size_or_type] if btf_type.kind in kinds.REFERRING else []
    layout = kinds.LAYOUTS[btf_type.kind]
    for start in range(0, len(btf_type.words), layout.entry or len(btf_type.words) or 1):
        found += [btf_type.words[start + place] for place in layout.types]
    return found
