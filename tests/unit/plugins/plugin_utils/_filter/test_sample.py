# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packet tests made of rules."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _frames
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.fields import decide, matches
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.packets import Choice, fields_of, packet_of
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils._filter.frames import fields_of_frame
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils._filter.worlds import (
    RULES,
    choices,
    compiled,
    filter_set,
)
from hypothesis import given


@given(choices())
def test_the_bytes_have_the_fields(choice: Choice) -> None:
    frame = _frames.build(packet_of(choice))
    found, expected = fields_of_frame(frame), fields_of(choice)
    assert found == expected


@given(RULES)
def test_a_packet_that_a_rule_matches_and_one_that_it_does_not(rules: list[dict[str, t.Any]]) -> None:
    declared, found = filter_set(rules, default_action="drop"), compiled(rules, default_action="drop")
    by_name = {test["name"]: test for test in found.tests}
    assert len(by_name) == len(found.tests)
    for rule in declared.rules:
        for name, expected in ((f"rule {rule.name} matches", True), (f"rule {rule.name} does not match", False)):
            if name not in by_name:
                assert any(f"the rule {rule.name}" in note for note in found.notes)
                continue
            test = by_name[name]
            assert sorted(test) == ["name", "packet", "verdict"]
            fields = fields_of_frame(_frames.build(test["packet"]))
            assert matches(rule, fields) == expected
            assert test["verdict"] == decide(declared, fields).verdict


@pytest.mark.parametrize(
    "conditions",
    [
        {"source": "10.0.0.0/8"},
        {"source": "2001:db8::/32", "destination": ["::1", "fe80::/10"]},
        {"destination_port": "0-39999", "protocol": "sctp"},
        {"source_port": [40000, 49152], "fragment": True},
        {"source": "::1", "source_port": 53, "fragment": True},
        {"source": "::1", "icmp_type": "nd-redirect", "fragment": True},
        {"icmp_type": "destination-unreachable", "ethertype": "ip6"},
        {"icmp_type": "redirect", "fragment": False},
        {"tcp_flags": "fin,psh,urg"},
        {"tcp_flags": "!fin", "ethertype": "ip6", "fragment": True},
        {"tcp_flags": "!syn,!ack", "malformed": False},
        {"fragment": True},
        {"fragment": True, "malformed": True, "ethertype": "ip6"},
        {"fragment": False},
        {"malformed": True},
        {"malformed": False},
        {"malformed": True, "protocol": ["udp", "gre"], "vlan": 9},
        {"protocol": "gre"},
        {"protocol": "ah"},
        {"protocol": "ah", "source": "::1", "fragment": True},
        {"protocol": ["icmp"], "source": "::1"},
        {"protocol": "icmpv6"},
        {"ethertype": "arp"},
        {"ethertype": "0x88b5"},
        {"ethertype": ["arp", "0x88b5", "ip"]},
        {"vlan": ["none", "1-4095"]},
        {"vlan": 0, "source_mac": "02:00:00:00:00:02"},
        {"source_mac": "02:00:00:00:00:01"},
        {"source_port": "0-65535", "destination": "0.0.0.0/0", "protocol": "udp"},
    ],
)
@pytest.mark.parametrize("action", ["drop", "pass"])
def test_there_are_both_for_any_condition(conditions: dict[str, t.Any], action: str) -> None:
    rules = [{"name": "x", "action": action, **conditions}]
    others = {"default_action": "drop" if action == "pass" else "pass", "replies": {"tcp": False, "udp": []}}
    found = compiled(rules, **others, pass_other_ethertypes=False)
    assert found.notes == []
    assert found.tests[0]["verdict"] == action
    for test, expected in zip(found.tests, (True, False), strict=True):
        assert matches(filter_set(rules).rules[0], fields_of_frame(_frames.build(test["packet"]))) == expected


@pytest.mark.parametrize(
    "conditions, note",
    [
        ({}, "There is no packet test of what the rule x does not match: no packet for it was found"),
        ({"protocol": "ah", "source": "::1"}, "There is no packet test of the rule x: no packet for it was found"),
        ({"ethertype": 0x8100}, "There is no packet test of the rule x: no packet for it was found"),
    ],
)
def test_what_cannot_be_sampled_is_noted(conditions: dict[str, t.Any], note: str) -> None:
    assert compiled([{"name": "x", "action": "drop", **conditions}]).notes == [note]


def test_limits_let_the_first_packet_go_on() -> None:
    limit = {"name": "x", "action": "limit", "protocol": "udp", "packets_per_second": 1}
    assert [test["verdict"] for test in compiled([limit], default_action="drop").tests] == ["drop", "drop"]
    assert [test["verdict"] for test in compiled([limit]).tests] == ["pass", "pass"]


def test_a_dry_run_passes_all() -> None:
    rule = {"name": "x", "action": "drop", "vlan": 3}
    assert {test["verdict"] for test in compiled([rule], dry_run=True, default_action="drop").tests} == {"pass"}
    assert [test["verdict"] for test in compiled([{**rule, "dry_run": True}]).tests] == ["pass", "pass"]
