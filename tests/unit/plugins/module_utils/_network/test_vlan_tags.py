# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How interfaces are related, and which of them get frames without tags."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._network import vlan_tags
from ansible_collections.ebpf.xdp.plugins.module_utils._network.drivers import attribute
from ansible_collections.ebpf.xdp.plugins.module_utils._network.netlink import Interface
from ansible_collections.ebpf.xdp.plugins.module_utils._network.vlan_tags import Link, Upper


def _message(index: int, *attributes: tuple[int, bytes]) -> bytes:
    return struct.pack("=BxHiII", 0, 1, index, 0, 0) + b"".join(attribute(*each) for each in attributes)


def test_a_message_about_a_veth_names_the_other_end() -> None:
    kind = attribute(1, b"veth\0")
    told = _message(
        7, (3, b"near\0"), (5, struct.pack("=I", 2)), (18, kind), (37, struct.pack("=i", 4)), (10, struct.pack("=I", 9))
    )
    assert vlan_tags.parse(told) == Link(Interface(7, "near", {}), "veth", 2, 4, 9)


def test_a_message_about_a_card_says_nothing_of_others() -> None:
    assert vlan_tags.parse(_message(2, (3, b"eth0\0"))) == Link(Interface(2, "eth0", {}))


_PORTS = [Link(Interface(2, "eth0", {}), master=9), Link(Interface(3, "eth1", {}), master=9)]


@pytest.mark.parametrize(
    ("upper", "below"),
    [
        (Link(Interface(9, "up", {}), "bridge"), ("eth0", "eth1")),
        (Link(Interface(9, "up", {}), "team"), ("eth0", "eth1")),
        (Link(Interface(9, "up", {}), "bond"), ("eth0", "eth1")),
        (Link(Interface(8, "up", {}), "bridge"), ()),
        (Link(Interface(8, "up", {}), "macvlan", 3), ("eth1",)),
        # An index of another network namespace.
        (Link(Interface(8, "up", {}), "ipvlan", 3, 0), ()),
    ],
)
def test_what_is_on_top_of_others_gets_no_tags_in_generic_mode(upper: Link, below: tuple[str, ...]) -> None:
    looking = vlan_tags.Looking([*_PORTS, upper], "generic")
    for _twice in range(2):
        looking.at(upper.interface)
    looking.ends()
    assert looking.found == ([], [Upper("up", upper.kind, below)], [])


def test_what_auto_left_in_generic_mode_stays_there() -> None:
    bond = Interface(9, "up", {"generic": 5})
    looking = vlan_tags.Looking([*_PORTS, Link(bond, "bond")], "auto")
    looking.at(bond)
    assert [each.name for each in looking.found.uppers] == ["up"]


def test_a_veth_that_is_being_taken_apart_is_left_out() -> None:
    looking = vlan_tags.Looking([Link(Interface(4, "near", {}), "veth")], "native")
    looking.at(looking.interfaces[0])
    looking.ends()
    assert looking.found == ([], [], [])
