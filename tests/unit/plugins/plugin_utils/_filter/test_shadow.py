# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that no packet reaches."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import shadow
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.fields import Fields, decide, matches
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils._filter.worlds import FIELDS, RULES, filter_set
from hypothesis import given
from hypothesis import strategies as st


def _warned(*rules: dict[str, t.Any]) -> list[str]:
    named = [{"name": f"rule{place}", "action": "drop", **rule} for place, rule in enumerate(rules)]
    return [text.partition(":")[0].rpartition(" ")[2] for text in shadow.warnings(filter_set(named))]


@pytest.mark.parametrize(
    "earlier, later",
    [
        ({}, {"vlan": 7}),
        ({"action": "pass"}, {"dry_run": True, "malformed": True}),
        ({}, {"action": "limit", "packets_per_second": 1}),
        ({"source": "10.0.0.0/8"}, {"source": ["10.0.0.0/9", "10.200.0.1"], "protocol": "tcp"}),
        ({"source": ["10.0.0.0/9", "10.128.0.0/9"]}, {"source": "10.0.0.0/8"}),
        ({"source": ["0.0.0.0/0", "::/0"]}, {"destination_port": 22}),
        ({"destination": "0.0.0.0/0"}, {"protocol": "tcp", "ethertype": "ip"}),
        ({"destination": ["::/1", "8000::/1"]}, {"source": "2001:db8::/32"}),
        ({"protocol": ["tcp", "udp", "sctp"]}, {"source_port": 22}),
        ({"protocol": "tcp"}, {"tcp_flags": "syn"}),
        ({"ethertype": ["ip", "ip6"]}, {"fragment": True}),
        ({"ethertype": "ip"}, {"source": "10.0.0.1", "fragment": True}),
        ({"destination_port": "1-100"}, {"destination_port": ["1-50", "60-100"], "fragment": False}),
        ({"tcp_flags": ["syn", "!syn"]}, {"tcp_flags": "ack"}),
        ({"icmp_type": ["redirect", "echo-request"]}, {"icmp_type": "redirect", "protocol": "icmpv6"}),
        ({"vlan": ["none", "1-9"], "malformed": True}, {"vlan": 5, "malformed": "yes"}),
    ],
)
def test_they_are_named(earlier: dict[str, t.Any], later: dict[str, t.Any]) -> None:
    assert _warned(earlier, later) == ["rule1"]
    assert _warned({"source_mac": "02:00:00:00:00:01"}, earlier, {"vlan": 9, "fragment": True, **later})[-1:] == [
        "rule2"
    ]


@pytest.mark.parametrize(
    "earlier, later",
    [
        ({"dry_run": True}, {"vlan": 7}),
        ({"action": "limit", "packets_per_second": 1}, {"vlan": 7}),
        ({"vlan": 7}, {}),
        ({"source": "10.0.0.0/8"}, {"source": ["10.0.0.0/9", "::1"]}),
        ({"source": ["10.0.0.0/9", "10.128.0.0/10"]}, {"source": "10.0.0.0/8"}),
        ({"source": ["0.0.0.0/0", "::/0"]}, {"ethertype": ["ip", "ip6"]}),
        ({"source": "0.0.0.0/0"}, {"destination_port": 22}),
        ({"protocol": ["tcp", "udp"]}, {"source_port": 22}),
        ({"protocol": "tcp", "tcp_flags": "syn"}, {"protocol": "tcp"}),
        ({"source_port": 22}, {"protocol": "tcp"}),
        ({"destination_port": ["1-50", "52-100"]}, {"destination_port": "1-100"}),
        ({"fragment": False}, {"protocol": "tcp"}),
        ({"malformed": False}, {"fragment": True}),
        ({"tcp_flags": "syn,!ack"}, {"tcp_flags": "syn"}),
        ({"ethertype": "ip"}, {"fragment": True}),
        ({"source": "0.0.0.0/0"}, {"protocol": "ah"}),
    ],
)
def test_others_are_not(earlier: dict[str, t.Any], later: dict[str, t.Any]) -> None:
    assert _warned(earlier, later) == []


def test_the_warning_names_both() -> None:
    rules = [{"name": "all", "action": "pass"}, {"name": "some", "action": "drop", "vlan": 7}]
    assert shadow.warnings(filter_set(rules)) == [
        "No packet reaches the rule some: the rule all before it decides (pass) about all packets that it would match. "
        "Put it before all, or remove it"
    ]


def test_an_empty_list_is_not_in_the_shadow() -> None:
    rules = [
        {"name": "all", "action": "pass"},
        {"name": "some", "action": "drop", "source_from": "x", "allow_empty": True},
    ]
    assert shadow.warnings(filter_set(rules, {"x": b""})) == []


@given(RULES, st.lists(FIELDS, min_size=10, max_size=30))
def test_no_packet_reaches_them(rules: list[dict[str, t.Any]], packets: list[Fields]) -> None:
    declared = filter_set(rules)
    warned = {text.partition(":")[0].rpartition(" ")[2] for text in shadow.warnings(declared)}
    for fields in packets:
        decision = decide(declared, fields)
        for place, rule in enumerate(declared.rules):
            if rule.name in warned and matches(rule, fields):
                assert isinstance(decision.by, int)
                assert decision.by < place
