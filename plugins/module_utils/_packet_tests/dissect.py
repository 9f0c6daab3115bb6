# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Packets as lines of text, one for each header and then the bytes, so that people see how two of them differ. Pure."""

from __future__ import annotations

import ipaddress
import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import wire

_TAGS = (wire.ETH_P_8021Q, wire.ETH_P_8021AD)
_ICMP = {4: 1, 6: 58}

#: Lines of bytes in a difference, beyond which it only says that there are more.
_MOST_LINES = 40


def difference(before: bytes, after: bytes, labels: tuple[str, str]) -> str:
    """A unified diff of two packets, without a line end at its end; empty where they are equal."""
    if before == after:
        return ""
    # Imported here, because only a packet that differs needs it.
    from difflib import unified_diff

    lines = list(unified_diff(dissect(before), dissect(after), *labels, lineterm="", n=1))
    more = len(lines) - _MOST_LINES
    return "\n".join([*lines[:_MOST_LINES], *([f"... {more} more lines"] if more > 0 else [])])


def dissect(data: bytes) -> list[str]:
    """The headers as far as they are known, the length, and a dump of all bytes."""
    lines: list[str] = []
    kind, offset = 0, 14
    if len(data) >= 14:
        kind = struct.unpack_from("!H", data, 12)[0]
        lines.append(f"eth dst {_mac(data[:6])} src {_mac(data[6:12])} type {kind:#06x}")
        while kind in _TAGS and len(data) >= offset + 4:
            word, after = struct.unpack_from("!HH", data, offset)
            protocol = " 802.1ad" if kind == wire.ETH_P_8021AD else ""
            lines.append(
                f"vlan id {word & 0xFFF} priority {word >> 13} dei {word >> 12 & 1}{protocol} type {after:#06x}"
            )
            kind, offset = after, offset + 4
        rest = data[offset:]
        if kind == wire.ETH_P_IP and len(rest) >= 20:
            lines += _ipv4_lines(rest)
        elif kind == wire.ETH_P_IPV6 and len(rest) >= 40:
            lines += _ipv6_lines(rest)
        elif kind == wire.ETH_P_ARP and len(rest) >= 28:
            lines.append(_arp_line(rest))
    lines.append(f"{len(data)} bytes")
    lines += [_dumped(begin, data[begin : begin + 16]) for begin in range(0, len(data), 16)]
    return lines


def _mac(data: bytes) -> str:
    return ":".join(f"{byte:02x}" for byte in data)


def _address(data: bytes) -> str:
    return str(ipaddress.ip_address(data))


def _dumped(begin: int, data: bytes) -> str:
    digits = " ".join(f"{byte:02x}" for byte in data)
    letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
    return f"{begin:04x}  {digits:<47}  {letters}"


def _arp_line(data: bytes) -> str:
    operation = struct.unpack_from("!H", data, 6)[0]
    named = {1: "request", 2: "reply"}.get(operation, str(operation))
    return f"arp {named} sender {_mac(data[8:14])} {_address(data[14:18])} target {_mac(data[18:24])} {_address(data[24:28])}"


def _ipv4_lines(data: bytes) -> list[str]:
    words, tos, length, number, fragment, ttl, protocol, sum_ = struct.unpack_from("!BBHHHBBH", data)
    size = (words & 0xF) * 4
    flags = [name for name, bit in (("df", 0x4000), ("mf", 0x2000)) if fragment & bit]
    line = (
        f"ip src {_address(data[12:16])} dst {_address(data[16:20])} ttl {ttl} tos {tos:#04x} id {number} "
        f"flags [{', '.join(flags)}] fragment_offset {(fragment & 0x1FFF) * 8} protocol {protocol} length {length}"
    )
    right = wire.checksum(data[:10] + b"\0\0" + data[12:size]) == sum_ if 20 <= size <= len(data) else True
    line += "" if right else " (wrong checksum)"
    follows = [] if fragment & 0x1FFF or size < 20 else _above(protocol, 4, data[size:length], data[12:16], data[16:20])
    return [line, *follows]


def _ipv6_lines(data: bytes) -> list[str]:
    first, length, protocol, limit = struct.unpack_from("!IHBB", data)
    line = (
        f"ip6 src {_address(data[8:24])} dst {_address(data[24:40])} hop_limit {limit} traffic_class "
        f"{first >> 20 & 0xFF:#04x} flow_label {first & 0xFFFFF:#x} next_header {protocol} length {length}"
    )
    return [line, *_above(protocol, 6, data[40 : 40 + length], data[8:24], data[24:40])]


def _above(protocol: int, version: int, data: bytes, source: bytes, destination: bytes) -> list[str]:
    """The header of TCP, UDP, ICMP or ICMPv6."""
    covered = wire.pseudo_header(source, destination, protocol, len(data))
    if protocol == wire.TCP and len(data) >= 20:
        from_, to, sequence, acknowledged, bits, window, _sum, urgent = struct.unpack_from("!HHIIHHHH", data)
        flags = "".join(letter for place, letter in enumerate(wire.TCP_FLAGS) if bits >> place & 1)
        line = (
            f"tcp sport {from_} dport {to} flags {flags or '-'} seq {sequence} ack {acknowledged} window {window} "
            f"urgent {urgent}"
        )
    elif protocol == wire.UDP and len(data) >= 8:
        from_, to, length, sum_ = struct.unpack_from("!HHHH", data)
        line = f"udp sport {from_} dport {to} length {length}"
        if not sum_:
            return [f"{line} (no checksum)"]
    elif protocol == _ICMP[version] and len(data) >= 8:
        kind, code, _sum, rest = struct.unpack_from("!BBHI", data)
        line = f"icmp type {kind} code {code} rest {rest:#010x}"
        covered = covered if version == 6 else b""
    else:
        return []
    # The sum over all of it, its checksum included, is what a complement makes zero.
    return [line + ("" if wire.checksum(covered + data) == 0 else " (wrong checksum)")]
