# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding declared entries among those that a map has.

Pure: what is read comes as batches (``_kernel.map_entries``). Nothing is done for a
single entry that is as it should be, except that its key is looked up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import compress, repeat
from operator import ne

from ansible_collections.ebpf.xdp.plugins.module_utils._contents.difference import Rows
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Segment
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.masks import Mask
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.trie_keys import Place, canonical, place
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.map_entries import Batch, pieces


class OutOfOrder(Exception):
    """A trie was read in another order, as when an entry is removed where the reader stands."""


class Gathered:
    """Entries that were picked out of many."""

    def __init__(self) -> None:
        self.count = 0
        self.keys = bytearray()
        self.new = bytearray()
        self.old = bytearray()

    def add(self, key: bytes, new: bytes, old: bytes | memoryview) -> None:
        self.count += 1
        self.keys += key
        self.new += new
        self.old += old


class Group:
    """Declared entries of one mask that were not found yet."""

    def __init__(self, mask: Mask, key_size: int, length: int) -> None:
        self.mask = mask
        self.updates = Gathered()
        self._key_size = key_size
        self._length = length
        #: By key, the value's bits that count.
        self.left: dict[bytes, bytes] = {}

    def expect(self, segment: Segment, begin: int = 0, end: int | None = None) -> None:
        """Look for the rows ``begin`` to ``end`` of a segment, too."""
        rows = part(segment, begin, segment.count if end is None else end, self._key_size, self._length)
        keys = pieces(rows.keys, self._key_size)
        if self.mask.is_zero:
            self.left.update(dict.fromkeys(keys, b""))
        elif rows.uniform:
            self.left.update(dict.fromkeys(keys, bytes(self.mask.apply(rows.values, 1))))
        else:
            self.left.update(zip(keys, pieces(self.mask.apply(rows.values, rows.count), self._length)))

    def take(self, keys: list[bytes], numbers: Sequence[int], batch: Batch, absent: Gathered | None) -> list[int]:
        """Compare entries of a batch, those with these ``numbers`` and ``keys``; returns which of them are not declared.

        With ``absent``, those that are declared are gathered there instead.
        """
        found = list(map(self.left.pop, keys, repeat(None)))
        length = self._length
        actual: Iterable[bytes] = repeat(b"")
        if not self.mask.is_zero:
            every = pieces(self.mask.apply(batch.values, batch.count), length)
            actual = every if len(numbers) == batch.count else map(list(every).__getitem__, numbers)
        unknown = []
        for at in range(len(found)) if absent is not None else compress(range(len(found)), map(ne, found, actual)):
            wanted = found[at]
            if wanted is None:
                unknown.append(at)
            else:
                begin = numbers[at] * length
                gathered = self.updates if absent is None else absent
                gathered.add(keys[at], wanted, batch.values[begin : begin + length])
        return unknown


class Matching:
    """Declared entries against all that are read."""

    def __init__(self, segments: Sequence[Segment], masks: Sequence[bytes], key_size: int, length: int) -> None:
        """``masks`` has what counts of each segment's values: its own mask, or none of it."""
        self.segments = segments
        self.masks = [Mask(mask) for mask in masks]
        self.key_size = key_size
        self.length = length
        self.begin_anew()

    def begin_anew(self) -> None:
        #: How many entries were read.
        self.there = 0
        #: Entries that are not declared, when they are asked for; with ``absent``, those that are.
        self.others = Gathered()
        self._groups: dict[bytes, Group] = {}
        #: Rows that were not found, of each segment.
        self._missing: list[list[Rows]] = [[] for _segment in self.segments]

    def everything_is_missing(self) -> None:
        for missing, segment in zip(self._missing, self.segments):
            missing.append(part(segment, 0, segment.count, self.key_size, self.length))

    def match(self, batches: Iterable[Batch], exclusive: bool, absent: bool, prefixes: bool) -> bool:
        """Look all of them up; returns whether all that there are were read.

        ``prefixes`` says that they are those of an LPM trie, which may have host bits.
        """
        for segment, mask in zip(self.segments, self.masks):
            self._group(mask).expect(segment)
        whole = True
        for batch in batches:
            self.there += batch.count
            self._take(batch, exclusive, absent, prefixes)
            if not exclusive and not any(group.left for group in self._groups.values()):
                whole = False
                break
        for missing, segment, mask in zip(self._missing, self.segments, self.masks):
            missing.append(self._pick(segment, 0, segment.count, self._group(mask).left))
        return whole

    def match_in_order(self, batches: Iterable[Batch], exclusive: bool) -> None:
        """The same for the one segment in the order of the trie; raises ``OutOfOrder``.

        As long as both are equal, they are compared as bytes. Otherwise those that
        come up to the batch's last key are looked up.
        """
        segment, mask = self.segments[0], self.masks[0]
        places = _Places(segment, self.key_size)
        expected = _Expected(segment, mask, self.key_size, self.length)
        at = 0
        before: Place | None = None
        for batch in batches:
            self.there += batch.count
            last = bytes(batch.keys[-self.key_size :])
            if expected.equals(batch, at):
                at += batch.count
                before = place(last)
                continue
            now = place(last)
            if before is not None and now <= before:
                raise OutOfOrder
            before = now
            end = bisect_right(places, now, at, segment.count)
            group = self._group(mask)
            group.expect(segment, at, end)
            self._take(batch, exclusive, False, True)
            if group.left:
                self._missing[0].append(self._pick(segment, at, end, group.left))
                group.left.clear()
            at = end
        if at < segment.count:
            self._missing[0].append(part(segment, at, segment.count, self.key_size, self.length))

    def missing(self) -> tuple[Rows, ...]:
        """The declared entries that were not found."""
        return tuple(
            _joined(found) for found in ([rows for rows in each if rows.count] for each in self._missing) if found
        )

    def updates(self) -> tuple[Rows, ...]:
        """Those that have another value."""
        return tuple(
            Rows(each.count, each.keys, each.new, False, group.mask.bytes, each.old)
            for group in self._groups.values()
            for each in (group.updates,)
            if each.count
        )

    def removed(self, declared: bool, zeros: bool) -> Rows:
        """Those in ``others``, each of them once; what has only zeros is left out unless ``zeros``.

        What changes while it is read may be read twice, so that a declared entry
        may be among others; ``declared`` says that they belong there.
        """
        pairs = zip(pieces(self.others.keys, self.key_size), pieces(self.others.old, self.length))
        old = {key: value for key, value in pairs if zeros or any(value)}
        if old and not declared:
            for segment in self.segments:
                for key in set(filter(old.__contains__, pieces(segment.keys, self.key_size))):
                    del old[key]
        return Rows(len(old), b"".join(old), old=b"".join(old.values()))

    def _group(self, mask: Mask) -> Group:
        if mask.bytes not in self._groups:
            self._groups[mask.bytes] = Group(mask, self.key_size, self.length)
        return self._groups[mask.bytes]

    def _take(self, batch: Batch, exclusive: bool, absent: bool, prefixes: bool) -> None:
        keys = list(pieces(batch.keys, self.key_size))
        numbers = self._look_up(keys, range(batch.count), batch, absent)
        if prefixes and numbers and any(group.left for group in self._groups.values()):
            spelled = [(number, canonical(keys[number])) for number in numbers]
            others = [(number, key) for number, key in spelled if key != keys[number]]
            if others:
                same = self._look_up(
                    [key for _number, key in others], [number for number, _key in others], batch, absent
                )
                known = {number for number, _key in others}.difference(same)
                numbers = [number for number in numbers if number not in known]
        if exclusive:
            length = self.length
            for number in numbers:
                self.others.add(keys[number], b"", batch.values[number * length : (number + 1) * length])

    def _look_up(self, keys: list[bytes], numbers: Sequence[int], batch: Batch, absent: bool) -> Sequence[int]:
        """Returns the numbers of those that are not declared."""
        for group in self._groups.values():
            if group.left and keys:
                unknown = group.take(keys, numbers, batch, self.others if absent else None)
                keys, numbers = [keys[at] for at in unknown], [numbers[at] for at in unknown]
        return numbers

    def _pick(self, segment: Segment, begin: int, end: int, left: dict[bytes, bytes]) -> Rows:
        """Those of the rows from ``begin`` to ``end`` whose keys were not found."""
        rows = part(segment, begin, end, self.key_size, self.length)
        if not left:
            return rows._replace(count=0)
        picked = [key in left for key in pieces(rows.keys, self.key_size)]
        count = sum(picked)
        if count == rows.count:
            return rows
        keys = b"".join(compress(pieces(rows.keys, self.key_size), picked))
        if rows.uniform:
            return rows._replace(count=count, keys=keys)
        return rows._replace(
            count=count, keys=keys, values=b"".join(compress(pieces(rows.values, self.length), picked))
        )


class _Places(Sequence[Place]):
    """Where the rows of a segment come in a trie, for those that are asked for."""

    def __init__(self, segment: Segment, key_size: int) -> None:
        self._segment = segment
        self._size = key_size

    def __len__(self) -> int:
        return self._segment.count

    def __getitem__(self, row: int) -> Place:  # type: ignore[override]
        return place(self._segment.keys[row * self._size : (row + 1) * self._size])


class _Expected:
    """A segment's rows as a batch of the kernel has them."""

    def __init__(self, segment: Segment, mask: Mask, key_size: int, length: int) -> None:
        self._segment = segment
        self._mask = mask
        self._key_size = key_size
        self._length = length
        self._repeated = b""

    def equals(self, batch: Batch, at: int) -> bool:
        """Whether the batch is the rows from ``at`` on."""
        segment, mask = self._segment, self._mask
        if at + batch.count > segment.count or not segment.keys.startswith(batch.keys, at * self._key_size):
            return False
        if mask.is_zero:
            return True
        if segment.uniform:
            if len(self._repeated) < len(batch.values):
                self._repeated = bytes(mask.apply(segment.values, 1)) * batch.count
            return self._repeated.startswith(mask.apply(batch.values, batch.count))
        if mask.is_full:
            return segment.values.startswith(batch.values, at * self._length)
        wanted = segment.values[at * self._length : (at + batch.count) * self._length]
        return mask.apply(wanted, batch.count) == mask.apply(batch.values, batch.count)


def part(segment: Segment, begin: int, end: int, key_size: int, length: int) -> Rows:
    """Rows of a segment; all of them without a copy."""
    if (begin, end) == (0, segment.count):
        return Rows(segment.count, segment.keys, segment.values, segment.uniform, segment.mask)
    values = segment.values if segment.uniform else segment.values[begin * length : end * length]
    return Rows(end - begin, segment.keys[begin * key_size : end * key_size], values, segment.uniform, segment.mask)


def _joined(found: list[Rows]) -> Rows:
    """Rows of one segment as one."""
    if len(found) == 1:
        return found[0]
    keys = b"".join([rows.keys for rows in found])
    values = found[0].values if found[0].uniform else b"".join([rows.values for rows in found])
    return found[0]._replace(count=sum(rows.count for rows in found), keys=keys, values=values)


def beyond(keys: bytes, max_entries: int) -> int | None:
    """The row of the largest of these keys, of four bytes each, when it is not an index below ``max_entries``."""
    indexes = memoryview(keys).cast("I").tolist()
    largest = max(indexes, default=0)
    return indexes.index(largest) if largest >= max_entries else None
