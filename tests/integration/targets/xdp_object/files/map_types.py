# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Fill maps of map_types.c with random entries, and compare with what bpftool shows: OBJECT MAPS [SEED]

MAPS is the directory that they are pinned in. What bpftool prints is taken apart here, by other
means than the collection's own.
"""

from __future__ import annotations

import ipaddress
import json
import os
import random
import subprocess
import sys
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, host, info, map_entries, map_write
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode import encode
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Column, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object

ENTRIES = 20
CPUS = len(host.possible_cpus())


def number(bits: int, signed: bool = False) -> int:
    lowest = -(1 << bits - 1) if signed else 0
    return random.choice((lowest, lowest + (1 << bits) - 1, random.randrange(lowest, lowest + (1 << bits))))


def mode() -> Any:
    return random.choice(("OFF", "DROP", "BACK", 7))


def range_() -> dict[str, Any]:
    return {"first": number(8, True), "last": [number(64), number(64)]}


def name(size: int) -> str:
    return "".join(random.choices("abcXYZ 019ß", k=random.randrange(1, size // 2)))


def address() -> str:
    return str(ipaddress.IPv6Address(number(128) | 1 << 100))


def value() -> dict[str, Any]:
    either = number(32)
    return {
        "rate": number(8),
        "burst": number(32),
        "low": number(3),
        "mid": number(7),
        "neg": number(5, True),
        "small": random.choice(("OFF", "DROP", "BACK", 7)),
        "mode": mode(),
        "on": random.choice((True, False)),
        "name": name(12),
        "ranges": [range_(), range_()],
        "inside": number(16),
        "either": {"all": either, "each": list(either.to_bytes(4, sys.byteorder))},
        "address": address(),
        "mac": [number(8) for _byte in range(6)],
        "large": number(64),
        "difference": number(64, True),
    }


def prefix(version: type, bits: int) -> str:
    length = random.randrange(bits + 1)
    return f"{version(number(bits) >> bits - length << bits - length)}/{length}"


def each_cpu(make: Any) -> list[Any]:
    return [make() for _cpu in range(CPUS)]


#: By map: how many entries it takes at most, and how a key and a value are made.
MAPS = {
    "flows": (ENTRIES, lambda: {"host": number(32), "port": number(16), "proto": number(8)}, value),
    "recent": (ENTRIES, lambda: number(32), value),
    "places": (32, lambda: random.randrange(32), value),
    "counters": (ENTRIES, mode, lambda: each_cpu(range_)),
    "sums": (32, lambda: random.randrange(32), lambda: each_cpu(range_)),
    "names": (ENTRIES, lambda: name(8), lambda: random.choice((True, False))),
    "trie": (ENTRIES, lambda: prefix(ipaddress.IPv4Address, 32), lambda: number(16, True)),
    "trie6": (ENTRIES, lambda: prefix(ipaddress.IPv6Address, 128), range_),
    "locks": (32, lambda: random.randrange(32), lambda: {"counter": number(32)}),
}

MODES = {"OFF": 0, "DROP": 3, "BACK": -2}


def swapped(number: Any, size: int) -> int:
    return int.from_bytes(int(number).to_bytes(size, sys.byteorder), "big")


def characters(numbers: list[Any]) -> str:
    """bpftool shows characters as numbers, or some versions as texts of one."""
    data = bytes(ord(each) if isinstance(each, str) else each & 255 for each in numbers)
    return data.split(b"\0")[0].decode()


def bits(text: Any, width: int, signed: bool) -> int:
    """bpftool shows bit fields as hexadecimal numbers without a sign."""
    raw = int(text, 16) & (1 << width) - 1 if isinstance(text, str) else text
    return raw - (1 << width) if signed and raw >> width - 1 else raw


def v6(shown: dict[str, Any]) -> bytes:
    return bytes(next(iter(shown.values()))["u6_addr8"])


def as_value(shown: dict[str, Any]) -> dict[str, Any]:
    """What bpftool shows of a struct value, as the collection would."""
    found = {**shown, **shown.get("", {})}
    found.pop("", None)
    small = bits(found["small"], 4, True)
    return {
        **found,
        "low": bits(found["low"], 3, False),
        "mid": bits(found["mid"], 7, False),
        "neg": bits(found["neg"], 5, True),
        "small": {number: name for name, number in MODES.items()}.get(small, small),
        "name": characters(found["name"]),
        "address": str(ipaddress.IPv6Address(v6(found["address"]))),
        "large": swapped(found["large"], 8),
    }


def as_key(map_name: str, shown: Any) -> Any:
    if map_name == "flows":
        shown = {"host": swapped(shown["host"], 4), "port": swapped(shown["port"], 2), "proto": shown["proto"]}
    elif map_name == "names":
        shown = characters(shown)
    elif map_name == "trie":
        shown = f"{ipaddress.IPv4Address(bytes(shown['data']))}/{shown['bits']}"
    elif map_name == "trie6":
        shown = f"{ipaddress.IPv6Address(v6(shown['data']))}/{shown['bits']}"
    return shown


def as_entry(map_name: str, shown: dict[str, Any]) -> Any:
    if "values" in shown:
        return [each["value"] for each in sorted(shown["values"], key=lambda each: each["cpu"])]
    if map_name in ("flows", "recent", "places"):
        return as_value(shown["value"])
    if map_name == "locks":
        return {"counter": shown["value"]["counter"]}
    return shown["value"]


def dump(path: str) -> list[dict[str, Any]]:
    done = subprocess.run(["bpftool", "-j", "map", "dump", "pinned", path], capture_output=True, check=True)
    return [each["formatted"] for each in json.loads(done.stdout)]


def check(map_name: str, path: str, own: MapTypes) -> None:
    most, key, value = MAPS[map_name]
    declared = {json.dumps(each): (each, value()) for each in (key() for _entry in range(min(most, ENTRIES)))}
    fd = bpf.obj_get(path)
    facts = info.map_info(fd)
    types = MapTypes.of_kernel(facts)
    assert not types.problems, types.problems
    assert types == own, "the object's types are others than those of its map"
    rows = list(declared.values())
    columns = [Column((side,), "json", [row[place] for row in rows]) for place, side in enumerate(("key", "value"))]
    encoded = encode(Table((Block(len(rows), tuple(columns)),)), types)
    assert encoded.value_length == map_entries.value_length(facts)
    for segment in encoded.segments:
        size, length = encoded.key_size, encoded.value_length
        keys = [segment.keys[at : at + size] for at in range(0, len(segment.keys), size)]
        values = [segment.values[at : at + length] for at in range(0, len(segment.values), length)]
        assert map_write.put(fd, facts, zip(keys, values)) == segment.count
    shown = {json.dumps(as_key(map_name, each["key"])): as_entry(map_name, each) for each in dump(path)}
    decoded = {
        json.dumps(types.decode_key(key)): types.decode_value(value) for key, value in map_entries.entries(fd, facts)
    }
    os.close(fd)
    for name, (_key, wanted) in declared.items():
        for who, found in (("bpftool", shown), ("the collection", decoded)):
            assert found.get(name) == wanted, f"{who} shows {found.get(name)} for {name}, which is {wanted}"
    # An array has all of its entries.
    assert shown == decoded, "bpftool shows other entries than the collection"
    assert len(shown) == len(declared) or "array" in facts.type


def main() -> None:
    path, directory, *seed = sys.argv[1:]
    chosen = int(seed[0]) if seed else random.randrange(1 << 32)
    random.seed(chosen)
    with open(path, "rb") as file:
        spec = read_object(path, file.read())
    btf = Btf(spec.btf)
    for map_spec in spec.maps:
        try:
            check(map_spec.name, f"{directory}/{map_spec.name}", MapTypes.of_spec(spec, map_spec, btf=btf))
        except Exception as error:
            sys.exit(f"{map_spec.name}, with the seed {chosen}: {error!r}")
    print(f"{len(spec.maps)} maps")


main()
