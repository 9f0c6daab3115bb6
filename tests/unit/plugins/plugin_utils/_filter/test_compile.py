# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The compiled form means what the rules mean, one after the other."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.compile import compile_filter
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.fields import Fields, decide, matches
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils._filter.program import Program
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils._filter.worlds import (
    FIELDS,
    RULES,
    compiled,
    filter_set,
)
from hypothesis import given
from hypothesis import strategies as st


@given(RULES, st.lists(FIELDS, min_size=10, max_size=30))
def test_tables_and_masks_find_the_rules_that_match(rules: list[dict[str, t.Any]], packets: list[Fields]) -> None:
    declared, program = filter_set(rules), Program(compiled(rules))
    for fields in packets:
        expected = [place for place, rule in enumerate(declared.rules) if matches(rule, fields)]
        assert program.matching(fields) == expected
        assert program.matching_the_short_way(fields) in (None, expected)
        decided = program.decided(fields)
        assert decide(declared, fields).by == ("default" if decided is None else decided)


def test_the_play_of_the_guide() -> None:
    found = compile_filter(
        {
            "management_sources": ["192.0.2.0/24", "2001:db8:1::/48"],
            "ssh_port": 2222,
            "rules": [
                {"name": "blocklist", "action": "drop", "source_from": "blocked.txt"},
                {"name": "amplifiers", "action": "drop", "protocol": "udp", "source_port": [1900, 11211, "5000-5100"]},
                {"name": "services", "action": "pass", "protocol": "tcp", "destination_port": [22, 80, 443]},
                {"name": "scraps", "action": "drop", "fragment": True},
                {
                    "name": "floods",
                    "action": "limit",
                    "protocol": "udp",
                    "packets_per_second": 20000,
                    "burst": 40000,
                    "per": "source",
                },
            ],
        },
        {"blocked.txt": b"# yesterday's\n198.51.100.7\n203.0.113.0/24\n"}.__getitem__,
    )
    assert [tuple(rule) for rule in found.rules] == [
        ("management", "pass", "source 192.0.2.0/24 and 2001:db8:1::/48 protocol tcp destination_port 2222"),
        ("blocklist", "drop", "source @blocked.txt (2)"),
        ("amplifiers", "drop", "protocol udp source_port 1900, 5000-5100 and 11211"),
        ("services", "pass", "protocol tcp destination_port 22, 80 and 443"),
        ("scraps", "drop", "fragment true"),
        ("floods", "limit", "protocol udp packets_per_second 20000 burst 40000 per source"),
    ]
    assert (found.warnings, found.notes) == ([], [])
    assert found.map_options == {
        "source4_hosts": {"max_entries": 1024},
        "source4": {"max_entries": 1024},
        "source6": {"max_entries": 1024},
        "source_ports": {"max_entries": 65536},
        "destination_ports": {"max_entries": 65536},
        "buckets": {"max_entries": 65536},
    }
    assert {name: table.count for name, table in found.tables.items()} == {
        "source4_hosts": 1,
        "source4": 2,
        "source6": 1,
        "source_ports": 103,
        "destination_ports": 4,
        "protocols": 2,
    }
    constants = found.constants
    assert constants["all_rules"] == 0b111111
    assert constants["any_source"] == 0b111100
    assert constants["any_source_port"] == 0b111011
    assert constants["any_protocol"] == 0b010010
    assert (constants["if_fragment"], constants["if_whole"]) == (0b111111, 0b101111)
    assert constants["if_malformed"] == constants["if_sound"] == 0b111111
    assert (constants["if_tcp"], constants["if_udp"]) == (0b001011, 0b100110)
    assert constants["actions"] == [1, 0, 0, 1, 0, 2, *[0] * 58]
    assert (constants["use_source4_hosts"], constants["use_source6_hosts"]) == (True, False)
    assert (constants["limits"], constants["limit_interval"][0]) == (True, 50_000 << 6)
    assert constants["limit_tolerance"][:2] == [39_999 * 50_000 << 6, 0]
    assert (constants["limit_source4"][0], constants["limit_source6"][0], constants["limit_per"][0]) == (32, 64, 0)
    assert (constants["default_action"], constants["dry_run"], constants["reply_tcp"]) == (1, False, True)
    assert (constants["reply_udp"], constants["reply_udp_count"]) == ([53, 123, 0, 0, 0, 0, 0, 0], 2)


def test_no_rules_at_all() -> None:
    found = compiled([])
    assert (found.constants["all_rules"], found.tables, found.map_options, found.tests) == (0, {}, {}, [])


def test_each_limit_has_buckets_of_its_own() -> None:
    limit = {"action": "limit", "packets_per_second": 3, "burst": 1, "per": "all"}
    other = {"action": "limit", "packets_per_second": 1_000_000_000, "source_prefix_ipv4": 24, "source_prefix_ipv6": 0}
    found = compiled([{"name": "a", **limit}, {"name": "b", "action": "drop", "vlan": 1}, {"name": "c", **other}])
    assert found.map_options == {"buckets": {"max_entries": 131072}}
    constants = found.constants
    assert constants["limiters"][:3] == [0, 0, 1]
    assert constants["limit_per"][:2] == [1, 0]
    assert constants["limit_interval"][:2] == [21333333333, 64]
    assert constants["limit_tolerance"][:2] == [0, 99_999_999 * 64]
    assert (constants["limit_source4"][1], constants["limit_source6"][1]) == (24, 0)


def test_a_set_of_64_rules() -> None:
    found = compiled([{"name": f"r{number}", "action": "drop", "destination_port": number} for number in range(64)])
    assert found.constants["all_rules"] == (1 << 64) - 1
    assert len(found.tests) == 128


@pytest.mark.parametrize(
    "conditions, skipped",
    [
        ({"source": "10.0.0.1", "destination": "10.0.0.0/8", "vlan": 1, "source_mac": "02:00:00:00:00:01"}, True),
        ({"ethertype": "arp"}, True),
        ({"protocol": "tcp"}, False),
        ({"source_port": 1}, False),
        ({"icmp_type": "redirect"}, False),
        ({"tcp_flags": "syn"}, False),
        ({"fragment": False}, False),
        ({"malformed": True}, False),
    ],
)
def test_what_no_rule_asks_for_is_skipped(conditions: dict[str, t.Any], skipped: bool) -> None:
    rules = [{"name": "a", "action": "drop"}, {"name": "b", "action": "drop", **conditions}]
    assert compiled(rules).constants["skip_transport"] is skipped
    assert compiled(rules).constants["check_malformed"] is ("malformed" in conditions)


@pytest.mark.parametrize(
    "conditions, tcp, udp",
    [
        ({}, 1, 1),
        ({"protocol": "udp"}, 0, 1),
        ({"protocol": ["tcp", "gre"]}, 1, 0),
        ({"source_port": 1}, 1, 1),
        ({"tcp_flags": "syn"}, 1, 0),
        ({"icmp_type": "redirect"}, 0, 0),
        ({"fragment": True}, 0, 0),
        ({"fragment": False}, 1, 1),
    ],
)
def test_which_rules_whole_packets_can_match(conditions: dict[str, t.Any], tcp: int, udp: int) -> None:
    constants = compiled([{"name": "a", "action": "drop", **conditions}]).constants
    assert (constants["if_tcp"], constants["if_udp"]) == (tcp, udp)


def test_what_passes_by_default_drop_is_checked() -> None:
    assert compiled([], default_action="drop").constants["check_malformed"] is True
