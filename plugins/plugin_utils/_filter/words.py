# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The words that rules use for numbers of packets, as iptables and nft have them."""

from __future__ import annotations

#: IP protocols (IANA).
TCP, UDP, SCTP, ICMP, ICMPV6, IGMP = 6, 17, 132, 1, 58, 2
PROTOCOLS = {
    "tcp": TCP,
    "udp": UDP,
    "sctp": SCTP,
    "icmp": ICMP,
    "icmpv6": ICMPV6,
    "igmp": IGMP,
    "ipip": 4,
    "dccp": 33,
    "ipv6": 41,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "eigrp": 88,
    "ospf": 89,
    "pim": 103,
    "vrrp": 112,
    "l2tp": 115,
    "udplite": 136,
}
#: The protocols whose packets have ports.
WITH_PORTS = frozenset((TCP, UDP, SCTP))

#: Extension headers of IPv6, which a packet's protocol comes after.
EXTENSION_HEADERS = frozenset((0, 43, 44, 51, 60, 135, 139, 140))

#: EtherTypes (IEEE 802).
IPV4, ARP, IPV6 = 0x0800, 0x0806, 0x86DD
ETHERTYPES = {"arp": ARP, "ip": IPV4, "ip6": IPV6}
#: Those of VLAN tags, which the packet's EtherType comes after.
TAGS = (0x8100, 0x88A8)

#: The number that stands for packets without a VLAN tag, beside the ids from 0 to 4095.
UNTAGGED = 4096

#: Types of ICMPv6 have numbers from here on, those of ICMP below.
ICMPV6_TYPES_FROM = 256

#: RFC 792, 950, 1256.
ICMP_TYPES = {
    "echo-reply": 0,
    "destination-unreachable": 3,
    "source-quench": 4,
    "redirect": 5,
    "echo-request": 8,
    "router-advertisement": 9,
    "router-solicitation": 10,
    "time-exceeded": 11,
    "parameter-problem": 12,
    "timestamp-request": 13,
    "timestamp-reply": 14,
    "address-mask-request": 17,
    "address-mask-reply": 18,
}

#: RFC 4443, 2710, 4861, 3810: the names of ip6tables, then those of nft where they are others.
ICMPV6_TYPES = {
    "destination-unreachable": 1,
    "packet-too-big": 2,
    "time-exceeded": 3,
    "parameter-problem": 4,
    "echo-request": 128,
    "echo-reply": 129,
    "router-solicitation": 133,
    "router-advertisement": 134,
    "neighbour-solicitation": 135,
    "neighbour-advertisement": 136,
    "redirect": 137,
    "mld-listener-query": 130,
    "mld-listener-report": 131,
    "mld-listener-done": 132,
    "mld2-listener-report": 143,
    "neighbor-solicitation": 135,
    "neighbor-advertisement": 136,
    "nd-router-solicit": 133,
    "nd-router-advert": 134,
    "nd-neighbor-solicit": 135,
    "nd-neighbor-advert": 136,
    "nd-redirect": 137,
}

#: Flags of TCP, each with its bit (RFC 9293).
TCP_FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ece": 64, "cwr": 128}
_PSH, _ECE, _CWR = 8, 64, 128

# SYN, SYN|URG, SYN|ACK, RST, RST|ACK, FIN|ACK, FIN|ACK|URG, ACK, ACK|URG.
_SOUND_FLAGS = frozenset((0x02, 0x22, 0x12, 0x04, 0x14, 0x11, 0x31, 0x10, 0x30))


def sound_flags(flags: int) -> bool:
    """Whether a TCP packet may have these flags together (``tcp_valid_flags`` in net/netfilter/nf_conntrack_proto_tcp.c)."""
    return flags & ~(_PSH | _ECE | _CWR) in _SOUND_FLAGS
