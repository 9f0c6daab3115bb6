# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack, stored
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import declared
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wrong import EntryError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_contents import KeptContents
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_declared import differing

_HASH = MapTypes("hash", 4, 8, key_type="u32", value_type="u64")


def _wanted(entries: dict[Any, Any], **options: Any) -> Wanted:
    rows = [{"key": key, **({} if value is None else {"value": value})} for key, value in entries.items()]
    table = declared(rows).table
    return Wanted("limits", table, digest=pack.digest(pack.pack(table)), **options)


def _kept(directory: Path, entries: dict[Any, Any]) -> KeptContents:
    packed = pack.pack(_wanted(entries).table)
    where = Path(stored.path(str(directory), pack.digest(packed)))
    where.parent.mkdir(mode=0o700)
    where.write_bytes(packed)
    os.chmod(where, 0o600)
    return KeptContents("limits", pack.digest(packed), len(entries))


@pytest.mark.parametrize(
    ("wanted", "is_kept"),
    [
        (_wanted({1: 10, 2: 20}), True),
        (_wanted({1: 10}), True),
        (_wanted({"0x1": 10}), True),
        (_wanted({1: None}), True),
        (_wanted({1: 11}), False),
        (_wanted({1: 11}, existing="keep"), True),
        (_wanted({3: 10}), False),
        (_wanted({1: 10}, exclusive=True), False),
        (_wanted({1: 10, 2: 20}, exclusive=True), True),
        (_wanted({3: None}, state="absent"), True),
        (_wanted({1: None}, state="absent"), False),
        (_wanted({"one": 1}), False),
    ],
)
def test_what_is_declared_is_kept_or_not(tmp_path: Path, wanted: Wanted, is_kept: bool) -> None:
    kept = _kept(tmp_path, {1: 10, 2: 20})
    assert differing(str(tmp_path), [kept], [wanted], {"limits": _HASH}) == ([] if is_kept else ["limits"])


def test_nothing_is_kept(tmp_path: Path) -> None:
    types = {"limits": _HASH}
    assert differing(str(tmp_path), [], [_wanted({1: 10})], types) == ["limits"]
    assert differing(str(tmp_path), [], [_wanted({1: None}, state="absent")], types) == []


def test_a_table_that_is_lost_brings_back_nothing(tmp_path: Path) -> None:
    kept = KeptContents("limits", "0" * 64, 2)
    assert differing(str(tmp_path), [kept], [_wanted({1: 10})], {"limits": _HASH}) == ["limits"]


def test_an_entry_is_named_by_its_key() -> None:
    whole, fields = _wanted({7: 1}), _wanted({})._replace(table=declared([{"key": {"port": 53}}]).table)
    error = EntryError(whole, WrongEntry(0, 0, "value is wrong"))
    assert str(error) == "The entry 7 of the map limits: value is wrong. Nothing was changed"
    assert error.answer == {"_entry": {"map": "limits", "block": 0, "row": 0}}
    assert str(EntryError(fields, WrongEntry(0, 0, "key is wrong"))).startswith(
        "The entry {'port': 53} of the map limits:"
    )
