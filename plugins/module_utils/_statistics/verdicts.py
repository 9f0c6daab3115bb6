# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Counters by XDP verdict: taking values apart, and rates. Pure."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS


class Field(NamedTuple):
    """Where a counter is among the bytes of one CPU: an unsigned integer of 4 or 8 bytes."""

    start: int
    size: int


class Shape(NamedTuple):
    """How the counters of one verdict lie in a value."""

    packets: Field
    #: ``None`` where bytes are not counted.
    bytes: Field | None
    #: Bytes from what one CPU counted to what the next one did.
    step: int


#: By the size of a value in bytes; a per-CPU map pads it to a multiple of 8.
SHAPES = {
    4: Shape(Field(0, 4), None, 8),
    8: Shape(Field(0, 8), None, 8),
    16: Shape(Field(0, 8), Field(8, 8), 16),
}
_WORDS = {4: "u32 packets", 8: "u64 packets", 16: "u64 packets, u64 bytes"}

#: Members of structures that are understood as counters.
PACKETS = ("packets", "pkts", "rx_packets", "rx_pkts", "packet_count", "pkt_count")
BYTES = ("bytes", "rx_bytes", "byte_count")

_CODES = {4: "=I", 8: "=Q"}
_U32 = 1 << 32


class Counter(NamedTuple):
    """Packets and bytes that got one verdict."""

    packets: int
    #: ``None`` where the map does not count bytes.
    bytes: int | None

    def plus(self, other: Counter) -> Counter:
        """The sum of both; without bytes unless both have them."""
        both = self.bytes is not None and other.bytes is not None
        return Counter(self.packets + other.packets, (self.bytes or 0) + (other.bytes or 0) if both else None)


class CountersReset(Exception):
    """A counter went backwards between two readings."""


def refusal(map_type: str, key_size: int, value_size: int, max_entries: int) -> str | None:
    """Why a map of this shape cannot be read as counters by verdict; ``None`` when it can."""
    fits = map_type == "percpu_array" and key_size == 4 and value_size in SHAPES and max_entries == len(VERDICTS)
    if fits:
        return None
    values = ", ".join(f"{size} bytes ({words})" for size, words in _WORDS.items())
    return (
        f"is of type {map_type} with a key of {key_size} bytes, a value of {value_size} bytes and {max_entries} entries. "
        f"Understood is a percpu_array with a key of 4 bytes (the verdict), {len(VERDICTS)} entries and a value of {values}. "
        f"With BTF it may also be an array or a hash whose values are structures: "
        f"one member is called {_listed(PACKETS)}, and one may be called {_listed(BYTES)}"
    )


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def decode(value: bytes, shape: Shape) -> list[Counter]:
    """The counters of all possible CPUs from one value, as BPF_MAP_LOOKUP_ELEM fills it; of a map that is not per CPU, one."""
    return [
        Counter(
            _number(value, shape.packets, start), None if shape.bytes is None else _number(value, shape.bytes, start)
        )
        for start in range(0, len(value), shape.step)
    ]


def _number(value: bytes, field: Field, start: int) -> int:
    (number,) = struct.unpack_from(_CODES[field.size], value, start + field.start)
    return int(number)


def difference(before: Counter, after: Counter, shape: Shape) -> Counter:
    """What was counted in between, on one CPU.

    A u32 counter that was beyond its middle and is below it now has wrapped;
    any other way back means that somebody set it.
    """
    byte_count = None
    if shape.bytes is not None and after.bytes is not None and before.bytes is not None:
        byte_count = _counted(before.bytes, after.bytes, shape.bytes.size)
    return Counter(_counted(before.packets, after.packets, shape.packets.size), byte_count)


def _counted(before: int, after: int, size: int) -> int:
    change = after - before
    if change < 0 and size == 4 and before >= _U32 // 2 > after:
        change += _U32
    if change < 0:
        raise CountersReset
    return change


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
    shape: Shape,
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
            [difference(old, new, shape) for old, new in zip(old_row, new_row)] for old_row, new_row in zip(first, last)
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
