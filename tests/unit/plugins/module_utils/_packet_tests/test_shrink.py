# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.shrink import MOST_ARRAYS, TooLarge, shrunk
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec


def _map(map_type: str, max_entries: int, flags: int = 0, value_size: int = 8) -> MapSpec:
    return MapSpec("m", map_type, 4, value_size, max_entries, flags)


def _size(map_spec: MapSpec, entries: int = 0, packets: int = 0) -> int:
    return shrunk([map_spec], {"m": entries}, packets, 4)[0].max_entries


@pytest.mark.parametrize("map_type", ["hash", "percpu_hash", "lru_hash", "lru_percpu_hash", "lpm_trie"])
def test_tables_have_the_places_that_they_need(map_type: str) -> None:
    assert _size(_map(map_type, 10_000_000)) == 1024 + 4 * 256
    assert _size(_map(map_type, 10_000_000), 5000, 100) == 1024 + 4 * 256 + 5000 + 400
    # Never more than the object says: a full map is full in a test as well.
    assert _size(_map(map_type, 16), 16) == 16


def test_an_lru_map_whose_cpus_share_nothing() -> None:
    assert _size(_map("lru_hash", 10_000_000, 1 << 1), 10) == 4 * (1024 + 4 * 256 + 10)


@pytest.mark.parametrize(
    "map_type", ["array", "percpu_array", "devmap", "devmap_hash", "array_of_maps", "prog_array", "queue"]
)
def test_others_stay_as_they_are(map_type: str) -> None:
    assert _size(_map(map_type, 4096)) == 4096


def test_user_space_can_fill_them() -> None:
    assert shrunk([_map("hash", 9, 1 << 3 | 1 << 4 | 1)], {}, 1, 4)[0].flags == 1


def test_arrays_that_are_too_large() -> None:
    most = MOST_ARRAYS // 8
    assert _size(_map("array", most)) == most
    assert _size(_map("percpu_array", most // 4)) == most // 4
    for map_spec in (_map("array", most + 1), _map("percpu_array", most // 4 + 1), _map("array", most, value_size=9)):
        with pytest.raises(TooLarge, match="most of them for m, and a test takes 256 MiB at most"):
            shrunk([map_spec, _map("array", 1)._replace(name="other")], {}, 1, 4)
