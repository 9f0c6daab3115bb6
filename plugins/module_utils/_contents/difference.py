# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Entries to write to a map, and to remove from it, as buffers.

A table may have a million entries: their keys and values stay back to back in a
few buffers, from the comparison to the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import pieces
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.masks import Mask
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Counts


class Rows(NamedTuple):
    """Some entries."""

    count: int  # type: ignore[assignment]  # a field, not the method of tuples
    #: ``count`` keys, back to back.
    keys: bytes | bytearray
    #: What is written: ``count`` values back to back, or one for all of them (``uniform``); empty of rows that are removed.
    values: bytes | bytearray = b""
    uniform: bool = False
    #: One value's bytes, with those bits set that are written to an existing entry.
    mask: bytes = b""
    #: What was there when it was compared: ``count`` values back to back; empty of rows that are added.
    old: bytes | bytearray = b""


class Entry(NamedTuple):
    """One change, for people to read: a value is ``None`` where there is, or will be, no entry."""

    key: bytes
    before: bytes | None
    after: bytes | None


class Difference(NamedTuple):
    """What makes a map's contents those that are wanted; nothing of it is done yet."""

    counts: Counts
    #: Entries whose keys were not there.
    adds: tuple[Rows, ...] = ()
    #: Entries whose values change, within their mask.
    updates: tuple[Rows, ...] = ()
    #: Entries that go. Of an array they stay, with zeros.
    removes: Rows = Rows(0, b"")
    #: Whether the map is an array, whose entries are never removed.
    is_array: bool = False
    #: Whether removing comes before adding, because both do not fit at the same time.
    delete_first: bool = False
    #: Whether an entry that appears meanwhile, under a key to be added, keeps its value.
    keep: bool = False
    #: Whole sentences for the user.
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether an entry has to be written or removed."""
        return bool(self.counts.added or self.counts.updated or self.counts.removed)

    @property
    def writes(self) -> bool:
        """Whether there is something to add or to update."""
        return any(rows.count for rows in (*self.adds, *self.updates))

    def only_writing(self) -> Difference:
        """The same without what it removes."""
        return self._replace(removes=Rows(0, b""))

    def only_removing(self) -> Difference:
        """The same without what it writes. The warnings stay with the part that writes."""
        return self._replace(adds=(), updates=(), warnings=())

    def first(self, limit: int, key_size: int, value_length: int) -> list[Entry]:
        """The first changes: entries that are added, then updated, then removed."""
        return list(islice(self._entries(key_size, value_length), limit))

    def _entries(self, key_size: int, value_length: int) -> Iterator[Entry]:
        for rows in self.adds:
            for key, value in zip(pieces(rows.keys, key_size), values_of(rows, value_length)):
                yield Entry(key, None, value)
        for rows in self.updates:
            mask = Mask(rows.mask)
            olds = pieces(rows.old, value_length)
            for key, value, old in zip(pieces(rows.keys, key_size), values_of(rows, value_length), olds):
                yield Entry(key, old, mask.merge(old, value))
        zeros = bytes(value_length) if self.is_array else None
        for key, old in zip(pieces(self.removes.keys, key_size), pieces(self.removes.old, value_length)):
            yield Entry(key, old, zeros)


def values_of(rows: Rows, value_length: int) -> Iterator[bytes]:
    """Each row's value."""
    if rows.uniform:
        return (bytes(rows.values) for _row in range(rows.count))
    return pieces(rows.values, value_length)
