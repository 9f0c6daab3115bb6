# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The built-in test: a new SSH connection from where this one comes must not be cut off by the program."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import Interrupted, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import paths, session, wire
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.options import PacketTest
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.paths import Way
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.private_copy import Copier
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.run import Result, require_possible, run_one
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests.session import Session

#: A locally administered address, for the router or host that packets come from.
_NEIGHBOUR = bytes.fromhex("020000000001")

#: Ports that new connections come from (IANA's dynamic ports). It has to be another one than that of the connection that
#: there is, which a program may know already.
_PORTS = 50022, 50023

_ELSEWHERE = (
    "New SSH connections were not tested: the one that this task uses comes to another network namespace, and nothing tells "
    "whether it passes these interfaces on its way. If it may, give confirm_timeout"
)

_ETHER_TYPES = {4: wire.ETH_P_IP, 16: wire.ETH_P_IPV6}


class Tested(NamedTuple):
    """The results of the tests of this run's own connection."""

    results: list[Result]
    #: What the user should know, in whole sentences.
    warnings: list[str]


def test(attached: Collection[int], copier: Callable[[int], Copier]) -> Tested:
    """Test what comes in on those of the interfaces, by index, that the connection passes; ``copier`` is for so many packets.

    Nothing is tested where there is no SSH connection.
    """
    found = session.find()
    if found is None or not attached:
        return Tested([], [])
    tops = _interfaces_of(found) if found.here else []
    if not tops:
        return Tested([], [_ELSEWHERE])
    links = paths.links()
    passed = {(way.link.ifindex, way.tags): (way, top) for top in tops for way in paths.ways(top, links)}
    tests = [(way, _test(found, way, links, top)) for way, top in passed.values() if way.link.ifindex in attached]
    if not tests:
        return Tested([], [])
    results = _run(tests, copier)
    return Tested(results, [text for text in map(_warning, results) if text])


def _interfaces_of(found: Session) -> list[int]:
    """By which packets of the connection may come in: the way back to the peer, and where the server's address is.

    Within a VRF no route is found that way, or one that leads elsewhere.
    """
    if found.scope is not None:
        try:
            return [socket.if_nametoindex(found.scope)]
        except OSError:
            return []
    server = _packed(found.server)
    both = paths.route(_packed(found.peer), server), paths.owner(server)
    return list(dict.fromkeys(each for each in both if each))


def _packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def _test(found: Session, way: Way, links: Collection[paths.Link], top: int) -> PacketTest:
    address = next(each.address for each in links if each.ifindex == top)
    tags = "".join(f", VLAN {vlan_id}" for _protocol, vlan_id in way.tags)
    name = f"SSH from {found.peer} to port {found.port} on {way.link.name}{tags}"
    return PacketTest(name, frame(found, way, address), "pass", interface=way.link.name)


def frame(found: Session, way: Way, address: bytes) -> bytes:
    """The first packet of a new connection as it comes in this way; ``address`` is the MAC address that it is sent to."""
    port = next(each for each in _PORTS if each != found.peer_port)
    server = _packed(found.server)
    packet = wire.syn(_packed(found.peer), port, server, found.port)
    if not way.link.ethernet:
        return packet
    kind = _ETHER_TYPES[len(server)]
    for protocol, vlan_id in reversed(way.tags):
        packet = vlan_id.to_bytes(2, "big") + kind.to_bytes(2, "big") + packet
        kind = protocol
    return wire.ethernet(address, _NEIGHBOUR, kind) + packet


def _run(tests: list[tuple[Way, PacketTest]], copier: Callable[[int], Copier]) -> list[Result]:
    try:
        made = copier(len(tests))
        with ExitStack() as held:
            copy = made.make(held)
            for _way, each in tests:
                require_possible(each, made.has_fragments)
            return [_judged(run_one(made, copy, each, way.link.ifindex)) for way, each in tests]
    except Interrupted:
        raise
    except XdpError as error:
        # Nobody has asked for this test, so that it keeps nobody from deploying what cannot be tested.
        return [Result(each, False, str(error)) for _way, each in tests]


def _judged(result: Result) -> Result:
    """With the verdicts that do not fail: tx and redirect may be what lets the connection through, as with SYN cookies."""
    return result._replace(passed=result.verdict in ("pass", "tx", "redirect"))


def _warning(result: Result) -> str:
    if result.skipped is not None:
        return f"The packet test {result.test.name!r} was skipped. {result.skipped}"
    if result.verdict in ("tx", "redirect"):
        return (
            f"The packet test {result.test.name!r}: the program answers or forwards this packet itself ({result.verdict}), so "
            f"the host's sshd does not see it. Make sure that new SSH connections work"
        )
    return ""
