# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import ipaddress
import random
import socket
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import forms, lexical
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.lexical import MISSING, table_of
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import INTEGERS, WIDTHS, Block, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from hypothesis import given, settings
from hypothesis import strategies as st


class _AnsibleTaggedDate(datetime.date):
    """As ansible-core calls a date of YAML."""


_ENTRIES = Places()
_FILE = Places("/srv/t.csv")

_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)


def _network(bits: int, length: int, family: int) -> str:
    size = 32 if family == socket.AF_INET else 128
    kept = bits >> (size - length) << (size - length)
    return f"{socket.inet_ntop(family, kept.to_bytes(size // 8, 'big'))}/{length}"


_prefixes = st.builds(_network, st.integers(0, 2**32 - 1), st.integers(0, 32), st.just(socket.AF_INET)) | st.builds(
    _network, st.integers(0, 2**128 - 1), st.integers(0, 128), st.just(socket.AF_INET6)
)
_scalars = (
    _texts
    | st.integers(-(2**66), 2**66)
    | st.integers(0, 300)
    | st.integers(0, 300).map(str)
    | st.ip_addresses().map(str)
    | st.binary(min_size=6, max_size=6).map(lambda mac: mac.hex(":"))
    | _prefixes
    | st.sampled_from(["0x0A", "007", "-0", "+1", "1_0", " 1", "1.2.3", "FE80::1", "AA:BB:CC:DD:EE:FF", "10.0.0.0/08"])
)
_others = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.lists(_scalars, max_size=3)
_names = st.sampled_from(["a", "b", "c"])
_keys = _scalars | st.dictionaries(_names, _scalars, min_size=1, max_size=3)
_values = st.recursive(
    _scalars | _others, lambda inner: st.dictionaries(_names, inner, min_size=1, max_size=3), max_leaves=4
)


def _identity(key: Any) -> str:
    """Equal for keys that are the same to the table: numbers and the same numbers as texts are not."""
    return repr(sorted(key.items())) if isinstance(key, dict) else repr(key)


def _rows(table: Table) -> list[tuple[Any, Any]]:
    """The rows of a table, as they were declared."""
    found = []
    for block in table.blocks:
        columns = [forms.items(column.kind, column.data, column.quoted) for column in block.columns]
        for row in range(block.count):
            entry: dict[str, Any] = {}
            for column, items in zip(block.columns, columns):
                place = entry
                for name in column.path[:-1]:
                    place = place.setdefault(name, {})
                place[column.path[-1]] = items[row]
            found.append((entry["key"], entry.get("value", MISSING)))
    return found


def _shown(rows: list[tuple[Any, Any]]) -> list[str]:
    return sorted(repr(row) for row in map(_ordered, rows))


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    return tuple(map(_ordered, value)) if isinstance(value, tuple) else value


@st.composite
def _declared(draw: Any) -> list[tuple[Any, Any]]:
    keys = draw(st.lists(_keys, max_size=12, unique_by=_identity))
    return [(key, draw(st.just(MISSING) | _values)) for key in keys]


def _numbered(rows: list[tuple[Any, Any]]) -> list[tuple[Any, Any, int]]:
    return [(key, value, number) for number, (key, value) in enumerate(rows)]


@settings(max_examples=100, deadline=None)
@given(_declared(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_rows_come_back_whatever_their_order_and_the_size_of_chunks(
    rows: list[tuple[Any, Any]], shuffler: random.Random, chunk: int
) -> None:
    # Addresses beside prefixes become prefixes, and that may make two keys one.
    lone = [row for row in rows if not _has_address(row[0])]
    declared = table_of(_numbered(lone), _ENTRIES)
    assert _shown(_rows(declared.table)) == _shown(lone)
    # Each row knows where it came from.
    assert [_ordered(lone[number]) for numbers in declared.numbers for number in numbers] == [
        _ordered(row) for row in _rows(declared.table)
    ]
    again = lone[:]
    shuffler.shuffle(again)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexical, "_CHUNK", chunk)
        assert table_of(_numbered(again), _FILE).table == declared.table


def _has_address(key: Any) -> bool:
    items = key.values() if isinstance(key, dict) else [key]
    return any(isinstance(item, str) and forms.likely(item) in ("ipv4", "ipv6") for item in items)


@given(st.lists(_prefixes, unique=True, max_size=30))
def test_prefixes_are_in_the_order_of_a_trie(prefixes: list[str]) -> None:
    for block in table_of([(prefix, MISSING, 0) for prefix in prefixes], _ENTRIES).table.blocks:
        (column,) = block.columns
        networks = [ipaddress.ip_network(each) for each in forms.items(column.kind, column.data)]
        order = [(int(network.broadcast_address), -network.prefixlen) for network in networks]
        assert order == sorted(order)
        assert len(column.data) == block.count * WIDTHS[column.kind]


@given(st.lists(st.integers(-(2**63), 2**64 - 1), unique=True, min_size=1))
def test_integers_have_the_smallest_size_that_fits(numbers: list[int]) -> None:
    (block,) = table_of([(0, {"a": number}, 0) for number in numbers[:1]], _ENTRIES).table.blocks
    column = block.columns[1]
    bits = 8 * INTEGERS[column.kind]
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if column.kind.startswith("i") else (0, (1 << bits) - 1)
    assert least <= numbers[0] <= most
    assert bits == 8 or not (least >> bits // 2 <= numbers[0] <= most >> bits // 2)


def test_blocks_and_kinds() -> None:
    rows: list[Any] = [
        ("10.0.0.0/8", 1),
        ("192.0.2.1", 300),
        ("2001:db8::/32", 2),
        ("2001:db8::1", 3),
        ("10.0.0.0/9", MISSING),
        ({"port": 80, "address": "192.0.2.1"}, "up"),
        (5, {"rate": "7", "on": True}),
    ]
    table = table_of(_numbered(rows), _ENTRIES).table
    assert [
        (block.count, [(".".join(column.path), column.kind, column.quoted) for column in block.columns])
        for block in table.blocks
    ] == [
        (1, [("key", "prefix4", False)]),
        (2, [("key", "prefix4", False), ("value", "u16", False)]),
        (2, [("key", "prefix6", False), ("value", "u8", False)]),
        (1, [("key", "u8", False), ("value.on", "json", False), ("value.rate", "u8", True)]),
        (1, [("key.address", "ipv4", False), ("key.port", "u8", False), ("value", "text", False)]),
    ]
    assert table.blocks[1].columns[0].data == bytes.fromhex("0a00000008 c000020120")
    assert table.count == 7
    assert table_of([], _ENTRIES).table == Table()


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([("10.1.2.3/8", 1)], "the prefix 10.1.2.3/8 has bits set beyond its first 8. Probably 10.0.0.0/8 is meant"),
        (
            [("2001:db8::1/32", 1)],
            "the prefix 2001:db8::1/32 has bits set beyond its first 32. Probably 2001:db8::/32 is",
        ),
        ([("10.0.0.0/33", 1)], "key: 10.0.0.0/33: the length of a prefix is from 0 to 32"),
        ([({"net": "::/129"}, 1)], "key.net: ::/129: the length of a prefix is from 0 to 128"),
        ([(None, 1)], "there is no key"),
        ([(MISSING, 1)], "there is no key"),
        ([({}, 1)], "there is no key"),
        ([({"a": {}}, 1)], "there is no key"),
        ([("a\0", 1)], r"key: 'a\x00' has a NUL character"),
        ([(1, ["a\0"])], r"value: 'a\x00' has a NUL character"),
        ([(1, "\udcff")], "is not valid UTF-8"),
        ([(1, datetime.date(2026, 1, 2))], "value: a map cannot hold a date"),
        ([(1, _AnsibleTaggedDate(2026, 1, 2))], "value: a map cannot hold a date"),
        ([(1, float("nan"))], "value: nan is not a number"),
    ],
)
def test_rows_that_no_map_can_have(rows: list[tuple[Any, Any]], text: str) -> None:
    fine = [(f"x{number}", MISSING) for number in range(3)]
    with pytest.raises(XdpError) as error:
        table_of(_numbered(fine + rows), _FILE)
    assert str(error.value).startswith("/srv/t.csv, line 3: ")
    assert text in str(error.value)
    assert str(error.value).endswith(". Nothing was changed")
    with pytest.raises(XdpError, match=r"^entries\[3\]: "):
        table_of(_numbered(fine + rows), _ENTRIES)


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        (("10.0.0.0/8", 1), ("10.0.0.0/8", 2), "key 10.0.0.0/8"),
        (("10.0.0.0/8", 1), ("10.0.0.0/8", MISSING), "key 10.0.0.0/8"),
        (("10.0.0.1/32", 1), ("10.0.0.1", 1), "key 10.0.0.1/32"),
        (("::1/128", 1), ("::1", MISSING), "key ::1/128"),
        ((7, 1), (7, {"a": 1}), "key 7"),
        (("eth0", 1), ("eth0", 1), "key eth0"),
        (({"a": 1, "b": "x"}, 1), ({"b": "x", "a": 1}, 1), "key.a 1, key.b x"),
        ((True, 1), (True, 1), "key True"),
    ],
)
def test_a_key_that_is_there_twice(first: tuple[Any, Any], second: tuple[Any, Any], named: str) -> None:
    rows = [(f"x{number}", MISSING, number) for number in range(40)]
    for one, other in ((first, second), (second, first)):
        with pytest.raises(XdpError) as error:
            table_of([*rows, (*one, 50), ("y", 1, 51), (*other, 60)], _FILE)
        assert str(error.value) == f"/srv/t.csv, line 60: {named} is there twice, first in line 50. Nothing was changed"


def test_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    deep: Any = 1
    for _each in range(40):
        deep = {"a": deep}
    with pytest.raises(XdpError, match="value is nested more than 32 deep"):
        table_of([(1, deep, 0)], _ENTRIES)
    for _each in range(40):
        deep = [deep]
    with pytest.raises(XdpError, match="value: it is nested more than 32 deep"):
        table_of([(1, deep, 0)], _ENTRIES)
    with pytest.raises(XdpError, match="more than 4096 fields"):
        table_of([(1, dict.fromkeys(map(str, range(5000))), 0)], _ENTRIES)
    with pytest.raises(XdpError, match="more than 1000 different sets of fields"):
        table_of(((1, {f"f{number}": 1}, number) for number in range(10**9)), _ENTRIES)
    monkeypatch.setattr(lexical, "MOST_ROWS", 100)
    monkeypatch.setattr(lexical, "_CHUNK", 10)
    with pytest.raises(XdpError, match=r"there are more than 100 entries"):
        table_of(((number, 1, number) for number in range(10**9)), _ENTRIES)


def test_a_row_of_a_block_is_named_by_its_source() -> None:
    declared = table_of([(9, 1, 12), (3, 1, 40)], _FILE)
    assert isinstance(declared.table.blocks[0], Block)
    assert str(declared.wrong(0, 0, "value: 1 is odd")) == "/srv/t.csv, line 40: value: 1 is odd. Nothing was changed"


@given(st.lists(st.ip_addresses(), unique=True, max_size=20), st.lists(st.binary(min_size=6, max_size=6), unique=True))
def test_addresses_are_in_the_order_of_their_bytes(addresses: list[Any], macs: list[bytes]) -> None:
    keys = [
        socket.inet_ntop(socket.AF_INET6 if each.version == 6 else socket.AF_INET, each.packed) for each in addresses
    ]
    rows = [(key, MISSING, 0) for key in [*keys, *(mac.hex(":") for mac in macs)]]
    for block in table_of(rows, _ENTRIES).table.blocks:
        data, size = block.columns[0].data, WIDTHS[block.columns[0].kind]
        assert isinstance(data, bytes)
        items = [data[start : start + size] for start in range(0, len(data), size)]
        assert items == sorted(items)


def test_integers_that_no_type_has_together(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(0, -1), (1, 2**64 - 1), (2, 5)]
    tables = []
    for chunk in (1, 100):
        monkeypatch.setattr(lexical, "_CHUNK", chunk)
        tables.append(table_of(_numbered(rows), _ENTRIES).table)
    assert tables[0] == tables[1]
    assert tables[0].blocks[0].columns[1].kind == "json"
    assert _rows(tables[0]) == rows


def test_forms_of_keys_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "MOST_SHAPES", 3)
    with pytest.raises(XdpError, match=r"^entries\[3\]: the rows have more than 3 different sets of fields"):
        table_of(_numbered([(key, MISSING) for key in ("10.0.0.1", "::1", "02:00:00:00:00:01", "x", 5)]), _ENTRIES)


def test_lists_of_dictionaries_are_taken_as_they_are() -> None:
    rows = [(1, [{"interface": "eth0", "program": None}, 2.5, False])]
    assert _rows(table_of(_numbered(rows), _ENTRIES).table) == rows


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("mac", "0g:00:00:00:00:00"),
        ("mac", "00:00:00:00-00:00"),
        ("mac", "00:00:00:00:00:0"),
        ("ipv4", "1.2.3"),
        ("ipv4", "01.2.3.4"),
        ("ipv6", "::G"),
        ("ipv6", "::A"),
        ("prefix4", "10.0.0.0/"),
        ("prefix4", "10.0.0.0/33"),
        ("prefix4", "10.0.0.0/8/8"),
        ("prefix6", "::A:0:0/64"),
        (forms.QUOTED, "1_0"),
        (forms.QUOTED, "٣"),
        (forms.QUOTED, "9" * 30),
        (forms.QUOTED, 5),
        (forms.INTEGER, True),
        (forms.INTEGER, "5"),
        (forms.INTEGER, 1 << 64),
        ("ipv4", 5),
    ],
)
def test_what_does_not_come_back_has_no_form(form: str, text: Any) -> None:
    assert forms.encode(form, [text]) is None
