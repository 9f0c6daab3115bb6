# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counters, from the bytes of a map to sums and rates."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import verdicts
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.verdicts import Counter, CountersReset

U32_LAST = 4294967295
U64_LAST = 18446744073709551615


def test_values_of_4_bytes_are_padded_to_8_for_each_cpu() -> None:
    # The kernel copies the padding too; what is in it means nothing.
    value = struct.pack("=IIII", 7, U32_LAST, 9, 1)
    assert verdicts.decode(value, verdicts.SHAPES[4]) == [Counter(7, None), Counter(9, None)]


def test_values_of_8_bytes_are_packets() -> None:
    assert verdicts.decode(struct.pack("=QQ", 7, U64_LAST), verdicts.SHAPES[8]) == [
        Counter(7, None),
        Counter(U64_LAST, None),
    ]


def test_values_of_16_bytes_are_packets_and_bytes() -> None:
    assert verdicts.decode(struct.pack("=QQQQ", 1, 64, 2, 3000), verdicts.SHAPES[16]) == [
        Counter(1, 64),
        Counter(2, 3000),
    ]


def test_counters_add_up() -> None:
    assert Counter(1, 60).plus(Counter(2, 1500)) == Counter(3, 1560)
    assert Counter(1, None).plus(Counter(2, None)) == Counter(3, None)


def test_a_sum_with_unknown_bytes_has_unknown_bytes() -> None:
    assert Counter(1, 60).plus(Counter(2, None)) == Counter(3, None)
    assert Counter(1, None).plus(Counter(2, 60)) == Counter(3, None)


@pytest.mark.parametrize("value_size", [4, 8, 16])
def test_a_statistics_map_is_understood(value_size: int) -> None:
    assert verdicts.refusal("percpu_array", 4, value_size, 5) is None


@pytest.mark.parametrize(
    ("shape", "what"),
    [
        (("array", 4, 8, 5), "is of type array with a key of 4 bytes, a value of 8 bytes and 5 entries. "),
        (
            ("percpu_hash", 4, 16, 5),
            "is of type percpu_hash with a key of 4 bytes, a value of 16 bytes and 5 entries. ",
        ),
        (
            ("percpu_array", 8, 8, 5),
            "is of type percpu_array with a key of 8 bytes, a value of 8 bytes and 5 entries. ",
        ),
        (
            ("percpu_array", 4, 12, 5),
            "is of type percpu_array with a key of 4 bytes, a value of 12 bytes and 5 entries. ",
        ),
        (
            ("percpu_array", 4, 16, 4),
            "is of type percpu_array with a key of 4 bytes, a value of 16 bytes and 4 entries. ",
        ),
        (
            ("percpu_array", 4, 16, 6),
            "is of type percpu_array with a key of 4 bytes, a value of 16 bytes and 6 entries. ",
        ),
    ],
)
def test_a_map_of_another_shape_is_refused_with_both_shapes(shape: tuple[str, int, int, int], what: str) -> None:
    assert verdicts.refusal(*shape) == what + (
        "Understood is a percpu_array with a key of 4 bytes (the verdict), 5 entries and a value of "
        "4 bytes (u32 packets), 8 bytes (u64 packets), 16 bytes (u64 packets, u64 bytes). "
        "With BTF it may also be an array or a hash whose values are structures: one member is called "
        "packets, pkts, rx_packets, rx_pkts, packet_count or pkt_count, and one may be called bytes, rx_bytes or byte_count"
    )


@pytest.mark.parametrize(
    ("before", "after", "value_size", "change"),
    [
        (Counter(5, None), Counter(5, None), 4, Counter(0, None)),
        (Counter(5, None), Counter(9, None), 4, Counter(4, None)),
        (Counter(5, None), Counter(9, None), 8, Counter(4, None)),
        (Counter(5, 300), Counter(9, 900), 16, Counter(4, 600)),
        (Counter(0, None), Counter(U64_LAST, None), 8, Counter(U64_LAST, None)),
        # A u32 goes round after its last value.
        (Counter(U32_LAST, None), Counter(0, None), 4, Counter(1, None)),
        (Counter(4294967290, None), Counter(10, None), 4, Counter(16, None)),
        (Counter(2147483648, None), Counter(2147483647, None), 4, Counter(4294967295, None)),
    ],
)
def test_what_was_counted_in_between(before: Counter, after: Counter, value_size: int, change: Counter) -> None:
    assert verdicts.difference(before, after, verdicts.SHAPES[value_size]) == change


@pytest.mark.parametrize(
    ("before", "after", "value_size"),
    [
        # Below the middle a u32 has not wrapped, and above it is not over the end yet.
        (Counter(1000, None), Counter(0, None), 4),
        (Counter(2147483647, None), Counter(5, None), 4),
        (Counter(U32_LAST, None), Counter(2147483648, None), 4),
        (Counter(U32_LAST, None), Counter(0, None), 8),
        (Counter(U64_LAST, None), Counter(0, None), 8),
        (Counter(5, 300), Counter(4, 300), 16),
        (Counter(5, 300), Counter(6, 299), 16),
        (Counter(U32_LAST, U32_LAST), Counter(0, 0), 16),
    ],
)
def test_a_counter_that_was_set_back_is_noticed(before: Counter, after: Counter, value_size: int) -> None:
    with pytest.raises(CountersReset):
        verdicts.difference(before, after, verdicts.SHAPES[value_size])


def reading(*rows: list[Counter]) -> list[list[Counter]]:
    """Counters of two CPUs; the verdicts that are not given have counted nothing."""
    counts_bytes = rows[0][0].bytes is not None
    idle = [Counter(0, 0 if counts_bytes else None)] * len(rows[0])
    return [*rows, *([idle] * (5 - len(rows)))]


def test_statistics_of_one_reading_are_sums_over_the_cpus() -> None:
    last = reading([Counter(1, 60), Counter(0, 0)], [Counter(10, 600), Counter(20, 2000)])
    stats, total = verdicts.report(last, None, 0.0, verdicts.SHAPES[16])
    assert stats == {
        "aborted": {"packets": 1, "bytes": 60},
        "drop": {"packets": 30, "bytes": 2600},
        "pass": {"packets": 0, "bytes": 0},
        "tx": {"packets": 0, "bytes": 0},
        "redirect": {"packets": 0, "bytes": 0},
    }
    assert total == {"packets": 31, "bytes": 2660}


def test_each_verdict_has_its_own_row() -> None:
    last = [[Counter(number, None)] for number in (11, 12, 13, 14, 15)]
    stats, total = verdicts.report(last, None, 0.0, verdicts.SHAPES[8])
    assert [(name, entry["packets"]) for name, entry in stats.items()] == [
        ("aborted", 11),
        ("drop", 12),
        ("pass", 13),
        ("tx", 14),
        ("redirect", 15),
    ]
    assert total == {"packets": 65, "bytes": None}


def test_rates_are_packets_and_bits_per_second() -> None:
    first = reading([Counter(0, 0), Counter(100, 6000)])
    last = reading([Counter(1, 60), Counter(104, 6601)])
    stats, total = verdicts.report(last, first, 3.0, verdicts.SHAPES[16])
    assert stats["aborted"] == {
        "packets": 105,
        "bytes": 6661,
        "packets_per_second": 1.667,
        "bits_per_second": 1762.667,
    }
    assert stats["drop"] == {"packets": 0, "bytes": 0, "packets_per_second": 0.0, "bits_per_second": 0.0}
    assert total == {"packets": 105, "bytes": 6661, "packets_per_second": 1.667, "bits_per_second": 1762.667}


def test_without_bytes_there_is_no_rate_of_bits() -> None:
    first, last = reading([Counter(0, None)]), reading([Counter(5, None)])
    stats, total = verdicts.report(last, first, 2.0, verdicts.SHAPES[8])
    assert stats["aborted"] == {"packets": 5, "bytes": None, "packets_per_second": 2.5, "bits_per_second": None}
    assert total == {"packets": 5, "bytes": None, "packets_per_second": 2.5, "bits_per_second": None}


def test_a_u32_wraps_on_its_own_cpu() -> None:
    first = reading([Counter(4294967295, None), Counter(7, None)])
    last = reading([Counter(1, None), Counter(7, None)])
    stats, _total = verdicts.report(last, first, 1.0, verdicts.SHAPES[4])
    assert stats["aborted"] == {"packets": 8, "bytes": None, "packets_per_second": 2.0, "bits_per_second": None}


def test_one_cpu_that_was_set_back_is_not_covered_by_another() -> None:
    first = reading([Counter(10, None), Counter(10, None)])
    last = reading([Counter(0, None), Counter(90, None)])
    with pytest.raises(CountersReset):
        verdicts.report(last, first, 1.0, verdicts.SHAPES[8])


def test_counters_by_cpu() -> None:
    last = reading([Counter(0, 0), Counter(0, 0)], [Counter(10, 600), Counter(20, 2000)])
    stats, total = verdicts.report(last, None, 0.0, verdicts.SHAPES[16], cpus=[0, 4])
    assert stats["drop"] == {
        "packets": 30,
        "bytes": 2600,
        "per_cpu": [{"cpu": 0, "packets": 10, "bytes": 600}, {"cpu": 4, "packets": 20, "bytes": 2000}],
    }
    assert total == {"packets": 30, "bytes": 2600}


def test_rates_by_cpu() -> None:
    first = reading([Counter(0, 0), Counter(10, 1000)])
    last = reading([Counter(4, 400), Counter(10, 1000)])
    stats, _total = verdicts.report(last, first, 2.0, verdicts.SHAPES[16], cpus=[0, 4])
    assert stats["aborted"]["per_cpu"] == [
        {"cpu": 0, "packets": 4, "bytes": 400, "packets_per_second": 2.0, "bits_per_second": 1600.0},
        {"cpu": 4, "packets": 10, "bytes": 1000, "packets_per_second": 0.0, "bits_per_second": 0.0},
    ]
