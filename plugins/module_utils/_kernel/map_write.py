# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing many entries into a map, in batches where the kernel has them.

BPF_MAP_UPDATE_BATCH came with Linux 5.6 for hash, LRU hash, array and LPM trie; per-CPU
kinds followed. Where it is missing, entries are written one by one. The layout is that of
``union bpf_attr`` in include/uapi/linux/bpf.h, Linux 6.18.
"""

from __future__ import annotations

import ctypes
import errno
import struct
import time
from collections.abc import Iterable, Iterator
from itertools import islice

from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf, bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.map_entries import NO_BATCHES, value_length

_MAP_UPDATE_BATCH = 26

#: BPF_NOEXIST of include/uapi/linux/bpf.h.
_NOEXIST = 1

#: Bytes of keys and values that are written at a time.
_BATCH_BYTES = 1 << 20

# A bucket whose lock is taken (EBUSY), and an allocator that is being refilled (ENOMEM; alloc_htab_elem in
# kernel/bpf/hashtab.c): either passes in a moment.
_PASSING = (errno.EBUSY, errno.EAGAIN, errno.ENOMEM)
_ATTEMPTS = 20
_PAUSE = 0.001

#: What a map answers that is full: a hash, and an LPM trie.
FULL = (errno.E2BIG, errno.ENOSPC)


def put(fd: int, map: MapInfo, entries: Iterable[tuple[bytes, bytes]]) -> int:
    """Set the values of these entries, new or not; returns how many they were."""
    room = max(1, _BATCH_BYTES // (map.key_size + value_length(map)))
    remaining = iter(entries)
    batches = True
    count = 0
    while True:
        some = list(islice(remaining, room))
        if not some:
            return count
        if not (batches and _put_batch(fd, some)):
            # What the batch has written is written again, which changes nothing.
            batches = False
            for key, value in some:
                _put_one(fd, key, value, 0)
        count += len(some)


def add(fd: int, key: bytes, value: bytes) -> bool:
    """Add an entry; ``False`` when there is one with this key, which keeps its value.

    LPM tries before Linux 6.13 do not look at the flag (trie_update_elem in
    kernel/bpf/lpm_trie.c) and set the value all the same.
    """
    try:
        _put_one(fd, key, value, _NOEXIST)
    except FileExistsError:
        return False
    return True


def _put_batch(fd: int, some: list[tuple[bytes, bytes]]) -> bool:
    """Whether the kernel wrote all of them at once; one by one it says more of what is wrong with which."""
    keys = ctypes.create_string_buffer(b"".join([key for key, _value in some]))
    values = ctypes.create_string_buffer(b"".join([value for _key, value in some]))
    attr = struct.pack("=4Q2I2Q", 0, 0, bpf.address(keys), bpf.address(values), len(some), fd, 0, 0)
    try:
        bpf.call(_MAP_UPDATE_BATCH, attr)
    except OSError as error:
        if error.errno in (*NO_BATCHES, *_PASSING):
            return False
        raise
    return True


def _put_one(fd: int, key: bytes, value: bytes, flags: int) -> None:
    for attempts_left in _attempts():
        try:
            bpf_change.map_update(fd, key, value, flags)
            return
        except OSError as error:
            if error.errno not in _PASSING or not attempts_left:
                raise


def _attempts() -> Iterator[int]:
    for attempts_left in reversed(range(_ATTEMPTS)):
        yield attempts_left
        time.sleep(_PAUSE)
