# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Counters for people: tables, a line, a spark line. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._columns import aligned

#: Keys of what is counted, and their headings.
_COLUMNS = {
    "packets": "packets",
    "bytes": "bytes",
    "packets_per_second": "packets/s",
    "bits_per_second": "bits/s",
}

_LEVELS = "▁▂▃▄▅▆▇█"

#: What those are called that share the last row of a map.
OTHER = "(other)"


def table(counted: Mapping[str, Any]) -> list[str]:
    """A heading, a line for each verdict, the total; and the same for the interfaces, where there are several."""
    columns = [column for column in _COLUMNS if counted["total"].get(column) is not None]
    rows = [["verdict", *(_COLUMNS[column] for column in columns)]]
    for name, entry in (*counted["stats"].items(), ("total", counted["total"])):
        rows.append([name, *(_number(entry[column]) for column in columns)])
    interfaces = counted["interfaces"] or ()
    if len(interfaces) > 1:
        rows.append(["interface", *(_COLUMNS[column] for column in columns)])
        for each in interfaces:
            rows.append([interface(each), *(_number(each["total"][column]) for column in columns)])
    lines = aligned(rows, range(1, len(rows[0])))
    return [*lines, *_table_of_rules(counted["rules"])] if counted.get("rules") else lines


def _table_of_rules(rules: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each rule of a filter, and for what no rule has decided about."""
    would = any(rule["would_packets"] for rule in rules)
    rows = [["rule", "action", "packets", "bytes", *(["dry run"] if would else [])]]
    for rule in rules:
        numbers = ["packets", "bytes", *(["would_packets"] if would else [])]
        rows.append([rule["name"], rule["action"] or "-", *(_number(rule[each]) for each in numbers)])
    return aligned(rows, range(2, len(rows[0])))


def table_of_sets(sets: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each set and interface, or for the set where its map does not tell interfaces apart."""
    found = [(each["name"], *row) for each in sets for row in _by_interface(each)]
    columns = [column for column in _COLUMNS if any(entry["total"].get(column) is not None for *_names, entry in found)]
    rows = [["set", "interface", *(_COLUMNS[column] for column in columns), "dropped"]]
    for name, shown, entry in found:
        cells = ["-" if entry["total"].get(column) is None else _number(entry["total"][column]) for column in columns]
        rows.append([name, shown, *cells, _share(entry["stats"]["drop"], entry["total"])])
    return aligned(rows, range(2, len(rows[0])))


def _by_interface(counted: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    if not counted["interfaces"]:
        return [("-", counted)]
    return [(interface(each), each) for each in counted["interfaces"]]


def interface(row: Mapping[str, Any]) -> str:
    """What an interface is called in a table: its name, else its index."""
    if row["ifindex"] is None:
        return OTHER
    return str(row["interface"] or f"(index {row['ifindex']})")


def line(counted: Mapping[str, Any]) -> str:
    """All of it in some words."""
    total = counted["total"]
    words = []
    for column in ("packets_per_second", "bits_per_second") if "packets_per_second" in total else ("packets", "bytes"):
        if total[column] is not None:
            words.append(f"{_number(total[column])} {_COLUMNS[column]}")
    words.append(f"{_share(counted['stats']['drop'], total)} dropped")
    if counted["stats"]["aborted"]["packets"]:
        words.append(f"{_share(counted['stats']['aborted'], total)} aborted")
    text = ", ".join(words)
    return f"{text} {counted['spark']}" if counted["spark"] else text


def _share(part: Mapping[str, Any], total: Mapping[str, Any]) -> str:
    """Of the packets that were counted meanwhile where there are rates, else of all."""
    column = "packets_per_second" if "packets_per_second" in total else "packets"
    return f"{100 * part[column] / total[column]:.3g} %" if total[column] else "0 %"


def spark(rates: Sequence[float]) -> str:
    """A character for each: as high as the rate is against the highest."""
    most = max(rates, default=0)
    if most <= 0:
        return _LEVELS[0] * len(rates)
    return "".join(_LEVELS[round(rate / most * (len(_LEVELS) - 1))] for rate in rates)


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.0f}"
