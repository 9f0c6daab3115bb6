# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which maps can have declared contents, and with which options."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.type_names import MAP_TYPES
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import rules
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted

ONE = Table((Block(1, ()),))
FILLED = {
    *("hash", "percpu_hash", "lru_hash", "lru_percpu_hash", "lpm_trie", "array", "percpu_array"),
    *("devmap", "devmap_hash", "cpumap", "prog_array", "array_of_maps", "hash_of_maps"),
}


def _refusal(
    map_type: str, flags: int = 0, table: Table = ONE, variables: bool = False, frozen: bool = False, **o: Any
) -> str:
    return rules.refusal(map_type, flags, Wanted("block", table, **o), variables, frozen)


@pytest.mark.parametrize("map_type", MAP_TYPES)
def test_each_type_is_filled_or_refused_for_its_own_reason(map_type: str) -> None:
    found = _refusal(map_type)
    if map_type in FILLED:
        assert not found
    else:
        assert found.startswith(f"A map of type {map_type} cannot have declared contents, so not block: ")
        assert ("does not know" in found) == (map_type == "unspec")


@pytest.mark.parametrize("map_type", rules.REFERENCES)
def test_values_that_are_names_have_no_other_type(map_type: str) -> None:
    assert "value_type does not go with the map block" in _refusal(map_type, value_type="u32")
    assert not _refusal(map_type, key_type="u32")


def test_a_type_that_is_newer_is_refused() -> None:
    assert _refusal("99").endswith("this version does not know the type")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"flags": 1 << 3}, "BPF_F_RDONLY"),
        ({"flags": 1 << 4}, "BPF_F_WRONLY"),
        ({"frozen": True}, "frozen"),
        ({"variables": True}, "option constants of xdp_pin"),
        ({"exclusive": True, "state": "absent"}, "contradict each other"),
        ({"exclusive": True, "table": Table()}, "allow_empty: true"),
    ],
)
def test_what_is_refused(given: dict[str, Any], says: str) -> None:
    assert says in _refusal("hash", **given)


@pytest.mark.parametrize(
    "given",
    [
        {"flags": 1 << 7},  # BPF_F_RDONLY_PROG
        {"flags": 1 << 8},  # BPF_F_WRONLY_PROG
        {"exclusive": True},
        {"exclusive": True, "table": Table(), "allow_empty": True},
        {"state": "absent"},
        {"table": Table()},
    ],
)
def test_what_is_not(given: dict[str, Any]) -> None:
    assert not _refusal("hash", **given)


@pytest.mark.parametrize("map_type", ["lru_hash", "lru_percpu_hash"])
def test_a_map_that_evicts_is_never_exclusive(map_type: str) -> None:
    assert "removes entries" in _refusal(map_type, exclusive=True)
    assert not _refusal(map_type)
    assert len(rules.warnings(map_type, Wanted("block", ONE))) == 1
    assert not rules.warnings(map_type, Wanted("block", ONE, state="absent"))


@pytest.mark.parametrize("map_type", ["array", "percpu_array"])
def test_values_of_an_array_are_always_there(map_type: str) -> None:
    assert "existing: keep" in rules.warnings(map_type, Wanted("block", ONE, existing="keep"))[0]
    assert not rules.warnings(map_type, Wanted("block", ONE))
    assert not rules.warnings("hash", Wanted("block", ONE, existing="keep"))


@pytest.mark.parametrize(
    ("map_type", "flags", "room"),
    [("hash", 0, 100), ("lru_hash", 0, 100), ("lru_hash", 1 << 1, 25), ("lru_percpu_hash", 1 << 1, 25)],
)
def test_the_room_of_a_map(map_type: str, flags: int, room: int) -> None:
    map_info = MapInfo(1, "m", map_type, 4, 4, 100, flags, 0, 0, 0, 0, 0)
    assert rules.room(map_info, 4) == room
    assert rules.room(map_info._replace(type="lru_hash", flags=1 << 1, max_entries=2), 4) == 1


@pytest.mark.parametrize(
    ("name", "variables"), [(".rodata", True), ("filter.bss", True), (".data.tables", True), ("rodata", False)]
)
def test_variables_have_a_dot_in_the_name_of_their_map(name: str, variables: bool) -> None:
    assert rules.has_variables(name) == variables
