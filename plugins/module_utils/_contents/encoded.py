# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Entries as bytes, as the kernel has them in one map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Segment(NamedTuple):
    """Rows of one block, in its order."""

    count: int  # type: ignore[assignment]  # a field, not the method of tuples
    #: ``count`` keys, back to back.
    keys: bytes
    #: What is written for a new entry: ``count`` values back to back, or one for all of them (``uniform``).
    values: bytes
    uniform: bool
    #: One value's bytes, with the bits set that were declared: only these are compared, and change an existing
    #: entry. All zero if the value was left out. Padding, locks, timers and kptrs are never set.
    mask: bytes
    #: Where the rows are in the table: the block, and which of its rows they are (``None`` for all, in their order).
    block: int = 0
    rows: Sequence[int] | None = None

    def origin(self, row: int) -> tuple[int, int]:
        """The block and row of the table, of a row of this segment."""
        return self.block, row if self.rows is None else self.rows[row]


class Encoded(NamedTuple):
    """A table, encoded for a map with these sizes.

    Of a per-CPU map, a value has the bytes of all possible CPUs, each rounded up to 8
    (``value_length`` in ``_bpf.map_entries``).
    """

    segments: tuple[Segment, ...]
    key_size: int
    value_length: int
    #: There is one segment, and its keys are in the order in which an LPM trie is read.
    in_trie_order: bool = False

    @property
    def count(self) -> int:  # type: ignore[override]  # a method of tuples
        """How many entries there are in all segments."""
        return sum(segment.count for segment in self.segments)


class WrongEntry(Exception):
    """An entry that the map cannot have; the text has no full stop, and names the place by its path (``value.rate``)."""

    def __init__(self, block: int, row: int, text: str) -> None:
        super().__init__(text)
        #: Where it is in the table.
        self.block = block
        self.row = row
