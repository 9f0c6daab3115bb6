# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that cannot be what a map's bytes are."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

_NOT_A_FIELD = "is not a field. Write {name: NAME, type: TYPE}, and for text, hex the size as well"


def _deep(levels: int) -> Any:
    return [{"name": "a", "type": _deep(levels - 1) if levels else "u8"}]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("ipv4", "ipv4 takes 4 bytes, and the keys of the map have 8"),
        ("u16", "u16 takes 2 bytes, and the keys of the map have 8"),
        (
            [{"name": "a", "type": "u64"}, {"name": "b", "type": "u8"}],
            "the fields take 16 bytes, laid out as C does, and the keys of the map have 8",
        ),
        (
            "u33",
            "there is no type u33. Did you mean u32? Types are: ipv4, ipv6, mac, be16, be32, be64, u8, u16, u32, u64, i8, i16, "
            "i32, i64, bool, text, hex, or a list of fields",
        ),
        (
            7,
            "there is no type 7. Types are: ipv4, ipv6, mac, be16, be32, be64, u8, u16, u32, u64, i8, i16, i32, i64, bool, "
            "text, hex, or a list of fields",
        ),
        ([], "there are 0 fields, and 1 to 1024 are possible"),
        (
            [{"name": f"f{index}", "type": "u8"} for index in range(1025)],
            "there are 1025 fields, and 1 to 1024 are possible",
        ),
        (["u8"], f"u8 {_NOT_A_FIELD}"),
        ([{"name": "a"}], f"{{'name': 'a'}} {_NOT_A_FIELD}"),
        ([{"name": "a", "type": "u8", "count": 2}], f"{{'name': 'a', 'type': 'u8', 'count': 2}} {_NOT_A_FIELD}"),
        ([{"name": 1, "type": "u8"}], "1 is not a valid name of a field, or is used twice"),
        ([{"name": "", "type": "u8"}], "'' is not a valid name of a field, or is used twice"),
        ([{"name": "\ud800", "type": "u8"}], "'\\ud800' is not a valid name of a field, or is used twice"),
        ([{"name": "a", "type": "u8"}] * 2, "'a' is not a valid name of a field, or is used twice"),
        (
            [{"name": "a", "type": "text"}],
            "a field of type text needs its size in bytes, as {name: NAME, type: text, size: 16}",
        ),
        (
            [{"name": "a", "type": "text", "size": 0}],
            "the size of field a has to be a number from 1 to 4194304, and only text, hex have one",
        ),
        (
            [{"name": "a", "type": "hex", "size": "x"}],
            "the size of field a has to be a number from 1 to 4194304, and only text, hex have one",
        ),
        (
            [{"name": "a", "type": "u8", "size": 8}],
            "the size of field a has to be a number from 1 to 4194304, and only text, hex have one",
        ),
        (_deep(40), "fields lie within more than 32 others"),
    ],
)
def test_options_that_do_not_fit(option: Any, message: str) -> None:
    for make in (
        lambda: MapTypes("hash", 8, 8, key_type=option),
        lambda: MapTypes("hash", 8, 8, value_type=option),
    ):
        with pytest.raises(XdpError) as caught:
            make()
        name, _colon, text = str(caught.value).partition(": ")
        assert text == (message if name == "key_type" else message.replace("the keys", "the values"))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("ipv6", "key_type: ipv6 takes 16 bytes, and the keys of the map have 4 after the length"),
        (
            [{"name": "a", "type": "u64"}],
            "key_type: the fields take 16 bytes, laid out as C does, and the keys of the map have 8",
        ),
    ],
)
def test_options_that_do_not_fit_a_trie(option: Any, message: str) -> None:
    with pytest.raises(XdpError) as caught:
        MapTypes("lpm_trie", 8, 4, key_type=option)
    assert str(caught.value) == message
