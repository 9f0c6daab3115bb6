# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The desired contents of a map after several tasks: the last table, with the entries of one more task, or without them.

It is what the kernel's map holds after the same tasks, as far as tables can say:
an existing entry keeps the fields that the new task does not declare.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, compress
from typing import Callable, Dict, Tuple

from ansible_collections.ebpf.xdp.plugins.module_utils._contents import rows as some_rows
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.lexical import MOST_ROWS, Builder
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.rows import Items
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Path, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: Gives the keys of a table as the map has them: of each block all keys, back to back. Only so are ``1`` and ``0x1``,
#: or 16843009 and 1.1.1.1, known to be one key.
#: Of a table, the keys of each block, back to back.
KeysOf = Callable[[Table], "Sequence[bytes]"]

#: Rows that are Python's objects at one time.
_PIECE = 1 << 15

#: Of rows that both tables have, their numbers, by the numbers of the blocks that they are in.
_Pairs = Dict[Tuple[int, int], "tuple[array[int], array[int]]"]


def without(kept: Table, absent: Table, keys_of: KeysOf) -> Table:
    """The rows of ``kept`` whose keys ``absent`` does not have."""
    if not kept.count or not absent.count:
        return kept
    left = _left(kept, 0, _pairs(keys_of(kept), keys_of(absent), kept, absent))
    return some_rows.picked(kept, left)


def together(kept: Table, present: Table, keys_of: KeysOf, keep_values: bool = False) -> Table:
    """The rows of both; of a row that both have, the fields that ``present`` declares are as it has them.

    With ``keep_values`` such rows stay as they are. Where one has a value that
    is a whole and the other one has fields of it, those of ``present`` count.
    """
    if not kept.count or not present.count:
        return kept if kept.count else present
    pairs = _pairs(keys_of(kept), keys_of(present), kept, present)
    both = sum(len(rows) for rows, _others in pairs.values())
    if both == present.count and (keep_values or _says_nothing_new(kept, present, pairs)):
        return kept
    if kept.count + present.count - both > MOST_ROWS:
        raise XdpError(f"together with what is kept there would be more than {MOST_ROWS:,} entries")
    builder = _Rows()
    if keep_values:
        builder.take(kept, [range(block.count) for block in kept.blocks])
    else:
        builder.take(kept, _left(kept, 0, pairs))
        for (block, other), (rows, others) in pairs.items():
            builder.take_both(kept.blocks[block], rows, present.blocks[other], others)
    builder.take(present, _left(present, 1, pairs))
    return builder.table()


class _Rows:
    """A table in the making, as a file of these rows would make it."""

    def __init__(self) -> None:
        self._builder = Builder(Places())
        self._count = 0

    def take(self, table: Table, rows: Sequence[Sequence[int]]) -> None:
        for block, some in zip(table.blocks, rows):
            for piece in some_rows.cut(some, _PIECE):
                self._add(some_rows.items(block, piece))

    def take_both(self, block: Block, rows: Sequence[int], other: Block, others: Sequence[int]) -> None:
        for piece, newer in zip(some_rows.cut(rows, _PIECE), some_rows.cut(others, _PIECE)):
            values = {path: each for path, each in some_rows.items(other, newer).items() if path[0] == "value"}
            older = some_rows.items(block, piece)
            self._add({**{path: each for path, each in older.items() if not _overlap(path, values)}, **values})

    def _add(self, items: Items) -> None:
        count = len(next(iter(items.values())))
        self._builder.add(tuple(items), list(items.values()), range(self._count, self._count + count))
        self._count += count

    def table(self) -> Table:
        return self._builder.finish().table


def _overlap(path: Path, values: Items) -> bool:
    """Whether one of the values is in this place, or within it, or this place within one of them."""
    return any(each[: len(path)] == path[: len(each)] for each in values)


def _says_nothing_new(kept: Table, present: Table, pairs: _Pairs) -> bool:
    for (block, other), (rows, others) in pairs.items():
        for piece, newer in zip(some_rows.cut(rows, _PIECE), some_rows.cut(others, _PIECE)):
            before = some_rows.items(kept.blocks[block], piece)
            after = some_rows.items(present.blocks[other], newer)
            if any(before.get(path) != each for path, each in after.items() if path[0] == "value"):
                return False
    return True


def _pairs(keys: Sequence[bytes], other_keys: Sequence[bytes], table: Table, other: Table) -> _Pairs:
    """The rows that have a key in common. Only the keys of the smaller table are all in memory as Python's objects."""
    if table.count >= other.count:
        return _looked_up(keys, table, other_keys, other)
    found = _looked_up(other_keys, other, keys, table)
    return {(mine, theirs): (rows, others) for (theirs, mine), (others, rows) in found.items()}


def _looked_up(keys: Sequence[bytes], large: Table, sought: Sequence[bytes], small: Table) -> _Pairs:
    """The rows of both whose ``keys`` are among the ``sought`` ones, those of the small table."""
    where = {key: number for number, key in enumerate(_each(sought, small))}
    starts = list(accumulate((block.count for block in small.blocks), initial=0))
    pairs: _Pairs = {}
    for place, block in enumerate(large.blocks):
        found_at = list(map(where.get, _each(keys[place : place + 1], Table((block,)))))
        for row in compress(range(block.count), map(_is_found, found_at)):
            number = found_at[row]
            if number is None:
                continue
            theirs = bisect_right(starts, number) - 1
            mine, others = pairs.setdefault((place, theirs), (array("I"), array("I")))
            mine.append(row)
            others.append(number - starts[theirs])
    return pairs


def _is_found(number: int | None) -> bool:
    return number is not None


def _each(keys: Sequence[bytes], table: Table) -> Iterator[bytes]:
    """The keys one by one, which are all of one size."""
    for packed, block in zip(keys, table.blocks):
        if block.count:
            yield from (key for (key,) in struct.iter_unpack(f"{len(packed) // block.count}s", packed))


def _left(table: Table, side: int, pairs: _Pairs) -> list[Sequence[int]]:
    """The rows of each block that are in none of the pairs; ``side`` 0 is the first table of the two."""
    found: list[Sequence[int]] = []
    for place, block in enumerate(table.blocks):
        free = bytearray(b"\1") * block.count
        for blocks, rows in pairs.items():
            if blocks[side] == place:
                for row in rows[side]:
                    free[row] = 0
        found.append(range(block.count) if all(free) else array("I", compress(range(block.count), free)))
    return found
