# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A packet as a few choices, made into the headers of a packet test and into the fields that a rule looks at."""

from __future__ import annotations

import struct
import typing as t

from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import words
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.addresses import address_text
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.fields import Fields

#: Parts of a packet: the whole, the first of several, and another one of them.
WHOLE, FIRST, LATER = "whole", "first", "later"

_DESTINATION_MAC = "02:00:00:00:00:02"
#: Bytes from the beginning of the packet at which a later fragment begins.
_OFFSET = 1480
#: Bytes after a header, so that fragments have a multiple of eight.
_REST = {words.TCP: 4, words.SCTP: 4}
_SIZES = {words.TCP: 20, words.UDP: 8, words.SCTP: 12}
#: Bytes of what has no header that is known.
_UNKNOWN = 16
_FRAME = 46
#: By how many bytes malformed packets are shorter than their header says.
_MISSING = 100

_ICMP_OF = {4: words.ICMP, 6: words.ICMPV6}
_FRAGMENT_HEADER = 44
_LETTERS = "FSRPAUEC"


class Choice(t.NamedTuple):
    """What is chosen for each field; those that the packet does not have are not looked at."""

    #: 4 or 6; 0 for other frames.
    family: int = 4
    ethertype: int = words.IPV4
    source_mac: bytes = b"\x02\0\0\0\0\x01"
    vlan: int = words.UNTAGGED
    source: int = 0
    destination: int = 0
    protocol: int = words.TCP
    source_port: int = 49152
    destination_port: int = 40000
    #: Without ``ICMPV6_TYPES_FROM``.
    icmp_type: int = 8
    tcp_flags: int = words.TCP_FLAGS["syn"]
    part: str = WHOLE
    malformed: bool = False


def fields_of(choice: Choice) -> Fields:
    """What a rule sees of the packet."""
    frame = Fields(source_mac=choice.source_mac, vlan=choice.vlan, ethertype=choice.ethertype)
    if not choice.family:
        return frame
    found = frame._replace(
        family=choice.family,
        source=choice.source,
        destination=choice.destination,
        protocol=choice.protocol,
        fragment=choice.part != WHOLE,
        later=choice.part == LATER,
        malformed=choice.malformed,
    )
    if choice.part == LATER:
        return found
    if choice.protocol in words.WITH_PORTS:
        found = found._replace(source_port=choice.source_port, destination_port=choice.destination_port)
    if choice.protocol == words.TCP:
        bad = choice.malformed or not words.sound_flags(choice.tcp_flags)
        found = found._replace(tcp_flags=choice.tcp_flags, malformed=bad)
    if choice.protocol == _ICMP_OF[choice.family]:
        base = words.ICMPV6_TYPES_FROM if choice.family == 6 else 0
        found = found._replace(icmp_type=base + choice.icmp_type)
    return found


def packet_of(choice: Choice) -> dict[str, t.Any]:
    """The same packet as the option ``packet`` of a test has it."""
    found: dict[str, t.Any] = {"eth": {"src": choice.source_mac.hex(":"), "dst": _DESTINATION_MAC}}
    if choice.vlan != words.UNTAGGED:
        found["vlan"] = {"id": choice.vlan}
    if choice.family:
        return {**found, **_ip(choice)}
    if choice.ethertype == words.ARP:
        return {**found, "arp": {}}
    found["eth"]["type"] = choice.ethertype
    return {**found, "payload": {"size": _FRAME}}


def _ip(choice: Choice) -> dict[str, t.Any]:
    name = "ip" if choice.family == 4 else "ip6"
    header: dict[str, t.Any] = {
        "src": address_text(choice.family, choice.source),
        "dst": address_text(choice.family, choice.destination),
    }
    above, size = _above(choice)
    if choice.family == 4:
        if choice.part == FIRST:
            header["flags"] = ["mf"]
        elif choice.part == LATER:
            header["fragment_offset"] = _OFFSET
        header["protocol"] = choice.protocol
        size += 20
    elif choice.part == WHOLE:
        header["next_header"] = choice.protocol
    else:
        header["next_header"] = _FRAGMENT_HEADER
        offset = _OFFSET if choice.part == LATER else 1
        above["payload"] = {"hex": struct.pack("!BBHI", choice.protocol, 0, offset, 1).hex() + above["payload"]["hex"]}
        size += 8
    if choice.malformed:
        header["length"] = size + _MISSING
    return {name: header, **above}


def _above(choice: Choice) -> tuple[dict[str, t.Any], int]:
    """What follows the IP header, and its size: headers by name where a packet of IPv4, or a whole one, has them."""
    protocol = choice.protocol
    if choice.part == LATER:
        return {"payload": {"hex": bytes(_UNKNOWN).hex()}}, _UNKNOWN
    ports = struct.pack("!HH", choice.source_port, choice.destination_port)
    rest = bytes(_REST.get(protocol, 0))
    icmp = protocol == _ICMP_OF[choice.family]
    size = 8 if icmp else _SIZES.get(protocol, _UNKNOWN)
    if choice.part == FIRST and choice.family == 6:
        # A fragment header comes before it, for which packet tests have no name.
        header = {
            words.TCP: ports + struct.pack("!IIBBHI", 0, 0, 5 << 4, choice.tcp_flags, 8192, 0),
            words.UDP: ports + struct.pack("!HH", 8, 0),
            words.SCTP: ports + bytes(8),
        }.get(protocol, bytes((choice.icmp_type, *bytes(7))) if icmp else bytes(_UNKNOWN))
        return {"payload": {"hex": (header + rest).hex()}}, len(header + rest)
    numbers = {"sport": choice.source_port, "dport": choice.destination_port}
    named: dict[str, t.Any]
    if protocol == words.TCP:
        named = {"tcp": {**numbers, "flags": _letters(choice.tcp_flags)}, "payload": {"size": len(rest)}}
    elif protocol == words.UDP:
        named = {"udp": numbers}
    elif icmp:
        named = {"icmp": {"type": choice.icmp_type}}
    else:
        header = ports + bytes(8) if protocol == words.SCTP else bytes(_UNKNOWN)
        return {"payload": {"hex": (header + rest).hex()}}, len(header + rest)
    return named, size + len(rest)


def _letters(flags: int) -> str:
    return "".join(letter for place, letter in enumerate(_LETTERS) if flags >> place & 1)
