# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._spec import named_slots
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, NamedCounters, ObjectSpec
from hypothesis import given
from hypothesis import strategies as st

_NAMES = st.lists(st.sampled_from("abcdefgh"), max_size=6).map(tuple)


def _counters(names: tuple[str, ...], first: int = 3, end: int = 11) -> NamedCounters:
    return NamedCounters("counters", names, ".rodata", 2, first, end)


@given(versions=st.lists(_NAMES, min_size=1, max_size=8))
def test_a_name_keeps_its_row_as_long_as_it_is_there(versions: list[tuple[str, ...]]) -> None:
    slots: dict[str, int] = {}
    for names in versions:
        before, slots = slots, named_slots.assigned(_counters(names), slots)
        assert all(slots[name] == before[name] for name in names if name in before)
        assert len(set(slots.values())) == len(slots), "two names have one row"
        assert all(3 <= slot < 11 for slot in slots.values())


def test_a_name_that_is_gone_gives_its_row_away_when_no_other_is_left() -> None:
    before = named_slots.assigned(_counters(tuple("ab"), 3, 5), {})
    after = named_slots.assigned(_counters(tuple("cb"), 3, 5), before)
    assert after == {"b": before["b"], "c": before["a"]}
    assert named_slots.inherited(before, after) == [
        "c got the counters of a, which is gone, and goes on from what they have counted: all others are taken"
    ]


def test_a_name_that_is_there_twice_has_one_row() -> None:
    assert named_slots.assigned(_counters(("a", "b", "a")), {}) == {"a": 3, "b": 4}


def test_the_program_is_told_by_its_variables() -> None:
    rodata = MapSpec(".rodata", "array", 4, 6, 1, 0, variables=b"\xff\xff")
    counters = _counters(("b", "a", "b"))
    told = named_slots.applied(ObjectSpec((), (rodata,)), counters, {"a": 3, "b": 7})
    assert told.maps[0].variables == b"\xff\xff\x07\x03\x07"


def test_what_the_variables_have_beyond_the_rows_stays() -> None:
    rodata = MapSpec(".rodata", "array", 4, 6, 1, 0, variables=b"abcdef")
    told = named_slots.applied(ObjectSpec((), (rodata,)), _counters(("a",)), {"a": 3})
    assert told.maps[0].variables == b"ab\x03def"


@given(slots=st.dictionaries(st.sampled_from("abc"), st.integers(3, 10)))
def test_the_record_gives_back_what_it_got(slots: dict[str, int]) -> None:
    counters = _counters(())
    text = {**named_slots.to_record(counters, slots), "member": 4, "other:counters/a": 5}
    assert named_slots.recorded(counters, text) == slots
