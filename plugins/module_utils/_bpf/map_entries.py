# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Reading all entries of a map, many with each call.

BPF_MAP_LOOKUP_BATCH (Linux 5.6; per-CPU arrays 5.13) fills a buffer with as many
entries as it has room for, so that memory stays bounded whatever the map's size.
Kinds of maps that have no such call are read entry by entry. Layouts are those of
``union bpf_attr`` in include/uapi/linux/bpf.h, Linux 6.18.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, host
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo

_MAP_GET_NEXT_KEY = 4
_MAP_LOOKUP_BATCH = 24

#: Bytes of keys and values that are read at a time, and how many entries at most.
_BATCH_BYTES = 2 << 20
_BATCH_ENTRIES = 1 << 16

#: What a kind of map answers that has no such call: ENOTSUPP, which has no name in user space, and EINVAL before 5.6.
NO_BATCHES = (524, errno.EINVAL, errno.EOPNOTSUPP)

# An empty slot ends a batch with EINTR before Linux 6.15 (generic_map_lookup_batch in kernel/bpf/syscall.c).
_WITHOUT_BATCHES = ("array_of_maps",)


class Batch(NamedTuple):
    """Some entries as the kernel wrote them. The buffers are used again for the next batch."""

    count: int  # type: ignore[assignment]  # a field, not the method of tuples
    #: ``count`` keys, back to back.
    keys: memoryview
    #: Their values, in the same order.
    values: memoryview


def value_length(map_info: MapInfo) -> int:
    """Bytes of one entry's value as user space sees it: of a per-CPU map, those of all possible CPUs."""
    if "percpu" not in map_info.type:
        return map_info.value_size
    return ((map_info.value_size + 7) & ~7) * len(host.possible_cpus())


def entries(fd: int, map_info: MapInfo) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each entry, in the kernel's order.

    What other processes add or remove meanwhile may or may not be among them.
    """
    length = value_length(map_info)
    for batch in batches(fd, map_info):
        yield from zip(pieces(batch.keys, map_info.key_size), pieces(batch.values, length))


def batches(fd: int, map_info: MapInfo) -> Iterator[Batch]:
    """All entries, many at a time and with nothing parsed, in the kernel's order; of an empty map, none.

    What other processes add or remove meanwhile may or may not be among them. An
    LPM trie, or a map that is read one by one, begins anew when the entry that the
    reader stands at is removed: entries may then come twice.
    """
    if map_info.type not in _WITHOUT_BATCHES:
        reading = _in_batches(fd, map_info)
        try:
            first = next(reading, None)
        except OSError as error:
            if error.errno not in NO_BATCHES:
                raise
        else:
            if first is not None:
                yield first
                yield from reading
            return
    yield from _gathered(fd, map_info)


#: Maps whose entries come and go.
_FILLED = ("hash", "lru_hash", "percpu_hash", "lru_percpu_hash", "lpm_trie", "devmap_hash", "hash_of_maps", "sockhash")


def can_be_full(map_info: MapInfo) -> bool:
    """Whether the number of its entries says something: those of arrays are all there from the start."""
    return map_info.type in _FILLED


def count(fd: int, map_info: MapInfo) -> int | None:
    """How many entries it has, each of which is read for that; ``None`` where they are all there from the start."""
    return sum(batch.count for batch in batches(fd, map_info)) if can_be_full(map_info) else None


def batch_room(map_info: MapInfo) -> int:
    """How many entries are read at once: what 2 MiB hold, 65,536 at most, and at least one."""
    return max(
        1, min(map_info.max_entries, _BATCH_ENTRIES, _BATCH_BYTES // (map_info.key_size + value_length(map_info)))
    )


def _in_batches(fd: int, map_info: MapInfo) -> Iterator[Batch]:
    length = value_length(map_info)
    room = batch_room(map_info)
    # Where to go on: a key, or the number of a hash table's bucket.
    places = [ctypes.create_string_buffer(max(map_info.key_size, 4)) for _side in range(2)]
    keys, values = _buffers(room, map_info.key_size, length)
    begun = False
    # An LPM trie may begin anew again and again; there must be an end to that.
    left = 2 * map_info.max_entries + 1 if map_info.type == "lpm_trie" else None
    while left is None or left > 0:
        addresses = [bpf.address(buffer) for buffer in (*places, keys, values)]
        if not begun:
            addresses[0] = 0
        attr = ctypes.create_string_buffer(struct.pack("=4Q2I2Q", *addresses, room, fd, 0, 0))
        ended = False
        try:
            bpf.call_with(_MAP_LOOKUP_BATCH, attr)
        except OSError as error:
            # A bucket's entries come all at once (kernel/bpf/hashtab.c, __htab_map_lookup_and_delete_batch).
            if error.errno == errno.ENOSPC and room < map_info.max_entries:
                room = min(2 * room, map_info.max_entries)
                keys, values = _buffers(room, map_info.key_size, length)
                continue
            if error.errno != errno.ENOENT:
                raise
            ended = True
        count = struct.unpack_from("=I", attr, 32)[0]
        if count:
            yield Batch(count, _filled(keys, map_info.key_size * count), _filled(values, length * count))
        if ended:
            return
        if left is not None:
            left -= count
        begun = True
        places.reverse()


def _buffers(room: int, key_size: int, length: int) -> tuple[ctypes.Array[ctypes.c_char], ctypes.Array[ctypes.c_char]]:
    return ctypes.create_string_buffer(room * key_size), ctypes.create_string_buffer(room * length)


def _filled(buffer: ctypes.Array[ctypes.c_char], size: int) -> memoryview:
    return memoryview(buffer).cast("B")[:size]


def pieces(buffer: bytes | bytearray | memoryview, size: int) -> Iterator[bytes]:
    """A buffer's items of ``size`` bytes each."""
    return map(itemgetter(0), struct.iter_unpack(f"={size}s", buffer))


def _gathered(fd: int, map_info: MapInfo) -> Iterator[Batch]:
    """The same, of entries that are read one by one."""
    room = batch_room(map_info)
    reading = _one_by_one(fd, map_info)
    while True:
        read = list(islice(reading, room))
        if not read:
            return
        yield as_batch(read)


def as_batch(read: list[tuple[bytes, bytes]]) -> Batch:
    """Entries that were read one by one, in the form of those read at once. There has to be at least one."""
    keys, values = (memoryview(b"".join(column)) for column in zip(*read))
    return Batch(len(read), keys, values)


def _one_by_one(fd: int, map_info: MapInfo) -> Iterator[tuple[bytes, bytes]]:
    length = value_length(map_info)
    key = b""
    # When the entry that it stands at is removed meanwhile, the kernel begins anew: there must be an end to that.
    for _entry in range(map_info.max_entries):
        try:
            key = _next_key(fd, key, map_info.key_size)
        except FileNotFoundError:
            return
        try:
            value = bpf.map_lookup(fd, key, length)
        except FileNotFoundError:
            continue  # removed since
        yield key, value


def _next_key(fd: int, key: bytes, size: int) -> bytes:
    present = ctypes.create_string_buffer(key, size) if key else None
    following = ctypes.create_string_buffer(size)
    bpf.call(_MAP_GET_NEXT_KEY, struct.pack("=IIQQQ", fd, 0, bpf.address(present), bpf.address(following), 0))
    return following.raw
