# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes as values, by types that compilers write and by such that nobody should."""

from __future__ import annotations

import json
import math
import struct
import time
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.decode import Decoder
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.values import Encoder, WrongValue
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.constant_specs import (
    Maker,
    array,
    char,
    integer,
)


def decoded(make: Maker, data: bytes) -> Any:
    file = BtfFile()
    type_id = make(file)
    return Decoder(Btf(file.blob())).value(data, type_id)


def kptr(tag: str) -> Maker:
    return lambda file: file.ptr(file.add(kinds.TYPE_TAG, tag, file.u32()))


def special(name: str) -> Maker:
    return lambda file: file.structure(name, 4, [("opaque", file.u32(), 0)])


def wrapped(make: Maker) -> Maker:
    return lambda file: file.structure("w", 4, [("in", make(file), 0)])


SPECIAL = [
    *map(
        special,
        ("bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer", "bpf_wq", "bpf_list_head", "bpf_rb_root", "bpf_refcount"),
    ),
    *map(kptr, ("kptr", "kptr_ref", "kptr_untrusted", "percpu_kptr", "uptr")),
    array(kptr("kptr"), 2),
    lambda file: file.typedef("lock_t", special("bpf_spin_lock")(file)),
]


@pytest.mark.parametrize("make", SPECIAL)
def test_what_the_kernel_keeps_to_itself_is_left_out_and_cannot_be_set(make: Maker) -> None:
    file = BtfFile()
    inner = make(file)
    size = Btf(file.blob()).size(inner)
    type_id = file.structure("s", size + 4, [("own", inner, 0), ("a", file.u32(), 8 * size)])
    btf = Btf(file.blob())
    assert Decoder(btf).value(bytes(size) + struct.pack("=I", 7), type_id) == {"a": 7}
    encoder = Encoder(btf)
    assert encoder.mask(type_id) == bytes(size) + b"\xff" * 4
    for value in ({"opaque": 0}, [0, 0], 0, None, "10.0.0.1"):
        with pytest.raises(
            WrongValue, match=r"^x\.own is a lock, a timer or a pointer that the kernel keeps to itself"
        ):
            encoder.put(memoryview(bytearray(size + 4)), type_id, {"own": value}, "x")


def test_an_address_is_not_written_over_a_lock_within() -> None:
    file = BtfFile()
    type_id = wrapped(special("bpf_spin_lock"))(file)
    encoder = Encoder(Btf(file.blob()))
    assert not encoder.takes_address(type_id)
    with pytest.raises(WrongValue, match=r"^x is '10\.0\.0\.1', and has to be a dictionary$"):
        encoder.put(memoryview(bytearray(4)), type_id, "10.0.0.1", "x")


def test_an_ordinary_pointer_is_a_number() -> None:
    assert decoded(lambda file: file.ptr(0), struct.pack("=Q", 5)) == 5
    assert decoded(kptr("user"), struct.pack("=Q", 5)) == 5


def test_unions_have_all_members_and_unnamed_ones_are_the_structure_s_own() -> None:
    def make(file: BtfFile) -> int:
        small = file.structure("", 2, [("b", integer(1)(file), 0), ("c", integer(1)(file), 8)])
        union = file.union("", 4, [("a", file.u32(), 0), ("", small, 0), ("", file.u32(), 0)])
        named = file.union("u", 4, [("x", file.u32(), 0), ("y", integer(1)(file), 0)])
        return file.structure("s", 12, [("port", integer(2)(file), 0), ("", union, 32), ("u", named, 64)])

    assert decoded(make, struct.pack("<H2xII", 1, 0x0302, 5)) == {
        "port": 1,
        "a": 0x0302,
        "b": 2,
        "c": 3,
        "u": {"x": 5, "y": 5},
    }


def test_members_that_are_there_twice() -> None:
    """No compiler takes that; the first counts, for reading and for writing."""

    def make(file: BtfFile) -> int:
        return file.structure("s", 2, [("a", integer(1)(file), 0), ("a", integer(1)(file), 8)])

    assert decoded(make, b"\1\2") == {"a": 1}


def test_variables_of_a_section() -> None:
    def make(file: BtfFile) -> int:
        first, second = file.var("packets", file.u32()), file.var("name", array(char, 4)(file))
        return file.datasec(".bss", 8, [(first, 0, 4), (second, 4, 4)])

    assert decoded(make, struct.pack("=I4s", 7, b"ab")) == {"packets": 7, "name": "ab"}


@pytest.mark.parametrize(("signed", "value"), [(False, 29), (True, -3)])
def test_bit_fields_as_older_compilers_have_them(signed: bool, value: int) -> None:
    encoding = (kinds.SIGNED if signed else 0) << 24

    def make(file: BtfFile) -> int:
        five = file.add(kinds.INT, "int", 4, [encoding | 5])
        moved = file.add(kinds.INT, "int", 4, [encoding | 8 << 16 | 3])
        return file.structure(
            "s", 4, [("low", file.add(kinds.INT, "int", 4, [3]), 0), ("mid", five, 3), ("high", moved, 0)]
        )

    assert decoded(make, struct.pack("<I", 0x2FA | 5 << 8 & 0 | 0)) == {"low": 2, "mid": 31 - 32 * signed, "high": 2}
    assert decoded(make, struct.pack("<I", (29 << 3) | 1))["mid"] == value


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("data", "value"), [(b"\x0e", "MINUS"), (b"\2", "PLUS"), (b"\4", 4)])
def test_a_negative_enumerator_in_a_bit_field(signed: bool, data: bytes, value: Any) -> None:
    """Compilers before clang 15 do not say that the enumeration is signed."""

    def make(file: BtfFile) -> int:
        enum = file.enum("e", {"MINUS": -2, "PLUS": 2}, signed=signed)
        return file.structure("s", 1, [("a", enum, 4 << 24)], flag=True)

    assert decoded(make, data) == {"a": value}


def test_an_integer_of_fewer_bits_than_its_bytes() -> None:
    assert decoded(lambda file: file.add(kinds.INT, "int", 1, [3]), b"\xff") == 7


@pytest.mark.parametrize(
    ("make", "data", "value"),
    [
        (lambda file: file.enum("e", {"A": 1, "ALIAS": 1}), struct.pack("=I", 1), "A"),
        (lambda file: file.enum("e", {"A": 1}), struct.pack("=I", 2), 2),
        (lambda file: file.enum("e", {"A": -1}), b"\xff" * 4, "A"),
        (lambda file: file.enum("e", {"A": -1}, size=1, signed=True), b"\xff", "A"),
        (lambda file: file.enum("e", {"A": 1}, size=8), struct.pack("=Q", 1), 1),
        (lambda file: file.enum64("e", {"A": -1}, signed=True), b"\xff" * 8, "A"),
        (lambda file: file.real("double", 8), struct.pack("=d", math.inf), "inf"),
        (lambda file: file.real("float", 4), struct.pack("=f", math.nan), "nan"),
        (lambda file: file.real("long double", 16), bytes(range(16)), f"0x{bytes(range(16)).hex()}"),
        (lambda file: file.integer("_Bool", 1, kinds.BOOL), b"\2", 2),
        (array(char, 4), b"abcd", "0x61626364"),
        (array(char, 4), b"ab\0d", "ab"),
        (array(char, 4), b"\xff\0\0\0", "0xff000000"),
        (array(char, 0), b"", []),
        (array(integer(3), 2), b"\1\0\0\2\0\0", [1, 2]),
        (lambda file: file.structure("s", 0, []), b"", {}),
    ],
)
def test_values(make: Maker, data: bytes, value: Any) -> None:
    assert decoded(make, data) == value
    json.dumps(value, allow_nan=False)


def _chain(file: BtfFile, levels: int) -> int:
    type_id = file.u32()
    for _level in range(levels):
        type_id = file.structure("s", 4, [("in", type_id, 0)])
    return type_id


def _doubled(file: BtfFile, levels: int, name: str) -> int:
    """Each structure has the one before it twice, in the same place."""
    type_id = file.u32()
    for level in range(levels):
        type_id = file.union(
            "", 4, [(f"{name}{level}" if name else "", type_id, 0), (f"{name}x{level}" if name else "", type_id, 0)]
        )
    return type_id


DAMAGED: dict[str, tuple[Maker, int, str]] = {
    "too deep": (lambda file: _chain(file, 40), 4, r"type \d+ is within more than 32 others"),
    "within itself": (lambda file: file.structure("s", 4, [("a", 1, 0)]), 4, "type 1 is within more than 32 others"),
    "many parts": (lambda file: _doubled(file, 20, "m"), 4, r"type \d+ has more parts than its size allows"),
    "many members": (lambda file: _doubled(file, 20, ""), 4, "a structure has too many members"),
    "an array of nothing": (
        lambda file: file.array(file.structure("s", 0, []), 1 << 31),
        0,
        "an array has more parts than its size allows",
    ),
    "texts over texts": (
        lambda file: file.union("u", 4096, [(f"t{index}", array(char, 4096)(file), 0) for index in range(100)]),
        4096,
        r"type \d+ has more parts than its size allows",
    ),
    "outside": (lambda file: file.structure("s", 4, [("a", file.u32(), 8)]), 4, "a lies outside of its structure"),
    "bits outside": (
        lambda file: file.structure("s", 4, [("a", file.u32(), 3 << 24 | 30)], flag=True),
        4,
        "a lies outside of its structure",
    ),
    "wide bits": (
        lambda file: file.structure("s", 8, [("a", file.u32(), 33 << 24)], flag=True),
        8,
        "the bit field a is wider than its type",
    ),
    "within a byte": (
        lambda file: file.structure("s", 12, [("a", file.ptr(0), 3)]),
        12,
        "a does not begin with a byte",
    ),
    "an integer of no bits": (
        lambda file: file.add(kinds.INT, "int", 4, [0]),
        4,
        "an integer does not have the bits that it says",
    ),
    "another size": (lambda file: file.u32(), 3, "a value has 3 bytes, and its type 4"),
    "no size": (lambda file: file.add(kinds.FWD, "s"), 0, "type 1 has no size"),
    "no name": (
        lambda file: file.add(kinds.STRUCT, "s", 4, [999, 2, 0], vlen=1) and file.u32() - 1,
        4,
        "there is no string at 999",
    ),
}


@pytest.mark.parametrize(("make", "size", "message"), DAMAGED.values(), ids=DAMAGED)
def test_damage(make: Maker, size: int, message: str) -> None:
    began = time.process_time()
    with pytest.raises(Malformed, match=f"^{message}"):
        decoded(make, bytes(size))
    assert time.process_time() - began < 2


def test_a_pointer_that_leads_nowhere() -> None:
    def make(file: BtfFile) -> int:
        type_id = file.ptr(99)
        for _level in range(20):
            type_id = file.array(type_id, 1)
        return file.structure("s", 8, [("pointers", type_id, 0)])

    with pytest.raises(Malformed, match=r"^there is no type 99$"):
        decoded(make, bytes(8))


def test_time_is_linear_in_the_number_of_types() -> None:
    """Many typedefs of one large structure, long chains of typedefs, and many bit fields of one large enumeration."""

    def seconds(count: int) -> float:
        file = BtfFile()
        u32 = file.u32()
        enum = file.enum("e", {f"N{index}": index for index in range(count)})
        large = file.structure("l", 4, [(f"m{index}", u32, 0) for index in range(64)])
        aliases = [file.typedef("t", large) for _index in range(50)]
        chained = u32
        for _index in range(count):
            chained = file.typedef("c", chained)
        members = [(f"e{index}", enum, 32 << 24) for index in range(50)]
        members += [(f"a{index}", alias, 0) for index, alias in enumerate(aliases)]
        members += [(f"c{index}", chained - index, 0) for index in range(min(count, 50))]
        type_id = file.structure("s", 4, members, flag=True)
        btf = Btf(file.blob())
        began = time.process_time()
        Decoder(btf).reader(type_id)
        return time.process_time() - began

    assert min(seconds(8000) for _round in range(3)) < 12 * min(seconds(1000) for _round in range(3)) + 0.02


def test_a_million_values_take_no_longer_than_they_have_to() -> None:
    """An eighth of what would be too slow for 100,000 entries, so that other work on the host does not matter."""
    file = BtfFile()
    type_id = file.integer("u64", 8)
    read = Decoder(Btf(file.blob())).reader(type_id)
    data = bytes(8)
    began = time.process_time()
    for _entry in range(12_500):
        read(data, 0)
    assert time.process_time() - began < 0.1
