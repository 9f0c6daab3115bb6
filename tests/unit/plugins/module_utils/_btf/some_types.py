# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random types, with values that each can have."""

from __future__ import annotations

import ipaddress
from typing import Any, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from hypothesis import strategies as st


class Sample(NamedTuple):
    """A type, and a strategy for its values, as they are decoded."""

    make: Callable[[BtfFile], int]
    #: Bytes.
    size: int
    values: st.SearchStrategy[Any]
    #: Bits of a number that may be a bit field; 0 for others.
    bits: int = 0
    signed: bool = False


def _integer(size: int, signed: bool) -> Sample:
    bits = 8 * size
    lowest = -(1 << bits - 1) if signed else 0
    values = st.integers(lowest, lowest + (1 << bits) - 1)
    name, encoding = f"int{size}", kinds.SIGNED if signed else 0
    return Sample(lambda file: file.integer(name, size, encoding), size, values, bits, signed)


def _network(size: int) -> Sample:
    return Sample(
        lambda file: file.typedef(f"__be{8 * size}", file.integer(f"u{size}", size)),
        size,
        st.integers(0, (1 << 8 * size) - 1),
    )


_COLOURS = {"RED": 0, "GREEN": 5, "BLUE": 200}
_SIGNED = {"MINUS": -2, "PLUS": 2}
_LARGE = {"SMALL": 1, "LARGE": 1 << 40}


def _addresses(size: int) -> st.SearchStrategy[str]:
    kind = ipaddress.IPv4Address if size == 4 else ipaddress.IPv6Address
    # As inet_ntop writes them, but for mapped addresses, which Python writes otherwise.
    return st.integers(1 << 100 if size == 16 else 0, (1 << 8 * size) - 1).map(lambda number: str(kind(number)))


def _in_addr(size: int) -> Sample:
    def make(file: BtfFile) -> int:
        if size == 4:
            return file.structure("in_addr", 4, [("s_addr", file.typedef("__be32", file.u32()), 0)])
        return file.structure("in6_addr", 16, [("u", file.array(file.integer("u8", 1), 16), 0)])

    return Sample(make, size, _addresses(size))


def _text(count: int) -> Sample:
    values = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=count - 1)
    return Sample(
        lambda file: file.array(file.integer("char", 1, kinds.SIGNED), count),
        count,
        values.filter(lambda text: len(text.encode()) < count),
    )


SCALARS = [
    *(_integer(size, signed) for size in (1, 2, 4, 8, 16) for signed in (False, True)),
    *map(_network, (2, 4, 8)),
    Sample(lambda file: file.integer("_Bool", 1, kinds.BOOL), 1, st.booleans()),
    Sample(lambda file: file.enum("colour", _COLOURS), 4, st.sampled_from([*_COLOURS, 7, 1 << 31])),
    Sample(lambda file: file.enum("sign", _SIGNED, signed=True), 4, st.sampled_from([*_SIGNED, 7, -1])),
    Sample(lambda file: file.enum64("large", _LARGE), 8, st.sampled_from([*_LARGE, 7, 1 << 63])),
    Sample(lambda file: file.real("double", 8), 8, st.floats(allow_nan=False, allow_infinity=False)),
    Sample(lambda file: file.real("float", 4), 4, st.floats(width=32, allow_nan=False, allow_infinity=False)),
    *map(_in_addr, (4, 16)),
    *map(_text, (1, 5, 16)),
]


def _array(element: Sample, count: int) -> Sample:
    return Sample(
        lambda file: file.array(element.make(file), count),
        element.size * count,
        st.lists(element.values, min_size=count, max_size=count),
    )


def _structure(parts: list[tuple[Sample, int, int]]) -> Sample:
    """Each part has bytes of padding before it, and the bits of a bit field, or 0."""
    places, end = [], 0
    for sample, gap, bits in parts:
        start = end if bits and places else 8 * (-(-end // 8) + gap)
        places.append(start)
        end = start + (bits or 8 * sample.size)
    size = -(-end // 8) + 1  # padding at the end

    def make(file: BtfFile) -> int:
        members = [
            (f"m{index}", sample.make(file), place | bits << 24)
            for index, ((sample, _gap, bits), place) in enumerate(zip(parts, places))
        ]
        return file.structure("s", size, members, flag=True)

    def values(sample: Sample, bits: int) -> st.SearchStrategy[Any]:
        if not bits:
            return sample.values
        lowest = -(1 << bits - 1) if sample.signed else 0
        return st.integers(lowest, lowest + (1 << bits) - 1)

    every = {f"m{index}": values(sample, bits) for index, (sample, _gap, bits) in enumerate(parts)}
    return Sample(make, size, st.fixed_dictionaries(every))


def _with_bits(sample: Sample) -> st.SearchStrategy[tuple[Sample, int, int]]:
    bits = st.integers(0, min(sample.bits, 64)) if sample.bits else st.just(0)
    return st.tuples(st.just(sample), st.integers(0, 3), bits)


def _larger(inner: st.SearchStrategy[Sample]) -> st.SearchStrategy[Sample]:
    return st.one_of(
        st.builds(_array, inner, st.integers(1, 3)),
        st.lists(inner.flatmap(_with_bits), min_size=1, max_size=5).map(_structure),
    )


samples = st.recursive(st.sampled_from(SCALARS), _larger, max_leaves=8)
