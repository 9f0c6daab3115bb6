# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the work on an input grows with its size, in time of the processor and in memory."""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

#: Bytes of the largest input, and what reading it may take: seconds of the processor, and bytes.
LARGE = 200_000
LONGEST = 1.0
MOST_MEMORY = 100 << 20

# The small input is a quarter of the large one. Work in proportion takes four times as long, work in proportion to the
# square 16 times. The limit lies in the middle, as far from one as from the other: a shared processor, and caches that
# hold the small input alone, have made twice the input two and a half times the work.
_PARTS = 4
_FACTOR = 8
_SECONDS_OF_NOISE = 0.01
# Bytes that are no matter, however they grow.
_LITTLE = 4 << 20

_ATTEMPTS = 8


def check(read: Callable[[Any], object], build: Callable[[int], Any]) -> None:
    """Fail when reading what ``build`` makes takes too much, or more than in proportion to its size.

    Other processes can make any measurement too long and none too short. So the
    least of several counts, and there are more of them only where the first ones do not do.
    """
    small, large = build(LARGE // _PARTS), build(LARGE)
    seconds_large = _seconds(read, large)
    seconds_small = min(_seconds(read, small), _seconds(read, small))
    for _attempt in range(_ATTEMPTS):
        if seconds_large < min(LONGEST, _FACTOR * seconds_small + _SECONDS_OF_NOISE) or seconds_large > 5 * LONGEST:
            break
        seconds_small = min(seconds_small, _seconds(read, small))
        seconds_large = min(seconds_large, _seconds(read, large))
    assert seconds_large < LONGEST, "too long"
    assert seconds_large < _FACTOR * seconds_small + _SECONDS_OF_NOISE, "time grows faster than the input"
    memory_large = memory(read, large)
    assert memory_large < MOST_MEMORY, f"{memory_large >> 20} MiB"
    # To follow each allocation takes several times as long as the work itself.
    if memory_large > _LITTLE:
        assert memory_large < _FACTOR * memory(read, small), "memory grows faster than the input"


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without the garbage collector, which goes over all objects of the test run now and then, and without the tracer that
    measures coverage, which multiplies the time.
    """
    tracer = sys.gettrace()
    sys.settrace(None)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        sys.settrace(tracer)


def _seconds(read: Callable[[Any], object], data: Any) -> float:
    with _undisturbed():
        start = time.process_time()
        read(data)
        return time.process_time() - start


def memory(read: Callable[[Any], object], data: Any) -> int:
    with _undisturbed():
        tracemalloc.start()
        try:
            read(data)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
