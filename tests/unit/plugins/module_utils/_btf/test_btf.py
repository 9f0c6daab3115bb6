# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BTF as it is read."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import (
    HEADER,
    HEADER_SIZE,
    MAGIC,
    BtfFile,
    seen,
)


def one_of_each() -> BtfFile:
    """Types 1 to 19 are of the kinds of the same number."""
    file = BtfFile()
    file.integer("unsigned char", 1, kinds.BOOL)
    file.ptr(1)
    file.array(1, 7, 1)
    file.structure("pair", 8, [("first", 1, 0), ("second", 2, 32)], flag=True)
    file.union("either", 8, [("one", 1, 0), ("other", 2, 0)])
    file.enum("mode", {"OFF": 0, "ON": 1, "BAD": -1}, signed=True)
    file.add(kinds.FWD, "later", flag=True)
    file.typedef("byte", 1)
    file.volatile(1)
    file.const(9)
    file.add(kinds.RESTRICT, "", 2)
    file.func("main", 13)
    file.proto(1, [("context", 2), ("", 0)])
    file.var("port", 10)
    file.datasec(".rodata", 8, [(14, 4, 1), (14, 6, 1)])
    file.real("double", 8)
    file.add(kinds.DECL_TAG, "here", 4, [1])
    file.add(kinds.TYPE_TAG, "user", 1)
    file.enum64("large", {"TOP": (1 << 64) - 1, "NEXT": 1 << 32})
    return file


def test_every_kind_is_read_whole_and_the_next_type_follows() -> None:
    btf = Btf(one_of_each().blob())
    assert [btf_type.kind for btf_type in btf.types] == list(range(20))


@pytest.mark.parametrize(
    ("type_id", "what"),
    [
        (1, ("int", "unsigned char", False, 1, (kinds.BOOL << 24 | 8,))),
        (2, ("ptr", "", 0, (), ("int", "unsigned char", False, 1, (kinds.BOOL << 24 | 8,)))),
        (6, ("enum", "mode", True, 4, [("OFF", (0,)), ("ON", (1,)), ("BAD", (0xFFFFFFFF,))])),
        (7, ("fwd", "later", True, 0, ())),
        (16, ("float", "double", False, 8, ())),
        (19, ("enum64", "large", False, 8, [("TOP", (0xFFFFFFFF, 0xFFFFFFFF)), ("NEXT", (0, 1))])),
    ],
)
def test_types_have_all_that_they_were_written_with(type_id: int, what: Any) -> None:
    assert seen(Btf(one_of_each().blob()), type_id) == what


def test_entries_are_members_parameters_enumerators_or_variables() -> None:
    btf = Btf(one_of_each().blob())
    assert [(btf.string(name), btf_type, place) for name, btf_type, place in btf.type(4).entries()] == [
        ("first", 1, 0),
        ("second", 2, 32),
    ]
    assert [btf.string(name) for name, _type in btf.type(13).entries()] == ["context", ""]
    assert [btf.string(name) for name, _value in btf.type(6).entries()] == ["OFF", "ON", "BAD"]
    assert btf.type(15).entries() == [(14, 4, 1), (14, 6, 1)]
    assert btf.type(1).entries() == btf.type(3).entries() == btf.type(14).entries() == []


def test_a_function_has_its_linkage() -> None:
    file = BtfFile()
    file.func("help", file.proto(0), linkage=kinds.STATIC)
    file.func("main", 1, linkage=1)
    assert [btf_type.vlen for btf_type in Btf(file.blob()).types[2:]] == [0, 1]


@pytest.mark.parametrize("blob", [BtfFile().blob(), b""])
def test_no_types_are_only_void(blob: bytes) -> None:
    btf = Btf(blob)
    assert [btf_type.kind for btf_type in btf.types] == [0]
    assert btf.name(btf.type(0)) == ""
    assert btf.find(kinds.INT, "int") is None


def test_the_parts_may_be_anywhere_behind_the_header() -> None:
    file = one_of_each()
    types, strings = b"".join(file.types), bytes(file.strings)
    sizes = (5 + len(strings), len(types), 5, len(strings))
    header = struct.pack(HEADER, MAGIC, 1, 0, HEADER_SIZE + 8, *sizes)
    btf = Btf(header + bytes(8) + bytes(5) + strings + types + b"more")
    assert seen(btf, 15) == seen(Btf(file.blob()), 15)


def test_strings_may_share_their_ends() -> None:
    # As after deduplication.
    file = BtfFile()
    place = file.string("unsigned char")
    file.add(kinds.TYPEDEF, "", 0)
    btf = Btf(file.blob())
    assert btf.string(place) == "unsigned char"
    assert btf.string(place + 9) == "char"


@pytest.mark.parametrize("length", [1, 511, 4095, 4096, 20_000])
def test_a_text_may_be_long(length: int) -> None:
    # Lines of the source are among the strings, and generated code has long ones.
    file = BtfFile()
    place = file.string("x" * length)
    assert Btf(file.blob()).string(place) == "x" * length


def test_names_need_not_be_utf_8() -> None:
    file = BtfFile()
    place = file.string(b"gr\xfc\xdfe")
    assert Btf(file.blob()).string(place) == "gr\ufffd\ufffde"


def test_the_first_type_of_a_kind_and_name_is_found() -> None:
    file = BtfFile()
    file.integer("x", 4)
    file.typedef("x", 1)
    file.integer("x", 8)
    btf = Btf(file.blob())
    assert btf.find(kinds.INT, "x") == 1
    assert btf.find(kinds.TYPEDEF, "x") == 2
    assert btf.find(kinds.STRUCT, "x") is None
    assert btf.find(kinds.INT, "y") is None


def test_a_type_without_a_name_is_not_found() -> None:
    file = BtfFile()
    file.structure("", 0, [])
    assert Btf(file.blob()).find(kinds.STRUCT, "") is None


@pytest.mark.parametrize("type_id", [-1, 1, 2, 1 << 31])
def test_a_type_that_is_not_there(type_id: int) -> None:
    with pytest.raises(Malformed, match=rf"^there is no type {type_id}$"):
        Btf(BtfFile().blob()).type(type_id)


def header(**fields: int) -> bytes:
    """The example with other values in its header."""
    blob = one_of_each().blob()
    names = ("magic", "version", "flags", "header", "type_start", "type_size", "string_start", "string_size")
    values = dict(zip(names, struct.unpack_from(HEADER, blob)))
    return struct.pack(HEADER, *{**values, **fields}.values()) + blob[HEADER_SIZE:]


@pytest.mark.parametrize("length", [1, 12, 23])
def test_shorter_than_its_header(length: int) -> None:
    with pytest.raises(Malformed, match=r"^it is shorter than its header$"):
        Btf(header()[:length])


@pytest.mark.parametrize("magic", [0, 0x9FEB, 0xEB9E])
def test_another_beginning(magic: int) -> None:
    with pytest.raises(Malformed, match=r"^it does not begin as BTF does$"):
        Btf(header(magic=magic))


@pytest.mark.parametrize(
    "fields",
    [
        {"header": 0},
        {"header": 23},
        {"header": 0xFFFFFFFF},
        {"type_start": 0xFFFFFFFF},
        {"type_size": 0xFFFFFFFF},
        {"string_start": 0xFFFFFFFF},
        {"string_size": 0xFFFFFFFF},
        {"type_start": 1 << 31, "type_size": 1 << 31},
        {"string_size": len(one_of_each().strings) + 1},
    ],
)
def test_parts_that_are_not_there(fields: dict[str, int]) -> None:
    with pytest.raises(Malformed, match=r"^its header declares more than it contains$"):
        Btf(header(**fields))


def test_every_cut_within_a_type_is_refused() -> None:
    file = one_of_each()
    starts = {sum(map(len, file.types[:count])) for count in range(20)}
    for size in range(sum(map(len, file.types))):
        if size in starts:
            assert len(Btf(header(type_size=size)).types) <= 19
        else:
            with pytest.raises(Malformed, match=r"^it ends within a type$"):
                Btf(header(type_size=size))


@pytest.mark.parametrize("kind", [0, 20, 21, 31])
def test_a_kind_that_is_not_known(kind: int) -> None:
    file = BtfFile()
    file.u32()
    file.add(kind)
    with pytest.raises(Malformed, match=rf"^type 2 is of a kind that is not known, {kind}$"):
        Btf(file.blob())


@pytest.mark.parametrize("place", [len(one_of_each().strings), 1 << 31, 0xFFFFFFFF])
def test_a_string_that_is_not_there(place: int) -> None:
    with pytest.raises(Malformed, match=rf"^there is no string at {place}, or it has no end$"):
        Btf(header()).string(place)


def test_strings_that_together_are_much_more_than_the_file() -> None:
    # Each begins one byte further within the same long one.
    file = BtfFile()
    place = file.string("x" * 2000)
    btf = Btf(file.blob())
    with pytest.raises(Malformed):
        for number in range(1000):
            assert btf.string(place + number) == "x" * (2000 - number)


def test_a_string_without_an_end() -> None:
    file = BtfFile()
    place = file.string("cut off")
    del file.strings[-1]
    with pytest.raises(Malformed, match=r"or it has no end$"):
        Btf(file.blob()).string(place)


def test_a_name_that_is_not_there_is_malformed_and_no_other_error() -> None:
    file = BtfFile()
    file.u32()
    file.strings[:] = b"\0"
    btf = Btf(file.blob())
    for ask in (lambda: btf.find(kinds.INT, "x"), lambda: btf.name(btf.type(1))):
        with pytest.raises(Malformed):
            ask()
