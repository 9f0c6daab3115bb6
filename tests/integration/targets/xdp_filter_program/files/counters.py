# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets through pinned filters, and their counters, all by bpftool.

Without arguments, prints the sets of rules as JSON. counters.py run PIN_ROOT DIRECTORY
runs the packets through each of them, and fails when a counter is not what it should be.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from packets import ARP, GRE, ICMPV6, TCP, UDP, eth, icmp, ip4, ip6, tcp, udp
from vectors import DROP, LIMIT, LIMITED, PASS, complete, padded, rules

_UDP, _TCP, _GRE = eth(ip4(UDP, udp())), eth(ip4(TCP, tcp())), eth(ip4(GRE))
_XDP_DROP, _XDP_PASS = 1, 2


def _from(address: str, protocol: int = UDP) -> bytes:
    return eth(ip6(protocol, udp(), src=address) if ":" in address else ip4(protocol, udp(), src=address))


class Set(NamedTuple):
    constants: dict[str, Any]
    tables: dict[str, dict[int, int]]
    #: Packets, how many times they come, and the verdict of the last of them.
    packets: list[tuple[bytes, int, int]]
    #: By slot: packets, and those that a dry run let pass. Bytes follow from the packets' sizes, where they are all alike.
    counters: dict[int, tuple[int, int]]


_PROTOCOLS = {"protocols": {UDP: 1, TCP: 2}}
_BOTH = {"any_protocol": 0, "slots": [7, 9]}
_PACKETS = [(_UDP, 3, _XDP_DROP), (_TCP, 5, _XDP_PASS), (_GRE, 2, _XDP_PASS)]
_LIMIT_ALL = {**LIMITED, "slots": [5]}

SETS = {
    "plain": Set(rules(2, actions=[DROP, PASS], **_BOTH), _PROTOCOLS, _PACKETS, {7: (3, 0), 9: (5, 0), 0: (2, 0)}),
    "dry_rules": Set(
        rules(2, actions=[DROP, PASS], dry_run_rules=3, **_BOTH),
        _PROTOCOLS,
        [(packet, count, _XDP_PASS) for packet, count, _verdict in _PACKETS],
        {7: (0, 3), 9: (0, 5), 0: (10, 0)},
    ),
    "dry_set": Set(
        rules(2, actions=[DROP, PASS], dry_run=True, **_BOTH),
        _PROTOCOLS,
        [(packet, count, _XDP_PASS) for packet, count, _verdict in _PACKETS],
        {7: (0, 3), 9: (5, 0), 0: (2, 0)},
    ),
    "default_drop": Set(
        rules(0, default_action=DROP, reply_tcp=True),
        {},
        [
            (_UDP, 4, _XDP_DROP),
            (eth(b"\0" * 28, ARP), 2, _XDP_PASS),
            (eth(ip6(ICMPV6, icmp(135), hops=255)), 1, _XDP_PASS),
            (eth(ip4(TCP, tcp(flags=0x10))), 5, _XDP_PASS),
        ],
        {0: (4, 0), 1: (3, 0), 2: (5, 0)},
    ),
    "dry_default": Set(rules(0, default_action=DROP, dry_run=True), {}, [(_UDP, 4, _XDP_PASS)], {0: (0, 4)}),
    "by_source": Set(
        rules(actions=[LIMIT], **_LIMIT_ALL),
        {"buckets": {}},
        [
            (_from("192.0.2.1"), 5, _XDP_PASS),
            (_from("192.0.2.1"), 3, _XDP_DROP),
            (_from("192.0.2.2"), 5, _XDP_PASS),
            (_from("192.0.2.2"), 1, _XDP_DROP),
            (_from("2001:db8::1"), 5, _XDP_PASS),
            (_from("2001:db8::2"), 1, _XDP_DROP),  # of the same /64
            (_from("2001:db8:0:1::1"), 1, _XDP_PASS),
        ],
        {5: (5, 0), 0: (16, 0)},
    ),
    "by_prefix": Set(
        rules(actions=[LIMIT], **{**_LIMIT_ALL, "limit_source4": [24], "limit_source6": [48]}),
        {"buckets": {}},
        [
            (_from("192.0.2.1"), 5, _XDP_PASS),
            (_from("192.0.2.2"), 1, _XDP_DROP),
            (_from("192.0.3.1"), 1, _XDP_PASS),
            (_from("2001:db8:1:1::1"), 5, _XDP_PASS),
            (_from("2001:db8:1:2::1"), 1, _XDP_DROP),
            (_from("2001:db8:2::1"), 1, _XDP_PASS),
        ],
        {5: (2, 0), 0: (12, 0)},
    ),
    "of_all": Set(
        rules(actions=[LIMIT], **{**_LIMIT_ALL, "limit_per": [1]}),
        {"buckets": {}},
        [
            (_from("192.0.2.1"), 5, _XDP_PASS),
            (_from("203.0.113.1"), 2, _XDP_DROP),
            (_from("2001:db8::1"), 2, _XDP_DROP),
        ],
        {5: (4, 0), 0: (5, 0)},
    ),
    "dry_limit": Set(
        rules(actions=[LIMIT], dry_run_rules=1, **_LIMIT_ALL),
        {"buckets": {}},
        [(_UDP, 9, _XDP_PASS)],
        {5: (0, 4), 0: (9, 0)},
    ),
}


def _described(each: Set) -> dict[str, Any]:
    return {
        "constants": padded(complete(each.constants, each.tables)),
        "map_options": {"buckets": {"max_entries": 65536}} if "buckets" in each.tables else {},
        "contents": [
            {"map": map_name, "entries": [{"key": key, "value": value} for key, value in table.items()]}
            for map_name, table in each.tables.items()
            if table
        ],
    }


def _bpftool(*arguments: str) -> Any:
    return json.loads(subprocess.run(["bpftool", "-j", *arguments], check=True, stdout=subprocess.PIPE).stdout)


def _compare(name: str, each: Set, pins: Path, file: Path) -> None:
    for number, (packet, count, verdict) in enumerate(each.packets):
        file.write_bytes(packet)
        # One by one, as a repeated run tells the last verdict alone and counts as many.
        got = [
            _bpftool("prog", "run", "pinned", str(pins / "programs/xdp_filter"), "data_in", str(file), "repeat", "1")[
                "retval"
            ]
            for _each in range(count)
        ]
        assert got == [verdict] * count, (name, number, got)
    found = {}
    for entry in _bpftool("map", "dump", "pinned", str(pins / "maps/counters")):
        sums = [
            sum(cpu["value"][field] for cpu in entry["formatted"]["values"])
            for field in ("packets", "would_packets", "bytes", "would_bytes")
        ]
        if any(sums):
            found[entry["formatted"]["key"]] = sums
    assert {slot: (sums[0], sums[1]) for slot, sums in found.items()} == each.counters, (name, found)
    total = sum(len(packet) * count for packet, count, _verdict in each.packets)
    # Each packet is in one slot, except that what a rule would have done is told besides.
    assert (
        sum(sums[2] for sums in found.values())
        + (name in ("dry_set", "dry_default")) * sum(sums[3] for sums in found.values())
        == total
    ), (name, found)
    print(name)


def main() -> None:
    if sys.argv[1:2] != ["run"]:
        print(json.dumps({name: _described(each) for name, each in SETS.items()}))
        return
    for name, each in SETS.items():
        _compare(name, each, Path(sys.argv[2]) / name, Path(sys.argv[3]) / "packet")


if __name__ == "__main__":
    main()
