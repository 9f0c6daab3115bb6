# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a difference says, and that of a map that is not there yet."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.compare import compare_fresh
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.difference import Difference, Entry, Rows
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, Segment, WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Counts, Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError


def test_the_first_changes_are_in_order() -> None:
    difference = Difference(
        Counts(3, 1, 1, 0),
        (Rows(2, b"ab", b"xy", False, b"\xff"), Rows(1, b"c", b"z", True, b"\xff")),
        (Rows(1, b"d", b"\x02", False, b"\x0f", b"\x11"),),
        Rows(1, b"e", old=b"o"),
    )
    every = [
        Entry(b"a", None, b"x"),
        Entry(b"b", None, b"y"),
        Entry(b"c", None, b"z"),
        Entry(b"d", b"\x11", b"\x12"),
        Entry(b"e", b"o", None),
    ]
    assert difference.first(10, 1, 1) == every
    assert difference.first(2, 1, 1) == every[:2]
    assert difference._replace(is_array=True).first(10, 1, 1)[-1] == Entry(b"e", b"o", b"\0")


@pytest.mark.parametrize(
    ("counts", "changed"),
    [(Counts(1), True), (Counts(0, 1), True), (Counts(0, 0, 1), True), (Counts(unchanged=5), False)],
)
def test_whether_there_is_one(counts: Counts, changed: bool) -> None:
    assert Difference(counts).changed == changed


def _fresh(map_type: str, max_entries: int, values: list[int], **options: Any) -> Difference:
    info = MapInfo(1, "m", map_type, 4, 4, max_entries, options.pop("flags", 0), 0, 0, 0, 0, 0)
    keys = struct.pack(f"={len(values)}I", *range(len(values)))
    segment = Segment(len(values), keys, struct.pack(f"={len(values)}I", *values), False, b"\xff" * 4)
    return compare_fresh(info, Encoded((segment,), 4, 4), Wanted("m", Table(), **options))


@pytest.mark.parametrize("options", [{}, {"existing": "keep"}, {"exclusive": True}])
def test_a_new_map_gets_everything(options: dict[str, Any]) -> None:
    found = _fresh("hash", 3, [0, 1, 2], **options)
    assert found.counts == Counts(added=3)
    assert found.adds[0].count == 3 and not found.updates and not found.removes.count


@pytest.mark.parametrize("options", [{}, {"existing": "keep"}, {"exclusive": True}])
def test_a_new_array_has_zeros(options: dict[str, Any]) -> None:
    found = _fresh("array", 3, [0, 1, 2], **options)
    assert found.counts == Counts(updated=2, unchanged=1)
    assert [(bytes(rows.keys), bytes(rows.old)) for rows in found.updates] == [(struct.pack("=2I", 1, 2), bytes(8))]


@pytest.mark.parametrize("map_type", ["hash", "array"])
def test_nothing_is_removed_from_a_new_map(map_type: str) -> None:
    found = _fresh(map_type, 3, [1, 2], state="absent")
    assert found.counts == Counts(unchanged=2)
    assert not found.changed


def test_what_does_not_fit_into_a_new_map_is_refused() -> None:
    with pytest.raises(XdpError, match="room for 2 entries, and 0 of those in it stay, so 2 more fit, and 3 are"):
        _fresh("hash", 2, [1, 2, 3])
    with pytest.raises(WrongEntry, match=r"the last index is 1 \(max_entries 2\)"):
        _fresh("array", 2, [1, 2, 3])
    with pytest.raises(XdpError, match="room for 2 entries"):
        _fresh("lru_hash", 2, [1, 2, 3])
