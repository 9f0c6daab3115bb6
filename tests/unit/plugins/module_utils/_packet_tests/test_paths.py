# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import paths, wire
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.paths import Link, Way, parse_link, ways
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.session import Session
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.ssh import frame

_MAC = bytes.fromhex("020000000009")
_Q, _AD = wire.ETH_P_8021Q, wire.ETH_P_8021AD


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def _body(ifindex: int, *attributes: bytes, kind: int = 1) -> bytes:
    return struct.pack("=BxHiII", 0, kind, ifindex, 0, 0) + b"".join(attributes)


def _about(kind: str, data: bytes = b"") -> bytes:
    return _attribute(18, _attribute(1, kind.encode() + b"\0") + (_attribute(2, data) if data else b""))


_NAMED = _attribute(3, b"eth0\0"), _attribute(1, _MAC)


def test_an_interface_alone() -> None:
    assert parse_link(_body(2, *_NAMED)) == Link(2, "eth0", True, _MAC)
    assert parse_link(_body(1, *_NAMED, kind=772)).ethernet
    # Of a tunnel without addresses (ARPHRD_NONE).
    assert parse_link(_body(9, _attribute(3, b"wg0\0"), kind=0xFFFE)) == Link(9, "wg0", False, bytes(6))


def test_a_vlan() -> None:
    about = _about("vlan", _attribute(1, struct.pack("=H", 7)) + _attribute(5, struct.pack("!H", _AD)))
    below = _attribute(5, struct.pack("=I", 2))
    assert parse_link(_body(3, *_NAMED, about, below)) == Link(3, "eth0", True, _MAC, below=2, tag=(_AD, 7))
    about = _about("vlan", _attribute(1, struct.pack("=H", 7)))
    assert parse_link(_body(3, *_NAMED, about, below)).tag == (_Q, 7)


def test_a_port() -> None:
    assert parse_link(_body(4, *_NAMED, _attribute(10, struct.pack("=I", 9)))).master == 9


@pytest.mark.parametrize(
    "others",
    [
        # The peer of a veth is not below it, and what is in another network namespace has another number there.
        [_about("veth"), _attribute(5, struct.pack("=I", 8))],
        [_about("macvlan"), _attribute(5, struct.pack("=I", 8)), _attribute(37, struct.pack("=I", 0))],
        [_about("macvlan"), _attribute(5, b"")],
    ],
)
def test_what_is_not_below(others: list[bytes]) -> None:
    assert parse_link(_body(3, *_NAMED, *others)).below == 0


def _link(ifindex: int, below: int = 0, master: int = 0, tag: tuple[int, int] | None = None) -> Link:
    return Link(ifindex, f"i{ifindex}", True, _MAC, below, master, tag)


def _found(top: int, *links: Link) -> dict[int, list[int]]:
    """The ids of the tags by interface."""
    return {way.link.ifindex: [vlan_id for _protocol, vlan_id in way.tags] for way in ways(top, links)}


def test_the_way_down() -> None:
    alone = _link(1), _link(2)
    assert _found(2, *alone) == {2: []}
    assert _found(3, *alone) == {}
    # A VLAN in a VLAN: the outer tag is that of the lower one.
    stacked = _link(2), _link(3, below=2, tag=(_AD, 100)), _link(4, below=3, tag=(_Q, 10))
    assert _found(4, *stacked) == {4: [], 3: [10], 2: [100, 10]}
    # A bridge over a VLAN of a bond of two, and another port.
    bridge = _link(9), _link(8, below=7, master=9, tag=(_Q, 5)), _link(7), _link(5, master=7), _link(6, master=7)
    assert _found(9, *bridge, _link(4, master=9), _link(3)) == {9: [], 8: [], 7: [5], 5: [5], 6: [5], 4: []}
    # What is upon it does not count.
    assert _found(7, *bridge) == {7: [], 5: [], 6: []}
    assert _found(3, _link(3, below=2), _link(2)) == {3: [], 2: []}


def test_a_circle_ends() -> None:
    assert _found(1, _link(1, below=2), _link(2, below=1)) == {1: [], 2: []}


_IPV4 = Session("198.51.100.7", 40000, "198.51.100.1", 22)


def test_the_tested_packet() -> None:
    head = "02000000000902000000000180a8"[:24]
    plain = frame(_IPV4, Way(_link(2), ()), _MAC).hex()
    assert plain.startswith(head + "0800" + "4500")
    assert plain.endswith("c366001600000001000000008002faf05d340000020405b40402010303070000")
    tagged = frame(_IPV4, Way(_link(2), ((_AD, 100), (_Q, 10))), _MAC).hex()
    assert tagged == head + "88a80064" + "8100000a" + plain[24:]
    ipv6 = frame(Session("2001:db8::7", 50022, "2001:db8::1", 22), Way(_link(2), ((_Q, 10),)), _MAC).hex()
    assert ipv6.startswith(head + "8100000a" + "86dd" + "6")
    # Another port than that of the connection that there is.
    assert "c3670016" in ipv6
    bare = frame(_IPV4, Way(_link(2)._replace(ethernet=False), ()), bytes(6)).hex()
    assert bare == plain[28:]


def test_routes_of_this_host() -> None:
    """On the kernel: what is sent to the loopback address leaves through that interface."""
    loopback = bytes([127, 0, 0, 1])
    assert paths.route(loopback, loopback) == 1
    # The source is of another host, as behind a port that is forwarded.
    assert paths.route(loopback, bytes([192, 0, 2, 1])) == 1
    assert paths.owner(loopback) == 1
    assert paths.owner(bytes([192, 0, 2, 1])) is None
    assert 1 in [each.ifindex for each in paths.links()]
