# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the counters of a pinned statistics map."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import host, info, map_entries
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import TRIAL
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.map_path import open_to_read
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import chain, verdicts


class Snapshot(NamedTuple):
    map: info.MapInfo
    #: By verdict and CPU.
    counters: list[list[verdicts.Counter]]
    #: Seconds of the monotonic clock.
    at: float
    #: The same for each interface by its index, where the map tells them apart; 0 for those that share the last row.
    interfaces: dict[int, list[list[verdicts.Counter]]] | None = None


def snapshot(path: str) -> Snapshot:
    """Read all counters of the map pinned at ``path``; refuses a map of another shape."""
    fd = open_to_read(path)
    try:
        map = info.map_info(fd)
        if chain.is_rows(map.type, map.key_size, map.value_size):
            started = time.monotonic()
            values = _values(path, fd, map)
            at = (started + time.monotonic()) / 2
            found = chain.by_interface(values)
            return Snapshot(map, chain.total(found.values(), chain.cpus_of(values[0])), at, found)
        why = verdicts.refusal(map.type, map.key_size, map.value_size, map.max_entries)
        if why:
            raise XdpError(f"{path} {why}")
        started = time.monotonic()
        values = _values(path, fd, map)
        at = (started + time.monotonic()) / 2
        return Snapshot(map, [verdicts.decode(value, map.value_size) for value in values], at)
    finally:
        os.close(fd)


def _values(path: str, fd: int, map: info.MapInfo) -> list[bytes]:
    try:
        return [value for _key, value in map_entries.entries(fd, map)]
    except OSError as error:
        raise KernelError(f"Cannot read the map {path}", error.errno or 0) from None


def members(record: str, path: str) -> list[dict[str, Any]] | None:
    """What became of packets at each member of a chain; ``record`` and ``path`` are those of its set and map.

    Of one that is on trial, the members that it is to have.
    ``None`` where it is not a chain that counts.
    """
    pending = record_links.read(os.path.join(os.path.dirname(record), TRIAL, "record"))
    text = (chain.on_trial(pending) if pending is not None else None) or record_links.read(record)
    found, slots = chain.members(text) if text is not None else ([], {})
    if not found or not os.path.lexists(path):
        return None
    fd = open_to_read(path)
    try:
        (value,) = _values(path, fd, info.map_info(fd))
    finally:
        os.close(fd)
    return chain.by_member(value, found, slots)


def statistics(path: str, interval: float, per_cpu: bool) -> dict[str, Any]:
    """``stats``, ``total``, ``table`` and what they were read from, as the module returns them."""
    last = snapshot(path)
    first = None
    if interval > 0:
        first = last
        time.sleep(interval)
        last = _again(path, first)
    seconds = last.at - first.at if first else 0.0
    try:
        value_size = 16 if last.map.value_size not in verdicts.SHAPES else last.map.value_size
        cpus = host.possible_cpus() if per_cpu else None
        stats, total = verdicts.report(last.counters, first.counters if first else None, seconds, value_size, cpus)
        interfaces = _by_interface(last, first, seconds, cpus)
    except verdicts.CountersReset:
        raise XdpError(f"The counters in {path} were reset while they were read. Run again for rates") from None
    return {
        "stats": stats,
        "total": total,
        "interfaces": interfaces,
        "table": verdicts.table(stats, total),
        "path": path,
        "map_id": last.map.id,
        "seconds": round(seconds, 3),
    }


def _by_interface(
    last: Snapshot, first: Snapshot | None, seconds: float, cpus: list[int] | None
) -> list[dict[str, Any]] | None:
    """In the order of their indexes, those without a row of their own last; ``interface`` is for the caller to say."""
    if last.interfaces is None:
        return None
    shown = []
    for ifindex, counters in sorted(last.interfaces.items(), key=lambda item: item[0] or 1 << 32):
        before = None
        if first is not None:
            before = (first.interfaces or {}).get(ifindex) or chain.nothing(len(counters[0]))
        stats, total = verdicts.report(counters, before, seconds, 16, cpus)
        shown.append({"interface": None, "ifindex": ifindex or None, "stats": stats, "total": total})
    return shown


def with_names(interfaces: list[dict[str, Any]], record: str | None) -> None:
    """Say the names of the interfaces; ``record`` is that of their pin set, which may be of another network namespace."""
    if record is not None:
        # Imported here, as only chains need it.
        from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import namespace

        text = record_links.read(record)
        theirs = chain.netns(text) if text is not None else None
        if theirs is None or not namespace.NetworkNamespace(*theirs).same(namespace.current()):
            return
    for each in interfaces:
        with suppress(OSError):  # it is gone
            each["interface"] = socket.if_indextoname(each["ifindex"]) if each["ifindex"] else None


def _again(path: str, first: Snapshot) -> Snapshot:
    """The second reading, of the same map."""
    gone = f"The map {path} was {{}} between the two readings, so there is no rate. Run again"
    if not os.path.lexists(path):
        raise XdpError(gone.format("unpinned"))
    last = snapshot(path)
    if last.map.id != first.map.id:
        raise XdpError(gone.format(f"replaced (id {first.map.id}, now {last.map.id})"))
    return last
