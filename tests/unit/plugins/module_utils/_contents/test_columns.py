# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Columns are encoded in a fast way and a slow one, which have to come to the same."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import encode as module
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import forms
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode import encode
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import INTEGERS, Block, Column, Path, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.some_types import SCALARS, Sample, samples
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._contents.tables import data_of, types_of
from hypothesis import given
from hypothesis import strategies as st

_ADDRESSES = {
    "ipv4": ["10.0.0.1", "255.255.255.255", "0.0.0.0"],
    "ipv6": ["::", "2001:db8::1", "fe80::ffff"],
    "mac": ["02:00:5e:10:00:01", "ff:ff:ff:ff:ff:ff"],
    "prefix4": ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "10.1.0.0/16"],
    "prefix6": ["::/0", "2001:db8::/32", "fe80::1/128"],
}
_TEXTS = ["", "a", "four", "fives", "seven c", "far too long for most", "\0", "0x10", "RED", "7", "1.5"]


@st.composite
def columns(draw: st.DrawFn, path: Path, count: int) -> Column:
    kind = draw(st.sampled_from([*INTEGERS, *_ADDRESSES, "text"]))
    if kind in INTEGERS:
        bits = 8 * INTEGERS[kind]
        lowest = -(1 << bits - 1) if kind[0] == "i" else 0
        near = [lowest, lowest + (1 << bits) - 1, 0, 1, 127, 128, 255]
        number = st.integers(lowest, lowest + (1 << bits) - 1) | st.sampled_from(near)
        number = number.filter(lambda each: lowest <= each < lowest + (1 << bits))
        values: Any = draw(st.lists(number, min_size=count, max_size=count))
        if kind[0] == "i":
            values[0] = -1  # such columns have a negative number
        return Column(path, kind, data_of(kind, values), draw(st.booleans()))
    values = st.sampled_from(_ADDRESSES.get(kind, _TEXTS))
    return Column(path, kind, data_of(kind, draw(st.lists(values, min_size=count, max_size=count))))


def outcome(table: Table, types: MapTypes, slow: bool) -> Encoded | tuple[int, int, str]:
    with contextlib.ExitStack() as stack:
        if slow:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setattr(module, "planes", lambda *_arguments: None)
            patch.setattr(module, "prefix_planes", lambda *_arguments: None)
        try:
            return encode(table, types)._replace(in_trie_order=False)
        except WrongEntry as error:
            return error.block, error.row, str(error)


def same_in_both_ways(table: Table, types: MapTypes) -> None:
    assert outcome(table, types, slow=False) == outcome(table, types, slow=True)


_KEY = Column(("key",), "u8", bytes(range(4)))


def _u32(file: Any) -> int:
    return int(file.u32())


def edges(kind: str) -> list[Any]:
    """Values of the kind, next to where a type's range may end."""
    if kind not in INTEGERS:
        return [*_ADDRESSES.get(kind, _TEXTS)]
    bits, signed = 8 * INTEGERS[kind], kind[0] == "i"
    lowest = -(1 << bits - 1) if signed else 0
    powers = [1 << power for power in (1, 7, 8, 15, 16, 31, 32, 63, 64)]
    near = {
        0,
        1,
        *powers,
        *(power - 1 for power in powers),
        *(-power for power in powers),
        *(-1 - power for power in powers),
    }
    return sorted(each for each in near if lowest <= each < lowest + (1 << bits))


@pytest.mark.parametrize("sample", SCALARS, ids=range(len(SCALARS)))
def test_values_of_each_kind_for_each_type(sample: Sample) -> None:
    types = types_of(_u32, sample.make)
    for kind in [*INTEGERS, *_ADDRESSES, "text"]:
        for value in edges(kind):
            first = -1 if kind[0] == "i" and kind in INTEGERS else value
            for quoted in (False, True) if kind in INTEGERS else (False,):
                values = Column(("value",), kind, data_of(kind, [first, value]), quoted)
                same_in_both_ways(Table((Block(2, (_KEY._replace(data=b"\0\1"), values)),)), types)


@given(samples, st.data())
def test_fields_of_larger_types(sample: Sample, data: st.DataObject) -> None:
    cpus = data.draw(st.sampled_from([0, 2]))
    types = types_of(_u32, sample.make, "percpu_array" if cpus else "array", cpus=cpus or 1)
    paths: list[Path] = []
    waiting: list[tuple[Path, Any]] = [(("value",), data.draw(sample.values))]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*path, name), item) for name, item in value.items()]
        elif data.draw(st.booleans()):
            paths.append(path)
    values = [data.draw(columns(path, 4)) for path in paths]
    same_in_both_ways(Table((Block(4, (_KEY, *values)),)), types)


@given(st.sampled_from([4, 6, 16]), columns(("key",), 4), st.sampled_from([None, "hex"]))
def test_keys_of_tries(size: int, keys: Column, key_type: Any) -> None:
    rows = [*forms.items(keys.kind, keys.data, keys.quoted)]
    if len({*map(str, rows)}) < len(rows):
        return  # a table has no key twice
    same_in_both_ways(Table((Block(4, (keys,)),)), MapTypes("lpm_trie", 4 + size, 4, key_type=key_type))


@given(samples, st.data())
def test_what_is_encoded_is_decoded(sample: Sample, data: st.DataObject) -> None:
    """Whole values, whatever they are."""
    cpus = data.draw(st.sampled_from([0, 3]))
    types = types_of(_u32, sample.make, "percpu_hash" if cpus else "hash", cpus=cpus or 1)
    values = data.draw(st.lists(sample.values, min_size=4, max_size=4))
    encoded = encode(Table((Block(4, (_KEY, Column(("value",), "json", values))),)), types)
    (segment,) = encoded.segments
    length = encoded.value_length
    decoded = [types.decode_value(segment.values[row * length : (row + 1) * length]) for row in range(4)]
    assert decoded == ([[value] * cpus for value in values] if cpus else values)
