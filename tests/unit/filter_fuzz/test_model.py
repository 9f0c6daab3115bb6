# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The model's reading of rules, and the order in which they decide."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.tests.unit.filter_fuzz.target import model

# From 192.0.2.1 to 192.0.2.2.
_IP = bytes.fromhex("0200000000010200000000020800450000240000000040110000c0000201c0000202")
#: From port 53 to 1024, 50 bytes.
_DATAGRAM = _IP + bytes.fromhex("0035040000100000") + bytes(8)
_ARP = bytes(12) + bytes.fromhex("0806") + bytes(28)


def _counted(
    rules: list[dict[str, Any]], frames: list[bytes], **options: Any
) -> tuple[list[int], list[tuple[int, ...]]]:
    """Verdicts, and the counters of each rule."""
    modelled = model.Model({"rules": rules, **options})
    return [modelled.decide(frame) for frame in frames], [each.values() for each in modelled.counted]


@pytest.mark.parametrize(
    "conditions",
    [
        {"source": ["10.0.0.0/8", "192.0.2.0/31"]},
        {"destination": "0.0.0.0/0"},
        {"protocol": "udp"},
        {"protocol": [6, 17], "source_port": ["50-53"], "destination_port": 1024},
        {"fragment": False, "malformed": False},
        {"source_mac": "02:00:00:00:00:02"},
        {"ethertype": [0x0806, "ip"], "vlan": [7, "none"]},
    ],
)
def test_conditions_that_hold(conditions: dict[str, Any]) -> None:
    verdicts, counted = _counted([{"name": "a", "action": "drop", **conditions}], [_DATAGRAM])
    assert (verdicts, counted) == ([model.DROP], [(1, 50, 0, 0)])


@pytest.mark.parametrize(
    "conditions",
    [
        {"source": ["10.0.0.0/8", "::/0"]},
        {"destination": "192.0.2.1"},
        {"protocol": ["tcp"]},
        {"protocol": "udp", "source_port": 54},
        {"icmp_type": "echo-request"},
        {"tcp_flags": "!syn"},
        {"fragment": True},
        {"malformed": True},
        {"source_mac": "02:00:00:00:00:01"},
        {"ethertype": "ip6"},
        {"vlan": "0-4095"},
    ],
)
def test_conditions_that_do_not_hold(conditions: dict[str, Any]) -> None:
    verdicts, counted = _counted([{"name": "a", "action": "drop", **conditions}], [_DATAGRAM])
    assert (verdicts, counted) == ([model.PASS], [(0, 0, 0, 0)])


def test_the_first_rule_decides() -> None:
    rules = [
        {"name": "dry", "action": "drop", "protocol": "udp", "dry_run": True},
        {"name": "first", "action": "pass", "source": "192.0.2.1"},
        {"name": "second", "action": "drop", "protocol": "udp"},
    ]
    verdicts, counted = _counted(rules, [_DATAGRAM])
    assert (verdicts, counted) == ([model.PASS], [(0, 0, 1, 50), (1, 50, 0, 0), (0, 0, 0, 0)])


def test_limits_let_packets_go_on() -> None:
    rules = [
        {"name": "limit", "action": "limit", "packets_per_second": 1, "burst": 2, "protocol": "udp"},
        {"name": "pass", "action": "pass", "protocol": "udp"},
    ]
    verdicts, counted = _counted(rules, [_DATAGRAM] * 5)
    assert verdicts == [model.PASS] * 2 + [model.DROP] * 3
    assert counted == [(3, 150, 0, 0), (2, 100, 0, 0)]


def test_each_source_has_its_limit() -> None:
    other = _DATAGRAM.replace(bytes((192, 0, 2, 1)), bytes((192, 0, 2, 9)))
    rule = {"name": "limit", "action": "limit", "packets_per_second": 1, "burst": 1}
    drop, go_on = model.DROP, model.PASS
    assert _counted([rule], [_DATAGRAM, other, other])[0] == [go_on, go_on, drop]
    assert _counted([{**rule, "per": "all"}], [_DATAGRAM, other])[0] == [go_on, drop]
    assert _counted([{**rule, "source_prefix_ipv4": 24}], [_DATAGRAM, other])[0] == [go_on, drop]


def test_a_dry_run_of_all_passes_all() -> None:
    rules = [{"name": "a", "action": "drop", "protocol": "udp"}]
    verdicts, counted = _counted(rules, [_DATAGRAM], dry_run=True)
    assert (verdicts, counted) == ([model.PASS], [(0, 0, 1, 50)])


def test_what_passes_without_a_rule() -> None:
    modelled = model.Model({"default_action": "drop", "rules": []})
    frames = [_ARP, _DATAGRAM, _DATAGRAM.replace(b"\x00\x35\x04\x00", b"\x00\x36\x04\x00")]
    assert [modelled.decide(frame) for frame in frames] == [model.PASS, model.PASS, model.DROP]
    assert [each.values()[0] for each in (modelled.essential, modelled.replies, modelled.default)] == [1, 1, 1]


def test_management_sources_reach_the_port_of_ssh() -> None:
    modelled = model.Model({"management_sources": ["192.0.2.0/24", {"source": "10.0.0.0/8", "ports": [22, 8022]}]})
    assert [rule.accepted["destination_port"] for rule in modelled.rules] == [[(22, 22)], [(22, 22), (8022, 8022)]]
