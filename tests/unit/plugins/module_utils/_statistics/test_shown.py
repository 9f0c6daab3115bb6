# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people read, line by line."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import shown, verdicts
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.verdicts import Counter
from hypothesis import given
from hypothesis import strategies as st


def rows(*packets_and_bytes: tuple[int, int]) -> list[list[Counter]]:
    return [[Counter(packets, byte_count)] for packets, byte_count in packets_and_bytes]


NOTHING = rows((0, 0), (0, 0), (0, 0), (0, 0), (0, 0))


def counted(
    last: list[list[Counter]], first: list[list[Counter]] | None = None, seconds: float = 0.0, **more: Any
) -> dict[str, Any]:
    stats, total = verdicts.report(last, first, seconds, verdicts.SHAPES[16])
    return {"stats": stats, "total": total, "interfaces": None, "spark": "", **more}


def test_packets_and_bytes() -> None:
    assert shown.table(counted(rows((0, 0), (1234567, 79012288), (42, 4200), (0, 0), (0, 0)))) == [
        "verdict     packets       bytes",
        "aborted           0           0",
        "drop      1,234,567  79,012,288",
        "pass             42       4,200",
        "tx                0           0",
        "redirect          0           0",
        "total     1,234,609  79,016,488",
    ]


def test_rates_have_columns_when_they_were_measured() -> None:
    last = rows((0, 0), (3000, 192000), (1, 60), (0, 0), (0, 0))
    assert shown.table(counted(last, NOTHING, 2.0)) == [
        "verdict   packets    bytes  packets/s   bits/s",
        "aborted         0        0          0        0",
        "drop        3,000  192,000      1,500  768,000",
        "pass            1       60          0      240",
        "tx              0        0          0        0",
        "redirect        0        0          0        0",
        "total       3,001  192,060      1,500  768,240",
    ]


def test_a_map_that_counts_no_bytes_has_no_columns_of_them() -> None:
    first = [[Counter(0, None)] for _verdict in range(5)]
    last = [[Counter(packets, None)] for packets in (0, 10, 0, 0, 0)]
    stats, total = verdicts.report(last, first, 1.0, verdicts.SHAPES[8])
    assert shown.table({"stats": stats, "total": total, "interfaces": None}) == [
        "verdict   packets  packets/s",
        "aborted         0          0",
        "drop           10         10",
        "pass            0          0",
        "tx              0          0",
        "redirect        0          0",
        "total          10         10",
    ]


def test_large_counters_are_shown_to_the_last_digit() -> None:
    # 2^53 + 1 has no place in a double; 100 Gbit/s count so many bytes in nine days.
    last = rows((0, 0), (9007199254740993, 18446744073709551615), (0, 0), (0, 0), (0, 0))
    table = shown.table(counted(last))
    assert table[2].split() == ["drop", "9,007,199,254,740,993", "18,446,744,073,709,551,615"]


def _interface(name: str | None, ifindex: int | None, packets: int) -> dict[str, Any]:
    stats, total = verdicts.report(
        rows((0, 0), (0, 0), (packets, 60 * packets), (0, 0), (0, 0)), None, 0.0, verdicts.SHAPES[16]
    )
    return {"interface": name, "ifindex": ifindex, "stats": stats, "total": total}


def test_several_interfaces_have_a_line_each() -> None:
    interfaces = [_interface("eth0", 2, 3), _interface(None, 7, 5), _interface(None, None, 1)]
    last = rows((0, 0), (0, 0), (9, 540), (0, 0), (0, 0))
    assert shown.table(counted(last, interfaces=interfaces))[-5:] == [
        "total            9    540",
        "interface  packets  bytes",
        "eth0             3    180",
        "(index 7)        5    300",
        "(other)          1     60",
    ]
    assert shown.table(counted(last, interfaces=interfaces[:1])) == shown.table(counted(last))


def test_sets_have_a_line_for_each_interface() -> None:
    alone = rows((0, 0), (3, 180), (1, 60), (0, 0), (0, 0))
    both = [_interface("eth0", 2, 3), _interface("eth1", 3, 5)]
    sets = [
        {"name": "edge", **counted(alone, interfaces=both)},
        {"name": "old", **counted(alone)},
        {"name": "quiet", **counted(NOTHING, interfaces=[])},
    ]
    assert shown.table_of_sets(sets) == [
        "set    interface  packets  bytes  dropped",
        "edge   eth0             3    180      0 %",
        "edge   eth1             5    300      0 %",
        "old    -                4    240     75 %",
        "quiet  -                0      0      0 %",
    ]


def test_a_line_says_what_was_dropped() -> None:
    last = rows((0, 0), (3000, 192000), (1000, 60000), (0, 0), (0, 0))
    assert shown.line(counted(last)) == "4,000 packets, 252,000 bytes, 75 % dropped"
    assert shown.line(counted(last, NOTHING, 2.0, spark="▁█")) == "2,000 packets/s, 1,008,000 bits/s, 75 % dropped ▁█"
    assert shown.line(counted(NOTHING)) == "0 packets, 0 bytes, 0 % dropped"
    aborted = rows((1, 60), (0, 0), (1, 60), (0, 0), (0, 0))
    assert shown.line(counted(aborted)) == "2 packets, 120 bytes, 0 % dropped, 50 % aborted"


def test_the_share_is_of_the_packets_that_were_counted_meanwhile() -> None:
    first = rows((0, 0), (900, 54000), (0, 0), (0, 0), (0, 0))
    last = rows((0, 0), (900, 54000), (100, 6000), (0, 0), (0, 0))
    assert shown.line(counted(last, first, 1.0)) == "100 packets/s, 48,000 bits/s, 0 % dropped"


@pytest.mark.parametrize(
    ("rates", "line"),
    [([], ""), ([0, 0], "▁▁"), ([5, 5], "██"), ([0, 1, 2, 4, 8], "▁▂▃▅█"), ([0.0, 1e12], "▁█")],
)
def test_sparks(rates: list[float], line: str) -> None:
    assert shown.spark(rates) == line


@given(st.lists(st.floats(min_value=0, max_value=1e15), max_size=500))
def test_a_spark_line_is_as_long_as_its_rates_and_rises_with_them(rates: list[float]) -> None:
    line = shown.spark(rates)
    assert len(line) == len(rates)
    for (one, low), (other, high) in zip(zip(rates, line), list(zip(rates, line))[1:]):
        assert (one <= other) <= (low <= high)


def _rule(name: str, action: str | None, packets: int, would: int = 0) -> dict[str, Any]:
    return {"name": name, "action": action, "packets": packets, "bytes": 60 * packets, "would_packets": would}


def test_rules_have_a_line_each_and_a_column_for_what_a_dry_run_lets_pass() -> None:
    result = counted(NOTHING, rules=[_rule("bad", "drop", 1000), _rule("default", None, 0)])
    assert shown.table(result)[-3:] == [
        "rule     action  packets   bytes",
        "bad      drop      1,000  60,000",
        "default  -             0       0",
    ]
    result["rules"].append(_rule("try", "drop", 0, 7))
    assert shown.table(result)[-4].split(maxsplit=4) == ["rule", "action", "packets", "bytes", "dry run"]
    assert shown.table(result)[-1].split() == ["try", "drop", "0", "0", "7"]
