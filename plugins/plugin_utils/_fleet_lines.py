# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The state of a fleet for a terminal: a line for each interface. Pure."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._columns import aligned
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import printable
from ansible_collections.ebpf.xdp.plugins.plugin_utils._fleet import Fleet, Row

_HEADINGS = ("state", "host", "interface", "set", "mode", "version", "packets/s", "dropped", "trend")
_NUMBERS = [_HEADINGS.index(name) for name in ("packets/s", "dropped")]


def lines(fleet: Fleet) -> list[str]:
    """A heading, a line for each row, and a summary."""
    cells = [(*_HEADINGS, ""), *((*_cells(row), _one_line(row.why)) for row in fleet.rows)]
    return [*aligned(cells, _NUMBERS), summary(fleet)]


def summary(fleet: Fleet) -> str:
    """The last line."""
    return f"{fleet.asked} {'host' if fleet.asked == 1 else 'hosts'} asked, {fleet.answered} answered, {fleet.in_trouble} in trouble"


def _cells(row: Row) -> tuple[str, ...]:
    interface = row.interface or "-"
    name = row.pin_set or (f"({row.program})" if row.program else "-")
    cells = (
        row.state,
        row.host,
        f"{interface} in {row.netns}" if row.netns else interface,
        f"{name} [{', '.join(row.members)}]" if row.members else name,
        row.mode or "-",
        row.version or "-",
        "-" if row.packets_per_second is None else f"{row.packets_per_second:,.0f}",
        "-" if row.drop_share is None else f"{100 * row.drop_share:.3g} %",
        row.spark,
    )
    return tuple(map(_one_line, cells))


def _one_line(text: str) -> str:
    return printable(text).replace("\n", " ").replace("\t", " ")
