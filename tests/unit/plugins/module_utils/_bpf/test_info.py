# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info

MAP = info.MapInfo(17, "stats", "percpu_array", 4, 16, 5, 0, 3, 7, 11, 0, 0)


@pytest.mark.parametrize(
    ("map_type", "flags", "settable"),
    [
        ("devmap", 0x80, 0),
        ("devmap", 0x81, 1),
        ("devmap_hash", 0x84, 4),
        ("devmap_hash", 0, 0),
        ("array", 0x80, 0x80),
        ("hash", 0x81, 0x81),
    ],
)
def test_flags_without_what_the_kernel_adds_to_a_devmap(map_type: str, flags: int, settable: int) -> None:
    assert info.settable_flags(MAP._replace(type=map_type, flags=flags)) == settable


def test_facts_of_a_map_as_plain_data() -> None:
    assert info.as_dict(MAP) == {
        "id": 17,
        "name": "stats",
        "type": "percpu_array",
        "key_size": 4,
        "value_size": 16,
        "max_entries": 5,
        "flags": 0,
        "btf_id": 3,
        "btf_key_type_id": 7,
        "btf_value_type_id": 11,
        "offload_ifindex": 0,
        "map_extra": 0,
    }


def test_sequences_become_lists() -> None:
    facts = info.as_dict(info.ProgramInfo(42, "f", "xdp", "7524a119f44a4890", (17, 18), 1, 0, True, 96, 0, 3, 12, 0))
    assert facts["map_ids"] == [17, 18]
    assert isinstance(facts["map_ids"], list)
    assert info.as_dict(info.LinkInfo(5, "xdp", 42, 2)) == {"id": 5, "type": "xdp", "program_id": 42, "ifindex": 2}
