# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""One frame of a file that tcpdump or Wireshark has written, in the classic format or as pcapng. Pure.

Formats: pcap-savefile(5) of libpcap; the IETF's draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

import struct
import typing as t
from collections.abc import Iterator

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: LINKTYPE_ETHERNET of tcpdump.org's list; others have no Ethernet header.
_ETHERNET = 1

#: The classic format's first word: microseconds and nanoseconds.
_MAGIC = (0xA1B2C3D4, 0xA1B23C4D)

# Block types of pcapng.
_SECTION = 0x0A0D0D0A
_INTERFACE = 1
_SIMPLE = 3
_ENHANCED = 6
_BYTE_ORDER = 0x1A2B3C4D


class _Frame(t.NamedTuple):
    data: bytes
    #: Bytes on the wire.
    length: int
    link_type: int


def frame(data: bytes, number: int, called: str) -> bytes:
    """The frame of this number, the first being 1, as Wireshark counts; ``called`` names the file in errors."""
    count = 0
    for count, found in enumerate(_frames(data, called), 1):
        if count == number:
            if found.link_type != _ETHERNET:
                raise XdpError(
                    f"{called}: frame {number} is not an Ethernet frame (link type {found.link_type}). XDP programs "
                    f"read Ethernet frames; tcpdump writes others with -i any"
                )
            if found.length > len(found.data):
                raise XdpError(
                    f"{called}: frame {number} is cut to {len(found.data)} of {found.length} bytes. Capture with -s 0"
                )
            return found.data
    raise XdpError(f"{called}: there is no frame {number}. It has {count}")


def _frames(data: bytes, called: str) -> Iterator[_Frame]:
    first = data[:4]
    for order in "<", ">":
        if first == struct.pack(f"{order}I", _SECTION):
            return _blocks(data, called)
        if first in [struct.pack(f"{order}I", magic) for magic in _MAGIC]:
            return _records(data, order, called)
    raise XdpError(f"{called} is not a capture in the format pcap or pcapng")


def _cut(called: str, count: int) -> XdpError:
    return XdpError(f"{called} is damaged or cut after frame {count}")


def _records(data: bytes, order: str, called: str) -> Iterator[_Frame]:
    if len(data) < 24:
        raise _cut(called, 0)
    # The upper bits say whether a frame check sequence follows.
    link_type = struct.unpack_from(f"{order}I", data, 20)[0] & 0xFFFF
    offset, count = 24, 0
    while offset < len(data):
        if offset + 16 > len(data):
            raise _cut(called, count)
        captured, length = struct.unpack_from(f"{order}8xII", data, offset)
        offset += 16
        if captured > len(data) - offset:
            raise _cut(called, count)
        yield _Frame(data[offset : offset + captured], length, link_type)
        count += 1
        offset += captured


def _blocks(data: bytes, called: str) -> Iterator[_Frame]:
    order = "<"
    interfaces: list[tuple[int, int]] = []
    offset, count = 0, 0
    while offset < len(data):
        if offset + 12 > len(data):
            raise _cut(called, count)
        if data[offset : offset + 4] == struct.pack("<I", _SECTION):
            order = "<" if data[offset + 8 : offset + 12] == struct.pack("<I", _BYTE_ORDER) else ">"
            interfaces = []
        kind, size = struct.unpack_from(f"{order}II", data, offset)
        if size < 12 or size % 4 or size > len(data) - offset:
            raise _cut(called, count)
        body = data[offset + 8 : offset + size - 4]
        offset += size
        if kind == _INTERFACE and len(body) >= 8:
            interfaces.append(struct.unpack_from(f"{order}HxxI", body))
        elif kind in (_ENHANCED, _SIMPLE):
            yield _block_frame(kind, body, order, interfaces, called, count)
            count += 1


def _block_frame(
    kind: int, body: bytes, order: str, interfaces: list[tuple[int, int]], called: str, count: int
) -> _Frame:
    head = 20 if kind == _ENHANCED else 4
    if len(body) < head:
        raise _cut(called, count)
    if kind == _ENHANCED:
        interface, captured, length = struct.unpack_from(f"{order}I8xII", body)
    else:
        interface, length = 0, struct.unpack_from(f"{order}I", body)[0]
        # Without a length of its own: the frame, or as much of it as the interface's limit allows (0: no limit).
        limit = interfaces[0][1] if interfaces else 0
        captured = min(length, limit or length)
    if interface >= len(interfaces) or captured > len(body) - head:
        raise _cut(called, count)
    return _Frame(body[head : head + captured], length, interfaces[interface][0])
