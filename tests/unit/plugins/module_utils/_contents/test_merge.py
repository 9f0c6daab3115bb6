# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of several tasks become one. The model is a dictionary from the key's bytes to what was declared of the value."""

from __future__ import annotations

import struct
from typing import Any, Dict

from ansible_collections.ebpf.xdp.plugins.module_utils._contents import merge, pack
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.lexical import MISSING, table_of
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.rows import items
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
from hypothesis import given
from hypothesis import strategies as st

Entries = Dict[Any, Any]


def made(entries: Entries) -> Table:
    return table_of(((key, value, number) for number, (key, value) in enumerate(entries.items())), Places()).table


def number(key: object) -> int:
    """A key of 32 bits: a number in any form, or an address."""
    if isinstance(key, str) and key.count(".") == 3:
        return int(struct.unpack("=I", bytes(map(int, key.split("."))))[0])
    return int(str(key), 0)


def keys_of(table: Table) -> list[bytes]:
    return [b"".join(struct.pack("=I", number(key)) for key in items(block)["key",]) for block in table.blocks]


def model(table: Table) -> dict[int, dict[tuple[str, ...], Any]]:
    found: dict[int, dict[tuple[str, ...], Any]] = {}
    for block in table.blocks:
        columns = items(block)
        for row, key in enumerate(columns["key",]):
            assert number(key) not in found
            found[number(key)] = {path: each[row] for path, each in columns.items() if path[0] == "value"}
    return found


_KEYS = st.one_of(
    st.integers(0, 20),
    st.integers(0, 20).map(str),
    st.integers(0, 20).map(hex),
    st.integers(0, 20).map(lambda each: ".".join(map(str, struct.pack("=I", each)))),
)
_VALUES = st.one_of(
    st.just(MISSING),
    st.integers(-3, 70_000),
    st.sampled_from(["drop", "10.0.0.0/8", True, [1, 2]]),
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), min_size=1),
)


def _once(entries: list[tuple[Any, Any]]) -> Entries:
    found = {number(key): (key, value) for key, value in entries}
    return dict(found.values())


_ENTRIES = st.lists(st.tuples(_KEYS, _VALUES), max_size=12).map(_once)


def _added(before: dict[tuple[str, ...], Any], after: dict[tuple[str, ...], Any]) -> dict[tuple[str, ...], Any]:
    """Fields that are not declared stay; a whole replaces its parts, and parts replace the whole."""
    whole = ("value",)
    if whole in after or (whole in before and after):
        return after
    return {**before, **after}


@given(_ENTRIES, _ENTRIES)
def test_present_entries_are_added_and_update_what_is_there(one: Entries, other: Entries) -> None:
    kept, present = made(one), made(other)
    found = merge.together(kept, present, keys_of)
    expected = model(kept)
    for key, value in model(present).items():
        expected[key] = _added(expected.get(key, {}), value)
    assert model(found) == expected
    assert merge.together(found, present, keys_of) is found or not (kept.count and present.count)


@given(_ENTRIES, _ENTRIES)
def test_values_that_are_there_may_stay(one: Entries, other: Entries) -> None:
    kept, present = made(one), made(other)
    found = merge.together(kept, present, keys_of, keep_values=True)
    assert model(found) == {**model(present), **model(kept)}


@given(_ENTRIES, _ENTRIES)
def test_absent_entries_go_whatever_their_values(one: Entries, other: Entries) -> None:
    kept, absent = made(one), made(other)
    found = merge.without(kept, absent, keys_of)
    gone = model(absent)
    assert model(found) == {key: value for key, value in model(kept).items() if key not in gone}


@given(_ENTRIES, _ENTRIES)
def test_the_result_is_what_one_task_with_these_entries_would_keep(one: Entries, other: Entries) -> None:
    found = merge.together(made(one), made(other), keys_of)
    assert found == pack.unpack(pack.pack(found))
    rows = []
    for block in found.blocks:
        columns = items(block)
        for row in range(block.count):
            value: Any = MISSING
            for path, column in columns.items():
                if path == ("value",):
                    value = column[row]
                elif path[0] == "value":
                    value = {**({} if value is MISSING else value), path[1]: column[row]}
            rows.append((columns["key",][row], value, len(rows)))
    assert table_of(reversed(rows), Places()).table == found


def test_two_forms_of_one_key_are_one_entry() -> None:
    kept = made({16843009: {"rate": 1, "burst": 2}, "0x2": {"rate": 1, "burst": 2}})
    found = merge.together(kept, made({"1.1.1.1": {"rate": 5}, 2: {"burst": 3}}), keys_of)
    assert model(found) == {
        number("1.1.1.1"): {("value", "rate"): 5, ("value", "burst"): 2},
        2: {("value", "rate"): 1, ("value", "burst"): 3},
    }
    assert merge.without(found, made({"2": MISSING, "0x1010101": MISSING}), keys_of).count == 0
