# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the counters of a pinned statistics map."""

from __future__ import annotations

import os
import time
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


def snapshot(path: str) -> Snapshot:
    """Read all counters of the map pinned at ``path``; refuses a map of another shape."""
    fd = open_to_read(path)
    try:
        map = info.map_info(fd)
        if chain.is_rows(map.type, map.key_size, map.value_size):
            started = time.monotonic()
            values = _values(path, fd, map)
            return Snapshot(map, chain.by_verdict(values), (started + time.monotonic()) / 2)
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
        stats, total = verdicts.report(
            last.counters,
            first.counters if first else None,
            seconds,
            16 if last.map.value_size not in verdicts.SHAPES else last.map.value_size,
            host.possible_cpus() if per_cpu else None,
        )
    except verdicts.CountersReset:
        raise XdpError(f"The counters in {path} were reset while they were read. Run again for rates") from None
    return {
        "stats": stats,
        "total": total,
        "table": verdicts.table(stats, total),
        "path": path,
        "map_id": last.map.id,
        "seconds": round(seconds, 3),
    }


def _again(path: str, first: Snapshot) -> Snapshot:
    """The second reading, of the same map."""
    gone = f"The map {path} was {{}} between the two readings, so there is no rate. Run again"
    if not os.path.lexists(path):
        raise XdpError(gone.format("unpinned"))
    last = snapshot(path)
    if last.map.id != first.map.id:
        raise XdpError(gone.format(f"replaced (id {first.map.id}, now {last.map.id})"))
    return last
