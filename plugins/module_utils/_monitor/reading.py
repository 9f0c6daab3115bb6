# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the monitor has counted. Nothing is locked and nothing is changed."""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, info, map_entries
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.places import COUNTS, LOST, path_of
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.tracepoints import KEY, reason


class Exceptions(NamedTuple):
    """Packets that were lost for one reason."""

    #: The inode of the network namespace, as /proc/PID/ns/net has it; 0 where there was no interface.
    netns: int
    ifindex: int
    program_id: int
    reason: str
    packets: int


def read(pin_root: str) -> tuple[list[Exceptions], int] | None:
    """All that was counted, and how many packets there was no room for; ``None`` where there is no monitor."""
    path = path_of(pin_root)
    if not os.path.lexists(os.path.join(path, COUNTS)):
        return None
    found = []
    for key, packets in _entries(os.path.join(path, COUNTS)):
        netns, ifindex, program, kind, number = KEY.unpack(key)
        found.append(Exceptions(netns, ifindex, program, reason(kind, number), packets))
    return found, sum(packets for _key, packets in _entries(os.path.join(path, LOST)))


def _entries(pin: str) -> list[tuple[bytes, int]]:
    """Keys, and the sums over all CPUs."""
    try:
        fd = bpf.obj_get(pin, read_only=True)
    except OSError as error:
        raise KernelError(f"Cannot open the map {pin}", error.errno or 0) from error
    try:
        known = info.map_info(fd)
        return [
            (bytes(key), sum(number for (number,) in struct.iter_unpack("=Q", value)))
            for key, value in map_entries.entries(fd, known)
        ]
    except OSError as error:
        raise KernelError(f"Cannot read the map {pin}", error.errno or 0) from error
    finally:
        os.close(fd)
