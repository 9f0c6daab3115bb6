# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of a frame, read from its bytes: only what samples have, without extension headers but that of fragments."""

from __future__ import annotations

import struct

from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.fields import Fields

_PORTS = {6: 20, 17: 8, 132: 12}
_SOUND = {0x02, 0x22, 0x12, 0x04, 0x14, 0x11, 0x31, 0x10, 0x30}


def fields_of_frame(frame: bytes) -> Fields:
    (ethertype,) = struct.unpack_from("!H", frame, 12)
    found = Fields(source_mac=frame[6:12], vlan=4096)
    rest = frame[14:]
    tags = 0
    while ethertype in (0x8100, 0x88A8) and tags < 2:
        word, ethertype = struct.unpack_from("!HH", rest)
        if not tags:
            found = found._replace(vlan=word & 0xFFF)
        rest, tags = rest[4:], tags + 1
    found = found._replace(ethertype=ethertype)
    if ethertype == 0x0800:
        return _ipv4(found, rest)
    return _ipv6(found, rest) if ethertype == 0x86DD else found


def _ipv4(found: Fields, data: bytes) -> Fields:
    first, _tos, total, _id, word, ttl, protocol = struct.unpack_from("!BBHHHBB", data)
    size = (first & 15) * 4
    offset, more = (word & 0x1FFF) * 8, bool(word & 0x2000)
    payload = total - size
    malformed = (
        total > len(data)
        or bool(word & 0x8000)
        or (bool(word & 0x4000) and (more or offset > 0))
        or size + offset + payload > 65535
        or (more and (payload == 0 or payload % 8 > 0))
    )
    found = found._replace(
        family=4,
        source=int.from_bytes(data[12:16], "big"),
        destination=int.from_bytes(data[16:20], "big"),
        hop_limit=ttl,
        malformed=malformed,
    )
    return _transport(found, protocol, data[size : min(total, len(data))], more, offset)


def _ipv6(found: Fields, data: bytes) -> Fields:
    length, protocol, limit = struct.unpack_from("!HBB", data, 4)
    found = found._replace(
        family=6,
        source=int.from_bytes(data[8:24], "big"),
        destination=int.from_bytes(data[24:40], "big"),
        hop_limit=limit,
        malformed=length > len(data) - 40,
    )
    area, more, offset = data[40 : 40 + length], False, 0
    if protocol == 44:
        protocol, word = area[0], struct.unpack_from("!H", area, 2)[0]
        more, offset, area = bool(word & 1), word & 0xFFF8, area[8:]
        if (more and (not area or len(area) % 8)) or offset + len(area) > 65535:
            found = found._replace(malformed=True)
    return _transport(found, protocol, area, more, offset)


def _transport(found: Fields, protocol: int, area: bytes, more: bool, offset: int) -> Fields:
    found = found._replace(protocol=protocol, fragment=more or offset > 0, later=offset > 0)
    if found.later:
        return found
    icmp = (protocol, found.family) in ((1, 4), (58, 6))
    if (protocol in _PORTS or icmp) and len(area) < _PORTS.get(protocol, 8 if found.family == 4 else 4):
        return found._replace(malformed=True)
    if protocol in _PORTS:
        source, destination = struct.unpack_from("!HH", area)
        found = found._replace(source_port=source, destination_port=destination)
    if protocol == 6:
        flags = area[13]
        malformed = not 20 <= (area[12] >> 4) * 4 <= len(area) or flags & ~0xC8 not in _SOUND
        found = found._replace(tcp_flags=flags, malformed=found.malformed or malformed)
    if protocol == 17:
        (length,) = struct.unpack_from("!H", area, 4)
        malformed = length < 8 or (not found.fragment and length > len(area))
        found = found._replace(malformed=found.malformed or malformed)
    if icmp:
        found = found._replace(icmp_type=area[0] + (256 if protocol == 58 else 0))
    return found
