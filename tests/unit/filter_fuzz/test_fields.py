# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The model's own parse, held to frames made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.tests.unit.filter_fuzz.target import fields

_MACS = bytes.fromhex("020000000001020000000002")
_SYN = bytes.fromhex("0400005000000000000000005002ffff00000000")
_DATAGRAM = bytes.fromhex("00350400000c0000") + b"data"


def _parsed(frame: bytes) -> dict[str, Any]:
    found = fields.parse(frame)
    return {name: getattr(found, name) for name in found.__slots__}


def _ipv4(body: bytes, protocol: int, word: int = 0, options: bytes = b"", total: int | None = None) -> bytes:
    header = 20 + len(options)
    length = header + len(body) if total is None else total
    return (
        _MACS
        + bytes.fromhex("0800")
        + bytes((0x40 | header // 4, 0))
        + length.to_bytes(2, "big")
        + b"\0\0"
        + word.to_bytes(2, "big")
        + bytes((64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2))
        + options
        + body
    )


def _ipv6(body: bytes, protocol: int, length: int | None = None) -> bytes:
    payload = len(body) if length is None else length
    return (
        _MACS
        + bytes.fromhex("86dd60000000")
        + payload.to_bytes(2, "big")
        + bytes((protocol, 255))
        + bytes.fromhex("20010db8000000000000000000000001" * 2)
        + body
    )


def _tagged(frame: bytes, *tags: str) -> bytes:
    return frame[:12] + bytes.fromhex("".join(tags)) + frame[12:]


def _options(following: int, units: int = 0) -> bytes:
    return bytes((following, units)) + bytes(6 + 8 * units)


def _fragment(following: int, offset: int, more: bool) -> bytes:
    return bytes((following, 0)) + (offset << 3 | more).to_bytes(2, "big") + bytes(4)


def test_tcp() -> None:
    found = _parsed(_ipv4(_SYN, 6))
    assert found == {
        "length": 54,
        "malformed": False,
        "source_mac": bytes.fromhex("020000000002"),
        "vlan": fields.UNTAGGED,
        "ethertype": 0x0800,
        "family": 4,
        "source": 0xC0000201,
        "destination": 0xC0000202,
        "protocol": 6,
        "fragment": False,
        "later": False,
        "hop_limit": None,
        "source_port": 1024,
        "destination_port": 80,
        "icmp_type": None,
        "tcp_flags": 2,
    }


@pytest.mark.parametrize(
    ("tags", "vlan", "ethertype", "malformed"),
    [
        (["81000007"], 7, 0x0800, False),
        (["88a8e064", "81000007"], 100, 0x0800, False),
        (["81000007"] * 3, 7, 0x8100, False),
        (["8100"], 0x800, 0x4500, False),
    ],
)
def test_tags(tags: list[str], vlan: int, ethertype: int, malformed: bool) -> None:
    found = _parsed(_tagged(_ipv4(_SYN, 6), *tags))
    assert (found["vlan"], found["ethertype"], found["malformed"]) == (vlan, ethertype, malformed)


@pytest.mark.parametrize(("size", "vlan"), [(14, None), (17, None), (18, 7), (21, 7)])
def test_tags_that_are_cut_off(size: int, vlan: int | None) -> None:
    found = _parsed(_tagged(_ipv4(_SYN, 6), "81000007", "81000008")[:size])
    assert (found["vlan"], found["ethertype"], found["malformed"], found["family"]) == (vlan, None, True, None)


@pytest.mark.parametrize(
    "frame",
    [
        _ipv4(_SYN, 6)[:40],
        _ipv4(_SYN, 6, 0x8000),
        _ipv4(_SYN, 6, 0x6000),
        _ipv4(_SYN, 6, 0x4001),
        _ipv4(_SYN + b"12345", 6, 0x2000),
        _ipv4(b"", 6, 0x2001),
        _ipv4(bytes(64), 6, 0x1FFF),
        _ipv4(_SYN, 6, total=41),
        _ipv4(_SYN[:12] + b"\x40" + _SYN[13:], 6),
        _ipv4(_SYN[:12] + b"\x60" + _SYN[13:], 6),
        _ipv4(_SYN[:13] + b"\x03" + _SYN[14:], 6),
        _ipv4(_SYN[:19], 6),
        _ipv4(_SYN[:16], 6, 0x2000),
        _ipv4(_DATAGRAM[:4] + b"\0\x0d" + _DATAGRAM[6:], 17),
        _ipv4(_DATAGRAM[:4] + b"\0\0" + _DATAGRAM[6:], 17),
        _ipv4(_DATAGRAM[:4] + b"\0\x07" + _DATAGRAM[6:], 17),
        _ipv4(_DATAGRAM[:7], 17),
        _ipv4(bytes(11), 132),
        _ipv4(bytes(7), 1),
        _ipv6(bytes(3), 58),
        _ipv6(_SYN, 6, 21),
        _ipv6(_options(6) * 3, 0),
        _ipv6(_options(6)[:7], 0),
        _ipv6(_fragment(6, 0, True) + _SYN + b"x", 44),
        _ipv6(_fragment(6, 0, True), 44),
        _ipv6(_fragment(6, 8191, False) + bytes(16), 44),
        _ipv6(_fragment(44, 0, False) + _fragment(6, 0, False) + _SYN, 44),
    ],
)
def test_malformed(frame: bytes) -> None:
    assert _parsed(frame)["malformed"]


@pytest.mark.parametrize(
    "frame",
    [
        _ipv4(_SYN, 6) + bytes(6),
        _ipv4(_SYN[:12] + b"\xf0" + _SYN[13:] + bytes(40), 6),
        _ipv4(_SYN[:13] + b"\xd8" + _SYN[14:], 6),
        _ipv4(_DATAGRAM[:4] + b"\1\0" + _DATAGRAM[6:] + bytes(4), 17, 0x2000),
        _ipv4(bytes(5), 6, 1),
        _ipv4(bytes(5), 58),
        _ipv6(bytes(3), 1),
        _ipv6(b"", 59),
        _ipv6(_fragment(6, 1, False) + b"123", 44),
        _ipv6(_options(17) + _DATAGRAM[:4] + b"\0\0" + _DATAGRAM[6:], 0, 0),
    ],
)
def test_not_malformed(frame: bytes) -> None:
    assert not _parsed(frame)["malformed"]


def test_ipv4_whose_header_is_cut_off() -> None:
    found = _parsed(_ipv4(b"", 6, options=bytes(8))[:40])
    assert found["malformed"] and found["source"] and found["protocol"] == 6 and found["source_port"] is None


def test_fields_of_a_malformed_packet_stay() -> None:
    found = _parsed(_ipv4(_SYN, 6, 0x8000))
    assert found["malformed"] and found["destination_port"] == 80


@pytest.mark.parametrize("word", [1, 0x2001])
def test_later_fragments_have_no_port(word: int) -> None:
    found = _parsed(_ipv4(_SYN + bytes(4), 6, word))
    assert (found["fragment"], found["later"], found["source_port"]) == (True, True, None)


def test_first_fragments_have_ports() -> None:
    found = _parsed(_ipv4(_SYN + bytes(4), 6, 0x2000))
    assert (found["fragment"], found["later"], found["source_port"]) == (True, False, 1024)


def test_extension_headers() -> None:
    body = _options(43, 2) + _options(60) + _options(51) + bytes((44, 1)) + bytes(10) + _fragment(6, 0, False) + _SYN
    found = _parsed(_ipv6(body, 0))
    assert (found["protocol"], found["destination_port"]) == (6, 80)
    assert (found["fragment"], found["malformed"]) == (False, False)


@pytest.mark.parametrize(("count", "protocol", "malformed"), [(8, 6, False), (9, 60, True)])
def test_as_many_extension_headers_as_are_walked(count: int, protocol: int, malformed: bool) -> None:
    body = _options(60) * (count - 1) + _options(6) + _SYN
    found = _parsed(_ipv6(body, 60))
    assert (found["protocol"], found["malformed"]) == (protocol, malformed)
    assert (found["source_port"] is None) == malformed


def test_later_fragments_of_ipv6() -> None:
    found = _parsed(_ipv6(_fragment(60, 1, False) + _options(6) + _SYN, 44))
    assert (found["protocol"], found["later"], found["source_port"]) == (60, True, None)


def test_icmp() -> None:
    assert _parsed(_ipv4(b"\x08" + bytes(7), 1))["icmp_type"] == (4, 8)
    assert _parsed(_ipv6(b"\x87" + bytes(3), 58))["icmp_type"] == (6, 0x87)
    assert _parsed(_ipv6(b"\x08" + bytes(7), 1))["icmp_type"] is None
