# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import wire
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.dissect import difference, dissect
from hypothesis import given
from hypothesis import strategies as st

_ETH = "020000000002020000000001"
_IPV4 = "0800450000{length:02x}000000004011{sum}c0000201c0000202"
_UDP = "c000003500080000"
_V4 = "45000034000040004006e654c6336407c6336401c366001600000001000000008002faf05d340000020405b40402010303070000"
_V6 = (
    "600000000020064020010db800000000000000000000000720010db8000000000000000000000001"
    "c36608ae00000001000000008002faf04d920000020405b40402010303070000"
)


def _lines(digits: str) -> list[str]:
    """The headers alone."""
    lines = dissect(bytes.fromhex(digits))
    return lines[: next(place for place, line in enumerate(lines) if line.endswith(" bytes"))]


def test_headers_of_ipv4() -> None:
    assert _lines(f"{_ETH}8100a00a0800{_V4}") == [
        "eth dst 02:00:00:00:00:02 src 02:00:00:00:00:01 type 0x8100",
        "vlan id 10 priority 5 dei 0 type 0x0800",
        "ip src 198.51.100.7 dst 198.51.100.1 ttl 64 tos 0x00 id 0 flags [df] fragment_offset 0 protocol 6 length 52",
        "tcp sport 50022 dport 22 flags S seq 1 ack 0 window 64240 urgent 0",
    ]


def test_headers_of_ipv6() -> None:
    assert _lines(f"{_ETH}88a8006486dd{_V6}") == [
        "eth dst 02:00:00:00:00:02 src 02:00:00:00:00:01 type 0x88a8",
        "vlan id 100 priority 0 dei 0 802.1ad type 0x86dd",
        "ip6 src 2001:db8::7 dst 2001:db8::1 hop_limit 64 traffic_class 0x00 flow_label 0x0 next_header 6 length 32",
        "tcp sport 50022 dport 2222 flags S seq 1 ack 0 window 64240 urgent 0",
    ]


@pytest.mark.parametrize(
    ("rest", "line"),
    [
        # From the vectors that scapy made (test_frames.py).
        (
            "08060001080006040001020000000001c0000201000000000000c0000202",
            "arp request sender 02:00:00:00:00:01 192.0.2.1 target 00:00:00:00:00:00 192.0.2.2",
        ),
        ("08004500001c000000004011f6cdc0000201c00002027ba500350008ffff", "udp sport 31653 dport 53 length 8"),
        (
            "08004500001c000000004011f6cdc0000201c00002027ba500350008fff0",
            "udp sport 31653 dport 53 length 8 (wrong checksum)",
        ),
        (
            "08004500001c000000004011f6cdc0000201c00002027ba5003500080000",
            "udp sport 31653 dport 53 length 8 (no checksum)",
        ),
        ("08004500001c000000004001f6ddc0000201c00002020800f7fe00000001", "icmp type 8 code 0 rest 0x00000001"),
    ],
)
def test_other_headers(rest: str, line: str) -> None:
    assert _lines(_ETH + rest)[-1] == line


def test_wrong_checksums_are_said() -> None:
    lines = _lines(f"{_ETH}0800{_V4.replace('e654', 'e655').replace('5d34', '5d35')}")
    assert [line.endswith(" (wrong checksum)") for line in lines] == [False, True, True]


def test_nothing_is_read_into_a_later_fragment() -> None:
    assert len(_lines(f"{_ETH}0800{_V4.replace('00004000', '00000001')}")) == 2


@given(st.binary(max_size=80), st.sampled_from(["0800", "86dd", "0806", "8100", "88cc"]))
def test_any_bytes_can_be_shown(data: bytes, kind: str) -> None:
    whole = bytes.fromhex(_ETH + kind) + data
    lines = dissect(whole)
    shown = "".join(line[6:53].replace(" ", "") for line in lines[-((len(whole) + 15) // 16) :])
    assert bytes.fromhex(shown) == whole
    assert all(line.isprintable() for line in lines)


def test_a_difference() -> None:
    before, after = (bytes.fromhex(f"{_ETH}0800{text}") for text in (_V4, _V4.replace("40004006", "40003f06")))
    lines = difference(before, after, ("expected", "got")).splitlines()
    assert lines[:2] == ["--- expected", "+++ got"]
    assert any(line.startswith("-ip src") and " ttl 64 " in line for line in lines)
    assert any(line.startswith("+ip src") and " ttl 63 " in line for line in lines)
    assert difference(before, before, ("a", "b")) == ""
    # Also where all that differs is in bytes beyond the headers.
    assert difference(before + b"\0", before + b"\1", ("a", "b")) != ""


def test_a_long_difference_is_cut() -> None:
    lines = difference(bytes(9000), b"\1" * 9000, ("a", "b")).splitlines()
    assert len(lines) == 41
    assert lines[-1].endswith(" more lines")


def test_frames_that_are_too_short_for_their_headers() -> None:
    for length in range(14):
        assert dissect(bytes(length))[0] == f"{length} bytes"


def test_flags_of_tcp_have_letters() -> None:
    assert wire.SYN == 2
    everything: t.Any = wire.tcp(1, 2, 0x1FF)
    assert everything[12:14].hex() == "51ff"
