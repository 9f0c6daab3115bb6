# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What pin sets have counted, with the names of their interfaces and members."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.map_path import open_to_read
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout, sets
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import chain, filters, find, shown
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.counters import (
    Series,
    or_error,
    read_together,
    values_of,
)


def statistics(source: find.Source, interval: float, samples: int, per_cpu: bool) -> dict[str, Any]:
    """What one map has counted, as the module returns it."""
    (counted,) = _measured([source], interval, samples, per_cpu)
    if isinstance(counted, XdpError):
        raise counted
    return counted


def statistics_of_sets(pin_root: str, interval: float, samples: int, per_cpu: bool) -> dict[str, Any]:
    """What all sets have counted that have counters, as the module returns it; those that cannot be read have an ``error``."""
    sources_of = {name: or_error(find.of_set, Layout(pin_root, name)) for name in sets(pin_root)}
    found = {name: each for name, each in sources_of.items() if each is not None}
    sources = {name: each for name, each in found.items() if isinstance(each, find.Source)}
    measured = dict(zip(sources, _measured(list(sources.values()), interval, samples, per_cpu)))
    shown_sets = []
    for name, source in found.items():
        counted = measured.get(name, source)
        result = counted if isinstance(counted, dict) else {"error": str(counted)}
        shown_sets.append({"name": name, "error": None, **result})
    read = [each for each in shown_sets if each["error"] is None]
    return {
        "sets": shown_sets,
        "without_counters": [name for name, each in sources_of.items() if each is None],
        "table": shown.table_of_sets(read) if read else [],
        "line": "; ".join(f"{each['name']}: {each['line']}" for each in read) or f"no counters in {pin_root}",
    }


def _measured(
    sources: list[find.Source], interval: float, samples: int, per_cpu: bool
) -> list[dict[str, Any] | XdpError]:
    """What each has counted, in their order, or why it cannot be told."""
    series = read_together([source.path for source in sources], interval, samples)
    return [
        or_error(_counted, source, each, per_cpu) if isinstance(each, Series) else each
        for source, each in zip(sources, series)
    ]


def _counted(source: find.Source, series: Series, per_cpu: bool) -> dict[str, Any]:
    result = series.result(per_cpu)
    if result["interfaces"]:
        with_names(result["interfaces"], source.record)
    record = find.record_to_be(source.record) if source.record is not None else None
    result["members"] = members(record, source.members) if record is not None and source.members is not None else None
    result["rules"] = filters.rules_of(record, os.path.dirname(source.path)) if record is not None else None
    result["table"] = shown.table(result)
    result["line"] = shown.line(result)
    return result


def with_names(interfaces: list[dict[str, Any]], record: str | None) -> None:
    """Say the names of the interfaces; ``record`` is that of their pin set, which may be of another network namespace."""
    if record is not None:
        # Imported here, as maps without interfaces do not need it.
        from ansible_collections.ebpf.xdp.plugins.module_utils._network import namespace

        text = record_links.read(record)
        theirs = chain.netns(text) if text is not None else None
        if theirs is None or not namespace.NetworkNamespace(*theirs).same(namespace.current()):
            return
    for each in interfaces:
        with suppress(OSError):  # it is gone
            each["interface"] = socket.if_indextoname(each["ifindex"]) if each["ifindex"] else None


def members(record: str, path: str) -> list[dict[str, Any]] | None:
    """What became of packets at each member of a chain, by the text of its set's ``record``; ``path`` is that of its map.

    ``None`` where it is not a chain that counts.
    """
    found, slots = chain.members(record)
    if not found or not os.path.lexists(path):
        return None
    fd = open_to_read(path)
    try:
        (value,) = values_of(path, fd, info.map_info(fd))
    finally:
        os.close(fd)
    return chain.by_member(value, found, slots)
