# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random contents of every type of map with plain values, against a model and bpftool: kernel_random.py SECONDS

Each round compares, checks what was said against the model, does it, looks with
bpftool, compares again, undoes it and looks again.
"""

from __future__ import annotations

import random
import struct
import sys
import time

import kernel_maps
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import map_write
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.change import ChangeEntries, WrittenMap
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.compare import compare, compare_fresh
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, Segment
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.masks import Mask
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.trie_keys import place
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Counts, Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from kernel_maps import Map, dump, require

#: Type, size of values.
_MAPS = (
    ("hash", 8),
    ("hash", 5),
    ("percpu_hash", 12),
    ("lru_hash", 8),
    ("lru_percpu_hash", 8),
    ("lpm_trie", 8),
    ("array", 8),
    ("percpu_array", 4),
)
_ROOM = 40
_ARRAYS = ("array", "percpu_array")


def _key(map_type: str, pick: random.Random) -> bytes:
    if map_type == "lpm_trie":
        length = pick.choice([0, 8, 15, 16, 17, 24, 31, 32])
        address = pick.randrange(4) << 24 | pick.randrange(4) << 16 | pick.randrange(3) << 8 | pick.randrange(3)
        return struct.pack("=I", length) + (address >> 32 - length << 32 - length).to_bytes(4, "big")
    return struct.pack("=I", pick.randrange(_ROOM if map_type in _ARRAYS else 55))


def _value(bpf_map: Map, pick: random.Random) -> bytes:
    """Few different ones, so that equal values are common; padding of per-CPU values is zero."""
    size = bpf_map.info.value_size
    cpus = bpf_map.length // ((size + 7) & ~7) if "percpu" in bpf_map.info.type else 1
    each = [bytes([pick.choice([0, 0, 1, 255])]) + bytes([pick.randrange(2)]) * (size - 1) for _cpu in range(cpus)]
    return b"".join(one.ljust(bpf_map.length // cpus, b"\0") for one in each)


def _mask(bpf_map: Map, pick: random.Random) -> bytes:
    size = bpf_map.info.value_size
    cpus = bpf_map.length // ((size + 7) & ~7) if "percpu" in bpf_map.info.type else 1
    one = pick.choice([b"\xff" * size, b"\xff" * size, bytes(size), b"\xff" + bytes(size - 1), b"\x0f" * size])
    return one.ljust(bpf_map.length // cpus, b"\0") * cpus


def _declared(bpf_map: Map, pick: random.Random) -> list[Segment]:
    keys = list({_key(bpf_map.info.type, pick): None for _entry in range(pick.choice([0, 1, 5, 15, 25]))})
    segments = []
    for _part in range(pick.choice([1, 1, 2, 3])):
        some, keys = (keys, []) if _part == 2 else (keys[: len(keys) // 2 + 1], keys[len(keys) // 2 + 1 :])
        if bpf_map.info.type == "lpm_trie":
            some.sort(key=place)
        uniform = pick.random() < 0.3
        values = [_value(bpf_map, pick) for _value_of in range(1 if uniform else len(some))]
        segments.append(Segment(len(some), b"".join(some), b"".join(values), uniform, _mask(bpf_map, pick)))
    return segments


def _entries(bpf_map: Map, segment: Segment) -> list[tuple[bytes, bytes]]:
    size, length = bpf_map.info.key_size, bpf_map.length
    keys = [segment.keys[at : at + size] for at in range(0, len(segment.keys), size)]
    values = [segment.values[at : at + length] for at in range(0, len(segment.values), length)]
    return list(zip(keys, values * len(keys) if segment.uniform else values))


def _model(
    bpf_map: Map, before: dict[bytes, bytes], declared: Encoded, wanted: Wanted, fresh: bool
) -> tuple[dict[bytes, bytes], Counts]:
    """What is to be there afterwards, entry by entry."""
    is_array = bpf_map.info.type in _ARRAYS
    after = dict(before)
    added = updated = removed = unchanged = 0
    named = set()
    for segment in declared.segments:
        for key, value in _entries(bpf_map, segment):
            named.add(key)
            if wanted.state == "absent":
                if key not in before or (is_array and not any(before[key])):
                    unchanged += 1
                else:
                    removed += 1
                    after.pop(key)
                    if is_array:
                        after[key] = bytes(bpf_map.length)
            elif key not in before:
                added += 1
                after[key] = value
            else:
                new = Mask(segment.mask).merge(before[key], value)
                if fresh:
                    new = value
                elif wanted.existing == "keep":
                    new = before[key]
                updated += new != before[key]
                unchanged += new == before[key]
                after[key] = new
    if wanted.exclusive:
        for key in before.keys() - named:
            if is_array and not any(before[key]):
                continue
            removed += 1
            after.pop(key)
            if is_array:
                after[key] = bytes(bpf_map.length)
    return after, Counts(added, updated, removed, unchanged)


def _round(bpf_map: Map, before: dict[bytes, bytes], pick: random.Random, fresh: bool) -> str:
    segments = _declared(bpf_map, pick)
    in_order = bpf_map.info.type == "lpm_trie" and len(segments) == 1
    declared = kernel_maps.encoded(bpf_map, *segments, in_trie_order=in_order)
    state = pick.choice(["present", "present", "present", "absent"])
    exclusive = state == "present" and not bpf_map.info.type.startswith("lru") and pick.random() < 0.5
    wanted = kernel_maps.wanted(state=state, exclusive=exclusive, existing=pick.choice(["update", "update", "keep"]))
    after, counts = _model(bpf_map, before, declared, wanted, fresh)
    what = (bpf_map.info.type, wanted, segments, before)
    try:
        difference = (
            compare_fresh(bpf_map.info, declared, wanted)
            if fresh
            else compare(bpf_map.fd, bpf_map.info, declared, wanted)
        )
    except XdpError as error:
        require(len(after) > _ROOM, (error, what))
        require(dump(bpf_map) == before, what)
        return "full"
    require(len(after) <= _ROOM, what)
    require(difference.counts == counts, (difference.counts, counts, what))
    require(dump(bpf_map) == before, what)
    if in_order and not fresh:
        other = compare(bpf_map.fd, bpf_map.info, declared._replace(in_trie_order=False), wanted)
        require(other.counts == counts, (other.counts, counts, what))
    shown = difference.first(1000, bpf_map.info.key_size, bpf_map.length)
    expected = {
        key: (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }
    require({entry.key: (entry.before, entry.after) for entry in shown} == expected, (shown, expected, what))
    step = ChangeEntries(WrittenMap("contents", bpf_map.fd, bpf_map.info), difference)
    step.do()
    require(step.is_done() and dump(bpf_map) == after, what)
    again = compare(bpf_map.fd, bpf_map.info, declared, wanted)
    require(not again.changed and again.counts.unchanged == declared.count, (again.counts, what))
    step.undo()
    require(not step.is_done() and dump(bpf_map) == before, what)
    return "inverted" if difference.delete_first else "done"


def main() -> None:
    pick = random.Random(15)
    until = time.monotonic() + float(sys.argv[1])
    seen: dict[str, int] = {}
    while time.monotonic() < until or len(seen) < 3 or sum(seen.values()) < 2 * len(_MAPS):
        for map_type, size in _MAPS:
            key_size = 8 if map_type == "lpm_trie" else 4
            with kernel_maps.made(map_type, key_size, size, _ROOM) as bpf_map:
                is_array = map_type in _ARRAYS
                count = pick.choice([0, 5, 20, _ROOM - 2]) if not map_type.startswith("lru") else pick.choice([0, 5])
                entries = {_key(map_type, pick): _value(bpf_map, pick) for _entry in range(3 * count)}
                entries = dict(list(entries.items())[:count])
                map_write.put(bpf_map.fd, bpf_map.info, entries.items())
                if is_array:
                    entries = {struct.pack("=I", at): bytes(bpf_map.length) for at in range(_ROOM)} | entries
                what = _round(bpf_map, entries, pick, not count)
                seen[what] = seen.get(what, 0) + 1
    print(seen)


if __name__ == "__main__":
    main()
