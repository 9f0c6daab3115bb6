# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a filter reads in a frame: the documented rules in executable form.

Nothing of the collection is imported, and nothing is derived from its program: the
two are compared, and must not share a mistake.
"""

from __future__ import annotations

IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
TAGS = (0x8100, 0x88A8)
#: The ``vlan`` of a frame without a tag.
UNTAGGED = -1

ICMP, IGMP, TCP, UDP, AH, ICMPV6, SCTP, FRAGMENT = 1, 2, 6, 17, 51, 58, 132, 44
#: Extension headers with a length in units of eight bytes, less the first eight.
OPTIONS = (0, 43, 60, 135, 139, 140)
WALKED = frozenset((*OPTIONS, AH, FRAGMENT))
MOST_WALKED = 8

#: How much of a transport header there must be.
NEEDED = {TCP: 20, UDP: 8, SCTP: 12}

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))
#: Without PSH, ECE and CWR: what a sane TCP sends.
SANE_FLAGS = frozenset(
    (SYN, SYN | URG, SYN | ACK, RST, RST | ACK, FIN | ACK, FIN | ACK | URG, ACK, ACK | URG),
)


class Fields:
    """Of one frame. None is a field that is not there or cannot be read, which no condition matches."""

    __slots__ = (
        "destination",
        "destination_port",
        "ethertype",
        "family",
        "fragment",
        "hop_limit",
        "icmp_type",
        "later",
        "length",
        "malformed",
        "protocol",
        "source",
        "source_mac",
        "source_port",
        "tcp_flags",
        "vlan",
    )

    def __init__(self, frame: bytes) -> None:
        self.length = len(frame)
        self.malformed = False
        self.source_mac = frame[6:12]
        #: The id of the outermost tag, or ``UNTAGGED``.
        self.vlan: int | None = UNTAGGED
        #: The one after the tags.
        self.ethertype: int | None = None
        #: 4 or 6, once the addresses are readable; so are protocol and fragment then.
        self.family: int | None = None
        self.source: int | None = None
        self.destination: int | None = None
        self.protocol: int | None = None
        self.fragment: bool | None = None
        #: Whether it is a fragment other than the first.
        self.later = False
        self.hop_limit: int | None = None
        self.source_port: int | None = None
        self.destination_port: int | None = None
        #: Family and type.
        self.icmp_type: tuple[int, int] | None = None
        self.tcp_flags: int | None = None


def parse(frame: bytes) -> Fields:
    fields = Fields(frame)
    ethertype, start = frame[12] << 8 | frame[13], 14
    for number in range(2):
        if ethertype not in TAGS:
            break
        if len(frame) < start + 4:
            fields.malformed = True
            if number == 0:
                fields.vlan = None
            return fields
        if number == 0:
            fields.vlan = (frame[start] & 0x0F) << 8 | frame[start + 1]
        ethertype = frame[start + 2] << 8 | frame[start + 3]
        start += 4
    fields.ethertype = ethertype
    if ethertype == IPV4:
        _ipv4(frame, start, fields)
    elif ethertype == IPV6:
        _ipv6(frame, start, fields)
    return fields


def _ipv4(frame: bytes, start: int, fields: Fields) -> None:
    present = len(frame) - start
    if present < 20 or frame[start] >> 4 != 4:
        fields.malformed = True
        return
    header = (frame[start] & 0x0F) * 4
    total = frame[start + 2] << 8 | frame[start + 3]
    word = frame[start + 6] << 8 | frame[start + 7]
    reserved, do_not, more, offset = word & 0x8000, word & 0x4000, word & 0x2000, (word & 0x1FFF) * 8
    fields.family = 4
    fields.source = int.from_bytes(frame[start + 12 : start + 16], "big")
    fields.destination = int.from_bytes(frame[start + 16 : start + 20], "big")
    fields.protocol = frame[start + 9]
    fields.fragment = bool(more or offset)
    fields.later = offset != 0
    if header < 20 or total < header or header > present:
        fields.malformed = True
        return
    payload = total - header
    if (
        total > present
        or reserved
        or (do_not and (more or offset))
        or header + offset + payload > 65535
        or (more and (payload == 0 or payload % 8))
    ):
        fields.malformed = True
    if not fields.later:
        _transport(frame, start + header, start + min(present, total), fields)


def _ipv6(frame: bytes, start: int, fields: Fields) -> None:
    present = len(frame) - start - 40
    if present < 0 or frame[start] >> 4 != 6:
        fields.malformed = True
        return
    payload = frame[start + 4] << 8 | frame[start + 5]
    fields.family = 6
    fields.source = int.from_bytes(frame[start + 8 : start + 24], "big")
    fields.destination = int.from_bytes(frame[start + 24 : start + 40], "big")
    fields.hop_limit = frame[start + 7]
    fields.fragment = False
    fields.protocol = frame[start + 6]
    jumbogram = payload == 0 and fields.protocol == 0
    if payload > present:
        fields.malformed = True
    end = start + 40 + (present if jumbogram else min(payload, present))
    place = _walk(frame, start + 40, end, fields)
    if place is not None:
        _transport(frame, place, end, fields, jumbogram)


def _walk(frame: bytes, place: int, end: int, fields: Fields) -> int | None:
    """Pass the extension headers; where the transport header begins, if one is to be read."""
    walked = 0
    had_fragment_header = False
    while fields.protocol in WALKED:
        kind = fields.protocol
        if walked == MOST_WALKED or place + 8 > end or (kind == FRAGMENT and had_fragment_header):
            fields.malformed = True
            return None
        length = 8
        if kind in OPTIONS:
            length = 8 + frame[place + 1] * 8
        elif kind == AH:
            length = (frame[place + 1] + 2) * 4
        if place + length > end:
            fields.malformed = True
            return None
        fields.protocol = frame[place]
        if kind == FRAGMENT:
            had_fragment_header = True
            offset, more = frame[place + 2] << 8 | (frame[place + 3] & 0xF8), frame[place + 3] & 1
            rest = end - place - 8
            fields.fragment = bool(offset or more)
            if offset + rest > 65535 or (more and (rest == 0 or rest % 8)):
                fields.malformed = True
            if offset:
                fields.later = True
                return None
        place += length
        walked += 1
    return place


def _transport(frame: bytes, start: int, end: int, fields: Fields, jumbogram: bool = False) -> None:
    protocol, area = fields.protocol, end - start
    if protocol in NEEDED:
        if area < NEEDED[protocol]:
            fields.malformed = True
            return
        fields.source_port = frame[start] << 8 | frame[start + 1]
        fields.destination_port = frame[start + 2] << 8 | frame[start + 3]
        if protocol == TCP:
            header = (frame[start + 12] >> 4) * 4
            fields.tcp_flags = frame[start + 13]
            sane = fields.tcp_flags & ~(PSH | ECE | CWR) in SANE_FLAGS
            if header < 20 or header > area or not sane:
                fields.malformed = True
        elif protocol == UDP:
            length = frame[start + 4] << 8 | frame[start + 5]
            if length == 0 and jumbogram:
                return
            if length < 8 or (length > area and not fields.fragment):
                fields.malformed = True
    elif protocol == ICMP and fields.family == 4:
        _icmp(frame, start, area, 8, fields)
    elif protocol == ICMPV6 and fields.family == 6:
        _icmp(frame, start, area, 4, fields)


def _icmp(frame: bytes, start: int, area: int, needed: int, fields: Fields) -> None:
    if area < needed:
        fields.malformed = True
    else:
        fields.icmp_type = fields.family or 0, frame[start]
