# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""BTF of a whole kernel, of which only what is looked at is read.

A kernel has some 130,000 types in 5.5 MB. They are numbered by their place, so
that all of them are walked over, once, by their headers alone: some 50 ms.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed, Type


class LazyBtf(Btf):
    """Like ``Btf``, for BTF that the kernel has made itself; ``names`` are those that ``named`` will be asked for."""

    def __init__(self, blob: bytes, names: Iterable[str]) -> None:
        start, size = self._open(blob)
        if size % 4:
            raise Malformed("its types are not made of whole words")
        self._blob = blob
        self._ids: dict[str, list[int]] = {}
        wanted = {place: name for name in names if (place := self._place(name)) is not None}
        words = memoryview(blob)[start : start + size].cast("I")
        self.types = _Types(words, self._walk(words, wanted))  # type: ignore[assignment]  # a list of those that were looked for

    def named(self, name: str) -> list[int]:
        """Numbers of all types of this name."""
        return self._ids.get(name, [])

    def _place(self, name: str) -> int | None:
        """Where the string is: each stands there once (btf__dedup in libbpf), between two zero bytes."""
        start, end = self._strings_at
        found = self._blob.find(b"\0" + name.encode() + b"\0", start, end)
        return found + 1 - start if found >= 0 else None

    def _walk(self, words: memoryview, wanted: dict[int, str]) -> array[int]:
        """Where each type begins, in words; void is nowhere."""
        places = array("I", [0])
        steps: dict[int, int] = {}
        position, count = 0, len(words)
        try:
            while position < count:
                info = words[position + 1]
                name = wanted.get(words[position])
                if name is not None:
                    self._ids.setdefault(name, []).append(len(places))
                places.append(position)
                step = steps.get(info)
                if step is None:
                    layout = kinds.LAYOUTS[info >> 24 & 0x1F]
                    step = steps[info] = 3 + layout.fixed + layout.entry * (info & 0xFFFF)
                position += step
        except (IndexError, KeyError) as error:
            raise Malformed("it ends within a type, or has one of a kind that is not known") from error
        return places


class _Types:
    """Types by number, each read when it is asked for."""

    def __init__(self, words: memoryview, places: array[int]) -> None:
        self._words = words
        self._places = places
        self._known = {0: Type(0, 0, 0, False, 0, ())}

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, type_id: int) -> Type:
        known = self._known.get(type_id)
        if known is None:
            place = self._places[type_id]
            name, info, size_or_type = self._words[place : place + 3]
            layout = kinds.LAYOUTS[info >> 24 & 0x1F]
            end = place + 3 + layout.fixed + layout.entry * (info & 0xFFFF)
            words = tuple(self._words[place + 3 : end])
            known = self._known[type_id] = Type(
                info >> 24 & 0x1F, name, info & 0xFFFF, bool(info >> 31), size_or_type, words
            )
        return known
