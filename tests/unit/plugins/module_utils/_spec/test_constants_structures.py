# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arrays, texts and structures as values of constants."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.constant_specs import (
    Maker,
    after,
    array,
    char,
    integer,
    object_of,
    refusal,
)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b"\0\0\0\0\0\0\0\0"),
        ("abc", b"abc\0\0\0\0\0"),
        ("seven ch", None),
        ("7 chars", b"7 chars\0"),
        ("straße", b"stra\xc3\x9fe\0"),
        ("12", b"12\0\0\0\0\0\0"),
    ],
)
def test_a_text(text: str, data: bytes | None) -> None:
    spec = object_of(array(char, 8), before=b"\xff" * 8)
    if data is None:
        assert refusal(spec, text) == "x is a text of 8 bytes, and 7 are possible"
    else:
        assert after(spec, text) == data


@pytest.mark.parametrize("element", [integer(1), integer(1, signed=True), integer(4)])
@pytest.mark.parametrize("text", ["", "abc", "12", "yes"])
def test_a_text_is_for_characters_alone(element: Maker, text: str) -> None:
    assert refusal(object_of(array(element, 8)), text) == (
        f"x is {text!r}, and has to be a list. Texts are for arrays of char"
    )


def test_a_text_s_length_is_in_bytes() -> None:
    assert refusal(object_of(array(char, 8)), "größeß") == "x is a text of 9 bytes, and 7 are possible"


def test_a_text_that_cannot_be_bytes_is_refused() -> None:
    assert refusal(object_of(array(char, 8)), "\ud800")


def test_an_array_of_characters_may_be_a_list() -> None:
    assert after(object_of(array(char, 4)), [1, -1, "0x41", 127]) == b"\x01\xff\x41\x7f"


def test_a_list() -> None:
    assert after(object_of(array(integer(2), 3)), [1, "0x1234", 65535]) == struct.pack("=3H", 1, 0x1234, 65535)


@pytest.mark.parametrize("items", [[], [1], [1, 2], [1, 2, 3, 4]])
def test_a_list_has_to_be_as_long_as_the_array(items: list[int]) -> None:
    assert refusal(object_of(array(integer(2), 3)), items) == f"x is a list of {len(items)}, and has to be one of 3"


@pytest.mark.parametrize("value", [None, 1, "abc", {"0": 1}, 1.5])
def test_what_is_no_list_is_refused(value: Any) -> None:
    refused = refusal(object_of(array(integer(2), 4)), value)
    more = ". Texts are for arrays of char" if isinstance(value, str) else ""
    assert refused == f"x is {value!r}, and has to be a list{more}"


@pytest.mark.parametrize("value", [None, 1, {"0": 1}])
def test_what_is_neither_a_text_nor_a_list_is_refused(value: Any) -> None:
    assert refusal(object_of(array(char, 3)), value) == f"x is {value!r}, and has to be a text or a list"


def test_the_item_that_is_wrong_is_named() -> None:
    assert refusal(object_of(array(integer(1), 3)), [1, 2, 256]) == (
        "x[2] is 256, and has to be from 0 to 255 (8 bits)"
    )


def test_lists_in_lists() -> None:
    spec = object_of(array(array(integer(1), 2), 3))
    assert after(spec, [[1, 2], [3, 4], [5, 6]]) == bytes(range(1, 7))
    assert refusal(spec, [[1, 2], [3], [5, 6]]) == "x[1] is a list of 1, and has to be one of 2"


def test_texts_in_a_list() -> None:
    spec = object_of(array(array(char, 4), 2), before=b"\xff" * 8)
    assert after(spec, ["ab", "xyz"]) == b"ab\0\0xyz\0"


@pytest.mark.parametrize("value", [[], ""])
def test_an_array_without_items(value: Any) -> None:
    def make(file: BtfFile) -> int:
        return file.structure("s", 4, [("a", file.u32(), 0), ("more", file.array(char(file), 0), 32)])

    spec = object_of(make, before=b"\1\2\3\4")
    if value == "":
        assert refusal(spec, {"more": value})
    else:
        assert after(spec, {"more": value}) == b"\1\2\3\4"


def limits(file: BtfFile) -> int:
    """struct { __u16 port; signed char delta; __u32 range[2]; struct { __u8 on; char name[3]; } log; }"""
    small = file.integer("short", 2)
    log = file.structure("log", 4, [("on", integer(1)(file), 0), ("name", file.array(char(file), 3), 8)])
    members = [
        ("port", small, 0),
        ("delta", char(file), 16),
        ("range", file.array(file.u32(), 2), 32),
        ("log", log, 96),
    ]
    return file.structure("limits", 16, members)


BEFORE = bytes(range(1, 17))


def test_a_whole_structure() -> None:
    value = {"port": 80, "delta": -1, "range": [1, 2], "log": {"on": 1, "name": "ab"}}
    assert after(object_of(limits, before=BEFORE), value) == (
        struct.pack("=Hb", 80, -1) + b"\4" + struct.pack("=2I", 1, 2) + b"\1ab\0"
    )


@pytest.mark.parametrize(
    ("value", "start", "data"),
    [
        ({}, 0, b""),
        ({"delta": 0}, 2, b"\0"),
        ({"range": [0, 0]}, 4, bytes(8)),
        ({"log": {}}, 0, b""),
        ({"log": {"name": "z"}}, 13, b"z\0\0"),
        ({"log": {"on": 0}, "delta": 9}, 2, b"\x09"),
    ],
)
def test_members_that_are_left_out_stay_as_they_are(value: dict[str, Any], start: int, data: bytes) -> None:
    expected = bytearray(BEFORE)
    expected[start : start + len(data)] = data
    if "on" in value.get("log", {}):
        expected[12] = 0
    assert after(object_of(limits, before=BEFORE), value) == bytes(expected)


def test_a_member_that_is_not_there_is_refused_with_those_that_are() -> None:
    spec = object_of(limits)
    assert refusal(spec, {"ports": 1}) == "x has no member ports. Did you mean port? It has: port, delta, range, log"
    assert refusal(spec, {"log": {"off": 1}}) == "x.log has no member off. It has: on, name"
    assert refusal(spec, {1: 1}) == "x has no member 1. It has: port, delta, range, log"


def test_the_member_that_is_wrong_is_named() -> None:
    spec = object_of(limits)
    assert refusal(spec, {"port": -1}) == "x.port is -1, and has to be from 0 to 65535 (16 bits)"
    assert refusal(spec, {"range": [1, "y"]}) == "x.range[1] is 'y', and has to be a number or an IPv4 address"
    assert refusal(spec, {"log": 7}) == "x.log is 7, and has to be a dictionary"


@pytest.mark.parametrize("value", [None, 1, "port=80", [80], [("port", 80)]])
def test_what_is_no_dictionary_is_refused(value: Any) -> None:
    assert refusal(object_of(limits), value) == f"x is {value!r}, and has to be a dictionary"


def test_dictionaries_in_a_list() -> None:
    def make(file: BtfFile) -> int:
        pair = file.structure("pair", 4, [("a", integer(2)(file), 0), ("b", integer(2)(file), 16)])
        return file.array(pair, 2)

    before = struct.pack("=4H", 1, 2, 3, 4)
    assert after(object_of(make, before=before), [{"b": 7}, {"a": 8}]) == struct.pack("=4H", 1, 7, 8, 4)


def bits(file: BtfFile) -> int:
    """struct { __u32 low:3, mid:5, high:8; __u8 plain; }"""
    u32 = file.u32()
    fields = [("low", u32, 3 << 24), ("mid", u32, 5 << 24 | 3), ("high", u32, 8 << 24 | 8)]
    return file.structure("bits", 8, [*fields, ("plain", integer(1)(file), 32)], flag=True)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ({"low": 5}, 0xFFFFFFFD),
        ({"mid": 0}, 0xFFFFFF07),
        ({"high": 0x12, "low": 0}, 0xFFFF12F8),
        ({"low": 1, "mid": 2, "high": 3}, 0xFFFF0311),
    ],
)
def test_bit_fields_leave_their_neighbours_as_they_are(value: dict[str, int], number: int) -> None:
    assert after(object_of(bits, before=b"\xff" * 8), value) == struct.pack("=I", number) + b"\xff" * 4


@pytest.mark.parametrize(("name", "width"), [("low", 3), ("mid", 5), ("high", 8)])
@pytest.mark.parametrize("above", [0, 1000])
def test_a_bit_field_has_a_range(name: str, width: int, above: int) -> None:
    value = (1 << width) + above
    assert refusal(object_of(bits), {name: value}) == (
        f"x.{name} is {value}, and has to be from 0 to {(1 << width) - 1} ({width} bits)"
    )


def test_an_enumeration_as_a_bit_field() -> None:
    def make(file: BtfFile) -> int:
        enum = file.enum("e", {"MINUS": -2, "PLUS": 2, "LARGE": 100}, signed=True)
        large = file.enum64("l", {"DOWN": -1, "UP": 1}, signed=True)
        members = [("a", enum, 4 << 24), ("b", large, 4 << 24 | 4)]
        return file.structure("s", 1, members, flag=True)

    spec = object_of(make)
    assert after(spec, {"a": "PLUS", "b": "UP"}) == b"\x12"
    assert after(spec, {"a": "MINUS", "b": "DOWN"}) == b"\xfe"
    assert after(spec, {"a": "7", "b": 15}) == b"\xf7"
    assert refusal(spec, {"a": "LARGE"}) == "x.a is 100, and has to be from -8 to 15 (4 bits)"
    assert refusal(spec, {"a": "OTHER"}) == "x.a is 'OTHER', and has to be one of: MINUS, PLUS, LARGE"


def test_a_bit_field_of_no_number_is_damage() -> None:
    def make(file: BtfFile) -> int:
        return file.structure("s", 8, [("p", file.ptr(0), 4 << 24)], flag=True)

    assert refusal(object_of(make), {"p": 1}) == "x.p is of a type that cannot be set, such as a pointer"


def test_an_integer_of_fewer_bits_than_its_bytes() -> None:
    spec = object_of(lambda file: file.add(kinds.INT, "int", 1, [3]), before=b"\xff")
    assert after(spec, 2) == b"\xfa"
    assert refusal(spec, 8) == "x is 8, and has to be from 0 to 7 (3 bits)"


def test_a_member_next_to_bit_fields_can_be_set() -> None:
    assert after(object_of(bits, before=b"\xff" * 8), {"plain": 1}) == b"\xff\xff\xff\xff\1\xff\xff\xff"


def test_a_bit_field_as_older_compilers_have_it() -> None:
    """The integer says that it has 5 bits, the structure where they begin."""

    def make(file: BtfFile) -> int:
        five = file.add(kinds.INT, "unsigned int", 4, [5])
        return file.structure("bits", 4, [("low", file.add(kinds.INT, "unsigned int", 4, [3]), 0), ("mid", five, 3)])

    assert after(object_of(make, before=b"\xff" * 4), {"mid": 1}) == b"\x0f\xff\xff\xff"


def test_a_member_that_does_not_begin_with_a_byte_is_damage() -> None:
    def make(file: BtfFile) -> int:
        return file.structure("bits", 8, [("low", file.u32(), 0), ("mid", file.ptr(0), 3)])

    assert refusal(object_of(make), {"low": 1}) == "the object's BTF is damaged: mid does not begin with a byte"


def test_a_member_that_is_a_pointer_cannot_be_set() -> None:
    assert refusal(object_of(lambda file: file.structure("s", 8, [("p", file.ptr(0), 0)])), {"p": 0}) == (
        "x.p is of a type that cannot be set, such as a pointer"
    )


def either(file: BtfFile) -> int:
    """struct { __u16 port; union { __u32 a; struct { __u8 b; __u8 c; }; }; }"""
    inner = file.structure("", 2, [("b", integer(1)(file), 0), ("c", integer(1)(file), 8)])
    union = file.union("", 4, [("a", file.u32(), 0), ("", inner, 0)])
    return file.structure("s", 8, [("port", integer(2)(file), 0), ("", union, 32)])


def test_members_of_unnamed_members_are_the_structure_s_own() -> None:
    spec = object_of(either, before=b"\xff" * 8)
    assert after(spec, {"port": 1, "c": 2}) == struct.pack("=H6B", 1, 255, 255, 255, 2, 255, 255)
    assert after(spec, {"a": 0x0202, "b": 2}) == struct.pack("=2H2H", 0xFFFF, 0xFFFF, 0x0202, 0)
    assert refusal(spec, {"d": 2}) == "x has no member d. It has: port, a, b, c"


def test_members_in_the_same_bytes_have_to_agree() -> None:
    assert refusal(object_of(either), {"a": 0x0202, "b": 3}) == (
        "x.b is in the same bytes as another member, which has another value. Give one of the two"
    )


def test_nothing_is_written_when_a_part_of_the_value_is_wrong() -> None:
    spec = object_of(limits, before=BEFORE)
    refusal(spec, {"port": 1, "delta": 1000})
    assert after(spec, {}) == BEFORE


def test_a_value_may_be_as_deep_as_the_type() -> None:
    def make(file: BtfFile) -> int:
        type_id = file.u32()
        for _level in range(20):
            type_id = file.structure("s", 4, [("in", type_id, 0)])
        return type_id

    value: Any = 7
    for _level in range(20):
        value = {"in": value}
    assert after(object_of(make), value) == struct.pack("=I", 7)
    assert set_constants(object_of(make), {"x": {}}).maps[1].variables is not None
