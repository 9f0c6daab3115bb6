# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets, header by header. Lengths are filled in unless they are given."""

from __future__ import annotations

import ipaddress
import struct

IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
TCP, UDP, ICMP, ICMPV6, SCTP, IGMP, ESP, GRE, FRAGMENT, AH = 6, 17, 1, 58, 132, 2, 50, 47, 44, 51
MAC = "02:00:00:00:00:01"


def eth(payload: bytes, ethertype: int | None = None, src: str = MAC, tags: tuple[tuple[int, int], ...] = ()) -> bytes:
    """``tags`` are (TPID, id) from the outermost one on."""
    if ethertype is None:
        ethertype = IPV6 if payload[:1] and payload[0] >> 4 == 6 else IPV4
    between = b"".join(struct.pack(">HH", tpid, vlan_id) for tpid, vlan_id in tags)
    return b"\2\0\0\0\0\2" + bytes.fromhex(src.replace(":", "")) + between + struct.pack(">H", ethertype) + payload


def ip4(
    protocol: int = UDP,
    payload: bytes = b"",
    src: str = "192.0.2.1",
    dst: str = "198.51.100.1",
    *,
    options: bytes = b"",
    version: int = 4,
    ihl: int | None = None,
    length: int | None = None,
    field: int = 0,
) -> bytes:
    """``field`` is the one of fragments: flags, and the offset in units of 8 bytes."""
    words = 5 + len(options) // 4 if ihl is None else ihl
    total = 20 + len(options) + len(payload) if length is None else length
    head = struct.pack(">BBHHHBBH", version << 4 | words, 0, total, 1, field, 64, protocol, 0)
    return head + ipaddress.IPv4Address(src).packed + ipaddress.IPv4Address(dst).packed + options + payload


def ip6(
    next_header: int = UDP,
    payload: bytes = b"",
    src: str = "2001:db8::1",
    dst: str = "2001:db8:1::1",
    *,
    version: int = 6,
    hops: int = 64,
    length: int | None = None,
) -> bytes:
    head = struct.pack(">IHBB", version << 28, len(payload) if length is None else length, next_header, hops)
    return head + ipaddress.IPv6Address(src).packed + ipaddress.IPv6Address(dst).packed + payload


def option(next_header: int, words: int = 0) -> bytes:
    """A hop-by-hop, routing or destination header of 8 * (words + 1) bytes."""
    return struct.pack(">BB", next_header, words) + bytes(6 + 8 * words)


def ah(next_header: int, words: int = 4) -> bytes:
    return struct.pack(">BB", next_header, words) + bytes(4 * (words + 2) - 2)


def fragment6(next_header: int, offset: int = 0, more: bool = False) -> bytes:
    """``offset`` in units of 8 bytes."""
    return struct.pack(">BBHI", next_header, 0, offset << 3 | more, 7)


def tcp(sport: int = 1000, dport: int = 80, flags: int = 0x02, *, doff: int = 5, payload: bytes = b"") -> bytes:
    return struct.pack(">HHIIBBHHH", sport, dport, 1, 1, doff << 4, flags, 1000, 0, 0) + payload


def udp(sport: int = 1000, dport: int = 53, *, length: int | None = None, payload: bytes = b"") -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(payload) if length is None else length, 0) + payload


def sctp(sport: int = 1000, dport: int = 80) -> bytes:
    return struct.pack(">HHII", sport, dport, 0, 0)


def icmp(icmp_type: int, size: int = 8) -> bytes:
    return bytes([icmp_type]) + bytes(size - 1)
