# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the work on an input grows with its size, in time of the processor and in memory."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any, Callable

#: Bytes of the largest input, and what reading it may take: seconds of the processor, and bytes.
LARGE = 200_000
LONGEST = 1.0
MOST_MEMORY = 100 << 20

# Twice the input may take so much more; what is lost in the noise is added.
_FACTOR = 2.5
_SECONDS_OF_NOISE = 0.01
_BYTES_OF_NOISE = 1 << 20

_REPEATS = 3
_ATTEMPTS = 5


def check(read: Callable[[Any], object], build: Callable[[int], Any]) -> None:
    """Fail when reading what ``build`` makes takes too much, or more than in proportion to its size.

    Other processes can make any measurement too long and none too short. So the
    least of several counts, and one good attempt is enough.
    """
    small, large = build(LARGE // 2), build(LARGE)
    fastest = _fastest(read, large, 1)
    assert fastest < LONGEST, "too long"
    memory_small, memory_large = memory(read, small), memory(read, large)
    assert memory_large < MOST_MEMORY, f"{memory_large >> 20} MiB"
    assert memory_large < _FACTOR * memory_small + _BYTES_OF_NOISE, "memory grows faster than the input"
    ratios = []
    for _attempt in range(_ATTEMPTS):
        seconds_small, seconds_large = _fastest(read, small, _REPEATS), _fastest(read, large, _REPEATS)
        if seconds_large < _FACTOR * seconds_small + _SECONDS_OF_NOISE:
            return
        ratios.append(seconds_large / seconds_small)
    raise AssertionError(f"time grows faster than the input: {ratios}")


def _fastest(read: Callable[[Any], object], data: Any, repeats: int) -> float:
    times = []
    for _repeat in range(repeats):
        start = time.process_time()
        read(data)
        times.append(time.process_time() - start)
        if times[-1] < LONGEST:
            continue
        # Too long; once more, in case that something else was.
        start = time.process_time()
        read(data)
        times.append(time.process_time() - start)
        break
    return min(times)


def memory(read: Callable[[Any], object], data: Any) -> int:
    tracemalloc.start()
    try:
        read(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
