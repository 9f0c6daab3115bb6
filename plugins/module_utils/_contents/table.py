# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Declared entries as pure data: what a file or a task says, before any type is known.

The controller sorts scalars by their lexical form (a prefix, an address, a number)
and sends columns of these; the host, which knows the map's types, encodes them.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Tuple

#: Bytes of each item of a column, by kind. Addresses are in packet order; a prefix is its address and its length.
WIDTHS = {"prefix4": 5, "prefix6": 17, "ipv4": 4, "ipv6": 16, "mac": 6}

#: Integers by what they fit in, little-endian whatever the host: unsigned, and signed where one is negative.
INTEGERS = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "i8": 1, "i16": 2, "i32": 4, "i64": 8}

#: The place of a column in an entry: ``("key",)``, ``("value", "limits", "rate")``.
Path = Tuple[str, ...]  # at run time, so in the words of Python 3.8


class Column(NamedTuple):
    """One scalar of each row of a block.

    A text is of another kind than ``text`` only where that gives the text back
    exactly: ``10``, but not ``0x0A``; ``fe80::1``, but not ``FE80::1``.
    """

    path: Path
    #: One of ``WIDTHS`` or ``INTEGERS``, ``text``, or ``json`` for all else (booleans, lists, null, mixtures).
    kind: str
    #: Fixed-width items back to back; a list of ``str`` for ``text``, of anything JSON has for ``json``.
    data: bytes | list[Any]
    #: Whether items of ``INTEGERS`` were texts, as they are in CSV: they are texts again if a text is expected.
    quoted: bool = False


class Block(NamedTuple):
    """Rows that have the same columns."""

    count: int  # type: ignore[assignment]  # a field, not the method of tuples
    columns: tuple[Column, ...]


class Table(NamedTuple):
    """All rows. No key is there twice, and no prefix has host bits.

    The rows of a block are sorted by their keys: numbers by value, addresses and
    texts by their bytes, prefixes in the order of an LPM trie, which is by the
    last address within, longest prefix first (``trie_get_next_key`` in
    kernel/bpf/lpm_trie.c).
    """

    blocks: tuple[Block, ...] = ()

    @property
    def count(self) -> int:  # type: ignore[override]  # a method of tuples
        """How many rows there are in all blocks."""
        return sum(block.count for block in self.blocks)

    def without_values(self) -> Table:
        """The keys alone, which have the same places."""
        blocks = (
            block._replace(columns=tuple(column for column in block.columns if column.path[0] != "value"))
            for block in self.blocks
        )
        return Table(tuple(blocks))
