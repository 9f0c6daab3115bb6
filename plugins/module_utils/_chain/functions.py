# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The functions of a program, as its instructions show them: where they begin, whom they call, what they put on the stack."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._spec import assembler
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.instruction import (
    FRAME_POINTER,
    LDX,
    ST,
    STX,
    decode,
)

# What the kernel rounds the stack of a function up to, at the least (round_up_stack_depth in kernel/bpf/verifier.c).
_STACK_UNIT = 16


class Function(NamedTuple):
    """One function of a member's code. Places are in instructions from the program's start."""

    start: int
    #: Starts of the functions that it calls, or hands to a helper such as bpf_loop.
    calls: tuple[int, ...]
    #: Bytes of the stack that it certainly uses; it may use more.
    stack: int


def functions(code: bytes, known: Iterable[int] = ()) -> list[Function]:
    """All of them, in their order; ``known`` are starts that are known otherwise."""
    calls, uses = _scan(code)
    starts = sorted({0, *known, *(target for _place, target in calls)})
    called: dict[int, dict[int, None]] = {start: {} for start in starts}
    stack = dict.fromkeys(starts, 0)
    for place, target in calls:
        called[_owner(starts, place)][target] = None
    for place, depth in uses:
        owner = _owner(starts, place)
        stack[owner] = max(stack[owner], depth)
    return [Function(start, tuple(called[start]), -(-stack[start] // _STACK_UNIT) * _STACK_UNIT) for start in starts]


def deepest(found: list[Function]) -> tuple[int, int]:
    """Of the first function with all that it calls: the most frames, and the most bytes of stack, at one time.

    A function that calls itself, by whatever way, counts once: the kernel refuses it anyway.
    """
    by_start = {each.start: each for each in found}
    known: dict[int, tuple[int, int]] = {}
    under_way = {0}
    path = [(by_start[0], iter(by_start[0].calls))]
    while path:
        here, left = path[-1]
        target = next(left, None)
        if target is None:
            path.pop()
            under_way.discard(here.start)
            below = [known[each] for each in here.calls if each in known]
            frames = 1 + max((each[0] for each in below), default=0)
            known[here.start] = frames, here.stack + max((each[1] for each in below), default=0)
        elif target not in known and target not in under_way:
            under_way.add(target)
            path.append((by_start[target], iter(by_start[target].calls)))
    return known[0]


def _owner(starts: list[int], place: int) -> int:
    return starts[bisect_right(starts, place) - 1]


def _scan(code: bytes) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Calls, each by the place of the instruction and the start of the function; and bytes of stack, by place."""
    calls: list[tuple[int, int]] = []
    uses: list[tuple[int, int]] = []
    instructions = decode(code)
    second = False
    copied: int | None = None
    for place, each in enumerate(instructions):
        if second:
            second, copied = False, None
            continue
        second = each.places == 2
        function = each.function(place)
        if function is not None and 0 <= function < len(instructions):
            calls.append((place, function))
        if (each.kind == LDX and each.source == FRAME_POINTER) or (each.kind in (ST, STX) and each.to == FRAME_POINTER):
            uses.append((place, -each.offset))
        elif each.opcode == assembler.ADD_VALUE and each.to == copied:
            uses.append((place, -each.value))
        copied = each.to if each.opcode == assembler.MOV and each.source == FRAME_POINTER else None
    return calls, uses
