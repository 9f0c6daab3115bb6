# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The packets that the filter is tried with: sizes, kinds, and how often they hit rules."""

from __future__ import annotations

from collections import Counter

import pytest
from ansible_collections.ebpf.xdp.tests.unit.filter_fuzz.target import fields, model, packets, rule_sets

_COUNT = 6000


@pytest.fixture(scope="module")
def sets() -> list[rule_sets.RuleSet]:
    return rule_sets.rule_sets(1)


@pytest.fixture(scope="module")
def frames() -> list[bytes]:
    made = packets.Packets([], 1)
    return [made.next() for _packet in range(_COUNT)]


def test_the_same_seed_makes_the_same_packets(frames: list[bytes]) -> None:
    again, other = packets.Packets([], 1), packets.Packets([], 2)
    assert [again.next() for _packet in range(100)] == frames[:100]
    assert [other.next() for _packet in range(100)] != frames[:100]


def test_sizes(frames: list[bytes]) -> None:
    sizes = [len(frame) for frame in frames]
    assert (min(sizes), max(sizes)) == (packets.SMALLEST, packets.LARGEST)
    assert sum(size > 1514 for size in sizes) > _COUNT // 200


def test_four_of_five_have_one_mutation() -> None:
    made = packets.Packets([], 1)
    mutated = 0
    for _packet in range(_COUNT):
        made.next()
        mutated += made.mutated
    assert 0.77 < mutated / _COUNT < 0.83


def test_kinds(frames: list[bytes]) -> None:
    """Each of them often enough to be of use among a million."""
    found: Counter[object] = Counter()
    for frame in frames:
        each = fields.parse(frame)
        found.update(
            [
                ("malformed", each.malformed),
                ("family", each.family),
                ("fragment", each.fragment),
                ("later", each.later),
                ("protocol", each.family, each.protocol),
                ("ports", each.source_port is not None),
                ("flags", each.tcp_flags is not None),
                ("ICMP", each.icmp_type and each.icmp_type[0]),
                ("tagged", each.vlan is not None and each.vlan != fields.UNTAGGED),
                ("ethertype", each.ethertype),
            ]
        )
    for family in (4, 6):
        for protocol in (fields.TCP, fields.UDP, fields.SCTP, packets.GRE, packets.ESP):
            assert found["protocol", family, protocol] > _COUNT // 200
    assert found["protocol", 6, fields.AH] < found["protocol", 4, fields.AH]
    for kind in ("malformed", "fragment", "ports", "flags", "tagged"):
        assert found[kind, True] > _COUNT // 50 and found[kind, False] > _COUNT // 50
    assert found["later", True] > _COUNT // 100
    assert found["ICMP", 4] > _COUNT // 200 and found["ICMP", 6] > _COUNT // 200
    assert found["ethertype", fields.ARP] > _COUNT // 200 and found["ethertype", 0x8100] > 0


@pytest.mark.parametrize("title", ["a server", "nested prefixes", "64 rules", "dry runs among others"])
def test_packets_hit_the_rules_that_they_aim_at(sets: list[rule_sets.RuleSet], title: str) -> None:
    (rules,) = (each for each in sets if each.title == title)
    modelled = model.Model(rules.options)
    made = packets.Packets(modelled.rules, 1)
    for index in range(len(modelled.rules)):
        before = modelled.hits[index]
        for _packet in range(50):
            modelled.decide(made.next(index))
        assert modelled.hits[index] - before >= 5, modelled.rules[index].name


def test_rule_sets(sets: list[rule_sets.RuleSet]) -> None:
    """Each condition is used, alone and with others; one set has as many rules as there can be."""
    assert sets == rule_sets.rule_sets(1)
    rules = [rule for each in sets for rule in each.options["rules"]]
    for condition in model._READERS.keys() | {"fragment", "malformed"}:
        assert sum(condition in rule for rule in rules) > 3, condition
        assert any(condition in each.options["rules"][0] for each in sets if each.title.startswith("only")), condition
    assert max(len(each.options["rules"]) for each in sets) == 64
