# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table for people, line by line."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import verdicts
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.verdicts import Counter


def rows(*packets_and_bytes: tuple[int, int]) -> list[list[Counter]]:
    return [[Counter(packets, bytes)] for packets, bytes in packets_and_bytes]


def test_packets_and_bytes() -> None:
    last = rows((0, 0), (1234567, 79012288), (42, 4200), (0, 0), (0, 0))
    assert verdicts.table(*verdicts.report(last, None, 0.0, 16)) == [
        "verdict         packets       bytes",
        "XDP_ABORTED           0           0",
        "XDP_DROP      1,234,567  79,012,288",
        "XDP_PASS             42       4,200",
        "XDP_TX                0           0",
        "XDP_REDIRECT          0           0",
        "total         1,234,609  79,016,488",
    ]


def test_rates_have_columns_when_they_were_measured() -> None:
    first = rows((0, 0), (0, 0), (0, 0), (0, 0), (0, 0))
    last = rows((0, 0), (3000, 192000), (1, 60), (0, 0), (0, 0))
    assert verdicts.table(*verdicts.report(last, first, 2.0, 16, cpus=[0, 1])) == [
        "verdict       packets    bytes    pps      bps",
        "XDP_ABORTED         0        0      0        0",
        "XDP_DROP        3,000  192,000  1,500  768,000",
        "XDP_PASS            1       60      0      240",
        "XDP_TX              0        0      0        0",
        "XDP_REDIRECT        0        0      0        0",
        "total           3,001  192,060  1,500  768,240",
    ]


def test_a_map_that_counts_no_bytes_has_no_columns_of_them() -> None:
    first = [[Counter(0, None)] for _verdict in range(5)]
    last = [[Counter(packets, None)] for packets in (0, 10, 0, 0, 0)]
    assert verdicts.table(*verdicts.report(last, first, 1.0, 8)) == [
        "verdict       packets  pps",
        "XDP_ABORTED         0    0",
        "XDP_DROP           10   10",
        "XDP_PASS            0    0",
        "XDP_TX              0    0",
        "XDP_REDIRECT        0    0",
        "total              10   10",
    ]


def test_large_counters_are_shown_to_the_last_digit() -> None:
    # 2^53 + 1 has no place in a double; 100 Gbit/s count so many bytes in nine days.
    last = rows((0, 0), (9007199254740993, 18446744073709551615), (0, 0), (0, 0), (0, 0))
    table = verdicts.table(*verdicts.report(last, None, 0.0, 16))
    assert table[2].split() == ["XDP_DROP", "9,007,199,254,740,993", "18,446,744,073,709,551,615"]
