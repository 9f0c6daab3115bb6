# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard's instructions, run by a machine of the few instructions that it has."""

from __future__ import annotations

import struct
import sys

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import clock
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import guard_code as guard
from hypothesis import given
from hypothesis import strategies as st

_WHEN, _ARRAY, _CONTEXT = 7, 9, 0xC0DE
_WORD = (1 << 64) - 1
_NUMBERS = st.integers(0, _WORD)


def run(now: int, when: clock.When, filled: tuple[int, ...] = (guard.OLD, guard.NEW)) -> object:
    """The slot that the guard calls, or the verdict that it gives where that slot is empty."""
    code = guard.code(_WHEN, _ARRAY)
    registers: dict[int, object] = {1: _CONTEXT}
    at = 0
    for _step in range(100):
        opcode, both, offset, constant = struct.unpack_from("=BBhi", code, at * 8)
        target, source = (both & 15, both >> 4) if sys.byteorder == "little" else (both >> 4, both & 15)
        at += 1
        if opcode == 0x18:
            registers[target] = ("value" if source == 2 else "map", constant)
            at += 1
        elif opcode == 0xBF:
            registers[target] = registers[source]
        elif opcode == 0xB7:
            registers[target] = constant
        elif opcode == 0x79:
            assert registers[source] == ("value", _WHEN)
            registers[target] = when[offset // 8]
        elif opcode == 0x1F:
            registers[target] = (registers[target] - registers[source]) & _WORD  # type: ignore[operator]
        elif opcode == 0x3D:
            at += offset if registers[target] >= registers[source] else 0  # type: ignore[operator]
        elif opcode == 0x95:
            return {"verdict": registers[0]}
        elif (opcode, constant) == (0x85, 125):
            registers[0] = now
        elif (opcode, constant) == (0x85, 12):
            assert (registers[1], registers[2]) == (_CONTEXT, ("map", _ARRAY))
            if registers[3] in filled:
                return registers[3]
        else:
            pytest.fail(f"instruction {opcode:#x} with {constant}")
    pytest.fail("it does not end")


@given(_NUMBERS, _NUMBERS, _NUMBERS)
def test_the_new_program_decides_from_the_begin_for_the_span(now: int, begin: int, span: int) -> None:
    expected = guard.NEW if (now - begin) % (1 << 64) < span else guard.OLD
    assert run(now, clock.When(begin, span)) == expected


@given(_NUMBERS, _NUMBERS)
def test_a_span_of_nothing_is_the_old_program_for_good_and_the_longest_the_new_one(now: int, begin: int) -> None:
    assert run(now, clock.When(begin, 0)) == guard.OLD
    if now != (begin - 1) % (1 << 64):  # 585 years from the begin
        assert run(now, clock.When(begin, clock.FOR_GOOD)) == guard.NEW


@given(st.integers(0, 1 << 62), st.integers(5, 3600))
def test_a_mixture_of_two_entries_is_the_old_program(now: int, timeout: int) -> None:
    """A guard may read one number of the entry before an update, and the other after it."""
    armed = clock.When(now + clock.SECOND, timeout * clock.SECOND)
    assert run(now, armed) == guard.OLD
    assert run(now, armed._replace(span=0)) == guard.OLD
    if now >= armed.span:
        assert run(now, armed._replace(begin=0)) == guard.OLD


@pytest.mark.parametrize("span", [0, clock.FOR_GOOD])
def test_no_program_passes_packets_on(span: int) -> None:
    assert run(10, clock.When(5, span), filled=()) == {"verdict": 2}
