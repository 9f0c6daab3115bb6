# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The tracepoints of XDP that tell why packets were lost (include/trace/events/xdp.h), and what is counted of them. Pure."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._answers import errno_name


class Tracepoint(NamedTuple):
    """A tracepoint at which the kernel says that it lost packets."""

    name: str
    #: Which of ``KINDS`` it counts.
    kind: int
    #: Places of its arguments, in words of 8 bytes: the interface and the program, where it has them; what says why; how many
    #: packets were dropped, where that may be several or none.
    device: int | None
    program: int | None
    why: int | None
    dropped: int | None = None
    #: The tracepoint that tells of the same packets on a kernel that lacks this one; empty where none does.
    instead: str = ""


#: An exception has a verdict as its reason, all others have an error.
KINDS = ("exception", "redirect", "devmap", "cpumap")

#: Those that fire for packets that are lost, and for nothing else. Since Linux 5.6 (1d233886dd90), the second one tells of
#: redirects by maps too, and nothing uses the third one, which later kernels lack.
ALWAYS = (
    Tracepoint("xdp_exception", 0, 0, 1, 2),
    Tracepoint("xdp_redirect_err", 1, 0, 1, 3),
    Tracepoint("xdp_redirect_map_err", 1, 0, 1, 3, instead="xdp_redirect_err"),
)

#: Those that fire for each bulk of packets that are redirected, and so cost good traffic something.
REDIRECTS = (
    Tracepoint("xdp_devmap_xmit", 2, 0, None, 4, 3),
    Tracepoint("xdp_cpumap_enqueue", 3, None, None, None, 2),
)


def missing(asked: Iterable[Tracepoint], there: Collection[str]) -> list[str]:
    """Names of those that are not there, and whose packets none of the others tells of, sorted."""
    return sorted(point.name for point in asked if not {point.name, point.instead} & set(there))


#: Key of the map: network namespace (inode), interface (index), program (id), kind and reason.
KEY = struct.Struct("=3I2H")

# enum xdp_action of include/uapi/linux/bpf.h.
_VERDICTS = ("aborted", "drop", "pass", "tx", "redirect")


def reason(kind: int, number: int) -> str:
    """In words that a label can have: ``aborted``, ``invalid_verdict``, ``redirect_enetdown``, ``devmap_enospc``."""
    if kind == 0:
        return _VERDICTS[number] if number < len(_VERDICTS) else "invalid_verdict"
    name = KINDS[kind] if kind < len(KINDS) else f"unknown_{kind}"
    return f"{name}_{errno_name(number).lower()}" if number else f"{name}_full"
