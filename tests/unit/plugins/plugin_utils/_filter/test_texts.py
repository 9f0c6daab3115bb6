# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of a rule, which is told beside its counters."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.texts import LONGEST
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils._filter.worlds import RULES, compiled
from hypothesis import given

_MANY = [f"10.0.{number >> 8}.{number & 255}" for number in range(1000)]


def _text(**options: t.Any) -> str:
    (rule,) = compiled([{"name": "x", "action": "drop", **options}], {"a.txt": b"::1\n" * 3, "/" * 5000: b"::1"}).rules
    return rule.text


@pytest.mark.parametrize(
    "options, text",
    [
        ({}, "any packet"),
        ({"source": ["2001:DB8::/32", "10.0.0.1/32", "10.0.0.0/8"]}, "source 10.0.0.0/8, 10.0.0.1 and 2001:db8::/32"),
        ({"source": _MANY[::-1]}, f"source {', '.join(_MANY[:8])} and 992 more"),
        (
            {"source": ["10.0.0.1", "10.0.0.2"], "source_from": "a.txt", "destination_from": ["a.txt"]},
            "source @a.txt (3), 10.0.0.1 and 10.0.0.2 destination @a.txt (3)",
        ),
        ({"source_port": [7, "5000-5100", 8]}, "source_port 7-8 and 5000-5100"),
        ({"protocol": ["udp", 6, 99]}, "protocol tcp, udp and 99"),
        ({"ethertype": ["arp", 0x88B5]}, "ethertype arp and 0x88b5"),
        ({"tcp_flags": ["!ack,syn", "fin"]}, "tcp_flags fin and syn,!ack"),
        ({"icmp_type": ["echo-request", "nd-redirect"]}, "icmp_type echo-request and icmpv6 redirect"),
        (
            {"icmp_type": [3, 77], "protocol": "icmp"},
            "protocol icmp icmp_type icmp destination-unreachable and icmp 77",
        ),
        ({"fragment": True, "malformed": False, "dry_run": True}, "fragment true malformed false dry_run"),
        ({"vlan": ["none", "3-5", 9]}, "vlan none, 3-5 and 9"),
        ({"source_mac": "02:00:00:00:00:0A"}, "source_mac 02:00:00:00:00:0a"),
        (
            {"action": "limit", "packets_per_second": 5, "source_prefix_ipv4": 24, "source_prefix_ipv6": 48},
            "any packet packets_per_second 5 burst 1 per source source_prefix_ipv4 24 source_prefix_ipv6 48",
        ),
        ({"action": "limit", "packets_per_second": 5, "per": "all"}, "any packet packets_per_second 5 burst 1 per all"),
    ],
)
def test_texts(options: dict[str, t.Any], text: str) -> None:
    assert _text(**options) == text


def test_long_texts_tell_less_of_each_list() -> None:
    long = [f"2001:db8:1111:2222:3333:4444:5555:{number}" for number in range(1, 7)]
    text = _text(source=long, destination=long, source_port=list(range(0, 200, 2)), vlan="1,3,5,7,9")
    assert len(text) <= LONGEST
    assert text.startswith("source 2001:db8:1111:2222:3333:4444:5555:1, ")
    assert " and 2 more destination " in text
    assert "source_port 0, 2, 4, 6 and 96 more vlan 1, 3, 5, 7 and 1 more" in text


def test_names_of_files_are_shortened() -> None:
    assert _text(source_from="/" * 5000) == f"source @...{'/' * 57} (1)"


def test_names_of_files_are_printable() -> None:
    name = "a\x1b[2J\udcff"
    (rule,) = compiled([{"name": "x", "action": "drop", "source_from": name}], {name: b"::1"}).rules
    assert rule.text == "source @a\\x1b[2J\\udcff (1)"


def test_the_longest_text_fits() -> None:
    files = {f"{'ä' * 50}{number}.txt": b"10.0.0.1" for number in range(9)}
    every = {
        "source_from": list(files)[:4],
        "destination_from": list(files)[4:],
        "source": _MANY[:20],
        "destination": _MANY[:20],
        "protocol": "tcp",
        "source_port": "10000-20000, 30000",
        "destination_port": "10000-20000, 30000",
        "tcp_flags": ["!fin,!syn,!rst,!psh,!ack,!urg,!ece,!cwr", "fin,syn,rst,psh,ack,urg,ece,cwr"],
        "source_mac": ["02:00:00:00:00:01", "02:00:00:00:00:02"],
        "ethertype": ["ip", "0x88b5"],
        "vlan": ["none", "1000-2000"],
        "fragment": False,
        "malformed": True,
        "dry_run": True,
    }
    (rule,) = compiled([{"name": "x", "action": "limit", "packets_per_second": 1000000000, **every}], files).rules
    assert len(rule.text.encode()) <= LONGEST


@given(RULES)
def test_texts_tell_rules_apart(rules: list[dict[str, t.Any]]) -> None:
    found = compiled(rules)
    for one, text in zip(rules, found.rules, strict=True):
        for other, same in zip(rules, found.rules, strict=True):
            if (text.action, text.text) == (same.action, same.text):
                again = compiled([one]), compiled([other])
                assert again[0].constants == again[1].constants
                assert again[0].tables == again[1].tables
