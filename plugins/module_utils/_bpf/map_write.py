# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Writing many entries into a map, in batches where the kernel has them.

BPF_MAP_UPDATE_BATCH came with Linux 5.6 for hash, LRU hash, array and LPM trie; per-CPU
kinds followed. Where it is missing, entries are written one by one. The layout is that of
``union bpf_attr`` in include/uapi/linux/bpf.h, Linux 6.18.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import NO_BATCHES, value_length

_MAP_UPDATE_ELEM = 2
_MAP_UPDATE_BATCH = 26

#: Of key and value, in the attributes of BPF_MAP_UPDATE_ELEM.
_PLACES = struct.Struct("=QQ")

#: BPF_NOEXIST of include/uapi/linux/bpf.h.
_NOEXIST = 1

#: Bytes of keys and values that are written at a time, and how many entries at most.
_BATCH_BYTES = 2 << 20
_BATCH_ENTRIES = 1 << 16

# A bucket whose lock is taken (EBUSY; in kernels with resilient locks also ETIMEDOUT and EDEADLK, kernel/bpf/rqspinlock.c),
# and an allocator that is being refilled (ENOMEM; alloc_htab_elem in kernel/bpf/hashtab.c): all of them pass in a moment.
PASSING = (errno.EBUSY, errno.EAGAIN, errno.ETIMEDOUT, errno.EDEADLK, errno.ENOMEM)
_ATTEMPTS = 20
_PAUSE = 0.001

#: BPF_MAP_TYPE_ARRAY of include/uapi/linux/bpf.h.
_ARRAY = 2
#: Bytes to make room for at a time, and of each element of the array.
_ROOM = 4 << 20
_PAGE = 4096

#: What a map answers that is full: a hash, and an LPM trie.
FULL = (errno.E2BIG, errno.ENOSPC)


class Incomplete(OSError):
    """The kernel refused an entry; those before it were written (or deleted), and none after it."""

    #: How many were.
    done = 0


def incomplete(error: OSError, done: int) -> Incomplete:
    """The same error, with the number of entries that were written before it."""
    found = Incomplete(error.errno, error.strerror, error.filename)
    found.done = done
    return found


def put(fd: int, map_info: MapInfo, entries: Iterable[tuple[bytes, bytes]]) -> int:
    """Set the values of these entries, new or not; returns how many they were."""
    room = _room(map_info)
    remaining = iter(entries)
    count = 0
    while True:
        some = list(islice(remaining, room))
        if not some:
            return count
        keys, values = (b"".join(column) for column in zip(*some))
        put_all(fd, map_info, keys, values)
        count += len(some)


def put_all(fd: int, map_info: MapInfo, keys: bytes, values: bytes, uniform: bool = False) -> int:
    """Set the values of entries, new or not, in their order.

    ``keys`` are all keys, back to back, and ``values`` likewise, or one value for
    all of them (``uniform``). Raises ``Incomplete``. Returns how many entries of a
    full LPM trie had to be deleted and added again (see ``_put_into_trie``).
    """
    size, length = map_info.key_size, value_length(map_info)
    room = _room(map_info)
    key_buffer = ctypes.create_string_buffer(room * size)
    value_buffer = ctypes.create_string_buffer(room * length)
    key_space, value_space = memoryview(key_buffer).cast("B"), memoryview(value_buffer).cast("B")
    if uniform:
        value_space[:] = values * room
    batches = True
    replaced = 0
    total = len(keys) // size
    for begin in range(0, total, room):
        count = min(room, total - begin)
        key_space[: count * size] = keys[begin * size : (begin + count) * size]
        if not uniform:
            value_space[: count * length] = values[begin * length : (begin + count) * length]
        row = 0
        while row < count:
            key_at, value_at = row * size, 0 if uniform else row * length
            if batches:
                places = bpf.address(key_buffer) + key_at, bpf.address(value_buffer) + value_at
                done, refusal = in_batch(
                    _MAP_UPDATE_BATCH, struct.pack("=4Q2I2Q", 0, 0, *places, count - row, fd, 0, 0), count - row
                )
                row += done
                if not refusal:
                    continue
                batches = refusal not in NO_BATCHES or done > 0
                key_at, value_at = row * size, 0 if uniform else row * length
            # One by one, the kernel says what is wrong with this one, and what passes has time to.
            key = bytes(key_space[key_at : key_at + size])
            value = bytes(value_space[value_at : value_at + length])
            try:
                if map_info.type == "lpm_trie":
                    replaced += _put_into_trie(fd, key, value)
                else:
                    put_one(fd, key, value)
            except OSError as error:
                raise incomplete(error, begin + row) from error
            row += 1
    return replaced


def _room(map_info: MapInfo) -> int:
    return max(
        1, min(map_info.max_entries, _BATCH_ENTRIES, _BATCH_BYTES // (map_info.key_size + value_length(map_info)))
    )


def add(fd: int, key: bytes, value: bytes) -> bool:
    """Add an entry; ``False`` when there is one with this key, which keeps its value.

    LPM tries before Linux 6.13, and later 6.1 and 6.12, do not look at the flag
    (trie_update_elem in kernel/bpf/lpm_trie.c) and set the value all the same.
    """
    try:
        put_one(fd, key, value, _NOEXIST)
    except FileExistsError:
        return False
    return True


def add_all(
    fd: int, map_info: MapInfo, keys: bytes | bytearray, values: bytes | bytearray, uniform: bool, others: set[bytes]
) -> None:
    """``add`` for entries as ``put_all`` takes them; keys that there were come into ``others``. Raises ``Incomplete``.

    One by one, since batches do not take the flag.
    """
    size, length = map_info.key_size, value_length(map_info)
    key_buffer = ctypes.create_string_buffer(bytes(keys), max(1, len(keys)))
    value_buffer = ctypes.create_string_buffer(bytes(values), max(1, len(values)))
    key_at, value_at = bpf.address(key_buffer), bpf.address(value_buffer)
    attr = ctypes.create_string_buffer(struct.pack("=IIQQQ", fd, 0, key_at, value_at, _NOEXIST), 32)
    for row in range(len(keys) // size):
        _PLACES.pack_into(attr, 8, key_at, value_at)
        try:
            bpf.call_with(_MAP_UPDATE_ELEM, attr)
        except OSError as error:
            key = bytes(keys[row * size : (row + 1) * size])
            begin = 0 if uniform else row * length
            try:
                if error.errno not in PASSING:
                    raise
                added = add(fd, key, bytes(values[begin : begin + length]))
            except FileExistsError:
                added = False
            except OSError as refusal:
                raise incomplete(refusal, row) from refusal
            if not added:
                others.add(key)
        key_at += size
        if not uniform:
            value_at += length


def in_batch(command: int, packed: bytes, count: int) -> tuple[int, int]:
    """Do the command for ``count`` entries; returns for how many it did, and the errno for the next, or 0."""
    attr = ctypes.create_string_buffer(packed, len(packed))
    try:
        bpf.call_with(command, attr)
        return count, 0
    except OSError as error:
        # Where the kernel refuses the whole call, it may leave the number as it was.
        done = struct.unpack_from("=I", attr, 32)[0]
        return done if done < count else 0, error.errno or 0


def put_one(fd: int, key: bytes, value: bytes, flags: int = 0) -> None:
    """Set the value under ``key``, as ``bpf_change.map_update`` does, and again where the refusal may pass."""
    for attempts_left in attempts():
        try:
            bpf_change.map_update(fd, key, value, flags)
            return
        except OSError as error:
            if error.errno not in PASSING or not attempts_left:
                raise
            if error.errno == errno.ENOMEM:
                _make_room()


def _make_room() -> None:
    """Have the kernel reclaim memory of this control group, for entries that it allocates one by one.

    It does not wait for their memory (GFP_NOWAIT): where page cache has filled a control group up to memory.max, as
    in most containers, it refuses them, and reclaims nothing. For the memory of an array it does wait, and does not
    kill anything for want of it (__GFP_RETRY_MAYFAIL in __bpf_map_area_alloc, kernel/bpf/syscall.c).
    """
    with suppress(OSError):
        os.close(bpf_change.map_create("room", _ARRAY, 4, _PAGE, _ROOM // _PAGE, 0))


def _put_into_trie(fd: int, key: bytes, value: bytes) -> bool:
    """Write one entry of an LPM trie; returns whether it was deleted and added again.

    Before Linux 6.13 (532d6b36b2bf, which later stable releases of 6.1 and 6.12 have
    as well) a full trie answers ENOSPC for a key that it has, too.
    """
    try:
        put_one(fd, key, value)
        return False
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        refusal = error
    return replace(fd, key, value, refusal)


def replace(fd: int, key: bytes, value: bytes, refusal: OSError) -> bool:
    """Delete an entry of an LPM trie and add it with another value; raises ``refusal`` if there is none with this key."""
    try:
        # A look-up finds the longest prefix, which is this one if it is there.
        old = bpf.map_lookup(fd, key, len(value))
        bpf_change.map_delete(fd, key)
    except FileNotFoundError:
        raise refusal from None  # the entry's absence is not why it was refused
    try:
        put_one(fd, key, value)
    except OSError:
        put_one(fd, key, old)
        raise
    return True


def attempts() -> Iterator[int]:
    """How many attempts are left, for a call whose refusal may pass; waits a millisecond between them."""
    for attempts_left in reversed(range(_ATTEMPTS)):
        yield attempts_left
        time.sleep(_PAUSE)
