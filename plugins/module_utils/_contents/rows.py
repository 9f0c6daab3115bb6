# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Some rows of a table, by their numbers in each block."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Dict

from ansible_collections.ebpf.xdp.plugins.module_utils._contents import forms
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import (
    INTEGERS,
    WIDTHS,
    Block,
    Column,
    Path,
    Table,
)

SIZES = {**WIDTHS, **INTEGERS}

#: One side of some rows: the items of each column as they were declared.
Items = Dict[Path, "list[Any]"]


def picked(table: Table, rows: Sequence[Sequence[int]]) -> Table:
    """The table of these rows, which are given for each block in ascending order."""
    blocks = []
    for block, some in zip(table.blocks, rows):
        if len(some) == block.count:
            blocks.append(block)
        elif some:
            blocks.append(Block(len(some), tuple(_picked(column, some) for column in block.columns)))
    return Table(tuple(blocks))


def _picked(column: Column, rows: Sequence[int]) -> Column:
    data: Any = forms.picked(column.data, SIZES.get(column.kind, 0), list(rows))
    if column.kind in INTEGERS:
        # The largest may be gone.
        kind, data = forms.narrowed(forms.encode(forms.INTEGER, forms.items(column.kind, data)))  # type: ignore[arg-type]  # integers, in such a column
        return column._replace(kind=kind, data=data)
    return column._replace(data=data)


def items(block: Block, rows: Sequence[int] | None = None) -> Items:
    """What rows of a block have, by the paths of its columns; of all rows by default."""
    found = {}
    for column in block.columns:
        data: Any = column.data
        if rows is not None:
            data = forms.picked(data, SIZES.get(column.kind, 0), list(rows))
        found[column.path] = forms.items(column.kind, data, column.quoted)
    return found


def cut(rows: Iterable[int], size: int) -> Iterable[array[int]]:
    """Row numbers in pieces, so that few rows at a time are Python's objects."""
    piece = array("I")
    for row in rows:
        piece.append(row)
        if len(piece) == size:
            yield piece
            piece = array("I")
    if piece:
        yield piece
