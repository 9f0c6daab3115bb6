# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filter should do with which packets: vectors.py prints groups of tests as JSON.

A group has the constants and contents of one set of rules, as the controller would
compile them, written out by hand, and the tests over it. Most groups have one rule,
which drops what it matches.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from packets import (
    AH,
    ARP,
    ESP,
    FRAGMENT,
    GRE,
    ICMP,
    ICMPV6,
    IGMP,
    IPV4,
    IPV6,
    SCTP,
    TCP,
    UDP,
    ah,
    eth,
    fragment6,
    icmp,
    ip4,
    ip6,
    option,
    sctp,
    tcp,
    udp,
)

DROP, PASS, LIMIT = 0, 1, 2
CONDITIONS = [
    "source",
    "destination",
    "source_port",
    "destination_port",
    "protocol",
    "icmp_type",
    "tcp_flags",
    "source_mac",
    "ethertype",
    "vlan",
]
#: Sizes that maps need beyond the one entry that they are declared with.
SIZES = {"source_ports": 65536, "destination_ports": 65536, "buckets": 65536}
#: Groups about headers, which both variants of the program read in ways of their own; the others are run with one of them.
HEADERS = (
    "headers beyond the first buffer",
    "malformed beyond the first buffer",
    *("source hosts", "destination hosts", "source_port", "destination_port", "icmp_type", "tcp_flags"),
    *("fragment", "source_mac", "vlan", "malformed", "default drop"),
)
Q, S = 0x88A8, 0x8100
PAD = bytes(20)

groups: list[dict[str, Any]] = []


def rules(count: int = 1, **constants: Any) -> dict[str, Any]:
    """Constants of rules without any condition but those that are given; by default they drop, and the default is to pass."""
    mask = (1 << count) - 1
    names = [f"any_{condition}" for condition in CONDITIONS] + ["if_fragment", "if_whole", "if_malformed", "if_sound"]
    return {
        "all_rules": mask,
        **dict.fromkeys(names, mask),
        "actions": [DROP] * count,
        "slots": [3 + rule for rule in range(count)],
        "default_action": PASS,
        **constants,
    }


def complete(constants: dict[str, Any], tables: Mapping[str, Mapping[Any, int]]) -> dict[str, Any]:
    """With those that follow from the others, and from what ``tables`` have for which protocol."""
    protocols, every = tables.get("protocols", {}), constants["all_rules"]
    whole = constants["if_whole"] & constants["any_icmp_type"]
    of_tcp, of_udp = (constants["any_protocol"] | protocols.get(number, 0) for number in (TCP, UDP))
    asked = whole & constants["any_protocol"] & constants["any_tcp_flags"] & constants["if_fragment"]
    asked &= constants["any_source_port"] & constants["any_destination_port"]
    sound_or_not = constants["if_malformed"] & constants["if_sound"]
    return {
        **constants,
        "if_tcp": whole & of_tcp,
        "if_udp": whole & of_udp & constants["any_tcp_flags"],
        "skip_transport": asked & sound_or_not == every,
        "check_malformed": constants["default_action"] == DROP or sound_or_not != every,
    }


def padded(constants: dict[str, Any]) -> dict[str, Any]:
    """With arrays as long as the program has them."""
    return {
        name: value + [0] * ((8 if name == "reply_udp" else 64) - len(value)) if isinstance(value, list) else value
        for name, value in constants.items()
    }


def group(
    name: str,
    constants: dict[str, Any],
    tables: dict[str, dict[Any, int]],
    drop: dict[str, bytes],
    passed: dict[str, bytes],
    counts: dict[str, int] | None = None,
) -> None:
    """``tables`` are the contents of maps; ``counts`` are how many times a packet comes, if not once."""
    tests = []
    for verdict, packets in (("drop", drop), ("pass", passed)):
        for what, packet in packets.items():
            test = {"name": f"{what}: {verdict}", "hex": packet.ljust(14, b"\0").hex(), "verdict": verdict}
            tests.append({**test, "count": (counts or {}).get(what, 1)})
    sizes = {map_name: {"max_entries": max(SIZES.get(map_name, 0), len(table))} for map_name, table in tables.items()}
    growing = ("source4", "source6", "destination4", "destination6")
    groups.append(
        {
            "name": name,
            "programs": ["xdp_filter"] * ("first buffer" not in name) + ["xdp_filter_frags"] * (name in HEADERS),
            "constants": padded(complete(constants, tables)),
            "map_options": {
                map_name: size
                for map_name, size in sizes.items()
                if map_name in SIZES or map_name.startswith(growing) or map_name in ("source_macs", "ethertypes")
            },
            "contents": [
                {"map": map_name, "entries": [{"key": key, "value": value} for key, value in table.items()]}
                for map_name, table in tables.items()
                if table
            ],
            "tests": tests,
        }
    )


def addresses() -> None:
    for direction in ("source", "destination"):
        at, away = ("src", "dst") if direction == "source" else ("dst", "src")
        for kind, table4, table6 in (
            ("hosts", {"192.0.2.1": 1}, {"2001:db8::1": 1}),
            ("prefixes", {"192.0.2.0/31": 1}, {"2001:db8::/127": 1}),
            ("prefixes of all lengths", {"192.0.2.0/31": 1, "192.0.2.0/24": 0}, {"2001:db8::/127": 1, "::/0": 0}),
        ):
            suffix = "_hosts" if kind == "hosts" else ""
            hit4, hit6 = {at: "192.0.2.1", away: "203.0.113.9"}, {at: "2001:db8::1", away: "2001:db8:9::9"}
            miss4, miss6 = {at: "192.0.2.2", away: "192.0.2.1"}, {at: "2001:db8::2", away: "2001:db8::1"}
            group(
                f"{direction} {kind}",
                rules(**{f"any_{direction}": 0, f"use_{direction}4{suffix}": True, f"use_{direction}6{suffix}": True}),
                {f"{direction}4{suffix}": table4, f"{direction}6{suffix}": table6},
                {
                    "IPv4": eth(ip4(UDP, udp(), **hit4)),
                    "IPv6": eth(ip6(UDP, udp(), **hit6)),
                    "IPv4 in a VLAN": eth(ip4(UDP, udp(), **hit4), tags=((S, 5),)),
                    "IPv6 in a VLAN": eth(ip6(UDP, udp(), **hit6), tags=((S, 5),)),
                    "IPv4 in two VLANs": eth(ip4(UDP, udp(), **hit4), tags=((Q, 5), (S, 6))),
                    "IPv6 in two VLANs": eth(ip6(UDP, udp(), **hit6), tags=((Q, 5), (Q, 6))),
                    "IPv4 with options": eth(ip4(UDP, udp(), options=bytes(8), **hit4)),
                    "a later fragment": eth(ip4(UDP, udp(), field=100, **hit4)),
                    "a later fragment of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, 100) + PAD, **hit6)),
                    "a header of 16 bytes": eth(ip4(UDP, udp(), ihl=4, **hit4)),
                    "a cut payload": eth(ip4(UDP, length=2000, **hit4)),
                },
                {
                    "IPv4": eth(ip4(UDP, udp(), **miss4)),
                    "IPv6": eth(ip6(UDP, udp(), **miss6)),
                    "IPv4 in three VLANs": eth(ip4(UDP, udp(), **hit4), tags=((Q, 5), (S, 6), (S, 7))),
                    "ARP": eth(ip4(UDP, udp(), **hit4), ARP),
                    "a cut IPv4 header": eth(ip4(UDP, **hit4)[:19], IPV4),
                    "a cut IPv6 header": eth(ip6(UDP, **hit6)[:39], IPV6),
                    "version 5": eth(ip4(UDP, udp(), version=5, **hit4), IPV4),
                    "version 4 as IPv6": eth(ip4(UDP, udp() + bytes(40), **hit4), IPV6),
                    "a cut tag": eth(b"\0", S),
                },
            )
    group(
        "an address and prefixes around it",
        rules(3, any_source=0, use_source4_hosts=True, use_source4=True, actions=[PASS, DROP, PASS]),
        # The first rule has 10.1.1.1, the second 10.1.0.0/16, the third 10.0.0.0/8.
        {"source4_hosts": {"10.1.1.1": 7}, "source4": {"10.1.0.0/16": 6, "10.0.0.0/8": 4}},
        {"the /16": eth(ip4(src="10.1.1.2"))},
        {
            "the address": eth(ip4(src="10.1.1.1")),
            "the /8": eth(ip4(src="10.2.1.1")),
            "others": eth(ip4(src="11.1.1.1")),
        },
    )
    group(
        "a source and a destination",
        rules(any_source=0, any_destination=0, use_source4_hosts=True, use_destination4_hosts=True),
        {"source4_hosts": {"192.0.2.1": 1}, "destination4_hosts": {"198.51.100.1": 1}},
        {"both": eth(ip4())},
        {"the source": eth(ip4(dst="198.51.100.2")), "the destination": eth(ip4(src="192.0.2.2")), "IPv6": eth(ip6())},
    )


def ports() -> None:
    for direction, port in (("source", "sport"), ("destination", "dport")):
        hit, miss = {port: 7}, {port: 8}
        every: dict[str, bytes] = {}
        missed: dict[str, bytes] = {}
        for name, protocol, header in (("TCP", TCP, tcp), ("UDP", UDP, udp), ("SCTP", SCTP, sctp)):
            every[name] = eth(ip4(protocol, header(**hit)))
            every[f"{name} over IPv6"] = eth(ip6(protocol, header(**hit)))
            every[f"{name} behind options"] = eth(ip4(protocol, header(**hit), options=bytes(40)))
            every[f"{name} behind a header"] = eth(ip6(60, option(protocol, 3) + header(**hit)))
            missed[name] = eth(ip4(protocol, header(**miss)))
            missed[f"{name} over IPv6"] = eth(ip6(protocol, header(**miss)))
            missed[f"cut {name}"] = eth(ip4(protocol, header(**hit)[:-1]))
            missed[f"cut {name} over IPv6"] = eth(ip6(protocol, header(**hit)[:-1]))
            missed[f"{name} cut by the total length"] = eth(ip4(protocol, header(**hit), length=27))
            missed[f"{name} cut by the payload length"] = eth(ip6(protocol, header(**hit), length=7))
            shorter = len(header(**hit)) - 1
            missed[f"{name} that lacks a byte by the total length"] = eth(
                ip4(protocol, header(**hit), length=20 + shorter)
            )
            missed[f"{name} that lacks a byte by the payload length"] = eth(
                ip6(protocol, header(**hit), length=shorter)
            )
            every[f"{name} with a total length beyond the frame"] = eth(ip4(protocol, header(**hit), length=100))
            every[f"{name} with a payload length beyond the frame"] = eth(ip6(protocol, header(**hit), length=100))
            every[f"{name} that may not be fragmented"] = eth(ip4(protocol, header(**hit), field=0x4000))
            every[f"{name} with the reserved flag"] = eth(ip4(protocol, header(**hit), field=0x8000))
        eight = option(60) * 7 + option(UDP)
        group(
            f"{direction}_port",
            rules(**{f"any_{direction}_port": 0}),
            {f"{direction}_ports": {7: 1, 65535: 1}},
            {
                **every,
                "the last port": eth(ip4(UDP, udp(**{port: 65535}))),
                "in two VLANs": eth(ip6(UDP, udp(**hit)), tags=((Q, 5), (S, 6))),
                "a first fragment": eth(ip4(UDP, udp(**hit, length=100), field=0x2000)),
                "a first fragment of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, more=True) + udp(**hit, length=100))),
                "an atomic fragment": eth(ip6(FRAGMENT, fragment6(TCP) + tcp(**hit))),
                "behind AH": eth(ip6(AH, ah(UDP) + udp(**hit))),
                "behind headers of all kinds": eth(
                    ip6(0, option(43) + option(60, 1) + option(AH) + ah(FRAGMENT) + fragment6(UDP) + udp(**hit))
                ),
                "behind mobility, HIP and shim6": eth(ip6(135, option(139) + option(140) + option(UDP) + udp(**hit))),
                "behind eight headers": eth(ip6(60, eight + udp(**hit))),
                "behind long headers": eth(ip6(60, option(60, 100) + option(UDP, 100) + udp(**hit))),
                "a jumbogram": eth(ip6(0, option(UDP) + udp(**hit, length=0), length=0)),
                "a wrong UDP length": eth(ip4(UDP, udp(**hit, length=7))),
                "padding": eth(ip4(UDP, udp(**hit), length=28) + PAD),
            },
            {
                **missed,
                "a later fragment": eth(ip4(UDP, udp(**hit), field=1)),
                "a later fragment of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, 1) + udp(**hit))),
                "a short first fragment": eth(ip4(TCP, tcp(**hit)[:16], field=0x2000)),
                "behind nine headers": eth(ip6(60, option(60) + eight + udp(**hit))),
                "behind two fragment headers": eth(ip6(FRAGMENT, fragment6(FRAGMENT) + fragment6(UDP) + udp(**hit))),
                "behind a cut header": eth(ip6(60, option(UDP)[:1] + b"\2" + bytes(6) + udp(**hit))),
                "behind ESP": eth(ip6(ESP, udp(**hit))),
                "in a tunnel": eth(ip4(4, ip4(UDP, udp(**hit)))),
                "in ICMP": eth(ip4(ICMP, udp(**hit))),
                "a header of 16 bytes": eth(ip4(UDP, udp(**hit), ihl=4)),
                "a header beyond the frame": eth(ip4(UDP, udp(**hit), ihl=15)),
                "a total length below the header's": eth(ip4(UDP, udp(**hit), length=19)),
            },
        )


def protocol() -> None:
    group(
        "protocol",
        rules(any_protocol=0),
        {"protocols": {UDP: 1, 255: 1}},
        {
            "IPv4": eth(ip4(UDP, udp())),
            "IPv6": eth(ip6(UDP, udp())),
            "the last one": eth(ip4(255)),
            "in a VLAN": eth(ip4(UDP), tags=((S, 1),)),
            "behind a header": eth(ip6(0, option(UDP))),
            "a later fragment": eth(ip4(UDP, PAD, field=9)),
            "a later fragment of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, 9) + PAD)),
            "a short header length": eth(ip4(UDP, ihl=4)),
        },
        {
            "IPv4": eth(ip4(TCP, tcp())),
            "IPv6": eth(ip6(TCP, tcp())),
            "ARP": eth(ip4(UDP), ARP),
            "version 5": eth(ip4(UDP, version=5), IPV4),
            "a cut IPv4 header": eth(ip4(UDP)[:19], IPV4),
            "a cut header": eth(ip6(60, option(UDP)[:7])),
            "GRE": eth(ip4(GRE, ip4(UDP))),
        },
    )
    group(
        "protocol of headers",
        rules(any_protocol=0),
        {"protocols": {60: 1, FRAGMENT: 1, AH: 1, 59: 1}},
        {
            "a ninth header": eth(ip6(60, option(60) * 8 + option(UDP) + udp())),
            "a cut header": eth(ip6(60, option(UDP, 1)[:15])),
            "a cut AH": eth(ip6(AH, ah(UDP)[:-1])),
            "a header without its payload": eth(ip6(60)),
            "a second fragment header": eth(ip6(FRAGMENT, fragment6(FRAGMENT) + fragment6(UDP) + udp())),
            "of a later fragment": eth(ip6(FRAGMENT, fragment6(60, 5) + option(UDP))),
            "none": eth(ip6(59)),
        },
        {
            "headers that were walked": eth(ip6(60, option(60) * 7 + option(UDP) + udp())),
            "AH": eth(ip6(AH, ah(UDP) + udp())),
            "a fragment": eth(ip6(FRAGMENT, fragment6(UDP) + udp())),
        },
    )


def icmp_types() -> None:
    group(
        "icmp_type",
        rules(any_icmp_type=0),
        {"icmp_types": {8: 1, 256 + 128: 1}},
        {
            "echo": eth(ip4(ICMP, icmp(8))),
            "echo over IPv6": eth(ip6(ICMPV6, icmp(128))),
            "of four bytes": eth(ip6(ICMPV6, icmp(128, 4))),
            "behind a header": eth(ip6(0, option(ICMPV6) + icmp(128))),
            "a first fragment": eth(ip4(ICMP, icmp(8), field=0x2000)),
        },
        {
            "reply": eth(ip4(ICMP, icmp(0))),
            "reply over IPv6": eth(ip6(ICMPV6, icmp(129))),
            "IPv6's over IPv4": eth(ip4(ICMPV6, icmp(128))),
            "IPv4's over IPv6": eth(ip6(ICMP, icmp(8))),
            "128 over IPv4": eth(ip4(ICMP, icmp(128))),
            "8 over IPv6": eth(ip6(ICMPV6, icmp(8))),
            "cut": eth(ip4(ICMP, icmp(8, 7))),
            "cut over IPv6": eth(ip6(ICMPV6, icmp(128, 3))),
            "a later fragment": eth(ip4(ICMP, icmp(8), field=1)),
            "UDP": eth(ip4(UDP, icmp(8))),
        },
    )


def flags() -> None:
    group(
        "tcp_flags",
        rules(any_tcp_flags=0),
        {"tcp_flags": {0x02: 1, 0xC2: 1, 0: 1, 0xFF: 1}},
        {
            "SYN": eth(ip4(TCP, tcp(flags=0x02))),
            "SYN over IPv6": eth(ip6(TCP, tcp(flags=0x02))),
            "SYN with ECE and CWR": eth(ip4(TCP, tcp(flags=0xC2))),
            "none": eth(ip4(TCP, tcp(flags=0))),
            "all": eth(ip4(TCP, tcp(flags=0xFF))),
            "a bad offset": eth(ip4(TCP, tcp(flags=0x02, doff=15))),
            "a first fragment": eth(ip4(TCP, tcp(flags=0x02) + bytes(4), field=0x2000)),
        },
        {
            "SYN and ACK": eth(ip4(TCP, tcp(flags=0x12))),
            "RST over IPv6": eth(ip6(TCP, tcp(flags=0x04))),
            "UDP": eth(ip4(UDP, tcp(flags=0x02))),
            "cut": eth(ip4(TCP, tcp(flags=0x02)[:19])),
            "a later fragment": eth(ip4(TCP, tcp(flags=0x02), field=1)),
        },
    )


def fragments() -> None:
    some = {
        "the first": eth(ip4(UDP, udp(length=99) + bytes(8), field=0x2000)),
        "a later one": eth(ip4(UDP, PAD, field=0x2001)),
        "the last": eth(ip4(UDP, PAD, field=0x1FFF)),
        "the first of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, more=True) + udp(length=99))),
        "a later one of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, 1) + PAD)),
        "behind a header": eth(ip6(0, option(FRAGMENT) + fragment6(UDP, 1) + PAD)),
        "in a VLAN": eth(ip4(UDP, PAD, field=1), tags=((S, 2),)),
        "a header of 16 bytes": eth(ip4(UDP, PAD, field=1, ihl=4)),
    }
    whole = {
        "whole": eth(ip4(UDP, udp())),
        "with DF": eth(ip4(UDP, udp(), field=0x4000)),
        "whole IPv6": eth(ip6(UDP, udp())),
        "atomic": eth(ip6(FRAGMENT, fragment6(UDP) + udp())),
        "a cut fragment header": eth(ip6(FRAGMENT, fragment6(UDP, 1)[:7])),
    }
    neither = {
        "ARP": eth(PAD, ARP),
        "a cut IPv4 header": eth(ip4(UDP, field=1)[:19], IPV4),
        "version 5": eth(ip4(UDP, field=1, version=5), IPV4),
    }
    group("fragment", rules(if_whole=0), {}, some, {**whole, **neither})
    group("no fragment", rules(if_fragment=0), {}, whole, {**some, **neither})


def ethernet() -> None:
    group(
        "source_mac",
        rules(any_source_mac=0),
        {"source_macs": {"02:00:00:00:00:07": 1}},
        {
            "IPv4": eth(ip4(), src="02:00:00:00:00:07"),
            "ARP in a VLAN": eth(PAD, ARP, src="02:00:00:00:00:07", tags=((S, 3),)),
            "no payload": eth(b"", 0x88B5, src="02:00:00:00:00:07"),
            "a cut tag": eth(b"", S, src="02:00:00:00:00:07"),
        },
        {"another": eth(ip4()), "the destination": eth(ip4(), src="02:00:00:00:00:02")},
    )
    group(
        "ethertype",
        rules(any_ethertype=0),
        {"ethertypes": {ARP: 1, 0x88B5: 1}},
        {
            "ARP": eth(PAD, ARP),
            "of experiments": eth(b"", 0x88B5),
            "in a VLAN": eth(PAD, ARP, tags=((S, 3),)),
            "in two VLANs": eth(PAD, ARP, tags=((Q, 3), (S, 3))),
        },
        {
            "IPv4": eth(ip4()),
            "IPv6": eth(ip6()),
            "in three VLANs": eth(PAD, ARP, tags=((Q, 3), (S, 3), (S, 3))),
            "a cut tag": eth(b"\0\0\x08", S),
        },
    )
    group(
        "vlan",
        rules(any_vlan=0),
        {"vlans": {5: 1, 4095: 1}},
        {
            "5": eth(ip4(), tags=((S, 5),)),
            "the last": eth(ip4(), tags=((Q, 4095),)),
            "with a priority": eth(ip6(), tags=((S, 0xE005),)),
            "the outer one": eth(PAD, ARP, tags=((Q, 5), (S, 6))),
            "with another tag that is cut": eth(b"\0", S, tags=((Q, 5),)),
        },
        {
            "another": eth(ip4(), tags=((S, 6),)),
            "the inner one": eth(ip4(), tags=((Q, 6), (S, 5))),
            "none": eth(ip4()),
            "cut": eth(b"\0\5\x08", S),
        },
    )
    group(
        "no vlan",
        rules(any_vlan=0),
        {"vlans": {4096: 1}},
        {"untagged": eth(ip4()), "ARP": eth(PAD, ARP)},
        {"tagged": eth(ip4(), tags=((S, 0),)), "cut": eth(b"\0\0\x08", S)},
    )


def malformed() -> None:
    sound_flags = (0x02, 0x22, 0x12, 0x04, 0x14, 0x11, 0x31, 0x10, 0x30)
    by_flags = {
        value: eth(ip4(TCP, tcp(flags=value)))
        for value in range(256)
        if value < 64 or value in (0xC2, 0x52, 0xD0, 0xFF)
    }
    bad = {f"flags {value:#x}": packet for value, packet in by_flags.items() if value & 0x37 not in sound_flags}
    good = {f"flags {value:#x}": packet for value, packet in by_flags.items() if value & 0x37 in sound_flags}
    bad.update(
        {
            "a cut tag": eth(b"\0\0\x08", S),
            "a cut second tag": eth(b"\0\0\x08", S, tags=((Q, 1),)),
            "a cut IPv4 header": eth(ip4(UDP)[:19], IPV4),
            "version 6 as IPv4": eth(ip6(UDP, udp()), IPV4),
            "a header of 16 bytes": eth(ip4(UDP, udp(), ihl=4)),
            "a total length below the header's": eth(ip4(UDP, udp(), options=bytes(4), length=23)),
            "a header beyond the frame": eth(ip4(UDP, udp(), ihl=15, length=60)),
            "a total length beyond the frame": eth(ip4(UDP, udp(), length=29)),
            "the reserved flag": eth(ip4(UDP, udp(), field=0x8000)),
            "DF and MF": eth(ip4(UDP, udp(length=16), field=0x6000)),
            "DF and an offset": eth(ip4(UDP, udp(), field=0x4001)),
            "beyond the largest packet": eth(ip4(UDP, bytes(24), field=0x1FFD)),
            "an empty fragment": eth(ip4(UDP, field=0x2000)),
            "an odd fragment": eth(ip4(UDP, bytes(9), field=0x2001)),
            "a cut IPv6 header": eth(ip6(UDP)[:39], IPV6),
            "version 4 as IPv6": eth(ip4(UDP, bytes(40)), IPV6),
            "a payload length beyond the frame": eth(ip6(UDP, udp(), length=9)),
            "a ninth header": eth(ip6(60, option(60) * 8 + option(UDP) + udp())),
            "a cut extension header": eth(ip6(60, option(UDP)[:7])),
            "an extension header beyond the end": eth(ip6(60, option(UDP, 1)[:15])),
            "AH beyond the end": eth(ip6(AH, ah(UDP, 4)[:23])),
            "a cut fragment header": eth(ip6(FRAGMENT, fragment6(UDP)[:7])),
            "two fragment headers": eth(ip6(FRAGMENT, fragment6(FRAGMENT) + fragment6(UDP) + udp())),
            "an empty fragment of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, 1, True))),
            "an odd fragment of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, 1, True) + bytes(9))),
            "beyond the largest packet of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, 0x1FFF) + bytes(8))),
            "no payload length and no jumbogram": eth(ip6(UDP, udp(), length=0)),
            "cut TCP": eth(ip4(TCP, tcp()[:19])),
            "cut UDP": eth(ip6(UDP, udp()[:7])),
            "cut SCTP": eth(ip4(SCTP, sctp()[:11])),
            "cut ICMP": eth(ip4(ICMP, icmp(8, 7))),
            "cut ICMPv6": eth(ip6(ICMPV6, icmp(128, 3))),
            "a first fragment with cut TCP": eth(ip4(TCP, tcp()[:16], field=0x2000)),
            "a data offset of 4": eth(ip4(TCP, tcp(doff=4))),
            "a data offset beyond the end": eth(ip4(TCP, tcp(doff=6))),
            "a data offset beyond the fragment": eth(ip4(TCP, tcp(doff=15) + bytes(4), field=0x2000)),
            "a UDP length of 7": eth(ip4(UDP, udp(length=7))),
            "a UDP length of 0": eth(ip6(UDP, udp(length=0))),
            "a UDP length beyond the end": eth(ip4(UDP, udp(length=9))),
            "a UDP length of 7 in a fragment": eth(ip4(UDP, udp(length=7), field=0x2000)),
        }
    )
    good.update(
        {
            "ARP": eth(PAD, ARP),
            "an empty frame": eth(b"", 0x88B5),
            "UDP": eth(ip4(UDP, udp())),
            "UDP over IPv6": eth(ip6(UDP, udp())),
            "options": eth(ip4(UDP, udp(), options=bytes(40))),
            "padding": eth(ip4(UDP, udp()) + PAD),
            "padding of IPv6": eth(ip6(UDP, udp()) + PAD),
            "a short UDP length": eth(ip4(UDP, udp(length=8, payload=PAD))),
            "a long UDP length in a fragment": eth(ip4(UDP, udp(length=9000), field=0x2000)),
            "DF": eth(ip4(UDP, udp(), field=0x4000)),
            "an odd last fragment": eth(ip4(UDP, bytes(9), field=1)),
            "up to the largest packet": eth(ip4(UDP, bytes(19), field=0x1FFB)),
            "an odd last fragment of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, 1) + bytes(9))),
            "up to the largest packet of IPv6": eth(ip6(FRAGMENT, fragment6(UDP, 0x1FFF) + bytes(7))),
            "a jumbogram": eth(ip6(0, option(UDP) + udp(length=0), length=0)),
            "eight headers": eth(ip6(60, option(60) * 7 + option(UDP) + udp())),
            "AH": eth(ip6(AH, ah(UDP, 1) + udp())),
            "a later fragment that looks like wrong TCP": eth(ip4(TCP, bytes(20), field=5)),
            "ESP": eth(ip6(ESP, b"")),
            "no next header": eth(ip6(59)),
            "ICMP over IPv6": eth(ip6(ICMP, b"")),
            "ICMPv6 over IPv4": eth(ip4(ICMPV6, b"")),
            "TCP options": eth(ip4(TCP, tcp(doff=15) + bytes(40))),
            "any protocol": eth(ip4(253)),
        }
    )
    group("malformed", rules(if_sound=0), {}, bad, good)
    group("not malformed", rules(if_malformed=0), {}, good, bad)


def fragmented() -> None:
    """Packets in several buffers, of which the first one has 3520 bytes."""
    # Where a header behind one of 2048 bytes and this one begins: 14 + 40 + 2048 + 8 * (words + 1).
    straddling, beyond = 176, 255
    packets = {
        f"{name}, {where}": (
            eth(ip6(60, option(60, 255) + option(protocol, words) + header(7))),
            eth(ip6(60, option(60, 255) + option(protocol, words) + header(8))),
        )
        for name, protocol, header in (("UDP", UDP, udp), ("TCP", TCP, tcp), ("SCTP", SCTP, sctp))
        for where, words in (("across two buffers", straddling), ("in the second one", beyond))
    }
    group(
        "headers beyond the first buffer",
        rules(any_source_port=0),
        {"source_ports": {7: 1}},
        {what: hit for what, (hit, _miss) in packets.items()},
        {what: miss for what, (_hit, miss) in packets.items()},
    )
    group(
        "malformed beyond the first buffer",
        rules(if_sound=0),
        {},
        {"cut": eth(ip6(60, option(60, 255) + option(UDP, beyond) + udp()[:7]))},
        {"whole": eth(ip6(60, option(60, 255) + option(UDP, beyond) + udp()))},
    )


def order() -> None:
    group(
        "the first match decides",
        rules(2, any_source=2, any_destination_port=2, use_source4_hosts=True, actions=[PASS, DROP]),
        {"source4_hosts": {"192.0.2.1": 1}, "destination_ports": {22: 1}},
        {"another port": eth(ip4(TCP, tcp(dport=23))), "another source": eth(ip4(TCP, tcp(dport=22), src="192.0.2.2"))},
        {"both conditions": eth(ip4(TCP, tcp(dport=22)))},
    )
    group(
        "the last of 64 rules",
        rules(64, any_protocol=0, actions=[PASS] * 63 + [DROP], slots=list(range(3, 67))),
        {"protocols": {UDP: 1 << 63, TCP: 1 << 62 | 1 << 63}},
        {"drop": eth(ip4(UDP, udp()))},
        {"pass": eth(ip4(TCP, tcp())), "none": eth(ip4(GRE))},
    )
    group(
        "all conditions at once",
        rules(
            **{f"any_{name}": 0 for name in CONDITIONS if name != "icmp_type"},
            if_fragment=0,
            if_malformed=0,
            use_source4=True,
            use_destination4_hosts=True,
        ),
        {
            "source4": {"192.0.2.0/24": 1},
            "destination4_hosts": {"198.51.100.1": 1},
            "source_ports": {1000: 1},
            "destination_ports": {80: 1},
            "protocols": {TCP: 1},
            "tcp_flags": {2: 1},
            "source_macs": {"02:00:00:00:00:01": 1},
            "ethertypes": {IPV4: 1},
            "vlans": {7: 1},
        },
        {"all": eth(ip4(TCP, tcp()), tags=((S, 7),))},
        {
            "another VLAN": eth(ip4(TCP, tcp()), tags=((S, 8),)),
            "another source": eth(ip4(TCP, tcp(), src="192.0.3.1"), tags=((S, 7),)),
            "another destination": eth(ip4(TCP, tcp(), dst="198.51.100.2"), tags=((S, 7),)),
            "another MAC address": eth(ip4(TCP, tcp()), tags=((S, 7),), src="02:00:00:00:00:09"),
            "another source port": eth(ip4(TCP, tcp(sport=1)), tags=((S, 7),)),
            "another port": eth(ip4(TCP, tcp(dport=1)), tags=((S, 7),)),
            "other flags": eth(ip4(TCP, tcp(flags=0x10)), tags=((S, 7),)),
            "another protocol": eth(ip4(SCTP, sctp()), tags=((S, 7),)),
            "a fragment": eth(ip4(TCP, tcp() + bytes(4), field=0x2000), tags=((S, 7),)),
            "malformed": eth(ip4(TCP, tcp(doff=15)), tags=((S, 7),)),
            "IPv6": eth(ip6(TCP, tcp()), tags=((S, 7),)),
        },
    )


def defaults() -> None:
    discovery = range(133, 138)
    listeners = (130, 131, 132, 143)
    essential = {
        "ARP": eth(PAD, ARP),
        "ARP in a VLAN": eth(PAD, ARP, tags=((S, 4),)),
        **{f"neighbour discovery {icmp_type}": eth(ip6(ICMPV6, icmp(icmp_type), hops=255)) for icmp_type in discovery},
        **{f"MLD {icmp_type}": eth(ip6(0, option(ICMPV6) + icmp(icmp_type), hops=1)) for icmp_type in listeners},
        "IGMP": eth(ip4(IGMP, icmp(0x16), options=bytes(4))),
        "a DHCP reply": eth(ip4(UDP, udp(67, 68))),
        "a DHCPv6 reply": eth(ip6(UDP, udp(547, 546))),
        **{f"ICMP {icmp_type}": eth(ip4(ICMP, icmp(icmp_type))) for icmp_type in (3, 11, 12)},
        **{f"ICMPv6 {icmp_type}": eth(ip6(ICMPV6, icmp(icmp_type))) for icmp_type in (1, 2, 3, 4)},
        "a first fragment of an error": eth(ip4(ICMP, icmp(3), field=0x2000)),
    }
    dropped = {
        "TCP": eth(ip4(TCP, tcp())),
        "UDP over IPv6": eth(ip6(UDP, udp())),
        **{
            f"neighbour discovery {icmp_type} from afar": eth(ip6(ICMPV6, icmp(icmp_type), hops=254))
            for icmp_type in discovery
        },
        **{
            f"ICMPv6 {icmp_type}": eth(ip6(ICMPV6, icmp(icmp_type), hops=255))
            for icmp_type in (0, 5, 128, 129, 138, 142, 144)
        },
        **{f"ICMP {icmp_type}": eth(ip4(ICMP, icmp(icmp_type))) for icmp_type in (0, 1, 4, 5, 8, 130, 135, 143)},
        "IGMP over IPv6": eth(ip6(IGMP, icmp(0x16))),
        "a later fragment of IGMP": eth(ip4(IGMP, icmp(0x16), field=1)),
        "malformed IGMP": eth(ip4(IGMP, icmp(0x16), field=0x8000)),
        "a DHCP request": eth(ip4(UDP, udp(68, 67))),
        "a DHCPv6 request": eth(ip6(UDP, udp(546, 547))),
        "a DHCP reply over IPv6": eth(ip6(UDP, udp(67, 68))),
        "a DHCPv6 reply over IPv4": eth(ip4(UDP, udp(547, 546))),
        "DHCP's ports in TCP": eth(ip4(TCP, tcp(67, 68))),
        "a malformed DHCP reply": eth(ip4(UDP, udp(67, 68, length=7))),
        "a later fragment of an error": eth(ip4(ICMP, icmp(3), field=1)),
        "a malformed error": eth(ip4(ICMP, icmp(3), length=99)),
        "a cut IPv4 header": eth(ip4(ICMP)[:19], IPV4),
        "a cut IPv6 header": eth(ip6(ICMPV6)[:39], IPV6),
        "a cut tag": eth(b"\0\0\x08", S),
    }
    others = {"another EtherType": eth(b"", 0x88B5), "LLDP in a VLAN": eth(PAD, 0x88CC, tags=((S, 4),))}
    group("default drop", rules(0, default_action=DROP), {}, {**dropped, **others}, essential)
    group(
        "default drop but for other EtherTypes",
        rules(0, default_action=DROP, pass_other_ethertypes=True),
        {},
        dropped,
        {**essential, **others},
    )
    group("default pass", rules(0), {}, {}, {**dropped, **others, **essential})
    group(
        "rules come first",
        rules(2, any_ethertype=2, any_protocol=1, default_action=DROP, actions=[DROP, PASS]),
        {"ethertypes": {ARP: 1}, "protocols": {TCP: 2}},
        {"ARP": eth(PAD, ARP), "UDP": eth(ip4(UDP, udp()))},
        {"TCP": eth(ip4(TCP, tcp())), "an error": eth(ip4(ICMP, icmp(3)))},
    )
    sound = (0x12, 0x04, 0x14, 0x11, 0x10, 0x18, 0x31)
    group(
        "replies",
        rules(0, default_action=DROP, reply_tcp=True, reply_udp=[53, 123], reply_udp_count=2),
        {},
        {
            "SYN": eth(ip4(TCP, tcp())),
            "SYN over IPv6": eth(ip6(TCP, tcp())),
            "wrong flags": eth(ip4(TCP, tcp(flags=0x3F))),
            "a later fragment": eth(ip4(TCP, tcp(flags=0x10), field=1)),
            "UDP": eth(ip4(UDP, udp(54, 53))),
            "UDP from port 0": eth(ip4(UDP, udp(0, 53))),
            "SCTP": eth(ip4(SCTP, sctp(53))),
            "malformed UDP": eth(ip4(UDP, udp(53, length=7))),
        },
        {
            **{f"flags {value:#x}": eth(ip4(TCP, tcp(flags=value))) for value in sound},
            "ACK over IPv6": eth(ip6(TCP, tcp(flags=0x10))),
            "DNS": eth(ip4(UDP, udp(53, 4000))),
            "NTP over IPv6": eth(ip6(UDP, udp(123, 4000))),
        },
    )
    group(
        "other replies",
        rules(0, default_action=DROP, reply_udp=[1, 2, 3, 4, 5, 6, 7, 53], reply_udp_count=8),
        {},
        {"ACK": eth(ip4(TCP, tcp(flags=0x10))), "NTP": eth(ip4(UDP, udp(123)))},
        {"DNS": eth(ip4(UDP, udp(53))), "1": eth(ip6(UDP, udp(1)))},
    )
    group(
        "no replies",
        rules(0, default_action=DROP, reply_udp=[53]),
        {},
        {"ACK": eth(ip4(TCP, tcp(flags=0x10))), "DNS": eth(ip4(UDP, udp(53)))},
        {},
    )


#: Five packets at once, and another one each 100 seconds.
LIMITED = {
    "limits": True,
    "limiters": [0] * 64,
    "limit_interval": [100_000_000_000 << 6],
    "limit_tolerance": [4 * 100_000_000_000 << 6],
    "limit_source4": [32],
    "limit_source6": [64],
}


def limits() -> None:
    packets = {"five": eth(ip4(UDP, udp())), "five over IPv6": eth(ip6(UDP, udp())), "five of ARP": eth(PAD, ARP)}
    six = {name.replace("five", "six"): packet for name, packet in packets.items()}
    counts = {**dict.fromkeys(packets, 5), **dict.fromkeys(six, 6)}
    one = rules(actions=[LIMIT], **LIMITED)
    group("limit by source", one, {"buckets": {}}, six, packets, counts)
    group("limit of a rule", {**one, "limit_per": [1]}, {"buckets": {}}, six, packets, counts)
    group(
        "a limit with a condition",
        rules(actions=[LIMIT], any_protocol=0, **LIMITED),
        {"buckets": {}, "protocols": {UDP: 1}},
        {"six of UDP": six["six"]},
        {"six of TCP": eth(ip4(TCP, tcp()))},
        {"six of UDP": 6, "six of TCP": 6},
    )
    group(
        "rules after a limit",
        rules(2, actions=[LIMIT, DROP], any_protocol=1, **LIMITED),
        {"buckets": {}, "protocols": {UDP: 2}},
        {"under it": packets["five"], "over it": eth(ip4(TCP, tcp()))},
        {"under it, without a rule": eth(ip4(TCP, tcp()))},
        {"over it": 6, "under it, without a rule": 5},
    )
    group("dry run of a limit", {**one, "dry_run_rules": 1}, {"buckets": {}}, {}, six, counts)


def dry_runs() -> None:
    every = {"UDP": eth(ip4(UDP, udp())), "TCP": eth(ip4(TCP, tcp()))}
    group("dry run of a rule", rules(dry_run_rules=1), {}, {}, every)
    group("dry run of a rule that passes", rules(2, dry_run_rules=1, actions=[PASS, DROP]), {}, every, {})
    group("dry run of all", rules(dry_run=True), {}, {}, every)
    group("dry run of the default", rules(0, default_action=DROP, dry_run=True), {}, {}, every)


def main() -> None:
    for add in (
        addresses,
        ports,
        protocol,
        icmp_types,
        flags,
        fragments,
        ethernet,
        malformed,
        fragmented,
        order,
        defaults,
    ):
        add()
    limits()
    dry_runs()
    print(json.dumps(groups))


if __name__ == "__main__":
    main()
