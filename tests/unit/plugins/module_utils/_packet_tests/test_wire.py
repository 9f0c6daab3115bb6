# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import wire
from hypothesis import given
from hypothesis import strategies as st


def test_the_first_packet_of_a_connection() -> None:
    """As scapy 2.8.0 has it: TCP(sport=50022, dport=..., seq=1, window=64240, options=[MSS, SAckOK, NOP, WScale, EOL])."""
    ipv4 = [socket.inet_aton(address) for address in ("198.51.100.7", "198.51.100.1")]
    assert wire.syn(ipv4[0], 50022, ipv4[1], 22).hex() == (
        "45000034000040004006e654c6336407c6336401c366001600000001000000008002faf05d340000020405b40402010303070000"
    )
    ipv6 = [socket.inet_pton(socket.AF_INET6, address) for address in ("2001:db8::7", "2001:db8::1")]
    assert wire.syn(ipv6[0], 50022, ipv6[1], 2222).hex() == (
        "600000000020064020010db800000000000000000000000720010db8000000000000000000000001"
        "c36608ae00000001000000008002faf04d920000020405b40402010303070000"
    )


@pytest.mark.parametrize(
    ("data", "sum_"),
    # RFC 1071, section 3, and the ends of the range
    [("0001f203f4f5f6f7", 0x220D), ("", 0xFFFF), ("ffff", 0), ("00", 0xFFFF), ("01", 0xFEFF)],
)
def test_the_checksum(data: str, sum_: int) -> None:
    assert wire.checksum(bytes.fromhex(data)) == sum_


@given(st.binary(max_size=100).filter(lambda data: len(data) % 2 == 0))
def test_what_has_its_checksum_sums_to_zero(data: bytes) -> None:
    assert wire.checksum(data + struct.pack("!H", wire.checksum(data))) == 0
