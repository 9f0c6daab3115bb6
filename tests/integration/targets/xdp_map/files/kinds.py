# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What bpftool reads of the maps that tasks/kinds.yml declares: SET INTERFACE INTERFACE."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
from typing import Any


def _bpftool(*arguments: str) -> Any:
    return json.loads(subprocess.run(["bpftool", "-j", *arguments], check=True, capture_output=True).stdout)


def _bytes(data: list[str]) -> bytes:
    return bytes(int(each, 16) for each in data)


def _raw(directory: str, name: str) -> dict[bytes, Any]:
    """Values by key; of a per-CPU map, a list of values."""
    found = {}
    for entry in _bpftool("map", "dump", "pinned", f"{directory}/maps/{name}"):
        values = entry.get("values")
        key = _bytes(entry["key"])
        # Maps within maps, and programs, have names of their own for it in some versions.
        value = next((entry[name] for name in ("value", "inner_map_id", "prog_id") if name in entry), {})
        if not values and not isinstance(value, list):
            continue  # an empty slot, which is an error
        found[key] = [_bytes(each["value"]) for each in values] if values else _bytes(value)
    return found


def _expect(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: {found!r}\n  in place of {wanted!r}")


def _number(value: int) -> bytes:
    return struct.pack("=I", value)


def main() -> None:
    directory, first, second = sys.argv[1:]
    key = socket.inet_aton("192.0.2.1") + struct.pack("!HBx", 443, 6)
    rule = struct.pack("=I?12s", 1, True, b"front") + bytes.fromhex("020000000001") + bytes([5 | 17 << 3])
    # As the compiler lays it out: 4 + 1 + 12 + 6 bytes, then bits in the byte that is left of a word, then 64 bits.
    services = _raw(directory, "services")
    _expect("services", len(services), 3)
    _expect("its first rule", services[key], rule.ljust(24, b"\0") + struct.pack("=Qhh4x", (1 << 64) - 1, -1, 300))
    second_key = socket.inet_aton("192.0.2.2") + struct.pack("!HBx", 53, 17)
    _expect("its second rule", services[second_key], struct.pack("=I", 7).ljust(len(services[key]), b"\0"))
    _expect("its third rule", any(services[socket.inet_aton("192.0.2.3") + bytes(4)]), False)
    numbers = _raw(directory, "numbers")
    _expect("numbers", [struct.unpack("=Q", numbers[_number(each)])[0] for each in range(4)], [0, 5, 0, 7])
    each_cpu = _raw(directory, "each_cpu")
    _expect("each_cpu", {struct.unpack("=Q", each)[0] for each in each_cpu[_number(1)]}, {9})
    cpu_hash = _raw(directory, "cpu_hash")
    _expect("cpu_hash 1", {each[:4] for each in cpu_hash[_number(1)]}, {_number(3)})
    _expect(
        "cpu_hash 2",
        [each[:4] for each in cpu_hash[_number(2)]],
        [_number(n) for n in range(len(cpu_hash[_number(2)]))],
    )
    _expect("recent", _raw(directory, "recent"), {socket.inet_aton("192.0.2.1"): _number(4)})

    def network(length: int, address: str) -> bytes:
        return _number(length) + socket.inet_pton(socket.AF_INET6, address)

    _expect(
        "networks",
        _raw(directory, "networks"),
        {
            network(32, "2001:db8::"): _number(1),
            network(128, "2001:db8:1::1"): _number(2),
            network(0, "::"): _number(3),
        },
    )
    inner = {
        name: _bpftool("map", "show", "pinned", f"{directory}/maps/{name}")["id"] for name in ("inner_a", "inner_b")
    }
    outer = {entry_key: struct.unpack("=I", value)[0] for entry_key, value in _raw(directory, "outer").items()}
    _expect("outer", outer, {_number(7): inner["inner_a"], _number(8): inner["inner_b"]})
    program = {
        name: _bpftool("prog", "show", "pinned", f"{directory}/programs/{name}")["id"]
        for name in ("stage", "leaving", "elsewhere")
    }
    index = [socket.if_nametoindex(name) for name in (first, second)]
    _expect(
        "ports",
        _raw(directory, "ports"),
        {_number(1): _number(index[0]) + _number(0), _number(2): _number(index[1]) + _number(program["leaving"])},
    )
    _expect("cpus", _raw(directory, "cpus"), {_number(0): _number(192) + _number(program["elsewhere"])})
    _expect("stages", _raw(directory, "stages"), {_number(2): _number(program["stage"])})


if __name__ == "__main__":
    main()
