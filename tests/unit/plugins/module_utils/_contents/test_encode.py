# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of a table as bytes."""

from __future__ import annotations

import struct
import time
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode import encode
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._contents.tables import (
    column,
    entries,
    prefix_key,
    refusal,
    shown,
    table,
    types_of,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.constant_specs import array, char, integer


def limits(file: BtfFile) -> int:
    """struct { __u8 rate; __u32 burst; __u32 low:3, mode:5; struct bpf_spin_lock lock; }"""
    u32 = file.u32()
    lock = file.structure("bpf_spin_lock", 4, [("val", u32, 0)])
    mode = file.enum("mode", {"OFF": 0, "DROP": 3})
    members = [
        ("rate", integer(1)(file), 0),
        ("burst", u32, 32),
        ("low", u32, 3 << 24 | 64),
        ("mode", mode, 5 << 24 | 67),
        ("lock", lock, 96),
    ]
    return file.structure("limits", 16, members, flag=True)


def pair(file: BtfFile) -> int:
    return file.structure("pair", 8, [("port", integer(2)(file), 0), ("host", file.typedef("__be32", file.u32()), 32)])


HASH = types_of(integer(4), integer(8))
LPM4, LPM6 = (MapTypes("lpm_trie", size, 4, value_type="u32") for size in (8, 20))


def test_numbers() -> None:
    encoded = encode(table([column("key", "u8", [1, 2]), column("value", "u16", [300, 4])]), HASH)
    assert entries(HASH, encoded) == [
        (struct.pack("=I", 1), struct.pack("=Q", 300)),
        (struct.pack("=I", 2), struct.pack("=Q", 4)),
    ]
    assert encoded[1:] == (4, 8, False)
    assert encoded.count == 2
    assert encoded.segments[0].mask == b"\xff" * 8
    assert not encoded.segments[0].uniform


def test_nothing() -> None:
    assert encode(table(), HASH) == ((), 4, 8, False)
    assert encode(table([column("key", "u8", [])]), HASH).segments == ()


@pytest.mark.parametrize("default", [None, 7])
def test_a_value_that_is_left_out(default: int | None) -> None:
    (segment,) = encode(table([column("key", "u8", [1, 2, 3])]), HASH, default).segments
    assert segment[:5] == (3, struct.pack("=3I", 1, 2, 3), struct.pack("=Q", default or 0), True, bytes(8))


def test_a_default_value_that_does_not_fit() -> None:
    with pytest.raises(
        XdpError, match=r"^default_value is -1, and has to be from 0 to 18446744073709551615 \(64 bits\)$"
    ):
        encode(table([column("key", "u8", [1])]), HASH, -1)


def test_parts_that_are_left_out_are_not_declared_and_are_those_of_the_default_value() -> None:
    types = types_of(integer(4), limits)
    columns = [
        column("key", "u8", [1, 2]),
        column("value.rate", "u8", [7, 8]),
        column("value.mode", "text", ["DROP", "4"]),
    ]
    encoded = encode(table(columns), types, {"rate": 1, "burst": 9, "low": 5, "mode": "OFF"})
    assert shown(types, encoded) == [
        (1, {"rate": 7, "burst": 9, "low": 5, "mode": "DROP"}),
        (2, {"rate": 8, "burst": 9, "low": 5, "mode": 4}),
    ]
    assert encoded.segments[0].mask == b"\xff" + bytes(7) + b"\xf8" + bytes(7)


def test_whole_values_that_declare_different_parts_are_segments_of_their_own() -> None:
    types = types_of(integer(4), limits)
    values = [{"rate": 1}, {"burst": 2, "low": 1}, {"rate": 3}, {}]
    encoded = encode(table([column("key", "u8", [1, 2, 3, 4]), column("value", "json", values)]), types)
    assert [(each.count, each.keys, each.mask) for each in encoded.segments] == [
        (2, struct.pack("=2I", 1, 3), b"\xff" + bytes(15)),
        (1, struct.pack("=I", 2), bytes(4) + b"\xff" * 4 + b"\7" + bytes(7)),
        (1, struct.pack("=I", 4), bytes(16)),
    ]
    assert [value["rate"] for _key, value in shown(types, encoded)] == [1, 3, 0, 0]


def test_keys_by_their_fields() -> None:
    types = types_of(pair, integer(4))
    encoded = encode(
        table([column("key.host", "ipv4", ["10.0.0.1", "10.0.0.2"]), column("key.port", "u16", [80, 443])]), types
    )
    assert [key for key, _value in entries(types, encoded)] == [
        struct.pack("=H2x4B", 80, 10, 0, 0, 1),
        struct.pack("=H2x4B", 443, 10, 0, 0, 2),
    ]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ([{"port": 1}], (0, "key.host is missing, and a key needs all of its fields")),
        ([{"port": 1, "host": 2}, {"host": 1}], (1, "key.port is missing, and a key needs all of its fields")),
        ([{}], (0, "key.port is missing, and a key needs all of its fields")),
    ],
)
def test_a_key_needs_all_of_its_fields(keys: list[Any], message: tuple[int, str]) -> None:
    types = types_of(pair, integer(4))
    assert refusal(types, column("key", "json", keys)) == message


def test_a_table_without_keys() -> None:
    message = "key is missing, and a key needs all of its fields"
    assert refusal(HASH, column("value", "u8", [1])) == (0, message)
    assert refusal(types_of(pair, integer(4)), column("key.host", "u8", [1])) == (
        0,
        message.replace("key is", "key.port is"),
    )


def test_a_key_with_bit_fields_needs_all_of_them() -> None:
    def bits(file: BtfFile) -> int:
        return file.structure(
            "b", 1, [("low", integer(1)(file), 3 << 24), ("high", integer(1)(file), 5 << 24 | 3)], flag=True
        )

    types = types_of(bits, integer(4))
    encoded = encode(table([column("key.high", "u8", [1, 31]), column("key.low", "u8", [7, 0])]), types)
    assert [key for key, _value in shown(types, encoded)] == [{"low": 7, "high": 1}, {"low": 0, "high": 31}]
    assert refusal(types, column("key.low", "u8", [1])) == (0, "key.high is missing, and a key needs all of its fields")
    assert refusal(types, column("key.low.x", "u8", [1])) == (0, "key.low has no member x")


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("u16", [255, 300], (1, "value.rate is 300, and has to be from 0 to 255 (8 bits)")),
        ("i8", [3, -1], (1, "value.rate is -1, and has to be from 0 to 255 (8 bits)")),
        ("text", ["1", "x"], (1, "value.rate is 'x', and has to be a number")),
        ("json", [1, None], (1, "value.rate is None, and has to be a number")),
        ("ipv4", ["10.0.0.1"], (0, "value.rate is 10.0.0.1, an IPv4 address of 4 bytes, and its type has 1")),
    ],
)
def test_what_does_not_fit_is_named(kind: str, values: list[Any], message: tuple[int, str]) -> None:
    types = types_of(integer(4), limits)
    keys = column("key", "u8", list(range(len(values))))
    assert refusal(types, keys, column("value.rate", kind, values)) == message


def test_members_that_are_not_there_or_cannot_be_set() -> None:
    types = types_of(integer(4), limits)
    key = column("key", "u8", [1])
    assert refusal(types, key, column("value.rates", "u8", [1])) == (
        0,
        "value has no member rates. Did you mean rate? It has: rate, burst, low, mode, lock",
    )
    assert refusal(types, key, column("value.rate.x", "u8", [1])) == (0, "value.rate has no member x. It has: nothing")
    assert refusal(types, key, column("value.lock", "json", [{"val": 1}])) == (
        0,
        "value.lock is a lock, a timer or a pointer that the kernel keeps to itself. Leave it out",
    )


def either(file: BtfFile) -> int:
    return file.union("u", 4, [("all", file.u32(), 0), ("low", integer(2)(file), 0)])


def test_members_of_a_union_have_to_agree() -> None:
    types = types_of(integer(4), either)
    key = column("key", "u8", [1, 2])
    encoded = encode(table([key, column("value.all", "u32", [0x10005, 7]), column("value.low", "u8", [5, 7])]), types)
    assert shown(types, encoded) == [(1, {"all": 0x10005, "low": 5}), (2, {"all": 7, "low": 7})]
    assert refusal(types, key, column("value.all", "u32", [5, 6]), column("value.low", "u8", [5, 7])) == (
        1,
        "value.low is in the same bytes as another member, which has another value. Give one of the two",
    )


def test_members_of_a_union_within_a_structure() -> None:
    def make(file: BtfFile) -> int:
        return file.structure("s", 8, [("n", integer(1)(file), 0), ("u", either(file), 32)])

    types = types_of(integer(4), make)
    columns = [column("value.u.all", "u8", [5]), column("value.u.low", "u8", [5]), column("value.n", "u8", [1])]
    encoded = encode(table([column("key", "u8", [1]), *columns]), types)
    assert shown(types, encoded) == [(1, {"n": 1, "u": {"all": 5, "low": 5}})]
    assert encoded.segments[0].mask == b"\xff\0\0\0" + b"\xff" * 4


def test_a_key_that_is_a_union_may_be_given_by_any_member_of_its_size() -> None:
    types = types_of(either, integer(4))
    assert encode(table([column("key.all", "u8", [5])]), types).segments[0].keys == struct.pack("=I", 5)
    assert refusal(types, column("key.low", "u8", [5])) == (0, "key is missing, and a key needs all of its fields")


def test_a_value_as_a_whole_and_by_its_parts() -> None:
    types = types_of(integer(4), either)
    columns = [column("key", "u8", [1]), column("value", "json", [{"all": 1}]), column("value.low", "u8", [1])]
    assert refusal(types, *columns) == (0, "value is given more than once")


@pytest.mark.parametrize("quoted", [False, True])
def test_texts_are_texts_and_numbers_in_quotes_are_numbers(quoted: bool) -> None:
    types = types_of(array(char, 8), integer(4))
    keys = column("key", "u16", [10, 200], quoted=quoted)
    if quoted:
        encoded = encode(table([keys, column("value", "u8", [1, 2], quoted=True)]), types)
        assert shown(types, encoded) == [("10", 1), ("200", 2)]
    else:
        assert refusal(types, keys) == (0, "key is 10, and has to be a text or a list")


def test_an_address_for_characters_is_a_text() -> None:
    types = types_of(array(char, 16), integer(4))
    assert shown(types, encode(table([column("key", "ipv4", ["10.0.0.1"])]), types)) == [("10.0.0.1", 0)]


@pytest.mark.parametrize("texts", [["a", "seven c"], ["eight ch"], ["a\0b"], ["\ud800"], ["0x6100000000000000"]])
def test_texts(texts: list[str]) -> None:
    types = types_of(array(char, 8), integer(4))
    keys = column("key", "text", texts)
    if texts[0] == "eight ch":
        assert refusal(types, keys) == (0, "key is a text of 8 bytes, and 7 are possible")
    elif texts[0] == "\ud800":
        assert refusal(types, keys) == (0, "key is '\\ud800', which is no text that can be encoded")
    else:
        found = [key.rstrip(b"\0") for key, _value in entries(types, encode(table([keys]), types))]
        assert found == [b"a" if text.startswith("0x") else text.encode() for text in texts]


def test_prefixes() -> None:
    texts = ["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0"]
    encoded = encode(table([column("key", "prefix4", texts), column("value", "u8", [1, 2, 3])]), LPM4)
    assert encoded.segments[0].keys == prefix_key("10.0.0.0", 8) + prefix_key("10.1.0.0", 16) + prefix_key("0.0.0.0", 0)
    assert encoded.in_trie_order
    assert [key for key, _value in shown(LPM4, encoded)] == texts
    six = encode(table([column("key", "prefix6", ["2001:db8::/32", "::/0"])]), LPM6)
    assert six.in_trie_order
    assert six.segments[0].keys == prefix_key("2001:db8::", 32) + prefix_key("::", 0)


def test_many_prefixes_take_no_work_for_each() -> None:
    """A hundred thousand; a function that is called for each takes more than ten times as long."""
    count = 100_000
    keys = column("key", "prefix4", [])._replace(
        data=b"".join(struct.pack(">IB", row << 8, 24) for row in range(count))
    )
    values = column("value", "u32", range(count))
    seconds = []
    for _round in range(3):
        began = time.process_time()
        encoded = encode(table([keys, values]), LPM4)
        seconds.append(time.process_time() - began)
    assert encoded.count == count
    assert min(seconds) < 0.02


def test_an_address_in_a_trie_is_a_prefix_of_full_length() -> None:
    assert encode(table([column("key", "ipv4", ["10.0.0.1"])]), LPM4).segments[0].keys == prefix_key("10.0.0.1", 32)
    assert encode(table([column("key", "ipv6", ["::1"])]), LPM6).segments[0].keys == prefix_key("::1", 128)
    slow = encode(table([column("key", "text", ["FE80::1", "2001:DB8::/32"])]), LPM6)
    assert slow.segments[0].keys == prefix_key("fe80::1", 128) + prefix_key("2001:db8::", 32)
    assert not slow.in_trie_order


@pytest.mark.parametrize(
    ("types", "kind", "value", "message"),
    [
        (LPM4, "text", "10.0.0.1/8", "key is 10.0.0.1/8, which has bits set behind its length. Write 10.0.0.0/8"),
        (LPM6, "text", "FE80::1/10", "key is fe80::1/10, which has bits set behind its length. Write fe80::/10"),
        (LPM4, "text", "10.0.0.0/33", "key is 10.0.0.0/33, and the length of a prefix has to be from 0 to 32"),
        (LPM4, "text", "10.0.0.0/x", "key is '10.0.0.0/x', and has to be an IPv4 prefix such as 10.0.0.0/8"),
        (LPM4, "text", "10.0.0.0/", "key is '10.0.0.0/', and has to be an IPv4 prefix such as 10.0.0.0/8"),
        (LPM6, "u8", 7, "key is '7', and has to be an IPv6 prefix such as 2001:db8::/32"),
        (LPM6, "prefix4", "10.0.0.0/8", "key is 10.0.0.0/8, of IPv4, and the keys of the map are IPv6 prefixes"),
        (LPM4, "ipv6", "::1", "key is ::1, of IPv6, and the keys of the map are IPv4 prefixes"),
        (
            LPM4,
            "mac",
            "02:00:00:00:00:01",
            "key is 02:00:00:00:00:01, of MAC, and the keys of the map are IPv4 prefixes",
        ),
        (
            LPM4,
            "json",
            {"prefixlen": 33, "data": 0},
            "key has the length 33, and the length of a prefix has to be from 0 to 32",
        ),
        (
            LPM4,
            "json",
            {"prefixlen": 8, "data": "10.0.0.1"},
            "key is 10.0.0.1/8, which has bits set behind its length. Write 10.0.0.0/8",
        ),
        (LPM4, "json", {"prefixlen": 8}, "key.data is missing, and a key needs all of its fields"),
    ],
)
def test_what_is_no_prefix_for_the_trie(types: MapTypes, kind: str, value: Any, message: str) -> None:
    assert refusal(types, column("key", kind, [value], quoted=kind == "u8")) == (0, message)


def test_a_damaged_table_s_lengths_are_checked() -> None:
    keys = column("key", "prefix4", ["10.0.0.0/8"])
    assert isinstance(keys.data, bytes)
    assert refusal(LPM4, keys._replace(data=keys.data[:4] + b"\x21")) == (
        0,
        "key is 10.0.0.0/33, and the length of a prefix has to be from 0 to 32",
    )


def test_keys_of_a_trie_by_their_fields() -> None:
    columns = [column("key.prefixlen", "u8", [8, 16]), column("key.data", "ipv4", ["10.0.0.0", "10.1.0.0"])]
    encoded = encode(table(columns), LPM4)
    assert [key for key, _value in shown(LPM4, encoded)] == ["10.0.0.0/8", "10.1.0.0/16"]
    # A table sorts such by each field.
    assert not encoded.in_trie_order
    columns[0] = column("key.prefixlen", "u8", [8, 15])
    assert refusal(LPM4, *columns) == (1, "key is 10.1.0.0/15, which has bits set behind its length. Write 10.0.0.0/15")


def test_a_trie_of_something_else() -> None:
    types = MapTypes("lpm_trie", 10, 4, key_type="mac")
    key = {"prefixlen": 24, "data": "02:00:5e:00:00:00"}
    encoded = encode(table([column("key", "json", [key])]), types)
    assert not encoded.in_trie_order
    assert shown(types, encoded) == [(key, "0x00000000")]
    assert refusal(types, column("key", "json", [{**key, "prefixlen": 8}])) == (
        0,
        "key is 0x02005e000000/8, which has bits set behind its length. Write 0x020000000000/8",
    )


def test_one_key_in_two_forms() -> None:
    blocks = [[column("key", "u8", [1, 2])], [column("key", "text", ["0x05", "0x2"])]]
    with pytest.raises(WrongEntry, match=r"^key is 2, which another entry has$") as caught:
        encode(table(*blocks), HASH)
    assert (caught.value.block, caught.value.row) in ((0, 1), (1, 1))
    with pytest.raises(WrongEntry, match=r"^key is 10\.0\.0\.1/32, which another entry has$"):
        encode(table([column("key", "prefix4", ["10.0.0.1/32"])], [column("key", "ipv4", ["10.0.0.1"])]), LPM4)
    assert encode(table(blocks[0], [column("key", "text", ["0x03", "4"])]), HASH).count == 4


def test_the_row_of_a_key_in_two_forms_is_that_of_its_block() -> None:
    types = types_of(integer(4), limits)
    keys, values = ["0x1", "0x2", "0x3", "3"], [{"rate": 1}, {"burst": 1}, {"burst": 2}, {"rate": 2}]
    assert refusal(types, column("key", "text", keys), column("value", "json", values)) in (
        (2, "key is 3, which another entry has"),
        (3, "key is 3, which another entry has"),
    )


def test_values_of_all_cpus() -> None:
    types = types_of(integer(4), integer(4), "percpu_hash", cpus=3)
    encoded = encode(table([column("key", "u8", [1, 2]), column("value", "u8", [7, 8])]), types)
    assert encoded.value_length == 24
    assert encoded.segments[0].mask == 3 * (b"\xff" * 4 + bytes(4))
    assert shown(types, encoded) == [(1, [7, 7, 7]), (2, [8, 8, 8])]
    each = encode(table([column("key", "u8", [1, 2]), column("value", "json", [[1, 2, 3], 4])]), types)
    assert shown(types, each) == [(1, [1, 2, 3]), (2, [4, 4, 4])]
    default = encode(table([column("key", "u8", [1])]), types, [4, 5, 6])
    assert shown(types, default) == [(1, [4, 5, 6])]


def test_fields_of_all_cpus() -> None:
    types = types_of(integer(4), limits, "percpu_array", cpus=2)
    columns = [column("key", "u8", [1]), column("value.rate", "u8", [7]), column("value.low", "u8", [3])]
    encoded = encode(table(columns), types, {"burst": 9})
    assert shown(types, encoded) == [(1, 2 * [{"rate": 7, "burst": 9, "low": 3, "mode": "OFF"}])]
    assert encoded.segments[0].mask == 2 * (b"\xff" + bytes(7) + b"\7" + bytes(7))
    lists = encode(table([column("key", "u8", [1]), column("value", "json", [[{"rate": 1}, {"burst": 2}]])]), types)
    assert lists.segments[0].mask == b"\xff" + bytes(15) + bytes(4) + b"\xff" * 4 + bytes(8)


def test_parts_that_are_left_out_are_those_of_each_cpu_by_default() -> None:
    def inner(file: BtfFile) -> int:
        return file.structure("o", 12, [("n", integer(4)(file), 0), ("in", pair(file), 32)])

    types = types_of(integer(4), inner, "percpu_hash", cpus=2)
    columns = [column("key", "u8", [1]), column("value.n", "u8", [7]), column("value.in", "json", [{"port": 1}])]
    encoded = encode(table(columns), types, [{"in": {"host": 1}}, {"in": {"host": 2}}])
    assert shown(types, encoded) == [(1, [{"n": 7, "in": {"port": 1, "host": host}} for host in (1, 2)])]


def test_a_list_of_another_length_than_the_cpus() -> None:
    types = types_of(integer(4), integer(4), "percpu_hash", cpus=3)
    message = "value is a list of 2, and has to be one value, or one for each of 3 CPUs"
    assert refusal(types, column("key", "u8", [1]), column("value", "json", [[1, 2]])) == (0, message)
    assert refusal(types, column("key", "u8", [1]), column("value", "json", [[1, 2, -1]])) == (
        0,
        "value[2] is -1, and has to be from 0 to 4294967295 (32 bits)",
    )


@pytest.mark.parametrize(
    ("make", "value", "expected"),
    [
        (array(integer(1), 2), [1, 2], [[1, 2], [1, 2]]),
        (array(integer(1), 2), [[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        (array(integer(1), 4), ["10.0.0.1", "10.0.0.2"], [[10, 0, 0, 1], [10, 0, 0, 2]]),
        (array(integer(4), 2), ["1", "2"], [[1, 2], [1, 2]]),
        (array(array(integer(1), 2), 2), [[1, 2], [3, 4]], 2 * [[[1, 2], [3, 4]]]),
        (array(char, 4), ["ab", "cd"], ["ab", "cd"]),
        (array(char, 4), [65, 66, 67, 0], ["ABC", "ABC"]),
        (array(array(integer(1), 4), 2), ["10.0.0.1", "10.0.0.2"], 2 * [[[10, 0, 0, 1], [10, 0, 0, 2]]]),
    ],
)
def test_a_list_for_an_array_is_one_value_unless_it_holds_lists(make: Any, value: Any, expected: Any) -> None:
    types = types_of(integer(4), make, "percpu_hash", cpus=2)
    encoded = encode(table([column("key", "u8", [1]), column("value", "json", [value])]), types)
    assert shown(types, encoded) == [(1, expected)]


def test_untyped_bytes() -> None:
    types = MapTypes("hash", 4, 20)
    keys, values = ["10.0.0.1", "0x01020304"], [f"0x{bytes(range(20)).hex()}"] * 2
    encoded = encode(table([column("key", "text", keys), column("value", "text", values)]), types)
    assert shown(types, encoded) == [("0x0a000001", values[0]), ("0x01020304", values[0])]
    assert encode(table([column("key", "u8", [1])]), types).segments[0].keys == struct.pack("=I", 1)
    assert refusal(types, column("key", "text", ["0x1"])) == (
        0,
        "key is '0x1', and its type is not known. Give 0x and 8 hexadecimal digits, which are its bytes in their order, "
        "a decimal number, or name its type",
    )
    assert refusal(types, column("key", "u8", [1]), column("value", "u8", [1])) == (
        0,
        "value is 1, and has to be 0x and 40 hexadecimal digits in quotes, or name its type",
    )


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("ipv4", 7, "key is 7, and has to be an IPv4 address in quotes"),
        ("ipv4", "::1", "key is ::1, an IPv6 address of 16 bytes, and its type has 4"),
        ("hex", 7, "key is 7, and has to be 8 hexadecimal digits in quotes"),
        ("hex", "0x123456", "key is '0x123456', and has to be 8 hexadecimal digits in quotes"),
    ],
)
def test_what_does_not_fit_a_type_option(option: str, value: Any, message: str) -> None:
    assert refusal(MapTypes("hash", 4, 4, key_type=option), column("key", "json", [value])) == (0, message)


@pytest.mark.parametrize("text", ["0x0a000001", "0a000001", "0A000001", "10.0.0.1"])
def test_hexadecimal_digits(text: str) -> None:
    types = MapTypes("hash", 4, 4, key_type="hex")
    assert encode(table([column("key", "text", [text])]), types).segments[0].keys == bytes((10, 0, 0, 1))


def test_enumerators_and_booleans() -> None:
    types = types_of(lambda file: file.enum("e", {"A": 1, "B": 200}), lambda file: file.integer("_Bool", 1, kinds.BOOL))
    encoded = encode(table([column("key", "text", ["A", "B"]), column("value", "json", [True, False])]), types)
    assert shown(types, encoded) == [("A", True), ("B", False)]
    numbers = encode(table([column("key", "u8", [7, 200], quoted=True), column("value", "u8", [1, 0])]), types)
    assert shown(types, numbers) == [(7, True), ("B", False)]


def test_the_types_may_be_damaged() -> None:
    """In what a decoder does not look at: names of 64 bits, of which the compiler has written half."""
    types = types_of(lambda file: file.add(kinds.ENUM, "e", 8, [9999, 1], vlen=1), integer(4))
    assert types.problems == []
    assert refusal(types, column("key", "text", ["A"])) == (
        0,
        "the BTF of the map is damaged: there is no string at 9999, or it has no end",
    )


def test_values_that_are_not_remembered_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode._MOST_REMEMBERED", 2)
    types = types_of(integer(4), lambda file: file.enum("e", {"A": 1, "B": 2, "C": 3}))
    names = ["A", "B", "C", "A", "C"]
    encoded = encode(table([column("key", "u8", [1, 2, 3, 4, 5]), column("value", "text", names)]), types)
    assert [value for _key, value in shown(types, encoded)] == names
