# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets made of dictionaries, held to the bytes that scapy makes of the same."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._frames import build, from_hex

#: A packet, the expression in scapy 2.8.0, and what bytes() of that gave.
#: There, eth = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02").
CASES = [
    (
        {"ip": {}, "udp": {"dport": 53}, "payload": "query"},
        # eth/IP(src="192.0.2.1", dst="192.0.2.2", id=0)/UDP(sport=49152, dport=53)/b"query"
        "020000000002020000000001080045000021000000004011f6c8c0000201c0000202c0000035000d6bb27175657279",
    ),
    (
        {
            "ip": {"src": "198.51.100.7", "dst": "203.0.113.9", "ttl": 3, "tos": 184, "id": 4660, "flags": ["df"]},
            "tcp": {
                "sport": 1234,
                "dport": 22,
                "flags": "SA",
                "seq": 4294967295,
                "ack": 77,
                "window": 512,
                "options": "020405b4",
            },
        },
        # eth/IP(src="198.51.100.7", dst="203.0.113.9", ttl=3, tos=0xB8, id=4660, flags="DF")
        #   /TCP(sport=1234, dport=22, flags="SA", seq=4294967295, ack=77, window=512, options=[("MSS", 1460)])
        "020000000002020000000001080045b8002c123440000306fe9bc6336407cb00710904d20016ffffffff0000004d601202002a9d0000020405b4",
    ),
    (
        {"ip": {}, "tcp": {"dport": 443, "flags": "PA", "urgent": 9}, "payload": "odd"},
        # eth/IP(src="192.0.2.1", dst="192.0.2.2", id=0)/TCP(sport=49152, dport=443, flags="PA", urgptr=9)/b"odd"
        "02000000000202000000000108004500002b000000004006f6c9c0000201c0000202c00001bb000000000000000050182000769c00096f6464",
    ),
    (
        {"ip": {}, "icmp": {"id": 7, "seq": 9}, "payload": {"size": 5}},
        # eth/IP(src="192.0.2.1", dst="192.0.2.2", id=0)/ICMP(type=8, id=7, seq=9)/bytes(5)
        "020000000002020000000001080045000021000000004001f6d8c0000201c00002020800f7ef000700090000000000",
    ),
    (
        {"ip": {}, "icmp": {"type": "unreachable", "code": 4, "rest": 1400}},
        # eth/IP(src="192.0.2.1", dst="192.0.2.2", id=0)/ICMP(type=3, code=4, nexthopmtu=1400)
        "02000000000202000000000108004500001c000000004001f6ddc0000201c00002020304f78300000578",
    ),
    (
        {"ip6": {"src": "2001:db8::7", "hop_limit": 9, "traffic_class": 1, "flow_label": 74565}, "tcp": {"dport": 22}},
        # eth/IPv6(src="2001:db8::7", dst="2001:db8::2", hlim=9, tc=1, fl=0x12345)/TCP(sport=49152, dport=22)
        "02000000000202000000000186dd601123450014060920010db800000000000000000000000720010db8000000000000000000000002c000001600000000000000005002200074510000",
    ),
    (
        {"ip6": {}, "udp": {"sport": 5, "dport": 53}, "payload": {"hex": "00 ff:10"}},
        # eth/IPv6(src="2001:db8::1", dst="2001:db8::2")/UDP(sport=5, dport=53)/bytes.fromhex("00ff10")
        "02000000000202000000000186dd60000000000b114020010db800000000000000000000000120010db800000000000000000000000200050035000b932a00ff10",
    ),
    (
        {"ip6": {}, "icmp": {"id": 1, "seq": 2}},
        # eth/IPv6(src="2001:db8::1", dst="2001:db8::2")/ICMPv6EchoRequest(id=1, seq=2)
        "02000000000202000000000186dd6000000000083a4020010db800000000000000000000000120010db80000000000000000000000028000244500010002",
    ),
    (
        {"vlan": {"id": 10, "priority": 5, "dei": 1}, "ip": {}, "udp": {"dport": 7}},
        # eth/Dot1Q(vlan=10, prio=5, id=1)/IP(src="192.0.2.1", dst="192.0.2.2", id=0)/UDP(sport=49152, dport=7)
        "0200000000020200000000018100b00a08004500001c000000004011f6cdc0000201c0000202c00000070008bbd2",
    ),
    (
        {"vlan": [{"id": 100, "protocol": "802.1ad"}, {"id": 10}], "ip6": {}, "udp": {"dport": 7}},
        # eth/Dot1AD(vlan=100)/Dot1Q(vlan=10)/IPv6(src="2001:db8::1", dst="2001:db8::2")/UDP(sport=49152, dport=7)
        "02000000000202000000000188a800648100000a86dd600000000008114020010db800000000000000000000000120010db8000000000000000000000002c00000070008e461",
    ),
    (
        {"arp": {}},
        # Ether(src="02:00:00:00:00:01", dst="ff:ff:ff:ff:ff:ff")/ARP(hwsrc="02:00:00:00:00:01", psrc="192.0.2.1", hwdst="00:00:00:00:00:00", pdst="192.0.2.2")
        "ffffffffffff02000000000108060001080006040001020000000001c0000201000000000000c0000202",
    ),
    (
        {
            "eth": {"dst": "02-00-00-00-00-09"},
            "arp": {"op": "reply", "sender_ip": "192.0.2.9", "target_mac": "02:00:00:00:00:03"},
        },
        # Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:09")
        #   /ARP(op=2, hwsrc="02:00:00:00:00:01", psrc="192.0.2.9", hwdst="02:00:00:00:00:03", pdst="192.0.2.2")
        "02000000000902000000000108060001080006040002020000000001c0000209020000000003c0000202",
    ),
    (
        {"ip": {"flags": "mf", "fragment_offset": 184, "protocol": "udp"}, "payload": {"size": 16}},
        # eth/IP(src="192.0.2.1", dst="192.0.2.2", id=0, flags="MF", frag=23, proto=17)/bytes(16)
        "020000000002020000000001080045000024000020174011d6aec0000201c000020200000000000000000000000000000000",
    ),
    (
        {"ip": {"options": "94040000"}, "udp": {"dport": 1}},
        # eth/IP(src="192.0.2.1", dst="192.0.2.2", id=0, options=IPOption_Router_Alert())/UDP(sport=49152, dport=1)
        "02000000000202000000000108004600002000000000401161c5c0000201c000020294040000c00000010008bbd8",
    ),
    (
        {"ip": {"length": 9999, "checksum": 1}, "udp": {"dport": 53, "length": 3, "checksum": 0}},
        # eth/IP(src="192.0.2.1", dst="192.0.2.2", id=0, len=9999, chksum=1)/UDP(sport=49152, dport=53, len=3, chksum=0)
        "02000000000202000000000108004500270f0000000040110001c0000201c0000202c000003500030000",
    ),
    (
        {"eth": {"type": "0x88cc"}, "payload": {"hex": "0207"}},
        # Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", type=0x88CC)/bytes.fromhex("0207")
        "02000000000202000000000188cc0207",
    ),
    (
        {"ip": {}, "udp": {"sport": 31653, "dport": 53}},
        # eth/IP(src="192.0.2.1", dst="192.0.2.2", id=0)/UDP(sport=31653, dport=53)
        "02000000000202000000000108004500001c000000004011f6cdc0000201c00002027ba500350008ffff",
    ),
]


@pytest.mark.parametrize(("packet", "expected"), CASES)
def test_as_scapy_has_it(packet: dict[str, t.Any], expected: str) -> None:
    assert build(packet).hex() == expected


_UDP = {"dport": 53}

REFUSED = [
    ("is not a dictionary of headers", []),
    ("is not a dictionary of headers", {}),
    ("unknown header upd. Did you mean udp", {"ip": {}, "upd": _UDP}),
    ("ip and ip6 do not go together", {"ip": {}, "ip6": {}}),
    ("tcp and udp do not go together", {"ip": {}, "tcp": {"dport": 1}, "udp": _UDP}),
    ("arp and udp do not go together", {"arp": {}, "udp": _UDP}),
    ("udp without ip or ip6", {"udp": _UDP}),
    ("packet.udp.dport is missing", {"ip": {}, "udp": {}}),
    ("packet.udp: unknown field port. ", {"ip": {}, "udp": {"dport": 1, "port": 2}}),
    ("packet.udp.dport: 65536 is not a number from 0 to 65535", {"ip": {}, "udp": {"dport": 65536}}),
    ("packet.udp.dport: -1 is not", {"ip": {}, "udp": {"dport": -1}}),
    ("packet.udp.dport: True is not", {"ip": {}, "udp": {"dport": True}}),
    ("packet.udp.dport: 'http' is not", {"ip": {}, "udp": {"dport": "http"}}),
    ("packet.udp.length: 65536", {"ip": {}, "udp": {"dport": 1, "length": 65536}}),
    ("packet.ip: 'x' is not a dictionary of fields", {"ip": "x"}),
    ("packet.ip.src: '2001:db8::1' is not an IPv4 address", {"ip": {"src": "2001:db8::1"}}),
    ("packet.ip.src: 3221225985 is not an IPv4 address", {"ip": {"src": 3221225985}}),
    ("packet.ip6.dst: 'fe80::1%eth0' is not an IPv6 address", {"ip6": {"dst": "fe80::1%eth0"}}),
    ("packet.ip.flags", {"ip": {"flags": ["xf"]}}),
    ("packet.ip.fragment_offset: 7 is not a multiple of 8", {"ip": {"fragment_offset": 7}}),
    ("packet.ip.options: 3 bytes", {"ip": {"options": "010101"}}),
    ("packet.ip.options: 44 bytes", {"ip": {"options": "01" * 44}}),
    ("packet.ip.protocol: 'ospf' is not a number from 0 to 255, or one of tcp, udp", {"ip": {"protocol": "ospf"}}),
    ("packet.tcp.flags: 'X' are not flags of TCP", {"ip": {}, "tcp": {"dport": 1, "flags": "X"}}),
    ("packet.tcp.flags: 2 are not flags of TCP", {"ip": {}, "tcp": {"dport": 1, "flags": 2}}),
    ("packet.icmp: id and seq are of echo_request", {"ip": {}, "icmp": {"type": "redirect", "seq": 1}}),
    ("packet.icmp.type: 'packet_too_big' is not", {"ip": {}, "icmp": {"type": "packet_too_big"}}),
    ("packet.eth.src: '02:00:00:00:00' is not a MAC address", {"eth": {"src": "02:00:00:00:00"}, "ip": {}}),
    ("packet.eth.src: 7200000001 is not a MAC address", {"eth": {"src": 7200000001}, "ip": {}}),
    ("packet: eth.type is missing", {"eth": {}, "payload": "x"}),
    ("packet.vlan.id is missing", {"vlan": {}, "ip": {}}),
    ("packet.vlan.id: 4096 is not", {"vlan": {"id": 4096}, "ip": {}}),
    ("packet.vlan[1].id is missing", {"vlan": [{"id": 1}, {}], "ip": {}}),
    ("packet.payload: 5 is neither a text", {"ip": {}, "payload": 5}),
    ("packet.payload: give one of hex and size", {"ip": {}, "payload": {}}),
    ("packet.payload: give one of hex and size", {"ip": {}, "payload": {"hex": "00", "size": 1}}),
    ("packet.payload.hex: '0' is not pairs", {"ip": {}, "payload": {"hex": "0"}}),
    ("packet.ip: 65555 bytes are more than any packet has", {"ip": {}, "payload": {"size": 65535}}),
    ("packet.ip: 65555 bytes are more", {"ip": {}, "tcp": {"dport": 1}, "payload": {"size": 65535}}),
    ("packet.ip: 65543 bytes are more", {"ip": {}, "udp": {"dport": 1, "length": 9}, "payload": {"size": 65535}}),
    ("packet.payload: '\\ud83d' has half of a character", {"ip": {}, "payload": "\ud83d"}),
    ("packet.udp: 65543 bytes", {"ip6": {}, "udp": {"dport": 1}, "payload": {"size": 65535}}),
    ("packet.ip6: 65543 bytes", {"ip6": {}, "icmp": {}, "payload": {"size": 65535}}),
    ("65549 bytes are more than any packet has", {"eth": {"type": 1}, "payload": {"size": 65535}}),
]


@pytest.mark.parametrize(("says", "packet"), REFUSED)
def test_what_cannot_be_is_refused(says: str, packet: t.Any) -> None:
    with pytest.raises(XdpError) as error:
        build(packet)
    assert says in str(error.value)


@pytest.mark.parametrize("given", ["02 0f\n", "02:0F", "020f"])
def test_hexadecimal_digits(given: str) -> None:
    assert from_hex("hex", given) == b"\x02\x0f"


@pytest.mark.parametrize("given", [20, None, "0", "0x02", "zz", "٠٢"])
def test_no_hexadecimal_digits(given: t.Any) -> None:
    with pytest.raises(XdpError, match=r"^tests\[0\].hex: "):
        from_hex("tests[0].hex", given)
