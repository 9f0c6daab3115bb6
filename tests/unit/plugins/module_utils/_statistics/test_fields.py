# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counters that are found by the names of members, and what is refused."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.build import Builder
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import fields, verdicts
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.fields import Fields, MapShape
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.verdicts import Counter, Field, Shape
from hypothesis import given
from hypothesis import strategies as st

#: Name, size and encoding of each integer that a structure is made of.
_Members = list[tuple[str, int, int]]
U64S: _Members = [("rx_packets", 8, 0), ("rx_bytes", 8, 0)]


def _find(
    members: _Members,
    map_type: str = "percpu_array",
    entries: int = 5,
    key: str = "__u32",
    elements: int = 0,
    key_size: int = 4,
    value_size: int | None = None,
) -> Fields | None:
    """Of a map whose values are a structure of such members, or with ``elements`` an array of these."""
    builder = Builder()
    laid_out, at = [], 0
    for name, size, encoding in members:
        at = (at + size - 1) // size * size
        laid_out.append((name, builder.typedef("__u64", builder.integer("number", size, encoding)), at))
        at += size
    size = (at + 7) & ~7
    value = builder.typedef("datarec", builder.structure(size, laid_out))
    if elements:
        value, size = builder.array(value, elements), size * elements
    number = builder.typedef(key, builder.integer("unsigned int", 4))
    shape = MapShape(map_type, key_size, size if value_size is None else value_size, entries, number, value)
    return fields.find(builder.btf(), shape)


@pytest.mark.parametrize("map_type", ["array", "percpu_array", "hash", "percpu_hash", "lru_hash", "lru_percpu_hash"])
def test_members_are_found_by_their_names(map_type: str) -> None:
    found = _find(U64S, map_type)
    assert found == Fields(Shape(Field(0, 8), Field(8, 8), 16), "rx_packets", "rx_bytes", 0)


@pytest.mark.parametrize(
    ("members", "packets", "byte_field"),
    [
        ([("bytes", 8, 0), ("packets", 8, 0)], Field(8, 8), Field(0, 8)),
        ([("state", 4, 0), ("pkts", 4, 0), ("last_seen", 8, 0), ("rx_bytes", 8, 0)], Field(4, 4), Field(16, 8)),
        ([("rx_packets", 8, 0), ("tx_packets", 8, 0)], Field(0, 8), None),
        ([("packet_count", 8, 0)], Field(0, 8), None),
    ],
)
def test_members_may_stand_anywhere(members: _Members, packets: Field, byte_field: Field | None) -> None:
    found = _find(members)
    assert found is not None
    assert (found.shape.packets, found.shape.bytes) == (packets, byte_field)


@pytest.mark.parametrize("wanted", verdicts.PACKETS)
@pytest.mark.parametrize("also", verdicts.BYTES)
def test_each_name_is_understood(wanted: str, also: str) -> None:
    found = _find([(also, 8, 0), (wanted, 8, 0)])
    assert found is not None
    assert (found.packets, found.bytes) == (wanted, also)


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (
            {"members": [("packets", 8, 0), ("rx_packets", 8, 0)]},
            "packets and rx_packets may all be the number of packets",
        ),
        (
            {"members": [("pkts", 8, 0), ("rx_bytes", 8, 0), ("bytes", 8, 0)]},
            "bytes and rx_bytes may all be the number of bytes",
        ),
        ({"members": [("packets", 8, kinds.SIGNED)]}, "packets is not an unsigned integer of 4 or 8 bytes"),
        ({"members": [("packets", 2, 0)]}, "packets is not an unsigned integer"),
        ({"members": [("packets", 8, 0), ("bytes", 1, 0)]}, "bytes is not an unsigned integer"),
        ({"members": [("since", 8, 0), ("bytes", 8, 0)]}, "counts bytes \\(bytes\\) and, as far as"),
    ],
)
def test_what_is_not_clear_is_refused(shape: dict[str, Any], why: str) -> None:
    with pytest.raises(XdpError, match=why):
        _find(**shape)


@pytest.mark.parametrize(
    "shape",
    [
        {"members": [("first", 8, 0), ("second", 8, 0)]},
        # As many as there are interfaces, or CPUs: the keys are no verdicts.
        {"members": U64S, "entries": 6},
        {"members": U64S, "entries": 4, "map_type": "array"},
        {"members": U64S, "map_type": "queue"},
        {"members": U64S, "map_type": "array_of_maps"},
        # An address.
        {"members": U64S, "map_type": "hash", "key": "__be32"},
        {"members": U64S, "map_type": "hash", "key_size": 8},
        {"members": U64S, "elements": 5, "entries": 5},
        {"members": U64S, "elements": 6, "entries": 1},
        {"members": U64S, "elements": 5, "entries": 1, "map_type": "hash"},
        # The kernel does not let that be.
        {"members": U64S, "value_size": 24},
    ],
)
def test_what_is_no_map_of_counters_by_verdict_is_none(shape: dict[str, Any]) -> None:
    assert _find(**shape) is None


def test_a_hash_without_a_type_for_its_keys_is_none() -> None:
    builder = Builder()
    value = builder.structure(8, [("packets", builder.integer("u64", 8), 0)])
    for map_type, count in (("hash", None), ("percpu_array", Field(0, 8))):
        found = fields.find(builder.btf(), MapShape(map_type, 4, 8, 5, 0, value))
        assert (None if found is None else found.shape.packets) == count


def _counted(cpus: int, data: st.DataObject) -> list[list[Counter]]:
    number = st.integers(0, (1 << 64) - 1)
    row = st.lists(st.builds(Counter, number, number), min_size=cpus, max_size=cpus)
    return data.draw(st.lists(row, min_size=5, max_size=5))


@given(st.integers(1, 4), st.permutations(range(5)), st.data())
def test_entries_of_each_verdict_are_read_in_any_order(cpus: int, order: list[int], data: st.DataObject) -> None:
    counters = _counted(cpus, data)
    found = _find([("bytes", 8, 0), ("age", 4, 0), ("pkts", 8, 0)], "percpu_hash")
    assert found is not None
    entries = [
        (
            struct.pack("=I", verdict),
            b"".join(struct.pack("=QIxxxxQ", each.bytes, 7, each.packets) for each in counters[verdict]),
        )
        for verdict in order
    ]
    assert fields.by_verdict(found, entries, cpus) == counters


@given(st.integers(1, 4), st.data())
def test_one_entry_may_have_all_verdicts(cpus: int, data: st.DataObject) -> None:
    counters = _counted(cpus, data)
    found = _find(U64S, entries=1, elements=5)
    assert found is not None
    value = b"".join(struct.pack("=QQ", *counters[verdict][cpu]) for cpu in range(cpus) for verdict in range(5))
    assert fields.by_verdict(found, [(bytes(4), value)], cpus) == counters


def test_values_of_one_cpu_are_padded() -> None:
    found = _find([("packets", 4, 0)], value_size=8)
    assert found is not None
    value = struct.pack("=4I", 3, 99, 4, 99)
    assert fields.by_verdict(found, [(bytes(4), value)], 2)[0] == [Counter(3, None), Counter(4, None)]


def test_without_an_entry_nothing_was_counted() -> None:
    found = _find([("packets", 8, 0)], "hash")
    assert found is not None
    drop = (struct.pack("=I", 1), struct.pack("=Q", 9))
    assert fields.by_verdict(found, [drop], 1) == [[Counter(9 * (verdict == 1), None)] for verdict in range(5)]


def test_a_key_that_is_no_verdict_is_refused() -> None:
    found = _find(U64S, "hash")
    assert found is not None
    with pytest.raises(XdpError, match="an entry with the key 443, which is not a verdict"):
        fields.by_verdict(found, [(struct.pack("=I", 443), bytes(16))], 1)


def test_each_counter_goes_round_at_its_own_size() -> None:
    shape = Shape(Field(0, 8), Field(8, 4), 16)
    last = (1 << 32) - 1
    assert verdicts.difference(Counter(last, last), Counter(last + 9, 4), shape) == Counter(9, 5)
    with pytest.raises(verdicts.CountersReset):
        verdicts.difference(Counter(last, last), Counter(3, last), shape)
