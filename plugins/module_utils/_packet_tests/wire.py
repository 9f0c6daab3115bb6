# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Headers of packets as bytes, from numbers and addresses that were checked before. Pure.

Layouts: IEEE 802.3 and 802.1Q, RFC 791 (IPv4), 8200 (IPv6), 9293 (TCP), 768 (UDP), 1071 (checksums).
"""

from __future__ import annotations

import struct

ETH_P_IP = 0x0800
ETH_P_ARP = 0x0806
ETH_P_8021Q = 0x8100
ETH_P_8021AD = 0x88A8
ETH_P_IPV6 = 0x86DD

TCP = 6
UDP = 17

#: The flags of TCP from the lowest bit up, by the letters that tcpdump and scapy use.
TCP_FLAGS = "FSRPAUECN"
SYN = 1 << TCP_FLAGS.index("S")


def checksum(data: bytes) -> int:
    """The Internet checksum: the complement of the sum of all 16-bit words in one's complement."""
    padded = data + b"\0" if len(data) % 2 else data
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(source: bytes, destination: bytes, protocol: int, length: int) -> bytes:
    """What the checksums of TCP, UDP and ICMPv6 cover besides their own bytes; addresses have 4 or 16 bytes."""
    if len(source) == 4:
        return source + destination + struct.pack("!BBH", 0, protocol, length)
    return source + destination + struct.pack("!II", length, protocol)


def ethernet(destination: bytes, source: bytes, kind: int) -> bytes:
    """An Ethernet header of 14 bytes. The addresses have 6 bytes each; ``kind`` is the EtherType."""
    return destination + source + struct.pack("!H", kind)


def ipv4(
    source: bytes,
    destination: bytes,
    protocol: int,
    length: int,
    ttl: int = 64,
    tos: int = 0,
    number: int = 0,
    flags_and_offset: int = 0,
    options: bytes = b"",
    header_sum: int | None = None,
) -> bytes:
    """``length`` is that of the whole packet, and ``options`` are whole words."""
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 0x40 | words, tos, length, number, flags_and_offset, ttl, protocol, header_sum or 0)
    header = head + source + destination + options
    if header_sum is None:
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return header


def ipv6(
    source: bytes, destination: bytes, protocol: int, length: int, hop_limit: int = 64, traffic: int = 0, flow: int = 0
) -> bytes:
    """``length`` is that of what follows; ``traffic`` the traffic class, ``flow`` the flow label."""
    return struct.pack("!IHBB", 6 << 28 | traffic << 20 | flow, length, protocol, hop_limit) + source + destination


def tcp(
    source: int,
    destination: int,
    flags: int,
    sequence: int = 0,
    acknowledged: int = 0,
    window: int = 8192,
    urgent: int = 0,
    options: bytes = b"",
) -> bytes:
    """Without its checksum; ``options`` are whole words."""
    words = 5 + len(options) // 4
    return (
        struct.pack("!HHIIHHHH", source, destination, sequence, acknowledged, words << 12 | flags, window, 0, urgent)
        + options
    )


def with_checksum(segment: bytes, offset: int, pseudo: bytes) -> bytes:
    """The segment with its checksum at ``offset``, where it has zeros."""
    return segment[:offset] + struct.pack("!H", checksum(pseudo + segment)) + segment[offset + 2 :]


def syn(source: bytes, source_port: int, destination: bytes, destination_port: int) -> bytes:
    """The packet that opens a TCP connection, from its IP header on, as a Linux client sends it."""
    # Maximum segment size 1460, selective acknowledgements, window scale 7 (RFC 9293, 2018, 7323).
    options = bytes.fromhex("020405b4 0402 01 030307 0000".replace(" ", ""))
    segment = tcp(source_port, destination_port, SYN, sequence=1, window=64240, options=options)
    segment = with_checksum(segment, 16, pseudo_header(source, destination, TCP, len(segment)))
    if len(source) == 4:
        # Linux sets "do not fragment" (path MTU discovery).
        return ipv4(source, destination, TCP, 20 + len(segment), flags_and_offset=0x4000) + segment
    return ipv6(source, destination, TCP, len(segment)) + segment
