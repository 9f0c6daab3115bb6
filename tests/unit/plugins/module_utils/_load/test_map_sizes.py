# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many entries a map gets on this host."""

from __future__ import annotations

import os

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._load import maps
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec

PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("map_type", ["ringbuf", "user_ringbuf"])
@pytest.mark.parametrize(
    ("wanted", "actual"),
    [
        (0, 0),
        (1, PAGE),
        (1000, PAGE),
        (PAGE, PAGE),
        (PAGE + 1, 2 * PAGE),
        (3 * PAGE, 4 * PAGE),
        (8 * PAGE, 8 * PAGE),
        (1 << 31, 1 << 31),
        # There is no larger power of two in 32 bits; the kernel refuses it.
        ((1 << 31) + 1, (1 << 31) + 1),
    ],
)
def test_a_ring_buffer_is_rounded_up_to_a_power_of_two_of_pages(map_type: str, wanted: int, actual: int) -> None:
    assert maps.actual_entries(MapSpec("m", map_type, 0, 0, wanted, 0)) == actual


@pytest.mark.parametrize("map_type", ["hash", "array", "queue"])
def test_other_maps_get_what_they_ask_for(map_type: str) -> None:
    assert maps.actual_entries(MapSpec("m", map_type, 4, 4, 1000, 0)) == 1000
