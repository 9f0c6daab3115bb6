# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said about rules that look at VLAN tags."""

from __future__ import annotations

import re

from ansible_collections.ebpf.xdp.plugins.module_utils._network.vlan_tags import Found, Taker, Unseen, Upper
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight import vlan_rules

_CARD = Taker("eth0 removes the tag from received frames", "ethtool -K eth0 rxvlan off")
_END = Taker(
    "far in blue, the other end of near, sends the tag beside the frame", "ip netns exec blue ethtool -K far txvlan off"
)
_BRIDGE = Upper("br0", "bridge", ("eth1", "eth2"))


def test_the_commands_end_where_the_alternative_begins() -> None:
    """tests/vm/vlan_device.yml takes them from there."""
    told = vlan_rules.refusal(["seven", "none"], Found([_CARD, _END], [], []))
    found = re.search("Run (.+), or leave vlan out", told)
    assert found and found[1] == f"{_CARD.command} and {_END.command}"
    assert "so the rules seven, none would see every frame as untagged" in told and told.endswith("Nothing was changed")


def test_the_filter_belongs_below_what_is_on_top() -> None:
    told = vlan_rules.refusal(["seven"], Found([], [_BRIDGE], []))
    assert (
        "br0 (bridge) gets a frame after the kernel has removed its tag. Attach the filter to eth1, eth2 instead of br0, or"
        in told
    )


def test_all_causes_and_remedies_are_in_one_message() -> None:
    told = vlan_rules.refusal(["seven"], Found([_CARD], [_BRIDGE, Upper("bond0", "bond", ())], []))
    assert f"{_CARD.cause}; br0 (bridge) gets" in told and "; bond0 (bond) gets" in told
    assert (
        f"Run {_CARD.command}, attach the filter to eth1, eth2 instead of br0, attach the filter to the interfaces below bond0 instead of "
        f"bond0 (or set mode: native), or leave vlan out." in told
    )


def test_what_could_not_be_looked_at_is_named_with_each_command() -> None:
    unseen = [
        Unseen("far, the other end of near", "for a reason", "A"),
        Unseen("interface 3, the other end of n2", "gone", "B"),
    ]
    told = vlan_rules.warning(["seven", "eight"], unseen)
    assert "far, the other end of near (for a reason); interface 3, the other end of n2 (gone)" in told
    assert "the rules seven, eight see every frame as untagged" in told and told.endswith("run A and B there")
