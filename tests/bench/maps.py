# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading whole maps, in turns with ``bpftool map dump -j``: maps.py WORK BPFFS"""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import sys
import time

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change, info, map_entries, memory
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.type_names import MAP_TYPES
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.map_reading import Question, read
from ansible_collections.ebpf.xdp.tests.bench import samples

_ROUNDS = 5
_MAP_UPDATE_BATCH = 26
_MAPS = (("percpu_array", 16, 100_000), ("hash", 16, 1_000_000))
_DECODED = 100_000


def _fill(fd: int, map_info: info.MapInfo) -> None:
    count, length = map_info.max_entries, map_entries.value_length(map_info)
    keys = ctypes.create_string_buffer(struct.pack(f"={count}I", *range(count)), 4 * count)
    value = struct.pack("=QQ", 12345, 678901) * (length // 16)
    values = ctypes.create_string_buffer(value * count, length * count)
    addresses = bpf.address(keys), bpf.address(values)
    bpf.call(_MAP_UPDATE_BATCH, struct.pack("=4Q2I2Q", 0, 0, *addresses, count, fd, 0, 0))


def _read(path: str, expected: int) -> None:
    """What the backend does, in a process of its own, so that its memory can be seen."""
    started = time.monotonic()
    fd = bpf.obj_get(path, read_only=True)
    map_info = info.map_info(fd)
    count = packets = 0
    counters = struct.Struct("=Q")
    for _key, value in map_entries.entries(fd, map_info):
        count += 1
        packets += counters.unpack_from(value)[0]
    if (count, packets) != (expected, 12345 * expected):
        raise SystemExit(f"read {count} entries in place of {expected}")
    print(time.monotonic() - started, _peak())


def _decode(path: str) -> None:
    """What xdp_map_info does, in a process of its own as well."""
    fields = [{"name": "packets", "type": "u64"}, {"name": "bytes", "type": "u64"}]
    started = time.monotonic()
    result, _warnings = read(path, Question(limit=_DECODED, key_type="u32", value_type=fields), None)
    if [len(result["entries"]), result["entries"][0]["value"]] != [_DECODED, {"packets": 12345, "bytes": 678901}]:
        raise SystemExit(f"decoded {len(result['entries'])} entries, the first as {result['entries'][0]}")
    print(time.monotonic() - started)


def _peak() -> int:
    """Of this process, in bytes. What getrusage tells is also that of whoever started it, from before execve(2)."""
    with open("/proc/self/status", encoding="ascii") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def _measure_decoding(path: str) -> None:
    fd = bpf_change.map_create("bench_map", MAP_TYPES.index("hash"), 4, 16, _DECODED, 0)
    _fill(fd, info.map_info(fd))
    bpf.obj_pin(fd, path)
    try:
        for _round in range(_ROUNDS):
            ours = subprocess.run([sys.executable, __file__, "decode", path], stdout=subprocess.PIPE, check=True)
            started = time.monotonic()
            subprocess.run(["bpftool", "-j", "map", "dump", "pinned", path], stdout=subprocess.DEVNULL, check=True)
            base = time.monotonic() - started
            samples.add(f"hash of {_DECODED:,} entries, decoded", float(ours.stdout), "s", base=base)
    finally:
        os.unlink(path)
        os.close(fd)


def main() -> None:
    if sys.argv[1] == "read":
        _read(sys.argv[2], int(sys.argv[3]))
        return
    if sys.argv[1] == "decode":
        _decode(sys.argv[2])
        return
    path = os.path.join(sys.argv[2], "bench_map")
    memory.lift_limit()
    _measure_decoding(path)
    for kind, size, count in _MAPS:
        fd = bpf_change.map_create("bench_map", MAP_TYPES.index(kind), 4, size, count, 0)
        _fill(fd, info.map_info(fd))
        bpf.obj_pin(fd, path)
        try:
            for _round in range(_ROUNDS):
                ours = subprocess.run(
                    [sys.executable, __file__, "read", path, str(count)], stdout=subprocess.PIPE, check=True
                )
                seconds, peak = ours.stdout.split()
                started = time.monotonic()
                subprocess.run(["bpftool", "-j", "map", "dump", "pinned", path], stdout=subprocess.DEVNULL, check=True)
                samples.add(f"{kind} of {count:,} entries", float(seconds), "s", base=time.monotonic() - started)
                samples.add(f"the reading process at its largest, {kind} of {count:,} entries", int(peak), "bytes")
        finally:
            os.unlink(path)
            os.close(fd)


if __name__ == "__main__":
    main()
