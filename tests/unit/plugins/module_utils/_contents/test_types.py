# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the keys and values of a map are: by an option, by BTF, or by the kind of map."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, ObjectSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._contents.tables import prefix_key, types_of
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.constant_specs import array, integer


def test_without_anything_bytes_are_hexadecimal_digits() -> None:
    types = MapTypes("hash", 2, 3)
    assert types.decode_key(b"\1\xfe") == "0x01fe"
    assert types.decode_value(memoryview(b"\1\2\3")) == "0x010203"
    assert not types.key.known
    assert not types.value.known


@pytest.mark.parametrize("map_type", ["array", "percpu_array", "devmap", "prog_array", "array_of_maps", "xskmap"])
def test_keys_that_are_numbers_by_the_kind_of_map(map_type: str) -> None:
    types = MapTypes(map_type, 4, 4, cpus=2)
    assert types.decode_key(struct.pack("=I", 7)) == 7
    assert types.key.known


@pytest.mark.parametrize(
    ("map_type", "size", "value"),
    [
        ("devmap", 4, 1),
        ("devmap", 8, {"ifindex": 1, "program": 2}),
        ("devmap_hash", 8, {"ifindex": 1, "program": 2}),
        ("cpumap", 4, 1),
        ("cpumap", 8, {"qsize": 1, "program": 2}),
        ("prog_array", 4, 1),
        ("array_of_maps", 4, 1),
        ("hash_of_maps", 4, 1),
        ("xskmap", 4, 1),
        ("sockmap", 8, "0x0100000002000000"),
    ],
)
def test_values_that_are_objects_of_the_kernel(map_type: str, size: int, value: Any) -> None:
    types = MapTypes(map_type, 4, size)
    assert types.decode_value(struct.pack("=II", 1, 2)[:size]) == value


def test_prefixes() -> None:
    assert MapTypes("lpm_trie", 8, 4).decode_key(prefix_key("10.0.0.0", 8)) == "10.0.0.0/8"
    types = MapTypes("lpm_trie", 20, 4, key_type="ipv6")
    assert types.decode_key(memoryview(prefix_key("2001:db8::", 32))) == "2001:db8::/32"
    assert types.prefix == 16


def test_tries_of_something_else() -> None:
    key = struct.pack("=I6B", 24, 2, 0, 94, 0, 0, 0)
    assert MapTypes("lpm_trie", 10, 4).decode_key(key) == {"prefixlen": 24, "data": "0x02005e000000"}
    assert MapTypes("lpm_trie", 10, 4, key_type="mac").decode_key(key) == {"prefixlen": 24, "data": "02:00:5e:00:00:00"}
    fields = [{"name": "port", "type": "be16"}, {"name": "host", "type": "ipv4"}]
    assert MapTypes("lpm_trie", 12, 4, key_type=fields).decode_key(struct.pack(">BxxxHxx4B", 16, 80, 10, 0, 0, 1)) == {
        "prefixlen": 16,
        "port": 80,
        "host": "10.0.0.1",
    }
    assert MapTypes("lpm_trie", 8, 4, key_type="u32").prefix == 0


def test_values_of_all_cpus() -> None:
    types = MapTypes("percpu_array", 4, 4, value_type="u32", cpus=3)
    assert (types.stride, types.value_length, types.cpus) == (8, 24, 3)
    assert types.decode_value(struct.pack("=I4xI4xI4x", 1, 2, 3)) == [1, 2, 3]
    assert MapTypes("hash", 4, 4, cpus=3).cpus == 1
    assert MapTypes("percpu_hash", 4, 4).cpus >= 1


def test_options_win_over_btf() -> None:
    types = types_of(integer(4), integer(4))
    assert types.decode_key(b"\x0a\0\0\1") == struct.unpack("=I", b"\x0a\0\0\1")[0]
    assert types_of(integer(4), integer(4), key_type="ipv4").decode_key(b"\x0a\0\0\1") == "10.0.0.1"


@pytest.mark.parametrize(
    ("option", "data", "value"),
    [
        ("u8", b"\xff", 255),
        ("i8", b"\xff", -1),
        ("i64", b"\xff" * 8, -1),
        ("be16", b"\1\2", 0x102),
        ("be32", b"\1\2\3\4", 0x1020304),
        ("be64", bytes(7) + b"\1", 1),
        ("bool", b"\1", True),
        ("ipv4", b"\1\2\3\4", "1.2.3.4"),
        ("ipv6", bytes(15) + b"\1", "::1"),
        ("mac", b"\1\2\3\4\5\xff", "01:02:03:04:05:ff"),
        ("text", b"ab\0", "ab"),
        ("text", b"a\xff\0", "0x61ff00"),
        ("hex", b"ab\0", "0x616200"),
        ([{"name": "a", "type": "u8"}, {"name": "b", "type": "u32"}], b"\1\0\0\0\2\0\0\0", {"a": 1, "b": 2}),
        ([{"name": "b", "type": "u16"}, {"name": "a", "type": "u8"}], b"\1\0\2\0", {"b": 1, "a": 2}),
        (
            [{"name": "t", "type": "text", "size": "3"}, {"name": "in", "type": [{"name": "x", "type": "be16"}]}],
            b"ab\0\0\0\1",
            {"t": "ab", "in": {"x": 1}},
        ),
        (
            [{"name": "h", "type": "hex", "size": 2}, {"name": "m", "type": "mac"}],
            b"\1" * 8,
            {"h": "0x0101", "m": "01:01:01:01:01:01"},
        ),
    ],
)
def test_options(option: Any, data: bytes, value: Any) -> None:
    assert MapTypes("hash", len(data), 1, key_type=option).decode_key(data) == value
    assert MapTypes("hash", 1, len(data), value_type=option).decode_value(data) == value


def test_a_map_s_own_types_and_those_of_its_object_are_the_same() -> None:
    def same(before: int) -> MapTypes:
        file = BtfFile()
        for count in range(before):
            file.integer(f"other{count}", 4)
        key = file.structure("key", 8, [("a", file.u32(), 0), ("b", file.u32(), 32)])
        value = file.integer("value", 8)
        btf = Btf(file.blob())
        return MapTypes("hash", 8, 8, btf, key, value)

    assert same(0) == same(5)
    assert hash(same(0)) == hash(same(5))
    assert same(0) != types_of(integer(8), integer(8))
    assert MapTypes("hash", 4, 4) == MapTypes("hash", 4, 4)
    for other in (
        MapTypes("lru_hash", 4, 4),
        MapTypes("hash", 8, 4),
        MapTypes("hash", 4, 8),
        MapTypes("hash", 4, 4, key_type="ipv4"),
        MapTypes("hash", 4, 4, value_type="u32"),
        "hash",
    ):
        assert MapTypes("hash", 4, 4) != other
    assert MapTypes("percpu_hash", 4, 4, cpus=2) != MapTypes("percpu_hash", 4, 4, cpus=4)


def test_what_a_pointer_leads_to_may_be_damaged() -> None:
    def pointer(file: BtfFile) -> int:
        file.structure("s", 4, [("a", 77, 0)])
        return file.ptr(1)

    types = MapTypes("hash", 8, 8, *_one(pointer))
    assert types.problems == []
    assert types.decode_key(bytes(8)) == 0
    same = types
    assert types == same
    assert types != MapTypes("hash", 8, 8, *_one(pointer))


def _one(make: Any) -> tuple[Btf, int, int]:
    file = BtfFile()
    type_id = make(file)
    return Btf(file.blob()), type_id, type_id


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (8, "the types of its keys cannot be used: they take 4 bytes, and the map has 8"),
        (4, "the types of its keys cannot be used: there is no type 77"),
    ],
)
def test_types_that_cannot_be_used_are_told_and_left(size: int, problem: str) -> None:
    btf, type_id, _id = _one(lambda file: file.structure("s", 4, [("a", 77, 0)]))
    types = MapTypes("hash", size, 4, btf, type_id, 0)
    assert types.problems == [problem]
    assert types.decode_key(bytes(size)) == f"0x{bytes(size).hex()}"


def spec_of(btf: bytes, key: int, value: int) -> tuple[ObjectSpec, MapSpec]:
    map_spec = MapSpec("m", "hash", 4, 8, 10, 0, key, value)
    return ObjectSpec((), (map_spec,), btf), map_spec


def test_of_a_spec() -> None:
    file = BtfFile()
    key, value = file.u32(), array(integer(4), 2)(file)
    spec, map_spec = spec_of(file.blob(), key, value)
    types = MapTypes.of_spec(spec, map_spec)
    assert types.decode_value(struct.pack("=2I", 1, 2)) == [1, 2]
    assert types == MapTypes.of_spec(spec, map_spec, btf=Btf(spec.btf))
    assert MapTypes.of_spec(spec, map_spec, "ipv4", "u64").decode_key(b"\1\2\3\4") == "1.2.3.4"
    assert MapTypes.of_spec(spec._replace(btf=b""), map_spec).decode_key(b"\1\2\3\4") == "0x01020304"


def test_of_a_spec_that_is_damaged() -> None:
    spec, map_spec = spec_of(b"BTF", 1, 1)
    types = MapTypes.of_spec(spec, map_spec)
    assert types.problems == ["the BTF of the object cannot be read: it is shorter than its header"]
    assert types.decode_key(b"\1\2\3\4") == "0x01020304"
