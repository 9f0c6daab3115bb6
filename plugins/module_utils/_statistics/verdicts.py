# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counters by XDP verdict: taking values apart, and rates. Pure."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

# enum xdp_action of include/uapi/linux/bpf.h; the key of a statistics map is the verdict.
VERDICTS = ("XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT")

#: Value size in bytes to how it is made up; one value for each verdict and CPU.
SHAPES = {
    4: ("=I", "u32 packets"),
    8: ("=Q", "u64 packets"),
    16: ("=QQ", "u64 packets, u64 bytes"),
}

_U32 = 1 << 32


class Counter(NamedTuple):
    packets: int
    #: ``None`` where the map does not count bytes.
    bytes: int | None

    def plus(self, other: Counter) -> Counter:
        both = self.bytes is not None and other.bytes is not None
        return Counter(self.packets + other.packets, (self.bytes or 0) + (other.bytes or 0) if both else None)


class CountersReset(Exception):
    """A counter went backwards between two readings."""


def refusal(type: str, key_size: int, value_size: int, max_entries: int) -> str | None:
    """Why a map of this shape cannot be read as counters by verdict; ``None`` when it can."""
    fits = type == "percpu_array" and key_size == 4 and value_size in SHAPES and max_entries == len(VERDICTS)
    if fits:
        return None
    values = ", ".join(f"{size} bytes ({fields})" for size, (_code, fields) in SHAPES.items())
    return (
        f"is of type {type} with a key of {key_size} bytes, a value of {value_size} bytes and {max_entries} entries. "
        f"Understood is a percpu_array with a key of 4 bytes (the verdict), {len(VERDICTS)} entries and a value of {values}"
    )


def decode(value: bytes, value_size: int) -> list[Counter]:
    """The counters of all possible CPUs from one value of a per-CPU map.

    ``value`` is as BPF_MAP_LOOKUP_ELEM fills it: for each CPU the value, padded
    to a multiple of 8 bytes.
    """
    code, _fields = SHAPES[value_size]
    stride = (value_size + 7) & ~7
    counters = []
    for offset in range(0, len(value), stride):
        fields = struct.unpack_from(code, value, offset)
        counters.append(Counter(fields[0], fields[1] if len(fields) > 1 else None))
    return counters


def difference(before: Counter, after: Counter, value_size: int) -> Counter:
    """What was counted in between, on one CPU.

    A u32 counter that was beyond its middle and is below it now has wrapped;
    any other way back means that somebody set it.
    """
    packets = after.packets - before.packets
    if packets < 0 and value_size == 4 and before.packets >= _U32 // 2 > after.packets:
        packets += _U32
    bytes = None
    if after.bytes is not None and before.bytes is not None:
        bytes = after.bytes - before.bytes
    if packets < 0 or (bytes is not None and bytes < 0):
        raise CountersReset
    return Counter(packets, bytes)


def _sum(counters: list[Counter]) -> Counter:
    total = counters[0]
    for counter in counters[1:]:
        total = total.plus(counter)
    return total


def _entry(counter: Counter, change: Counter | None, seconds: float) -> dict[str, Any]:
    entry: dict[str, Any] = {"packets": counter.packets, "bytes": counter.bytes}
    if change is not None:
        entry["packets_per_second"] = round(change.packets / seconds, 3)
        entry["bits_per_second"] = None if change.bytes is None else round(change.bytes * 8 / seconds, 3)
    return entry


def report(
    last: list[list[Counter]],
    first: list[list[Counter]] | None,
    seconds: float,
    value_size: int,
    cpus: list[int] | None = None,
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Statistics by verdict, and their total.

    ``last`` and ``first`` hold counters by verdict and CPU; with ``first`` (read
    ``seconds`` earlier) rates are given too, in packets and bits per second.
    With ``cpus``, the numbers of the CPUs in the counters' order, each one's
    share is given as well.
    """
    changes = None
    if first is not None:
        changes = [
            [difference(old, new, value_size) for old, new in zip(old_row, new_row)]
            for old_row, new_row in zip(first, last)
        ]
    statistics = {}
    for index, verdict in enumerate(VERDICTS):
        entry = _entry(_sum(last[index]), _sum(changes[index]) if changes else None, seconds)
        if cpus is not None:
            entry["per_cpu"] = [
                {"cpu": cpu, **_entry(counter, changes[index][place] if changes else None, seconds)}
                for place, (cpu, counter) in enumerate(zip(cpus, last[index]))
            ]
        statistics[verdict] = entry
    everything = _sum([_sum(row) for row in last])
    change = _sum([_sum(row) for row in changes]) if changes else None
    return statistics, _entry(everything, change, seconds)
