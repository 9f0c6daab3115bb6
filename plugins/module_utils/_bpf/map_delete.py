# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Deleting many entries of a map, in batches where the kernel has them.

BPF_MAP_DELETE_BATCH came with Linux 5.6 for hash tables, with 5.13 (f56387c534cc) for
LPM tries. Arrays, devmaps, cpumaps and others have none. The layout is that of
``union bpf_attr`` in include/uapi/linux/bpf.h, Linux 6.18.
"""

from __future__ import annotations

import ctypes
import errno
import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change, map_write
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import NO_BATCHES

_MAP_DELETE_BATCH = 27

#: How many are deleted at a time.
_BATCH_ENTRIES = 1 << 16


def delete_all(fd: int, map_info: MapInfo, keys: bytes) -> int:
    """Delete the entries with these keys, which are back to back; returns how many there were.

    Keys that the map does not have do not matter. Raises ``map_write.Incomplete``.
    """
    size = map_info.key_size
    total = len(keys) // size
    buffer = ctypes.create_string_buffer(keys, max(1, len(keys)))
    batches = True
    deleted = at = 0
    while at < total:
        if batches:
            count = min(_BATCH_ENTRIES, total - at)
            packed = struct.pack("=4Q2I2Q", 0, 0, bpf.address(buffer) + at * size, 0, count, fd, 0, 0)
            done, refusal = map_write.in_batch(_MAP_DELETE_BATCH, packed, count)
            deleted += done
            at += done
            if not refusal:
                continue
            # A key that the map lacks ends the batch: with ENOENT, after those before it are gone.
            batches = refusal not in NO_BATCHES or done > 0
        try:
            deleted += _delete_one(fd, keys[at * size : (at + 1) * size])
        except OSError as error:
            raise map_write.incomplete(error, at) from error
        at += 1
    return deleted


def _delete_one(fd: int, key: bytes) -> bool:
    for attempts_left in map_write.attempts():
        try:
            bpf_change.map_delete(fd, key)
            return True
        except OSError as error:
            if error.errno == errno.ENOENT:
                return False
            if error.errno not in map_write.PASSING or not attempts_left:
                raise
    raise AssertionError("not reached")
