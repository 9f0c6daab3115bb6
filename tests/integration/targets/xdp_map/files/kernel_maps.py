# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the programs beside this one: maps to work on, and what bpftool says of them."""

from __future__ import annotations

import json
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change, info, map_entries, memory
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.type_names import MAP_TYPES
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, Segment
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted

NO_PREALLOC = 1


class Map(NamedTuple):
    fd: int
    info: info.MapInfo
    length: int


@contextmanager
def made(
    map_type: str, key_size: int, value_size: int, max_entries: int, flags: int = 0, inner_fd: int = 0
) -> Iterator[Map]:
    memory.lift_limit()
    flags |= NO_PREALLOC if map_type == "lpm_trie" else 0
    number = MAP_TYPES.index(map_type)
    fd = bpf_change.map_create("contents", number, key_size, value_size, max_entries, flags, inner_map_fd=inner_fd)
    try:
        found = info.map_info(fd)
        yield Map(fd, found, map_entries.value_length(found))
    finally:
        os.close(fd)


def dump(bpf_map: Map) -> dict[bytes, bytes]:
    """All entries, by bpftool; of a per-CPU map, all CPUs' values, padded as the kernel has them."""
    command = ["bpftool", "-j", "map", "dump", "id", str(bpf_map.info.id)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    entries = json.loads(done.stdout)
    found = {}
    for entry in entries:
        if "values" in entry:
            value = b"".join(_padded(_bytes(each["value"])) for each in entry["values"])
        else:
            # Maps within maps, and programs, have names of their own for it, instead of it or beside it, by the version; of
            # empty slots there is an error.
            value = next(_bytes(entry[name]) for name in ("value", "inner_map_id", "prog_id") if name in entry)
        if value:
            found[_bytes(entry["key"])] = value
    return found


def _bytes(words: object) -> bytes:
    return bytes(int(word, 16) for word in words) if isinstance(words, list) else b""


def _padded(value: bytes) -> bytes:
    return value.ljust((len(value) + 7) & ~7, b"\0")


def prefix(text: str) -> bytes:
    address, length = text.split("/")
    return struct.pack("=I", int(length)) + bytes(map(int, address.split(".")))


def encoded(bpf_map: Map, *segments: Segment, in_trie_order: bool = False) -> Encoded:
    return Encoded(segments, bpf_map.info.key_size, bpf_map.length, in_trie_order)


def rows(entries: dict[bytes, bytes], mask: bytes = b"") -> Segment:
    """Entries with all bits declared, or those of the mask."""
    length = len(next(iter(entries.values()), b""))
    return Segment(len(entries), b"".join(entries), b"".join(entries.values()), False, mask or b"\xff" * length)


def wanted(**options: object) -> Wanted:
    return Wanted("contents", Table((Block(1, ()),)), **options)  # type: ignore[arg-type]


def require(condition: object, what: object) -> None:
    if not condition:
        raise SystemExit(f"not so: {what}")
