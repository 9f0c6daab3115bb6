# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Reading the counters of pinned maps, once or for rates."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, NamedTuple, TypeVar

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host, info, map_entries
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.map_path import open_to_read
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import rows, shown, verdicts

_T = TypeVar("_T")


class Snapshot(NamedTuple):
    """The counters of one map at one moment."""

    map: info.MapInfo
    shape: verdicts.Shape
    #: By verdict and CPU.
    counters: list[list[verdicts.Counter]]
    #: Seconds of the monotonic clock.
    at: float
    #: The same for each interface by its index, where the map tells them apart; 0 for those that share the last row.
    interfaces: dict[int, list[list[verdicts.Counter]]] | None = None
    #: The names of the members that count packets and bytes, where BTF says them.
    names: dict[str, str | None] | None = None


def snapshot(path: str) -> Snapshot:
    """Read all counters of the map pinned at ``path``; refuses a map of another shape."""
    fd = open_to_read(path)
    try:
        with _naming(path):
            map_info = info.map_info(fd)
        read = _reader(path, map_info)
        started = time.monotonic()
        with _naming(path):
            found = read(map_entries.entries(fd, map_info))
        return found._replace(at=(started + time.monotonic()) / 2)
    finally:
        os.close(fd)


def _reader(path: str, map_info: info.MapInfo) -> Callable[[Iterator[tuple[bytes, bytes]]], Snapshot]:
    """What makes counters of the entries of the map."""
    if rows.is_rows(map_info.type, map_info.key_size, map_info.value_size):
        return partial(_by_interface_and_verdict, map_info)
    if map_info.btf_id and map_info.btf_value_type_id:
        # Imported here, as programs that include xdp_stats.h do not need it.
        from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import named

        where = named.of_map(path, map_info)
        if where is not None:
            fields, names = where, {"packets": where.packets, "bytes": where.bytes}
            return lambda entries: Snapshot(
                map_info, fields.shape, named.by_verdict(path, map_info, fields, entries), 0.0, None, names
            )
    why = verdicts.refusal(map_info.type, map_info.key_size, map_info.value_size, map_info.max_entries)
    if why:
        raise XdpError(f"{path} {why}")
    shape = verdicts.SHAPES[map_info.value_size]
    return lambda entries: Snapshot(map_info, shape, [verdicts.decode(value, shape) for _key, value in entries], 0.0)


def _by_interface_and_verdict(map_info: info.MapInfo, entries: Iterator[tuple[bytes, bytes]]) -> Snapshot:
    # A map for many interfaces takes more memory than it is worth having at once.
    found = rows.by_interface(value for _key, value in entries)
    total = rows.total(found.values(), len(host.possible_cpus()))
    return Snapshot(map_info, verdicts.SHAPES[16], total, 0.0, found)


def values_of(path: str, fd: int, map_info: info.MapInfo) -> list[bytes]:
    """All values of the map, in the order of the kernel's keys. Raises ``XdpError`` with the path."""
    with _naming(path):
        return [value for _key, value in map_entries.entries(fd, map_info)]


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Have what the kernel answers name the map."""
    try:
        yield
    except OSError as error:
        raise KernelError(f"Cannot read the map {path}", error.errno or 0) from error


class Series:
    """Readings of one map, one after the other."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._read = [snapshot(path)]

    def read(self) -> Series:
        """Once more; XdpError when there is another map by now."""
        gone = f"The map {self.path} was {{}} between the two readings, so there is no rate. Run again"
        if not os.path.lexists(self.path):
            raise XdpError(gone.format("unpinned"))
        last = snapshot(self.path)
        if last.map.id != self._read[0].map.id:
            raise XdpError(gone.format(f"replaced (id {self._read[0].map.id}, now {last.map.id})"))
        self._read.append(last)
        return self

    def rates_of(self, ifindex: int) -> list[float]:
        """Packets per second of one interface, from one reading to the next; 0 is for those that share the last row.

        Raises ``XdpError``, as ``result`` does, for counters that were reset meanwhile.
        """
        found = []
        for before, last in zip(self._read, self._read[1:]):
            rows_of = last.interfaces or {}
            if ifindex not in rows_of:
                found.append(0.0)
                continue
            old = (before.interfaces or {}).get(ifindex) or rows.nothing(len(rows_of[ifindex][0]))
            try:
                _stats, total = verdicts.report(rows_of[ifindex], old, last.at - before.at, last.shape)
            except verdicts.CountersReset as error:
                raise self._were_reset() from error
            found.append(total["packets_per_second"])
        return found

    def result(self, per_cpu: bool) -> dict[str, Any]:
        """As the module returns it, without what is known of the pin set."""
        first, last = self._read[0], self._read[-1]
        seconds = last.at - first.at
        cpus = None
        if per_cpu:
            cpus = host.possible_cpus() if "percpu" in last.map.type else []
        before = first if len(self._read) > 1 else None
        try:
            stats, total = _report(last, before, cpus)
            samples = [_sample(*pair) for pair in zip(self._read, self._read[1:])]
            interfaces = _by_interface(last, before, cpus)
        except verdicts.CountersReset as error:
            raise self._were_reset() from error
        rates = [each["packets_per_second"] for each in samples]
        return {
            "stats": stats,
            "total": total,
            "interfaces": interfaces,
            "samples": samples,
            "spark": shown.spark(rates) if len(rates) > 1 else "",
            "fields": last.names,
            "path": self.path,
            "map_id": last.map.id,
            "seconds": round(seconds, 3),
        }

    def _were_reset(self) -> XdpError:
        return XdpError(f"The counters in {self.path} were reset while they were read. Run again for rates")


def or_error(action: Callable[..., _T], *arguments: Any) -> _T | XdpError:
    """What the action returns, or the ``XdpError`` that it raises."""
    try:
        return action(*arguments)
    except XdpError as error:
        return error


def read_together(paths: list[str], interval: float, samples: int) -> list[Series | XdpError]:
    """Readings of each map, in their order, or why it cannot be read. Rates are taken of all at the same time."""
    series = [or_error(Series, path) for path in paths]
    for _sample in range(samples if interval > 0 else 0):
        if any(isinstance(each, Series) for each in series):
            time.sleep(interval)
        series = [or_error(each.read) if isinstance(each, Series) else each for each in series]
    return series


def _report(
    last: Snapshot, before: Snapshot | None, cpus: list[int] | None = None
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    seconds = last.at - before.at if before else 0.0
    return verdicts.report(last.counters, before.counters if before else None, seconds, last.shape, cpus)


def _sample(before: Snapshot, last: Snapshot) -> dict[str, Any]:
    """The rates of all packets between two readings."""
    stats, total = _report(last, before)
    return {
        "seconds": round(last.at - before.at, 3),
        "packets_per_second": total["packets_per_second"],
        "bits_per_second": total["bits_per_second"],
        "dropped_per_second": stats["drop"]["packets_per_second"],
    }


def _by_interface(last: Snapshot, first: Snapshot | None, cpus: list[int] | None) -> list[dict[str, Any]] | None:
    """In the order of their indexes, those without a row of their own last; ``interface`` is for the caller to say."""
    if last.interfaces is None:
        return None
    found = []
    for ifindex, counters in sorted(last.interfaces.items(), key=lambda item: item[0] or 1 << 32):
        before, seconds = None, 0.0
        if first is not None:
            before = (first.interfaces or {}).get(ifindex) or rows.nothing(len(counters[0]))
            seconds = last.at - first.at
        stats, total = verdicts.report(counters, before, seconds, last.shape, cpus)
        found.append({"interface": None, "ifindex": ifindex or None, "stats": stats, "total": total})
    return found
