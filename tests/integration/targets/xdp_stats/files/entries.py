# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps of several kinds, filled here and read back: many entries with each call, and one by one."""

from __future__ import annotations

import json
import os
import struct
import tracemalloc

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change, info, map_entries
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.type_names import MAP_TYPES

_NO_PREALLOC = 1

#: Kind, size of values, flags, room for entries, entries.
_MAPS = (
    ("hash", 8, 0, 5000, 5000),
    ("hash", 8, 0, 5000, 3),
    ("hash", 8, 0, 5000, 0),
    # One entry fills a batch: hash buckets with more than one do not fit at first.
    ("hash", 1 << 19, _NO_PREALLOC, 20, 20),
    ("array", 8, 0, 5000, 5000),
    # More than one batch.
    ("array", 4096, 0, 1000, 1000),
    ("percpu_array", 16, 0, 3000, 3000),
    ("percpu_hash", 12, 0, 3000, 2000),
    ("lru_hash", 8, 0, 20000, 1000),
    # Which have no batches.
    ("devmap_hash", 4, 0, 100, 40),
    ("devmap_hash", 4, 0, 100, 0),
)


def _value(map_info: info.MapInfo, number: int) -> bytes:
    if map_info.type == "devmap_hash":
        return struct.pack("=I", 1)  # lo
    length = map_entries.value_length(map_info)
    size = map_info.value_size
    # Values of per-CPU maps are padded to a multiple of 8 bytes, with zeros.
    one = struct.pack("=I", number).ljust(size, b"\1").ljust((size + 7) & ~7 if length > size else size, b"\0")
    return one * (length // len(one))


def _kind_is_read_in_batches(fd: int, map_info: info.MapInfo) -> bool:
    try:
        next(map_entries._in_batches(fd, map_info), None)
    except OSError:
        return False
    return True


def main() -> None:
    seen = []
    for kind, value_size, flags, room, count in _MAPS:
        fd = bpf_change.map_create("entries", MAP_TYPES.index(kind), 4, value_size, room, flags)
        map_info = info.map_info(fd)
        written = {struct.pack("=I", number): _value(map_info, number) for number in range(count)}
        for key, value in written.items():
            bpf_change.map_update(fd, key, value)
        read = list(map_entries.entries(fd, map_info))
        assert len(read) == len(written), (kind, len(read))
        assert dict(read) == written, kind
        tracemalloc.start()
        for _entry in map_entries.entries(fd, map_info):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        seen.append({"kind": kind, "batches": _kind_is_read_in_batches(fd, map_info), "peak": peak})
        os.close(fd)
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
