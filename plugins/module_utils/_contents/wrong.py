# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""An entry that a map cannot have, in the user's words."""

from __future__ import annotations

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError


class EntryError(XdpError):
    """Names the entry by its key, and its line where the host has read the file.

    Otherwise the controller has, and puts the line before it (``answer``).
    """

    def __init__(self, wanted: Wanted, error: WrongEntry) -> None:
        text = f"The entry {key_of(wanted.table, error)} of the map {wanted.map}: {error}"
        if wanted.read is not None:
            super().__init__(str(wanted.read.wrong(error.block, error.row, text)))
            return
        super().__init__(f"{text}. Nothing was changed")
        self.answer = {"_entry": {"map": wanted.map, "block": error.block, "row": error.row}}


def key_of(table: Table, error: WrongEntry) -> str:
    """The entry's key as it was declared; a structure by its fields."""
    # Imported here, not at the top: only an error needs it.
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.forms import items

    block, row = table.blocks[error.block], error.row
    fields: dict[str, Any] = {}
    for column in block.columns:
        if column.path[0] == "key":
            name = ".".join(column.path[1:])
            width = len(column.data) // block.count
            part = (
                column.data[row * width : (row + 1) * width] if isinstance(column.data, bytes) else [column.data[row]]
            )
            fields[name] = items(column.kind, part, column.quoted)[0]
    whole = fields.get("")
    return short(str(whole if whole is not None else fields))
