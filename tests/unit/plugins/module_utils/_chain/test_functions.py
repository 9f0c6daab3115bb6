# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions of a program, by its instructions."""

from __future__ import annotations

import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._chain.functions import Function, deepest, functions
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import CALL, LD_IMM64, PSEUDO_CALL, PSEUDO_FUNC
from hypothesis import given
from hypothesis import strategies as st


def _one(opcode: int, destination: int = 0, source: int = 0, offset: int = 0, immediate: int = 0) -> bytes:
    return struct.pack("=BBhi", opcode, destination | source << 4, offset, immediate)


def _calling(place: int, target: int) -> bytes:
    return _one(CALL, source=PSEUDO_CALL, immediate=target - place - 1)


_EXIT = _one(0x95)


def test_calls_and_callbacks_begin_functions() -> None:
    code = _calling(0, 4) + _one(LD_IMM64, 2, PSEUDO_FUNC, immediate=4) + bytes(8) + _EXIT + _EXIT + _one(0xB7) + _EXIT
    assert functions(code) == [Function(0, (4, 6), 0), Function(4, (), 0), Function(6, (), 0)]


def test_what_is_in_the_second_half_of_a_wide_instruction_is_no_call() -> None:
    code = _one(LD_IMM64, 1) + _calling(1, 0) + _EXIT
    assert functions(code) == [Function(0, (), 0)]


def test_the_stack() -> None:
    code = (
        _one(0x7B, 10, 1, -24)
        + _calling(1, 5)
        + _one(0x79, 1, 10, -40)
        + _one(0x7A, 10, 0, -8)
        + _EXIT
        # r2 = r10; r2 += -100
        + _one(0xBF, 2, 10)
        + _one(0x07, 2, 0, 0, -100)
        # not of r10
        + _one(0xBF, 3, 1)
        + _one(0x07, 3, 0, 0, -200)
        + _EXIT
    )
    assert functions(code) == [Function(0, (5,), 48), Function(5, (), 112)]
    assert deepest(functions(code)) == (2, 160)


def test_known_starts_count_too() -> None:
    assert [each.start for each in functions(_EXIT * 4, [2, 3])] == [0, 2, 3]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=12), st.data())
def test_the_deepest_way(stacks: list[int], data: st.DataObject) -> None:
    """Over random calls to later functions, compared with all ways."""
    count = len(stacks)
    found = [
        Function(
            number,
            tuple(sorted(data.draw(st.sets(st.integers(number + 1, count - 1), max_size=3))))
            if number + 1 < count
            else (),
            stack,
        )
        for number, stack in enumerate(stacks)
    ]

    def ways(start: int) -> list[tuple[int, int]]:
        here = found[start]
        below = [way for each in here.calls for way in ways(each)] or [(0, 0)]
        return [(1 + frames, here.stack + stack) for frames, stack in below]

    every = ways(0)
    assert deepest(found) == (max(frames for frames, _stack in every), max(stack for _frames, stack in every))


def test_a_circle_ends() -> None:
    found = [Function(0, (1,), 8), Function(1, (2, 1), 8), Function(2, (1, 0), 8)]
    assert deepest(found)[0] >= 3


def test_many_ways_take_no_longer_than_many_functions() -> None:
    found = [Function(number, (number + 1, number + 2), 0) for number in range(200)]
    found += [Function(200, (201,), 0), Function(201, (), 0)]
    assert deepest(found) == (202, 0)
