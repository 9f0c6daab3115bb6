# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack, stored
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import (
    ARGUMENTS,
    NEEDED,
    Lacking,
    declared,
    take,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._internal import unpack

TABLE = declared([{"key": "10.0.0.0/8", "value": 1}, {"key": "9.0.0.0/8"}]).table
PACKED = pack.pack(TABLE)
DIGEST = pack.digest(PACKED)
EMPTY = pack.pack(Table())
INLINE = {"digest": DIGEST, "data": base64.b64encode(PACKED).decode()}
NOTHING = {"digest": pack.digest(EMPTY), "data": base64.b64encode(EMPTY).decode()}


def element(**given: Any) -> dict[str, Any]:
    """As ``AnsibleModule`` fills it up."""
    whole = {"map": "m", **{name: option.get("default") for name, option in ARGUMENTS.items()}}
    unpack({"contents": [whole]})
    return {**whole, **given}


def one(directory: str = "/nonexistent", **given: Any) -> Wanted:
    (wanted,) = take([element(**given)], directory)
    return wanted


def test_a_path_wins_over_the_name_of_a_map() -> None:
    assert one(path="/sys/fs/bpf/a/maps/other", entries=[{"key": 1}]).map == "other"
    assert one(path=None, entries=[{"key": 1}]).map == "m"


def declares(wanted: Wanted) -> dict[str, Any]:
    """What the task says, without where it came from."""
    return {name: value for name, value in wanted._asdict().items() if name not in ("read", "packed")}


def test_what_was_sent_is_taken(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(PACKED)
    for sent in (INLINE, {"digest": DIGEST, "path": str(tmp_path / "sent")}):
        assert declares(one(_packed=sent)) == declares(Wanted("m", TABLE, digest=DIGEST))
    given = {
        "state": "present",
        "exclusive": True,
        "allow_empty": True,
        "existing": "keep",
        "atomic": True,
        "key_type": "ipv4",
        "value_type": [{"name": "a", "type": "u8"}],
        "default_value": 5,
        "permanent": False,
    }
    assert declares(one(_packed=INLINE, **given)) == declares(Wanted("m", TABLE, digest=DIGEST, **given))


def test_what_is_kept_need_not_be_sent(tmp_path: Path) -> None:
    (tmp_path / stored.DIRECTORY).mkdir()
    os.chmod(tmp_path, 0o700)
    path = Path(stored.path(str(tmp_path), DIGEST))
    with pytest.raises(Lacking) as caught:
        take([element(_packed={"digest": DIGEST}), element(map="n", _packed={"digest": DIGEST})], str(tmp_path))
    assert caught.value.answer == {NEEDED: [DIGEST]}
    path.write_bytes(PACKED)
    if not stored.ownership.weakness(
        str(path.parent)
    ):  # the tests' directory may be below one that others can write to
        assert one(str(tmp_path), _packed={"digest": DIGEST})[:2] == ("m", TABLE)
    path.write_bytes(PACKED + b"x")
    with pytest.raises(Lacking):
        one(str(tmp_path), _packed={"digest": DIGEST})


def test_a_file_of_the_host_is_read_here(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("value,key\n,9.0.0.0/8\n1,10.0.0.0/8\n")
    wanted = one(src=str(path), remote_src=True)
    assert (wanted.map, wanted.table.count) == ("m", 2)
    assert wanted.digest == pack.digest(pack.pack(wanted.table))
    assert str(wanted.read.wrong(1, 0, "odd")) == f"{path}, line 3: odd. Nothing was changed"
    assert one(src=str(path), format="lines").table != wanted.table


def test_nothing_at_all() -> None:
    empty = declares(Wanted("m", Table(), exclusive=True, allow_empty=True, digest=pack.digest(EMPTY)))
    for given in ({}, {"_packed": NOTHING}, {"entries": []}):
        assert declares(one(exclusive=True, allow_empty=True, **given)) == empty
    assert one(_packed=NOTHING).table == Table()


def test_a_map_that_is_named_by_its_path() -> None:
    (wanted,) = take([element(map=None, path="/sys/fs/bpf/blocked/", _packed=INLINE)], "/nonexistent")
    assert wanted.map == "blocked"


def test_entries_that_did_not_pass_the_controller() -> None:
    assert one(entries=[{"key": "9.0.0.0/8"}, {"key": "10.0.0.0/8", "value": 1}]).table == TABLE


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"src": "a\0b"}, "src: 'a\\x00b' contains a character that no name or path can have"),
        ({"state": "absent", "exclusive": True}, "m: exclusive does not go with state: absent"),
        ({"state": "absent", "atomic": True}, "m: atomic does not go with state: absent"),
        ({"_packed": None}, "m: neither entries nor src is given. To empty the map, set exclusive and allow_empty"),
        ({"_packed": None, "exclusive": True}, "m: neither entries nor src is given"),
        ({"_packed": None, "allow_empty": True}, "m: neither entries nor src is given"),
        ({"_packed": NOTHING, "exclusive": True}, "m: there are no entries, and exclusive would empty the map"),
        ({"_packed": {**INLINE, "digest": "0" * 64}}, "The packed entries are not those that were sent"),
        ({"_packed": {"digest": DIGEST, "data": "A"}}, "The packed entries are not those that were sent"),
        ({"_packed": {"digest": DIGEST, "data": ["A"]}}, "The packed entries are not those that were sent"),
        (
            {"_packed": {"digest": pack.digest(b"x"), "data": base64.b64encode(b"x").decode()}},
            "m: the packed entries cannot be read: they do not begin with",
        ),
    ],
)
def test_options_that_make_no_sense(given: dict[str, Any], text: str) -> None:
    with pytest.raises(XdpError) as caught:
        one(**{"_packed": INLINE, **given})
    assert str(caught.value).startswith(text)


def test_a_map_is_there_once() -> None:
    with pytest.raises(XdpError, match=r"^contents: the map m is there twice"):
        take([element(_packed=INLINE), element(map="n", _packed=INLINE), element(_packed=INLINE)], "/nonexistent")
    assert [each.map for each in take([element(map=name, _packed=INLINE) for name in "abc"], "/nonexistent")] == [
        "a",
        "b",
        "c",
    ]
