# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared entries among those that are read, against a model that looks at one entry at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Dict

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import Batch, pieces
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Segment
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.masks import Mask
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.matching import (
    Group,
    Matching,
    OutOfOrder,
    beyond,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.trie_keys import place
from hypothesis import example, given
from hypothesis import strategies as st

Entries = Dict[bytes, bytes]
FULL = b"\xff\xff"

_MASKS = st.sampled_from([FULL, bytes(2), b"\xff\0", b"\x0f\0"])
_VALUES = st.sampled_from([bytes(2), b"\1\0", b"\1\1", b"\x10\1"])


@st.composite
def _prefixes(draw: Any) -> bytes:
    length = draw(st.integers(0, 4))
    return struct.pack("=I", length) + bytes([draw(st.integers(0, 15)) << 4 & 0xF00 >> length & 0xFF])


_KEYS = _prefixes()


def _batches(entries: Iterable[tuple[bytes, bytes]], at_a_time: int) -> Iterator[Batch]:
    """In one buffer for all of them, as the kernel's are."""
    remaining = iter(entries)
    keys, values = bytearray(5 * at_a_time), bytearray(2 * at_a_time)
    while some := list(islice(remaining, at_a_time)):
        count = len(some)
        keys[: 5 * count] = b"".join(key for key, _value in some)
        values[: 2 * count] = b"".join(value for _key, value in some)
        yield Batch(count, memoryview(keys)[: 5 * count], memoryview(values)[: 2 * count])


def _segment(entries: Entries, mask: bytes, uniform: bytes | None) -> Segment:
    values = b"".join(entries.values()) if uniform is None else uniform
    return Segment(len(entries), b"".join(entries), values, uniform is not None, mask)


def _declared(segment: Segment) -> Entries:
    values = list(pieces(segment.values, 2)) * (segment.count if segment.uniform else 1)
    return dict(zip(pieces(segment.keys, 5), values))


def _pairs(rows: Iterable[Any]) -> Entries:
    found: Entries = {}
    for each in rows:
        values = list(pieces(each.values, 2)) * (each.count if each.uniform else 1)
        assert len(each.keys) == 5 * each.count and len(values) == each.count
        found.update(zip(pieces(each.keys, 5), values))
    return found


def _check(matching: Matching, there: Entries, segments: list[Segment], exclusive: bool) -> None:
    missing: Entries = {}
    new: Entries = {}
    old: Entries = {}
    named = set()
    for segment in segments:
        mask = Mask(segment.mask)
        for key, value in _declared(segment).items():
            named.add(key)
            if key not in there:
                missing[key] = value
            elif mask.merge(there[key], value) != there[key]:
                new[key] = bytes(mask.apply(value, 1))
                old[key] = there[key]
    assert _pairs(matching.missing()) == missing
    assert _pairs(matching.updates()) == new
    assert {
        key: value for rows in matching.updates() for key, value in zip(pieces(rows.keys, 5), pieces(rows.old, 2))
    } == old
    if not exclusive:
        return
    removed = matching.removed(False, True)
    undeclared = {key: value for key, value in there.items() if key not in named}
    assert dict(zip(pieces(removed.keys, 5), pieces(removed.old, 2))) == undeclared
    assert removed.count == len(undeclared)


@given(
    there=st.dictionaries(_KEYS, _VALUES, max_size=20),
    parts=st.lists(
        st.tuples(st.dictionaries(_KEYS, _VALUES, max_size=12), _MASKS, st.none() | _VALUES), min_size=1, max_size=3
    ),
    exclusive=st.booleans(),
    at_a_time=st.integers(1, 8),
    doubled=st.booleans(),
)
def test_as_a_model_has_it(
    there: Entries, parts: list[tuple[Entries, bytes, bytes | None]], exclusive: bool, at_a_time: int, doubled: bool
) -> None:
    seen: set[bytes] = set()
    segments = []
    for entries, mask, uniform in parts:
        segments.append(_segment({key: entries[key] for key in entries if key not in seen}, mask, uniform))
        seen |= set(entries)
    matching = Matching(segments, [segment.mask for segment in segments], 5, 2)
    # A reader that begins anew reads some of them twice.
    read = [*list(there.items())[: len(there) // 2], *there.items()] if doubled else list(there.items())
    whole = matching.match(_batches(read, at_a_time), exclusive, False, True)
    _check(matching, there, segments, exclusive)
    if whole:
        assert matching.there == len(read)


@given(
    there=st.dictionaries(_KEYS, _VALUES, max_size=25),
    entries=st.dictionaries(_KEYS, _VALUES, max_size=25),
    same=st.booleans(),
    mask=_MASKS,
    uniform=st.none() | _VALUES,
    exclusive=st.booleans(),
    at_a_time=st.integers(1, 8),
)
@example({}, {b"\0\0\0\0\0": bytes(2)}, False, FULL, None, True, 1)
def test_in_the_order_of_a_trie_it_is_the_same(
    there: Entries, entries: Entries, same: bool, mask: bytes, uniform: bytes | None, exclusive: bool, at_a_time: int
) -> None:
    if same:  # mostly what a map has
        there = {**dict(list(entries.items())[1:]), **dict(list(there.items())[:2])}
    there, entries = (dict(sorted(each.items(), key=lambda entry: place(entry[0]))) for each in (there, entries))
    segment = _segment(entries, mask, uniform)
    matching = Matching([segment], [mask], 5, 2)
    matching.match_in_order(_batches(there.items(), at_a_time), exclusive)
    _check(matching, there, [segment], exclusive)
    assert matching.there == len(there)


@given(
    entries=st.dictionaries(_KEYS, st.tuples(_VALUES, _VALUES), min_size=1, max_size=25),
    mask=_MASKS,
    uniform=st.none() | _VALUES,
    exclusive=st.booleans(),
    at_a_time=st.integers(1, 8),
)
def test_other_values_of_the_same_keys_are_found_without_looking_keys_up(
    entries: dict[bytes, tuple[bytes, bytes]], mask: bytes, uniform: bytes | None, exclusive: bool, at_a_time: int
) -> None:
    ordered = sorted(entries.items(), key=lambda entry: place(entry[0]))
    there, wanted = {key: old for key, (old, _new) in ordered}, {key: new for key, (_old, new) in ordered}
    segment = _segment(wanted, mask, uniform)
    matching = Matching([segment], [mask], 5, 2)
    with pytest.MonkeyPatch.context() as patch:
        # The records of a million entries would take hundreds of megabytes.
        patch.delattr(Group, "records")
        matching.match_in_order(_batches(there.items(), at_a_time), exclusive)
        _check(matching, there, [segment], exclusive)


def _key(number: int) -> bytes:
    return struct.pack("=IB", 8, number)


def _numbers(*numbers: int) -> Entries:
    return {_key(number): b"\1\1" for number in numbers}


def test_a_trie_that_begins_anew_is_noticed() -> None:
    segment = _segment(_numbers(1, 2, 3, 4, 5), FULL, None)
    matching = Matching([segment], [FULL], 5, 2)
    with pytest.raises(OutOfOrder):
        matching.match_in_order(_batches([(_key(number), b"\1\1") for number in (1, 2, 5, 6, 1, 2, 3)], 2), True)
    matching.begin_anew()
    there = _numbers(1, 2, 3, 4)
    matching.match(_batches(there.items(), 2), True, False, True)
    _check(matching, there, [segment], True)


def test_reading_ends_when_all_are_found() -> None:
    segment = _segment(_numbers(3), FULL, None)
    matching = Matching([segment], [FULL], 5, 2)
    batches = _batches(_numbers(*range(10)).items(), 2)
    assert not matching.match(batches, False, False, False)
    assert next(batches).count == 2
    assert matching.there == 4


def test_what_is_declared_absent_is_found_by_its_keys() -> None:
    segment = _segment(_numbers(1, 2, 9), bytes(2), None)
    matching = Matching([segment], [bytes(2)], 5, 2)
    there = {_key(1): b"\7\7", _key(2): bytes(2), _key(3): b"\1\1"}
    matching.match(_batches(there.items(), 2), False, True, False)
    removed = matching.removed(True, True)
    assert dict(zip(pieces(removed.keys, 5), pieces(removed.old, 2))) == {_key(1): b"\7\7", _key(2): bytes(2)}
    assert matching.removed(True, False).count == 1


def test_a_prefix_with_host_bits_is_the_same() -> None:
    there = {struct.pack("=IB", 4, 0x1F): b"\1\1", struct.pack("=IB", 4, 0x2F): b"\1\1"}
    asked = {struct.pack("=IB", 4, 0x10): b"\1\1", struct.pack("=IB", 4, 0x20): b"\2\2"}
    for in_order in (False, True):
        matching = Matching([_segment(asked, FULL, None)], [FULL], 5, 2)
        if in_order:
            matching.match_in_order(_batches(there.items(), 8), True)
        else:
            matching.match(_batches(there.items(), 8), True, False, True)
        assert matching.missing() == ()
        assert not matching.removed(False, True).count
        assert _pairs(matching.updates()) == {struct.pack("=IB", 4, 0x20): b"\2\2"}


def test_whole_segments_are_not_copied() -> None:
    segment = _segment(_numbers(1, 2, 3), FULL, None)
    matching = Matching([segment], [FULL], 5, 2)
    matching.match(_batches(_numbers(8, 9).items(), 2), False, False, False)
    assert matching.missing()[0].keys is segment.keys
    matching.begin_anew()
    matching.everything_is_missing()
    assert matching.missing()[0].values is segment.values


@pytest.mark.parametrize(("keys", "found"), [((), None), ((0, 3), None), ((1, 5, 4), 1)])
def test_indexes_beyond_the_last_one(keys: tuple[int, ...], found: int | None) -> None:
    assert beyond(struct.pack(f"={len(keys)}I", *keys), 4) == found


def test_updates_are_in_the_order_in_which_they_are_read() -> None:
    order = [5, 3, 200, 7, 1, 90, 40]
    segment = _segment(_numbers(*sorted(order)), FULL, None)
    matching = Matching([segment], [FULL], 5, 2)
    matching.match(_batches([(_key(number), b"\0\0") for number in order], 3), False, False, False)
    (rows,) = matching.updates()
    assert list(pieces(rows.keys, 5)) == [_key(number) for number in order]
