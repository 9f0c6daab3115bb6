# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Finding declared entries among those that a map has.

Pure: what is read comes as batches (``_bpf.map_entries``). For an entry that is as
it should be, Python does no more than make one object of its key and value, and
look it up in a set.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import Batch, pieces
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.difference import Rows
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Segment
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.masks import Mask
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.trie_keys import Place, canonical, place

# How many rows are put side by side at a time, and how many keys are remembered beside those that are expected.
_AT_A_TIME = 1 << 16
_KNOWN_AT_A_TIME = 250_000


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
        """Add one entry: its key, and its value as it is to be and as it is."""
        self.count += 1
        self.keys += key
        self.new += new
        self.old += old

    def extend(self, more: Gathered) -> None:
        """Add all of ``more``."""
        self.count += more.count
        self.keys += more.keys
        self.new += more.new
        self.old += more.old


class Group:
    """Declared entries of one mask that were not found yet.

    An entry is a *record*: its key, and the bits of its value that count; the key
    alone where none do.
    """

    def __init__(self, mask: Mask, key_size: int, length: int) -> None:
        self.mask = mask
        self.updates = Gathered()
        self._key_size = key_size
        self._length = length
        self.left: set[bytes] = set()

    def expect(self, segment: Segment, begin: int = 0, end: int | None = None) -> None:
        """Look for the rows ``begin`` to ``end`` of a segment, too."""
        for rows in self._portions(segment, begin, end):
            self.left.update(self.records(rows))

    def missing(self, segment: Segment, begin: int = 0, end: int | None = None) -> list[bool]:
        """Which of these rows were not found."""
        left = self.left
        return [record in left for rows in self._portions(segment, begin, end) for record in self.records(rows)]

    def _portions(self, segment: Segment, begin: int, end: int | None) -> Iterator[Rows]:
        last = segment.count if end is None else end
        for at in range(begin, last, _AT_A_TIME):
            yield part(segment, at, min(at + _AT_A_TIME, last), self._key_size, self._length)

    def records(self, rows: Rows | Batch) -> Iterator[bytes]:
        """The records of rows, or of a batch that was read."""
        size, length = self._key_size, self._length
        if self.mask.is_zero:
            return pieces(rows.keys, size)
        values = _masked(rows, self.mask)
        keys = bytes(rows.keys)
        # Byte by byte of all rows, rather than row by row.
        records = bytearray(len(keys) + len(values))
        for at in range(size):
            records[at :: size + length] = keys[at::size]
        for at in range(length):
            records[size + at :: size + length] = values[at::length]
        return pieces(records, size + length)

    def take(self, batch: Batch, numbers: Sequence[int]) -> Sequence[int]:
        """Find those entries of a batch that have these ``numbers``; returns the numbers of those that are not left."""
        records: Sequence[bytes] = list(self.records(batch))
        if len(numbers) == batch.count and self.left.issuperset(records):
            self.left.difference_update(records)
            return ()
        unknown = [number for number in numbers if records[number] not in self.left]
        self.left.difference_update([records[number] for number in numbers])
        return unknown

    def take_one(self, key: bytes, value: bytes) -> bool:
        """Find one entry; returns whether it was left."""
        record = key + (b"" if self.mask.is_zero else bytes(self.mask.apply(value, 1)))
        if record not in self.left:
            return False
        self.left.remove(record)
        return True

    def recognise(self, read: Gathered) -> None:
        """What is left and has been ``read`` with another value is an update."""
        if self.mask.is_zero or not self.left or not read.count:
            return
        size, length = self._key_size, self._length
        for begin in range(0, read.count, _KNOWN_AT_A_TIME):
            end = begin + _KNOWN_AT_A_TIME
            keys, values = read.keys[begin * size : end * size], read.old[begin * length : end * length]
            old = dict(zip(pieces(keys, size), pieces(values, length)))
            wanted = {record[:size]: record for record in self.left if record[:size] in old}
            # In the order in which they were read: that of a set is another one in each process.
            for key in filter(wanted.__contains__, old):
                self.updates.add(key, wanted[key][size:], old[key])
            self.left.difference_update(wanted.values())


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
        """Forget all that was read, for a reader that starts over."""
        #: How many entries were read.
        self.there = 0
        #: Entries that are not as they are declared, or not declared; with ``absent``, those that are.
        self.others = Gathered()
        self._groups: dict[bytes, Group] = {}
        #: Rows that were not found, of each segment.
        self._missing: list[list[Rows]] = [[] for _segment in self.segments]

    def everything_is_missing(self) -> None:
        """Count every declared row as missing, as in a map that does not exist yet."""
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
            self._take(batch, self.others, absent, prefixes)
            if not exclusive and not any(group.left for group in self._groups.values()):
                whole = False
                break
        for group in self._groups.values():
            group.recognise(self.others)
        for missing, segment, mask in zip(self._missing, self.segments, self.masks):
            missing.append(self._pick(segment, 0, segment.count, self._group(mask)))
        return whole

    def match_in_order(self, batches: Iterable[Batch], exclusive: bool) -> None:
        """The same for the one segment in the order of the trie; raises ``OutOfOrder``.

        As long as both are equal, they are compared as bytes, and as long as their keys
        are, row by row. Otherwise those that come up to the batch's last key are looked up.
        """
        segment, mask = self.segments[0], self.masks[0]
        places = _Places(segment, self.key_size)
        expected = _Expected(segment, mask, self.key_size, self.length)
        group = self._group(mask)
        at = 0
        before: Place | None = None
        for batch in batches:
            self.there += batch.count
            now = place(bytes(batch.keys[-self.key_size :]))
            if expected.equals(batch, at):
                at += batch.count
                before = now
                continue
            if expected.has_keys(batch, at):
                self._compare_values(batch, at)
                at += batch.count
                before = now
                continue
            if before is not None and now <= before:
                raise OutOfOrder
            before = now
            end = bisect_right(places, now, at, segment.count)
            group.expect(segment, at, end)
            others = Gathered()
            self._take(batch, others, False, True)
            group.recognise(others)
            if exclusive:
                self.others.extend(others)
            if group.left:
                self._missing[0].append(self._pick(segment, at, end, group))
                group.left.clear()
            at = end
        if at < segment.count:
            self._missing[0].append(part(segment, at, segment.count, self.key_size, self.length))

    def _compare_values(self, batch: Batch, at: int) -> None:
        """Of the one segment, whose keys from ``at`` on are those of the batch."""
        segment, mask, size, length = self.segments[0], self.masks[0], self.key_size, self.length
        rows = part(segment, at, at + batch.count, size, length)
        wanted, there = (pieces(_masked(each, mask), length) for each in (rows, batch))
        updates = self._group(mask).updates
        for key, new, now, old in zip(pieces(batch.keys, size), wanted, there, pieces(batch.values, length)):
            if new != now:
                updates.add(key, new, old)

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

        Declared entries are among them when they have another value, or were read
        twice because something changed meanwhile; ``declared`` says that they belong there.
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

    def _take(self, batch: Batch, others: Gathered, absent: bool, prefixes: bool) -> None:
        """Look up all of a batch. What is not found is added to ``others``, or with ``absent``, what is found."""
        every = range(batch.count)
        numbers: Sequence[int] = every
        for group in self._groups.values():
            if group.left and numbers:
                numbers = group.take(batch, numbers)
        size, length = self.key_size, self.length
        if absent:
            # A prefix with host bits is deleted like the one without them.
            unknown = set(numbers)
            numbers = [
                number for number in every if number not in unknown or (prefixes and self._is_left(batch, number))
            ]
        elif len(numbers) == batch.count and not prefixes:
            others.count += batch.count
            others.keys += batch.keys
            others.old += batch.values
            return
        for number in numbers:
            key = bytes(batch.keys[number * size : (number + 1) * size])
            value = batch.values[number * length : (number + 1) * length]
            if prefixes and not absent:
                spelled = canonical(key)
                if spelled != key and self._take_one(spelled, bytes(value)):
                    continue
                key = spelled
            others.add(key, b"", value)

    def _is_left(self, batch: Batch, number: int) -> bool:
        size = self.key_size
        key = bytes(batch.keys[number * size : (number + 1) * size])
        spelled = canonical(key)
        return spelled != key and self._take_one(spelled, b"")

    def _take_one(self, key: bytes, value: bytes) -> bool:
        return any(group.take_one(key, value) for group in self._groups.values())

    def _pick(self, segment: Segment, begin: int, end: int, group: Group) -> Rows:
        """Those of the rows from ``begin`` to ``end`` that were not found."""
        rows = part(segment, begin, end, self.key_size, self.length)
        if not group.left:
            return rows._replace(count=0)
        picked = group.missing(segment, begin, end)
        count = sum(picked)
        if count == rows.count:
            return rows
        keys = b"".join(compress(pieces(rows.keys, self.key_size), picked))
        if rows.uniform:
            return rows._replace(count=count, keys=keys)
        return rows._replace(
            count=count, keys=keys, values=b"".join(compress(pieces(rows.values, self.length), picked))
        )


class _Places(Sequence):  # type: ignore[type-arg]  # Python 3.8 has no Sequence[Place] at run time
    """Where the rows of a segment come in a trie, for those that are asked for."""

    def __init__(self, segment: Segment, key_size: int) -> None:
        self._segment = segment
        self._size = key_size

    def __len__(self) -> int:
        return self._segment.count

    def __getitem__(self, row: int) -> Place:  # type: ignore[override]  # never a slice
        return place(self._segment.keys[row * self._size : (row + 1) * self._size])


class _Expected:
    """A segment's rows as a batch of the kernel has them."""

    def __init__(self, segment: Segment, mask: Mask, key_size: int, length: int) -> None:
        self._segment = segment
        self._mask = mask
        self._key_size = key_size
        self._length = length
        self._repeated = b""

    def has_keys(self, batch: Batch, at: int) -> bool:
        """Whether the batch has the keys of the rows from ``at`` on."""
        segment = self._segment
        return at + batch.count <= segment.count and segment.keys.startswith(batch.keys, at * self._key_size)

    def equals(self, batch: Batch, at: int) -> bool:
        """Whether the batch is the rows from ``at`` on."""
        segment, mask = self._segment, self._mask
        if not self.has_keys(batch, at):
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


def _masked(rows: Rows | Batch, mask: Mask) -> bytes:
    """The bits that count of the values of all rows, back to back."""
    if isinstance(rows, Rows) and rows.uniform:
        return bytes(mask.apply(rows.values, 1)) * rows.count
    return bytes(mask.apply(rows.values, rows.count))


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
