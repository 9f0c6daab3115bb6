# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._pcap import frame

_FIRST = bytes.fromhex("ff" * 12 + "88b5") + b"aaa"
_SECOND = bytes.fromhex("ff" * 12 + "88b5") + b"b" * 8

#: Both frames, as scapy 2.8.0 writes them: wrpcap(..., endianness=">") and wrpcapng.
_CLASSIC = bytes.fromhex(
    "a1b2c3d40002000400000000000000000000ffff000000016b0b3c21000ae1100000001100000011"
    "ffffffffffffffffffffffff88b56161616b0b3c21000ae1470000001600000016ffffffffffffffffffffffff88b56262626262626262"
)
_NG = bytes.fromhex(
    "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c00000001000000140000000100000000000400140000000600000034000000"
    "000000005c6106002b69492e1100000011000000ffffffffffffffffffffffff88b561616100000034000000"
    "0600000038000000000000005c6106008c69492e1600000016000000ffffffffffffffffffffffff88b56262626262626262000038000000"
)


def _other_order(classic: bytes) -> bytes:
    """Little-endian, with nanoseconds."""
    head = struct.pack("<IHHiIII", 0xA1B23C4D, *struct.unpack(">HHiIII", classic[4:24]))
    return head + b"".join(struct.pack("<IIII", 0, 0, len(each), len(each)) + each for each in (_FIRST, _SECOND))


def _big(*blocks: tuple[int, bytes]) -> bytes:
    """A section of pcapng in network byte order."""
    section = 0x0A0D0D0A, struct.pack(">IHHq", 0x1A2B3C4D, 1, 0, -1)
    found = b""
    for kind, body in (section, *blocks):
        padded = body + bytes(-len(body) % 4)
        found += struct.pack(">II", kind, 12 + len(padded)) + padded + struct.pack(">I", 12 + len(padded))
    return found


_INTERFACE = 1, struct.pack(">HHI", 1, 0, 0)


@pytest.mark.parametrize("data", [_CLASSIC, _NG, _other_order(_CLASSIC)])
def test_frames_by_their_numbers(data: bytes) -> None:
    assert frame(data, 1, "f") == _FIRST
    assert frame(data, 2, "f") == _SECOND
    with pytest.raises(XdpError, match=r"^f: there is no frame 3. It has 2$"):
        frame(data, 3, "f")


def test_other_blocks_of_pcapng() -> None:
    simple = 3, struct.pack(">I", len(_FIRST)) + _FIRST
    named = 4, b"\0\0\0\0"
    data = _big(_INTERFACE, named, simple) + _NG
    assert [frame(data, number, "f") for number in (1, 2, 3)] == [_FIRST, _FIRST, _SECOND]


def test_a_simple_block_is_cut_by_the_interface() -> None:
    data = _big((1, struct.pack(">HHI", 1, 0, 16)), (3, struct.pack(">I", 99) + _FIRST[:16]))
    with pytest.raises(XdpError, match="frame 1 is cut to 16 of 99 bytes"):
        frame(data, 1, "f")


def test_what_is_no_ethernet_frame() -> None:
    data = _CLASSIC[:20] + struct.pack(">I", 276) + _CLASSIC[24:]
    with pytest.raises(XdpError, match=r"frame 1 is not an Ethernet frame \(link type 276\)"):
        frame(data, 1, "f")


def test_a_frame_that_was_cut() -> None:
    data = _CLASSIC[:36] + struct.pack(">I", 1500) + _CLASSIC[40:]
    with pytest.raises(XdpError, match="frame 1 is cut to 17 of 1500 bytes"):
        frame(data, 1, "f")


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"\0" * 40, b"key,value\n"])
def test_what_is_no_capture(data: bytes) -> None:
    with pytest.raises(XdpError, match="f is not a capture"):
        frame(data, 1, "f")


@pytest.mark.parametrize("whole", [_CLASSIC, _NG], ids=["pcap", "pcapng"])
def test_cut_anywhere_it_is_an_error_or_has_fewer_frames(whole: bytes) -> None:
    for length in range(len(whole)):
        with pytest.raises(XdpError, match=r"is not a capture|damaged or cut|there is no frame 2"):
            frame(whole[:length], 2, "f")


@pytest.mark.parametrize("whole", [_CLASSIC, _NG], ids=["pcap", "pcapng"])
def test_damaged_anywhere_it_is_a_frame_or_an_error(whole: bytes) -> None:
    for place in range(len(whole)):
        for value in (0x00, 0x7F, 0xFF):
            try:
                frame(whole[:place] + bytes([value]) + whole[place + 1 :], 2, "f")
            except XdpError:
                pass


@pytest.mark.parametrize("body", [b"", struct.pack(">I", 5), struct.pack(">IIIII", 1, 0, 0, 0, 0)])
def test_blocks_that_are_too_short_or_of_no_interface(body: bytes) -> None:
    with pytest.raises(XdpError, match="damaged or cut after frame 0"):
        frame(_big(_INTERFACE, (6, body)), 1, "f")
    with pytest.raises(XdpError, match="damaged or cut after frame 0"):
        frame(_big((3, body)), 1, "f")
