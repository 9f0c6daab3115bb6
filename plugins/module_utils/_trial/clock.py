# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""When the new program decides: a map of one entry, which the guards read and the host sets.

The entry is two numbers of 64 bits, in nanoseconds of CLOCK_BOOTTIME: the time ``begin`` and the length ``span``.
A guard runs the new program while ``now - begin < span``, without a sign, and the old one otherwise. So a span of 0
is the old program for good, the largest one the new program for good, and one map update changes all interfaces.

An array copies an entry in words of 8 bytes (bpf_long_memcpy in include/linux/bpf.h), in no order that is promised.
Whichever of the two a guard reads first, a mixture of two entries is one of them: see clock_set.py.
"""

from __future__ import annotations

import functools
import struct
import time
from contextlib import suppress
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, info

KEY = bytes(4)
ENTRY = struct.Struct("=QQ")

#: The span of a trial that is confirmed.
FOR_GOOD = (1 << 64) - 1

SECOND = 10**9


class When(NamedTuple):
    """The entry, as it is in the map."""

    begin: int
    span: int

    def left(self) -> float:
        """Seconds until the old program decides again; not above 0 when it does."""
        return (self.begin + self.span - now()) / SECOND

    @property
    def is_confirmed(self) -> bool:
        """Whether the new program decides for good."""
        return self.span == FOR_GOOD

    @property
    def is_pending(self) -> bool:
        """Whether the new program decides now, and the old one will when the time is up."""
        return 0 < self.span < FOR_GOOD and self.left() > 0


def now() -> int:
    """What bpf_ktime_get_boot_ns answers: it counts while the host sleeps, and nobody can set it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - offset()


@functools.lru_cache(maxsize=None)
def offset() -> int:
    """Nanoseconds by which this process sees CLOCK_BOOTTIME shifted, in a time namespace (time_namespaces(7))."""
    with suppress(OSError, ValueError), open("/proc/self/timens_offsets", encoding="ascii") as lines:
        for line in lines:
            name, seconds, nanoseconds = line.split()
            if name == "boottime":
                return int(seconds) * SECOND + int(nanoseconds)
    return 0


def is_one(fd: int) -> bool:
    """Whether this is a map as clock_set.py makes them: the kernel writes as many bytes as the map's values have."""
    if info.kind(fd) != "map":
        return False
    known = info.map_info(fd)
    return (known.type, known.key_size, known.value_size) == ("array", len(KEY), ENTRY.size)


def read(fd: int) -> When:
    """The entry of the trial's map, by the map's descriptor."""
    return When(*ENTRY.unpack(bpf.map_lookup(fd, KEY, ENTRY.size)))
