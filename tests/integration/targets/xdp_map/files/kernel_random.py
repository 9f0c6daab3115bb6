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
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.change import ChangeEntries, WrittenMap
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.compare import compare, compare_fresh
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, Segment
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.masks import Mask
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.trie_keys import place
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Counts, Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import map_write
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


def _key(type: str, pick: random.Random) -> bytes:
    if type == "lpm_trie":
        length = pick.choice([0, 8, 15, 16, 17, 24, 31, 32])
        address = pick.randrange(4) << 24 | pick.randrange(4) << 16 | pick.randrange(3) << 8 | pick.randrange(3)
        return struct.pack("=I", length) + (address >> 32 - length << 32 - length).to_bytes(4, "big")
    return struct.pack("=I", pick.randrange(_ROOM if type in _ARRAYS else 55))


def _value(map: Map, pick: random.Random) -> bytes:
    """Few different ones, so that equal values are common; padding of per-CPU values is zero."""
    size = map.info.value_size
    cpus = map.length // ((size + 7) & ~7) if "percpu" in map.info.type else 1
    each = [bytes([pick.choice([0, 0, 1, 255])]) + bytes([pick.randrange(2)]) * (size - 1) for _cpu in range(cpus)]
    return b"".join(one.ljust(map.length // cpus, b"\0") for one in each)


def _mask(map: Map, pick: random.Random) -> bytes:
    size = map.info.value_size
    cpus = map.length // ((size + 7) & ~7) if "percpu" in map.info.type else 1
    one = pick.choice([b"\xff" * size, b"\xff" * size, bytes(size), b"\xff" + bytes(size - 1), b"\x0f" * size])
    return one.ljust(map.length // cpus, b"\0") * cpus


def _declared(map: Map, pick: random.Random) -> list[Segment]:
    keys = list({_key(map.info.type, pick): None for _entry in range(pick.choice([0, 1, 5, 15, 25]))})
    segments = []
    for _part in range(pick.choice([1, 1, 2, 3])):
        some, keys = (keys, []) if _part == 2 else (keys[: len(keys) // 2 + 1], keys[len(keys) // 2 + 1 :])
        if map.info.type == "lpm_trie":
            some.sort(key=place)
        uniform = pick.random() < 0.3
        values = [_value(map, pick) for _value_of in range(1 if uniform else len(some))]
        segments.append(Segment(len(some), b"".join(some), b"".join(values), uniform, _mask(map, pick)))
    return segments


def _entries(map: Map, segment: Segment) -> list[tuple[bytes, bytes]]:
    size, length = map.info.key_size, map.length
    keys = [segment.keys[at : at + size] for at in range(0, len(segment.keys), size)]
    values = [segment.values[at : at + length] for at in range(0, len(segment.values), length)]
    return list(zip(keys, values * len(keys) if segment.uniform else values))


def _model(
    map: Map, before: dict[bytes, bytes], declared: Encoded, wanted: Wanted, fresh: bool
) -> tuple[dict[bytes, bytes], Counts]:
    """What is to be there afterwards, entry by entry."""
    is_array = map.info.type in _ARRAYS
    after = dict(before)
    added = updated = removed = unchanged = 0
    named = set()
    for segment in declared.segments:
        for key, value in _entries(map, segment):
            named.add(key)
            if wanted.state == "absent":
                if key not in before or (is_array and not any(before[key])):
                    unchanged += 1
                else:
                    removed += 1
                    after.pop(key)
                    if is_array:
                        after[key] = bytes(map.length)
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
                after[key] = bytes(map.length)
    return after, Counts(added, updated, removed, unchanged)


def _round(map: Map, before: dict[bytes, bytes], pick: random.Random, fresh: bool) -> str:
    segments = _declared(map, pick)
    in_order = map.info.type == "lpm_trie" and len(segments) == 1
    declared = kernel_maps.encoded(map, *segments, in_trie_order=in_order)
    state = pick.choice(["present", "present", "present", "absent"])
    exclusive = state == "present" and not map.info.type.startswith("lru") and pick.random() < 0.5
    wanted = kernel_maps.wanted(state=state, exclusive=exclusive, existing=pick.choice(["update", "update", "keep"]))
    after, counts = _model(map, before, declared, wanted, fresh)
    what = (map.info.type, wanted, segments, before)
    try:
        difference = compare_fresh(map.info, declared, wanted) if fresh else compare(map.fd, map.info, declared, wanted)
    except XdpError as error:
        require(len(after) > _ROOM, (error, what))
        require(dump(map) == before, what)
        return "full"
    require(len(after) <= _ROOM, what)
    require(difference.counts == counts, (difference.counts, counts, what))
    require(dump(map) == before, what)
    if in_order and not fresh:
        other = compare(map.fd, map.info, declared._replace(in_trie_order=False), wanted)
        require(other.counts == counts, (other.counts, counts, what))
    shown = difference.first(1000, map.info.key_size, map.length)
    expected = {
        key: (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }
    require({entry.key: (entry.before, entry.after) for entry in shown} == expected, (shown, expected, what))
    step = ChangeEntries(WrittenMap("contents", map.fd, map.info), difference)
    step.do()
    require(step.is_done() and dump(map) == after, what)
    again = compare(map.fd, map.info, declared, wanted)
    require(not again.changed and again.counts.unchanged == declared.count, (again.counts, what))
    step.undo()
    require(not step.is_done() and dump(map) == before, what)
    return "inverted" if difference.delete_first else "done"


def main() -> None:
    pick = random.Random(15)
    until = time.monotonic() + float(sys.argv[1])
    seen: dict[str, int] = {}
    while time.monotonic() < until or len(seen) < 3 or sum(seen.values()) < 2 * len(_MAPS):
        for type, size in _MAPS:
            key_size = 8 if type == "lpm_trie" else 4
            with kernel_maps.made(type, key_size, size, _ROOM) as map:
                is_array = type in _ARRAYS
                count = pick.choice([0, 5, 20, _ROOM - 2]) if not type.startswith("lru") else pick.choice([0, 5])
                entries = {_key(type, pick): _value(map, pick) for _entry in range(3 * count)}
                entries = dict(list(entries.items())[:count])
                map_write.put(map.fd, map.info, entries.items())
                if is_array:
                    entries = {struct.pack("=I", at): bytes(map.length) for at in range(_ROOM)} | entries
                what = _round(map, entries, pick, not count)
                seen[what] = seen.get(what, 0) + 1
    print(seen)


if __name__ == "__main__":
    main()
