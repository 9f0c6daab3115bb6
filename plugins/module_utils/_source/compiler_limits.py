# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What compiling may take: CPU time and memory of the compiler's process, and memory of the maps that it makes.

A source of a few lines can expand to any amount of work. Address space counts,
not resident memory: it is the one limit of setrlimit(2) that the kernel keeps
for all of a process's memory. Maps are the kernel's memory, which no such limit
counts.
"""

from __future__ import annotations

import os
import re
import resource
import signal
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: Seconds between the signal that ends the compiler, and the one that it cannot ignore.
_GRACE = 5

_LARGEST = 2**31 - 1

# What Python, the dynamic linker, C++ and LLVM say.
_OUT_OF_MEMORY = re.compile(
    r"MemoryError|Cannot allocate memory|failed to map segment|std::bad_alloc|out of memory|Allocation failed"
)


class Limits(NamedTuple):
    """0 stands for no limit."""

    cpu_seconds: int = 60
    #: Address space of the compiler. bcc and LLVM take 250 to 350 MiB before they have read anything.
    memory_mib: int = 2048
    #: Memory of all maps together, as the kernel counts it.
    maps_mib: int = 4096


USUAL = Limits()


def of_options(options: dict[str, Any]) -> Limits:
    """The options of that name, which every module that compiles has."""
    limits = {field: options[f"compiler_{field}"] for field in Limits._fields}
    for field, value in limits.items():
        if not 0 <= value <= _LARGEST:
            raise XdpError(f"compiler_{field}: {value} is not from 0 to {_LARGEST}, where 0 stands for no limit")
    return Limits(**limits)


def set_on_this_process(limits: Limits) -> None:
    """For good. A limit that is lower already stays."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    if limits.cpu_seconds:
        _lower(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + _GRACE)
    if limits.memory_mib:
        _lower(resource.RLIMIT_AS, limits.memory_mib << 20, limits.memory_mib << 20)


def _lower(kind: int, soft: int, hard: int) -> None:
    before = resource.getrlimit(kind)
    unlimited = resource.RLIM_INFINITY
    soft, hard = (new if old == unlimited else min(new, old) for new, old in zip((soft, hard), before))
    resource.setrlimit(kind, (soft, hard))


def is_out_of_memory(said: str) -> bool:
    """Whether this is how a process says that it got no memory."""
    return _OUT_OF_MEMORY.search(said) is not None


def map_memory(fd: int) -> int:
    """Bytes that the kernel has for a map, by its own account (``memlock`` of bpf_map_show_fdinfo)."""
    with open(os.path.join("/proc/self/fdinfo", str(fd)), encoding="ascii") as lines:
        return sum(int(value) for key, _colon, value in (line.partition(":") for line in lines) if key == "memlock")
