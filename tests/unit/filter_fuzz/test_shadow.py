# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection says of rules that no packet reaches, or matches, held to the model's packets."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.compile import compile_filter
from ansible_collections.ebpf.xdp.tests.unit.filter_fuzz.target import model, packets, rule_sets

#: Conditions that nearly all packets meet, or all that have the field.
_WIDE: tuple[dict[str, Any], ...] = (
    {"source": ["0.0.0.0/0", "::/0"]},
    {"destination": "::/0"},
    {"ethertype": ["ip", "ip6"]},
    {"vlan": ["0-4095", "none"]},
    {"malformed": True},
    {"malformed": False},
    {"fragment": False},
    {"source_port": "0-65535"},
    {"protocol": [*range(256)]},
    {"tcp_flags": ["syn", "!syn"]},
)


def _rules(chance: random.Random) -> list[dict[str, Any]]:
    shapes = chance.sample(rule_sets._SHAPES, 2)
    found = []
    for number in range(8):
        rule = rule_sets._random_rule(chance, f"r{number}", shapes)
        if chance.random() < 0.5:
            rule = {"name": rule["name"], "action": "drop", **chance.choice(_WIDE), **chance.choice(_WIDE)}
        found.append(rule)
    return found


def _hits(rules: list[dict[str, Any]], index: int) -> int:
    """How many of 200 packets, half of them aimed at the rule, it decides about."""
    modelled = model.Model({"rules": rules})
    made = packets.Packets(modelled.rules, 1)
    for number in range(200):
        modelled.decide(made.next(index if number % 2 else None))
    return int(modelled.hits[index])


def _compiled(rules: list[dict[str, Any]]) -> list[str]:
    """The warnings."""
    return compile_filter({"rules": rules}, lambda name: b"").warnings


@pytest.mark.parametrize("seed", range(12))
def test_no_packet_reaches_rules_that_are_said_to_be_unreachable(seed: int) -> None:
    accepted = []
    for rule in _rules(random.Random(seed)):
        try:
            _compiled([rule])
            accepted.append(rule)
        except XdpError as error:
            assert not _hits([rule], 0), f"{rule} is refused: {error}"
    names = [rule["name"] for rule in accepted]
    for name in re.findall(r"No packet reaches the rule ([^ :]+):", "\n".join(_compiled(accepted))):
        assert not _hits(accepted, names.index(name)), (name, accepted)


def test_rules_in_the_shadow_are_told() -> None:
    (shadowed,) = (each for each in rule_sets.rule_sets(1) if each.title == "in the shadow")
    rules = shadowed.options["rules"]
    told = re.findall(r"No packet reaches the rule ([^ :]+):", "\n".join(_compiled(rules)))
    assert told == [rule["name"] for rule in rules if rule["name"].endswith("-part")]
