# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which maps pass their entries on to a new one, and which entries."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import rules
from ansible_collections.ebpf.xdp.plugins.module_utils._maps import migration_rules
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.map_fit import differences
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec

PINNED = MapInfo(17, "seen", "hash", 4, 16, 5, 0, 0, 0, 0, 0, 0)
WANTED = MapSpec("seen", "hash", 4, 16, 5, 0)


def hindrance(pinned: dict[str, Any], wanted: dict[str, Any]) -> str:
    old, new = PINNED._replace(**pinned), WANTED._replace(**wanted)
    return migration_rules.hindrance(old, new, differences(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hash", "hash"),
        ("hash", "lru_hash"),
        ("lru_hash", "hash"),
        ("percpu_hash", "lru_percpu_hash"),
        ("lru_percpu_hash", "percpu_hash"),
        ("lpm_trie", "lpm_trie"),
        ("array", "array"),
        ("percpu_array", "percpu_array"),
    ],
)
def test_maps_of_one_family_pass_their_entries_on(old: str, new: str) -> None:
    assert hindrance({"type": old}, {"type": new, "max_entries": 1000, "flags": 1}) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hash", "percpu_hash"),
        ("hash", "array"),
        ("array", "percpu_array"),
        ("lpm_trie", "hash"),
        ("devmap", "devmap"),
        ("prog_array", "prog_array"),
        ("ringbuf", "ringbuf"),
        ("hash_of_maps", "hash_of_maps"),
        ("hash", "devmap_hash"),
    ],
)
def test_maps_of_others_do_not(old: str, new: str) -> None:
    assert hindrance({"type": old}, {"type": new, "max_entries": 6}) == (
        f"on_map_change: migrate cannot copy entries of a map of type {old} into one of type {new}"
    )


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"key_size": 8}, "key_size"),
        ({"value_size": 8}, "value_size"),
        ({"key_size": 8, "value_size": 8, "max_entries": 6}, "key_size, value_size"),
    ],
)
def test_keys_and_values_keep_their_sizes(change: dict[str, Any], named: str) -> None:
    assert hindrance({}, change) == f"on_map_change: migrate copies entries only where {named} stays the same"


def test_a_map_of_a_network_card_is_not_copied() -> None:
    assert "offload_ifindex" in hindrance({"offload_ifindex": 3}, {})


def test_user_space_must_be_able_to_read_the_old_map_and_write_the_new_one() -> None:
    assert "BPF_F_WRONLY" in hindrance({"flags": 1 << 4}, {})
    assert "BPF_F_RDONLY" in hindrance({}, {"flags": 1 << 3})
    assert hindrance({"flags": 1 << 3}, {"flags": 1 << 4}) == ""


def test_each_cpu_of_an_lru_map_may_have_a_share_of_its_own() -> None:
    lru = PINNED._replace(type="lru_hash", max_entries=1000)
    assert rules.room(lru, 4) == 1000
    assert rules.room(lru._replace(flags=2), 4) == 250
    assert rules.room(lru._replace(flags=2, type="lru_percpu_hash"), 4) == 250
    assert rules.room(lru._replace(flags=2, max_entries=3), 4) == 1
    assert rules.room(PINNED._replace(flags=2, max_entries=1000), 4) == 1000


def array(*values: int) -> list[tuple[bytes, bytes]]:
    return [(struct.pack("=I", index), struct.pack("=I", value)) for index, value in enumerate(values)]


@pytest.mark.parametrize("map_type", ["array", "percpu_array"])
def test_a_smaller_array_refuses_values_beyond_its_end(map_type: str) -> None:
    beyond: list[int] = []
    new = PINNED._replace(type=map_type, max_entries=2)
    assert list(migration_rules.fitting(array(1, 2, 0, 0), new, beyond.append)) == array(1, 2)
    assert beyond == []
    assert list(migration_rules.fitting(array(0, 2, 0, 7), new, beyond.append)) == array(0, 2)
    assert beyond == [3]


def test_keys_of_a_hash_are_no_indexes() -> None:
    entries = array(1, 2, 3, 4)
    new = PINNED._replace(max_entries=2)
    assert list(migration_rules.fitting(entries, new, pytest.fail)) == entries


@pytest.mark.parametrize("at_a_time", [1, 3, 1000])
def test_what_the_new_map_has_in_the_end_is_the_union_of_both(at_a_time: int) -> None:
    """Copy, changes by the old program, the switch, changes by the new one, copy what is missing: against a model."""
    chance = random.Random(14)
    for _case in range(200):
        old = {bytes([chance.randrange(30)]): b"before" for _entry in range(chance.randrange(20))}
        new = dict(old)
        at_copy = dict(old)
        # The old program goes on for a while: it adds, changes and removes.
        for _change in range(chance.randrange(10)):
            key = bytes([chance.randrange(30)])
            if chance.random() < 0.2:
                old.pop(key, None)
            else:
                old[key] = b"between"
        written = {bytes([chance.randrange(30)]): b"after" for _entry in range(chance.randrange(5))}
        new.update(written)
        for key, value in migration_rules.missing(old.items, new.items, 30, at_a_time):
            assert key not in new
            new[key] = value
        for key in {*old, *new, *at_copy, *written}:
            expected = written.get(key) or at_copy.get(key) or old.get(key)
            assert new.get(key) == expected


def test_no_more_keys_are_remembered_than_at_a_time() -> None:
    entries = [(number.to_bytes(4, "little"), b"") for number in range(4000)]
    reads = []

    def new() -> list[tuple[bytes, bytes]]:
        reads.append(1)
        return entries

    assert list(migration_rules.missing(lambda: entries, new, 4000, 1000)) == []
    assert len(reads) == 4
