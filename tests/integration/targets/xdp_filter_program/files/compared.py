# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What xdp-filter of xdp-tools has as well: compared.py prints cases as JSON.

Each has the same set of rules for both, and packets. xdp-filter's objects are those that
pass what no entry matches. Left out are packets that it handles in ways of its own: it
looks for ports in later fragments, and for addresses in ARP and neighbour discovery.
"""

from __future__ import annotations

import json
import socket
from typing import Any

import vectors
from packets import ARP, TCP, UDP, eth, ip4, ip6, option, tcp, udp
from vectors import group, rules

# Flags of xdp-filter's entries (xdp-filter/common_kern_user.h).
SRC, DST, OF_TCP, OF_UDP = 1, 2, 4, 8
TAGS = ((0x8100, 5),)

#: The object of xdp-filter and what its maps have, by the name of our group.
theirs: dict[str, tuple[str, dict[str, dict[Any, int]]]] = {}


def addresses() -> None:
    for direction, flag, at, away in (("source", SRC, "src", "dst"), ("destination", DST, "dst", "src")):
        hit4, hit6 = {at: "192.0.2.1", away: "203.0.113.9"}, {at: "2001:db8::1", away: "2001:db8:9::9"}
        miss4, miss6 = {at: "203.0.113.9", away: "192.0.2.1"}, {at: "2001:db8:9::9", away: "2001:db8::1"}
        theirs[direction] = "ip", {"filter_ipv4": {"192.0.2.1": flag}, "filter_ipv6": {"2001:db8::1": flag}}
        group(
            direction,
            rules(**{f"any_{direction}": 0, f"use_{direction}4_hosts": True, f"use_{direction}6_hosts": True}),
            {f"{direction}4_hosts": {"192.0.2.1": 1}, f"{direction}6_hosts": {"2001:db8::1": 1}},
            {
                "IPv4": eth(ip4(UDP, udp(), **hit4)),
                "IPv6": eth(ip6(UDP, udp(), **hit6)),
                "IPv4 in a VLAN": eth(ip4(UDP, udp(), **hit4), tags=TAGS),
                "IPv6 in two VLANs": eth(ip6(UDP, udp(), **hit6), tags=TAGS * 2),
                "IPv4 with options": eth(ip4(TCP, tcp(), options=bytes(8), **hit4)),
                "behind a header": eth(ip6(60, option(UDP) + udp(), **hit6)),
                "a later fragment": eth(ip4(UDP, bytes(16), field=9, **hit4)),
            },
            {
                "IPv4": eth(ip4(UDP, udp(), **miss4)),
                "IPv6": eth(ip6(UDP, udp(), **miss6)),
                "another EtherType": eth(bytes(40), 0x88B5),
            },
        )


def ports() -> None:
    for name, protocol, header, flag in (("tcp", TCP, tcp, OF_TCP), ("udp", UDP, udp, OF_UDP)):
        for direction, of_direction, port in (("source", SRC, "sport"), ("destination", DST, "dport")):
            case = f"{direction} ports of {name}"
            theirs[case] = name, {"filter_ports": {socket.htons(number): flag | of_direction for number in (7, 65535)}}
            hit, miss = header(**{port: 7}), header(**{port: 1792})  # 7 in the other byte order
            other = {TCP: (UDP, udp), UDP: (TCP, tcp)}[protocol]
            group(
                case,
                rules(**{f"any_{direction}_port": 0, "any_protocol": 0}),
                {f"{direction}_ports": {7: 1, 65535: 1}, "protocols": {protocol: 1}},
                {
                    "IPv4": eth(ip4(protocol, hit)),
                    "IPv6": eth(ip6(protocol, hit)),
                    "IPv4 in a VLAN": eth(ip4(protocol, hit), tags=TAGS),
                    "IPv6 in a VLAN": eth(ip6(protocol, hit), tags=TAGS),
                    "IPv4 with options": eth(ip4(protocol, hit, options=bytes(8))),
                    "behind a header": eth(ip6(60, option(protocol) + hit)),
                    "the last port": eth(ip4(protocol, header(**{port: 65535}))),
                },
                {
                    "IPv4": eth(ip4(protocol, miss)),
                    "IPv6": eth(ip6(protocol, miss)),
                    "the other protocol": eth(ip4(other[0], other[1](**{port: 7}))),
                    "the other direction": eth(
                        ip4(protocol, header(**{{"sport": "dport", "dport": "sport"}[port]: 7}))
                    ),
                    "ARP": eth(bytes(28), ARP),
                },
            )


def macs() -> None:
    theirs["source MAC addresses"] = "eth", {"filter_ethernet": {"02:00:00:00:00:07": SRC}}
    group(
        "source MAC addresses",
        rules(any_source_mac=0),
        {"source_macs": {"02:00:00:00:00:07": 1}},
        {
            "IPv4": eth(ip4(), src="02:00:00:00:00:07"),
            "another EtherType": eth(bytes(40), 0x88B5, src="02:00:00:00:00:07"),
            "in a VLAN": eth(ip6(), src="02:00:00:00:00:07", tags=TAGS),
        },
        {"another": eth(ip4()), "the destination": eth(ip4(), src="02:00:00:00:00:08")},
    )


def main() -> None:
    for add in (addresses, ports, macs):
        add()
    for each in vectors.groups:
        kind, maps = theirs[each["name"]]
        each["object"] = f"xdpfilt_alw_{kind}.o"
        each["their_contents"] = [
            {"map": map_name, "entries": [{"key": key, "value": value} for key, value in entries.items()]}
            for map_name, entries in maps.items()
        ]
    print(json.dumps(vectors.groups))


if __name__ == "__main__":
    main()
