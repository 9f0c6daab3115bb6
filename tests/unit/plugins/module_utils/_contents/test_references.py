# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that refer to interfaces, programs and maps: as they are read, as they are written, and as they are shown."""

from __future__ import annotations

import struct
from contextlib import ExitStack
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import references
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, Segment, WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.references import (
    Awaited,
    Context,
    Held,
    Names,
    References,
    Translation,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Column, Table

CONTEXT = Context(
    {"leave": Held(10, 1010), "pass": Held(11, 1011)}.get,
    {"inner": Held(20, 2020), "/sys/fs/bpf/inner": Held(21, 2021)}.get,
    {"eth0": 3, "eth1": 4, "10.0.0.1": 5}.get,
)
NAMES = Names({1010: "leave"}.get, {2020: "inner"}.get, {3: "eth0"}.get)


def _words(*numbers: int) -> bytes:
    return struct.pack(f"={len(numbers)}I", *numbers)


def _table(*columns: tuple[str, Any]) -> Table:
    """Each by its place in a value, and its items or a whole column's kind and bytes."""
    made = []
    for place, items in columns:
        path = ("value", place) if place else ("value",)
        made.append(Column(path, *items) if isinstance(items, tuple) else Column(path, "json", items))
    first = columns[0][1]
    count = len(first) if isinstance(first, list) else len(first[1]) // 4
    return Table((Block(0, ()), Block(count, (Column(("key",), "u8", bytes(range(count))), *made))))


def _encode(map_type: str, value_size: int, *columns: tuple[str, Any]) -> References:
    table = _table(*columns)
    count = table.count
    keys = Segment(count, _words(*range(count)), bytes(value_size), True, bytes(value_size))
    return references.encode(map_type, value_size, table, Encoded((keys,), 4, value_size), CONTEXT)


def _values(found: References) -> tuple[bytes, bytes]:
    (segment,) = found.encoded.segments
    return segment.values, segment.mask


FIRST, BOTH = b"\xff" * 4 + bytes(4), b"\xff" * 8


@pytest.mark.parametrize(
    ("map_type", "size", "columns", "values", "mask"),
    [
        ("devmap", 4, [("", ["eth0", 7])], _words(3, 7), FIRST[:4]),
        ("devmap", 8, [("", ["eth0", 7])], _words(3, 0, 7, 0), FIRST),
        ("devmap_hash", 8, [("ifindex", ["eth1"]), ("program", ["leave"])], _words(4, 1010), BOTH),
        ("devmap", 8, [("ifindex", ["eth1"]), ("program", [None])], _words(4, 0), BOTH),
        ("devmap", 8, [("", ("u32", struct.pack("<2I", 1, 9)))], _words(1, 0, 9, 0), FIRST),
        ("devmap", 4, [("", ("ipv4", b"\x0a\0\0\1"))], _words(5), FIRST[:4]),
        ("cpumap", 4, [("", [192])], _words(192), FIRST[:4]),
        ("cpumap", 8, [("qsize", [192]), ("program", ["pass"])], _words(192, 1011), BOTH),
        ("prog_array", 4, [("", ["pass", "leave"])], _words(1011, 1010), FIRST[:4]),
        ("hash_of_maps", 4, [("", ["inner", "/sys/fs/bpf/inner"])], _words(2020, 2021), FIRST[:4]),
        ("array_of_maps", 4, [("", ["inner"])], _words(2020), FIRST[:4]),
    ],
)
def test_as_they_are_read(map_type: str, size: int, columns: list[Any], values: bytes, mask: bytes) -> None:
    assert _values(_encode(map_type, size, *columns)) == (values, mask)


def test_as_they_are_written() -> None:
    found = _encode("devmap", 8, ("ifindex", ["eth0", "eth1"]), ("program", ["leave", None]))
    with ExitStack() as stack:
        assert Translation("devmap", 8, found.held, stack)(_values(found)[0]) == _words(3, 10, 4, 0)
        found = _encode("prog_array", 4, ("", ["pass"]))
        assert Translation("prog_array", 4, found.held, stack)(_values(found)[0]) == _words(11)
        found = _encode("devmap", 4, ("", ["eth0"]))
        assert Translation("devmap", 4, found.held, stack)(_values(found)[0]) == _words(3)


def test_an_interface_that_is_not_there_is_awaited() -> None:
    found = _encode("devmap", 4, ("", ["eth0", "eth9", "eth1"]))
    assert found.awaited == (Awaited(_words(1), "eth9"),)
    (segment,) = found.encoded.segments
    assert (segment.count, segment.keys, segment.values) == (2, _words(0, 2), _words(3, 4))


@pytest.mark.parametrize(
    ("map_type", "size", "columns", "says"),
    [
        ("devmap", 8, [("ifindex", ["eth0"]), ("program", ["gone"])], "value.program: there is no program gone"),
        ("devmap", 4, [("ifindex", ["eth0"]), ("program", ["pass"])], "struct bpf_devmap_val"),
        ("cpumap", 4, [("qsize", [8]), ("program", ["pass"])], "struct bpf_cpumap_val"),
        ("devmap", 8, [("program", ["pass"])], "the field ifindex is missing"),
        ("cpumap", 8, [("program", ["pass"])], "the field qsize is missing"),
        ("devmap", 8, [("index", [1])], "value.index: a value has the fields ifindex and program"),
        ("devmap", 8, [("", [0])], "0 is neither the name of an interface nor its index"),
        ("devmap", 8, [("", [True])], "True is neither"),
        ("devmap", 8, [("", [-1])], "-1 is neither"),
        ("devmap", 8, [("", [None])], "None is neither"),
        ("cpumap", 4, [("", [0])], "1 to 16384 packets, and not 0"),
        ("cpumap", 4, [("", ["many"])], "1 to 16384 packets, and not many"),
        ("cpumap", 8, [("qsize", [8]), ("program", [5])], "value.program: 5 is not the name of a program"),
        ("prog_array", 4, [("", [5])], "5 is not the name of a program"),
        ("prog_array", 4, [("name", ["pass"])], "the name of a program is expected"),
        ("hash_of_maps", 4, [("", ["/x"])], "there is no map /x, and no map is pinned there"),
    ],
)
def test_what_they_cannot_be(map_type: str, size: int, columns: list[Any], says: str) -> None:
    with pytest.raises(WrongEntry) as caught:
        _encode(map_type, size, *columns)
    assert says in str(caught.value)
    assert (caught.value.block, caught.value.row) == (1, 0)


def _left_out(map_type: str, value_size: int, default: Any) -> References:
    keys = Segment(2, _words(0, 1), bytes(value_size), True, bytes(value_size))
    table = Table((Block(2, (Column(("key",), "u8", b"\0\1"),)),))
    return references.encode(map_type, value_size, table, Encoded((keys,), 4, value_size), CONTEXT, default)


@pytest.mark.parametrize(
    ("map_type", "size", "default", "value"),
    [
        ("devmap", 4, "eth0", _words(3)),
        ("devmap_hash", 8, {"ifindex": "eth1", "program": "leave"}, _words(4, 1010)),
        ("cpumap", 8, {"qsize": 64}, _words(64, 0)),
        ("prog_array", 4, "pass", _words(1011)),
        ("hash_of_maps", 4, "inner", _words(2020)),
    ],
)
def test_a_value_that_is_left_out_is_the_default_of_new_entries(
    map_type: str, size: int, default: Any, value: bytes
) -> None:
    assert _values(_left_out(map_type, size, default)) == (value * 2, bytes(size))


@pytest.mark.parametrize("map_type", ["devmap", "cpumap", "prog_array", "hash_of_maps"])
def test_nothing_is_no_value(map_type: str) -> None:
    with pytest.raises(WrongEntry) as caught:
        _left_out(map_type, 4, None)
    assert str(caught.value) == "there is no value, and no default_value"


def test_keys_are_encoded_without_values() -> None:
    table = _table(("ifindex", ["eth0"]), ("program", [None])).without_values()
    assert [[column.path for column in block.columns] for block in table.blocks] == [[], [("key",)]]


@pytest.mark.parametrize(
    ("map_type", "value", "shown"),
    [
        ("devmap", _words(3), "eth0"),
        ("devmap", _words(4), 4),
        ("devmap_hash", _words(3, 0), "eth0"),
        ("devmap_hash", _words(3, 1010), {"ifindex": "eth0", "program": "leave"}),
        ("devmap_hash", _words(4, 9), {"ifindex": 4, "program": 9}),
        ("cpumap", _words(64), 64),
        ("cpumap", _words(64, 1010), {"qsize": 64, "program": "leave"}),
        ("prog_array", _words(1010), "leave"),
        ("prog_array", _words(5), 5),
        ("array_of_maps", _words(2020), "inner"),
        ("hash_of_maps", _words(7), 7),
    ],
)
def test_as_they_are_shown(map_type: str, value: bytes, shown: Any) -> None:
    assert references.decode(map_type, value, NAMES) == shown
