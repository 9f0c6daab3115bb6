# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Interfaces that entries of a device map name. The kernel takes an entry only while its interface is there."""

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._contents import rows
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Table

#: Types of maps whose entries are interfaces.
TYPES = ("devmap", "devmap_hash")

_PLACES = (("value",), ("value", "ifindex"))


def names(table: Table, default_value: Any) -> set[str]:
    """The interfaces that the entries name; those given by their index have no name."""
    return {name for block in table.blocks for name in _each(block, default_value) if name is not None}


def only(table: Table, default_value: Any, is_wanted: Callable[[str], bool]) -> Table:
    """The entries whose interface has a name that is wanted."""
    chosen = []
    for block in table.blocks:
        found = _each(block, default_value)
        chosen.append([row for row, name in enumerate(found) if name is not None and is_wanted(name)])
    return rows.picked(table, chosen)


def _each(block: Block, default_value: Any) -> list[str | None]:
    for path, items in rows.items(block).items():
        if path in _PLACES:
            return [_interface(item) for item in items]
    if any(column.path[0] == "value" for column in block.columns):
        return [None] * block.count
    default = default_value.get("ifindex") if isinstance(default_value, dict) else default_value
    return [_interface(default)] * block.count


def _interface(item: Any) -> str | None:
    """A text that is not a number is a name."""
    return item if isinstance(item, str) and not item.isdigit() else None
