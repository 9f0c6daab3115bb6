# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Counters in rows, one for each interface (_spec/counted.py), as counters by verdict. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import COUNTERS, ROW, VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.verdicts import Counter

#: A verdict that does not exist is what the kernel makes of it (bpf_warn_invalid_xdp_action, net/core/filter.c).
_UNKNOWN = VERDICTS.index("aborted")


#: The index, what is unused, and packets and bytes by verdict.
_ROW = struct.Struct(f"=2I{2 * COUNTERS}Q")


def is_rows(map_type: str, key_size: int, value_size: int) -> bool:
    """Whether it is a map of the collection's own rows, one for each interface."""
    return (map_type, key_size, value_size) == ("percpu_array", 4, ROW)


def by_interface(values: Iterable[bytes]) -> dict[int, list[list[Counter]]]:
    """Counters by verdict and CPU, for each interface by its index; each value is a row for each CPU, one after the other.

    0 is for interfaces that had no row of their own.
    """
    found: dict[int, list[list[Counter]]] = {}
    nothing_counted = b""
    for value in values:
        if len(nothing_counted) != len(value):
            nothing_counted = bytes(len(value))
        # Most rows of a map for many interfaces.
        if value == nothing_counted:
            continue
        cpus = len(value) // ROW
        for cpu in range(cpus):
            start = cpu * ROW
            ifindex, _unused, *numbers = _ROW.unpack_from(value, start)
            if not any(numbers):
                continue
            counters = found.setdefault(ifindex, nothing(cpus))
            for verdict in range(COUNTERS):
                row = counters[verdict if verdict < len(VERDICTS) else _UNKNOWN]
                row[cpu] = row[cpu].plus(Counter(numbers[2 * verdict], numbers[2 * verdict + 1]))
    return found


def nothing(cpus: int) -> list[list[Counter]]:
    """By verdict and CPU."""
    return [[Counter(0, 0)] * cpus for _verdict in VERDICTS]


def total(interfaces: Iterable[list[list[Counter]]], cpus: int) -> list[list[Counter]]:
    """Of all interfaces together, by verdict and CPU."""
    found = nothing(cpus)
    for counters in interfaces:
        found = [[a.plus(b) for a, b in zip(*rows)] for rows in zip(found, counters)]
    return found
