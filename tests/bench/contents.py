# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared contents of large maps: contents.py WORK BPFFS

A map that has what is declared, in turns with the kernel's own look-up of all
entries; and the first fill, in turns with ``bpftool batch``.
"""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import time
from functools import partial
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change, info, map_entries, memory
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.type_names import MAP_TYPES
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.change import ChangeEntries, WrittenMap
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.compare import compare
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, Segment
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.trie_keys import place
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Counts, Wanted
from ansible_collections.ebpf.xdp.tests.bench import samples

_ROUNDS = 3
_TYPES = ("lpm_trie", "hash")
_VALUE_SIZE = 8
_WANTED = Wanted("bench", Table())


def _keys(map_type: str, count: int) -> list[bytes]:
    """Random ones, in the order that the host gets them in: prefixes of 24 to 32 bits, or numbers."""
    pick = random.Random(15)
    if map_type == "hash":
        return [struct.pack("=I", number) for number in sorted(pick.sample(range(1 << 32), count))]
    found: dict[bytes, None] = {}
    while len(found) < count:
        length = pick.choice((24, 28, 32, 32))
        found[struct.pack("=I", length) + (pick.getrandbits(length) << 32 - length).to_bytes(4, "big")] = None
    return sorted(found, key=place)


def _encoded(map_type: str, keys: bytes, count: int) -> Encoded:
    values = b"".join(struct.pack("=Q", number) for number in range(count))
    segment = Segment(count, keys, values, False, b"\xff" * _VALUE_SIZE)
    return Encoded((segment,), len(keys) // count, _VALUE_SIZE, map_type == "lpm_trie")


def _made(map_type: str, count: int) -> tuple[int, info.MapInfo]:
    is_trie = map_type == "lpm_trie"
    fd = bpf_change.map_create(
        "bench", MAP_TYPES.index(map_type), 8 if is_trie else 4, _VALUE_SIZE, count, int(is_trie)
    )
    return fd, info.map_info(fd)


def _seconds(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


def _fill(fd: int, map_info: info.MapInfo, encoded: Encoded) -> None:
    difference = compare(fd, map_info, encoded, _WANTED)
    if difference.counts != Counts(added=encoded.count):
        raise SystemExit(f"to be filled: {difference.counts}")
    ChangeEntries(WrittenMap("bench", fd, map_info), difference).do()


def _compare(path: str, keys_path: str) -> None:
    """In a process of its own, whose memory is looked at, in turns with the kernel's look-up of all."""
    fd = bpf.obj_get(path)
    map_info = info.map_info(fd)
    with open(keys_path, "rb") as file:
        encoded = _encoded(map_info.type, file.read(), map_info.max_entries)

    def converged() -> None:
        found = compare(fd, map_info, encoded, _WANTED).counts
        if found != Counts(unchanged=map_info.max_entries):
            raise SystemExit(f"converged: {found}")

    for _round in range(_ROUNDS):
        theirs = _seconds(lambda: sum(batch.count for batch in map_entries.batches(fd, map_info)))
        print(_seconds(converged), theirs)
    with open("/proc/self/status", encoding="ascii") as status:
        print(1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")))


def _converged(map_type: str, count: int, path: str, keys_path: str) -> None:
    done = subprocess.run(
        [sys.executable, __file__, "compare", path, keys_path], stdout=subprocess.PIPE, check=True, text=True
    )
    *rounds, peak = done.stdout.splitlines()
    for line in rounds:
        ours, theirs = map(float, line.split())
        samples.add(f"converged {map_type} of {count:,} entries", ours, "s", base=theirs)
    samples.add(f"the comparing process at its largest, {map_type} of {count:,} entries", int(peak), "bytes")


def _first_fill(map_type: str, encoded: Encoded, keys: list[bytes], path: str, commands: str) -> None:
    """Each into an empty map."""
    with open(commands, "w", encoding="ascii") as file:
        for key, value in zip(keys, map_entries.pieces(encoded.segments[0].values, _VALUE_SIZE)):
            words = [" ".join(map("0x{:02x}".format, data)) for data in (key, value)]
            file.write(f"map update pinned {path} key {words[0]} value {words[1]}\n")
    for _round in range(_ROUNDS):
        fd, map_ = _made(map_type, len(keys))
        ours = _seconds(partial(_fill, fd, map_, encoded))
        os.close(fd)
        fd, map_ = _made(map_type, len(keys))
        bpf.obj_pin(fd, path)
        try:
            command = ["bpftool", "batch", "file", commands]
            theirs = _seconds(partial(subprocess.run, command, stdout=subprocess.DEVNULL, check=True))
        finally:
            os.unlink(path)
        if compare(fd, map_, encoded, _WANTED).changed:
            raise SystemExit("bpftool has written something else")
        os.close(fd)
        samples.add(f"first fill of {map_type}, {len(keys):,} entries", ours, "s", base=theirs)


def main() -> None:
    if sys.argv[1] == "compare":
        _compare(sys.argv[2], sys.argv[3])
        return
    work, bpffs = sys.argv[1:3]
    path, keys_path = os.path.join(bpffs, "bench_contents"), os.path.join(work, "contents_keys")
    memory.lift_limit()
    for map_type in _TYPES:
        for count in (100_000, 1_000_000):
            keys = _keys(map_type, count)
            encoded = _encoded(map_type, b"".join(keys), count)
            with open(keys_path, "wb") as file:
                file.write(encoded.segments[0].keys)
            if count == 100_000:
                _first_fill(map_type, encoded, keys, path, os.path.join(work, "contents_commands"))
            fd, map_info = _made(map_type, count)
            samples.add(
                f"first fill of {map_type}, {count:,} entries, alone",
                _seconds(partial(_fill, fd, map_info, encoded)),
                "s",
            )
            bpf.obj_pin(fd, path)
            try:
                _converged(map_type, count, path, keys_path)
            finally:
                os.unlink(path)
                os.close(fd)


if __name__ == "__main__":
    main()
