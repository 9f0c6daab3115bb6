# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import random
import struct
import tracemalloc
import zlib
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack as packing
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.pack import MAGIC, digest, pack, unpack
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import INTEGERS, WIDTHS, Block, Column, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from hypothesis import given, settings
from hypothesis import strategies as st

_SIZES = {**WIDTHS, **INTEGERS}
_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _texts, st.lists, max_leaves=3
)


@st.composite
def _tables(draw: Any) -> Table:
    blocks = []
    for _each in range(draw(st.integers(0, 3))):
        count = draw(st.integers(1, 4))
        paths = draw(st.sets(st.sampled_from("abc"), max_size=3))
        columns = [("key",), *(("value", path) for path in sorted(paths))]
        made = []
        for path in columns:
            kind = draw(st.sampled_from([*_SIZES, "text", "json"]))
            size = _SIZES.get(kind, 0) * count
            data = (
                draw(st.binary(min_size=size, max_size=size))
                if kind in _SIZES
                else draw(st.lists(_texts if kind == "text" else _json, min_size=count, max_size=count))
            )
            made.append(Column(path, kind, data, draw(st.booleans())))
        blocks.append(Block(count, tuple(made)))
    return Table(tuple(blocks))


@settings(deadline=None)
@given(_tables())
def test_a_table_comes_back(table: Table) -> None:
    packed = pack(table)
    assert unpack(packed) == table
    assert pack(unpack(packed)) == packed
    assert len(digest(packed)) == 64


_SAMPLE = pack(
    Table(
        (
            Block(
                2,
                (Column(("key",), "prefix4", b"\x0a\0\0\0\x08\x0b\0\0\0\x08"), Column(("value",), "text", ["a", "b"])),
            ),
        )
    )
)


@settings(deadline=None)
@given(st.integers(0, len(_SAMPLE) - 1), st.integers(0, 255), st.booleans())
def test_damage_is_an_error_or_another_table(place: int, byte: int, cut: bool) -> None:
    damaged = _SAMPLE[:place] if cut else _SAMPLE[:place] + bytes([byte]) + _SAMPLE[place + 1 :]
    try:
        table = unpack(damaged, "These")
    except XdpError as error:
        assert str(error).startswith("These cannot be read: ")
    else:
        assert all(len(column.data) for block in table.blocks for column in block.columns)


def _made(blocks: Any, body: bytes = b"") -> bytes:
    return MAGIC + json.dumps({"blocks": blocks}).encode() + b"\n" + zlib.compress(body)


def _described(**other: Any) -> dict[str, Any]:
    return {"path": ["key"], "kind": "u8", "quoted": False, "size": 2, **other}


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        (b"", "do not begin with 'ebpf.xdp contents 1'"),
        (b"ebpf.xdp contents 2\n{}\n", "do not begin with"),
        (MAGIC + b"{}", "have no head"),
        (MAGIC + b"{\n", "damaged"),
        (MAGIC + b"[" * 100_000 + b"\n", "damaged"),
        (MAGIC + b"[]\n", "damaged"),
        (_made([{"count": 0, "columns": []}]), "a block of 0 rows"),
        (_made([{"count": True, "columns": []}]), "a block of True rows"),
        (_made([{"count": 1 << 60, "columns": []}]), "rows"),
        (_made([{"count": 2, "columns": []}]), "has no key"),
        (_made([{"count": 2, "columns": [_described(path=["value"])]}], b"ab"), "has no key"),
        (_made([{"count": 2, "columns": [_described(), _described()]}], b"abab"), "not in order"),
        (_made([{"count": 2, "columns": [_described(), _described(path=["key", "a"])]}], b"abab"), "within another"),
        (_made([{"count": 2, "columns": [_described(path=[])]}], b"ab"), "not described"),
        (_made([{"count": 2, "columns": [_described(path=["key", 1])]}], b"ab"), "not described"),
        (_made([{"count": 2, "columns": [_described(path="key")]}], b"ab"), "not described"),
        (_made([{"count": 2, "columns": [_described(size=-2)]}], b"ab"), "not described"),
        (_made([{"count": 2, "columns": [_described(size=3)]}], b"abc"), "another size than its rows"),
        (_made([{"count": 2, "columns": [_described(kind="u9")]}], b"ab"), "damaged"),
        (_made([{"count": 2, "columns": [_described(kind=[])]}], b"ab"), "damaged"),
        (_made([{"count": 2, "columns": [_described()]}], b"a"), "not the declared one"),
        (_made([{"count": 2, "columns": [_described()]}], b"abc"), "not the declared one"),
        (_made([{"count": 2, "columns": [_described()]}], b"ab") + b"x", "not the declared one"),
        (_made([{"count": 2, "columns": [_described()]}], b"ab")[:-1], "not the declared one"),
        (_made([{"count": 2, "columns": [_described(kind="text")]}], b"ab"), "another number of items"),
        (_made([{"count": 2, "columns": [_described(kind="json", size=1)]}], b"1"), "another number of items"),
        (_made([{"count": 1, "columns": [_described(kind="text", size=2)]}], b"\xff\xff"), "damaged"),
        (_made([{"count": 2, "columns": [_described(kind="text", size=1 << 40)]}]), "more than 1024 MiB"),
        (_made([{"count": 16 << 20, "columns": [_described(kind="json", size=2)]}] * 2), "more than 16,777,216"),
    ],
)
def test_what_is_no_packed_table(packed: bytes, text: str) -> None:
    with pytest.raises(XdpError, match=r"^The packed entries cannot be read: ") as error:
        unpack(packed)
    assert text in str(error.value)


def test_what_expands_to_more_than_it_declares_takes_no_memory() -> None:
    bomb = _made([{"count": 2, "columns": [_described()]}], bytes(64 << 20))
    tracemalloc.start()
    with pytest.raises(XdpError, match="not the declared one"):
        unpack(bomb)
    assert tracemalloc.get_traced_memory()[1] < 2 << 20
    tracemalloc.stop()


def test_a_head_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "LARGEST_HEAD", 100)
    with pytest.raises(XdpError, match="have no head"):
        unpack(MAGIC + b" " * 200 + b"\n")


def test_sorted_prefixes_are_small() -> None:
    chosen = random.Random(1)
    addresses = sorted(chosen.getrandbits(24) for _each in range(100_000))
    data = b"".join(struct.pack(">IB", address << 8, 24) for address in addresses)
    packed = pack(Table((Block(100_000, (Column(("key",), "prefix4", data),)),)))
    assert len(packed) < 200_000  # a byte and a bit for each, of five
