# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.map_fit import Difference, differences, explain
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec

PINNED = MapInfo(17, "stats", "percpu_array", 4, 16, 5, 0x800, 3, 7, 11, 0, 0)
WANTED = MapSpec("stats", "percpu_array", 4, 16, 5, 0x800, 7, 11)


def test_a_map_of_the_same_shape_fits() -> None:
    assert differences(PINNED, WANTED) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"type": "hash"}, Difference("type", "percpu_array", "hash")),
        ({"key_size": 8}, Difference("key_size", "4", "8")),
        ({"value_size": 8}, Difference("value_size", "16", "8")),
        ({"max_entries": 6}, Difference("max_entries", "5", "6")),
        ({"flags": 0}, Difference("flags", "0x800", "0x0")),
        ({"flags": 0x880}, Difference("flags", "0x800", "0x880")),
        ({"extra": 3}, Difference("map_extra", "0", "3")),
        ({"extra": 1 << 40}, Difference("map_extra", "0", "1099511627776")),
    ],
)
def test_each_field_must_be_equal(change: dict[str, Any], difference: Difference) -> None:
    assert differences(PINNED, WANTED._replace(**change)) == [difference]


def test_a_bloom_filter_fits_by_its_number_of_hash_functions() -> None:
    pinned = PINNED._replace(type="bloom_filter", key_size=0, map_extra=3)
    wanted = WANTED._replace(type="bloom_filter", key_size=0)
    assert differences(pinned, wanted._replace(extra=3)) == []
    assert differences(pinned, wanted._replace(extra=5)) == [Difference("map_extra", "3", "5")]


def test_a_map_of_another_card_or_of_the_host_does_not_fit() -> None:
    assert differences(PINNED._replace(offload_ifindex=2), WANTED, device=2) == []
    assert differences(PINNED._replace(offload_ifindex=2), WANTED) == [Difference("offload_ifindex", "2", "0")]
    assert differences(PINNED, WANTED, device=3) == [Difference("offload_ifindex", "0", "3")]


def test_a_perf_event_array_without_a_size_has_an_entry_for_each_cpu() -> None:
    cpus = len(host.possible_cpus())
    pinned = PINNED._replace(type="perf_event_array", value_size=4, max_entries=cpus)
    wanted = WANTED._replace(type="perf_event_array", value_size=4, max_entries=0)
    assert differences(pinned, wanted) == []
    assert differences(pinned._replace(max_entries=cpus + 1), wanted) == [
        Difference("max_entries", str(cpus + 1), str(cpus))
    ]


def test_a_perf_event_array_with_a_size_has_that_size() -> None:
    pinned = PINNED._replace(type="perf_event_array", max_entries=7)
    assert differences(pinned, WANTED._replace(type="perf_event_array", max_entries=7)) == []
    assert differences(pinned, WANTED._replace(type="perf_event_array", max_entries=8)) == [
        Difference("max_entries", "7", "8")
    ]


@pytest.mark.parametrize("map_type", ["hash", "array", "ringbuf"])
def test_no_other_map_gets_a_size_of_its_own(map_type: str) -> None:
    found = differences(PINNED._replace(type=map_type), WANTED._replace(type=map_type, max_entries=0))
    assert found == [Difference("max_entries", "5", "0")]


def test_the_memory_that_a_map_is_on_does_not_matter() -> None:
    # The kernel does not tell it.
    assert differences(PINNED, WANTED._replace(numa_node=1)) == []


def test_type_ids_do_not_matter() -> None:
    # They are numbers of one object's BTF; the same type has others in the next one.
    assert differences(PINNED, WANTED._replace(btf_key_type_id=70, btf_value_type_id=0)) == []


@pytest.mark.parametrize("map_type", ["devmap", "devmap_hash"])
def test_the_flag_that_the_kernel_gives_a_devmap_is_no_difference(map_type: str) -> None:
    wanted = WANTED._replace(type=map_type, flags=0)
    assert differences(PINNED._replace(type=map_type, flags=0x80), wanted) == []
    assert differences(PINNED._replace(type=map_type, flags=0x84), wanted) == [Difference("flags", "0x4", "0x0")]


def test_the_same_flag_of_another_map_is_a_difference() -> None:
    found = differences(PINNED._replace(type="array", flags=0x80), WANTED._replace(type="array", flags=0))
    assert found == [Difference("flags", "0x80", "0x0")]


def test_differences_are_explained_in_the_order_of_the_fields() -> None:
    found = differences(PINNED, WANTED._replace(type="array", max_entries=1024, flags=0))
    assert explain(found) == (
        "type is percpu_array and would have to be array, max_entries is 5 and would have to be 1024, "
        "flags is 0x800 and would have to be 0x0"
    )


def test_a_ring_buffer_fits_by_its_rounded_size() -> None:
    page = os.sysconf("SC_PAGE_SIZE")
    pinned = PINNED._replace(type="ringbuf", key_size=0, value_size=0, max_entries=page)
    wanted = WANTED._replace(type="ringbuf", key_size=0, value_size=0, max_entries=1000)
    assert differences(pinned, wanted) == []
    assert differences(pinned, wanted._replace(max_entries=page + 1)) == [
        Difference("max_entries", str(page), str(2 * page))
    ]
