# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of a whole filter."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.fields import Decision, Fields, decide
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils._filter.worlds import compiled, filter_set

_SSH = [{"name": "ssh", "action": "pass", "protocol": "tcp", "destination_port": 22}]


def test_management_is_a_rule_for_each_set_of_ports() -> None:
    sources = [
        "10.0.0.0/8",
        {"source": "2001:db8::1", "ports": [443, 22]},
        {"source": ["10.1.1.1"]},
        {"source": "::1", "ports": "22,443"},
    ]
    found = compiled([], management_sources=sources)
    assert [tuple(rule) for rule in found.rules] == [
        ("management", "pass", "source 10.0.0.0/8 and 10.1.1.1 protocol tcp destination_port 22"),
        ("management", "pass", "source ::1 and 2001:db8::1 protocol tcp destination_port 22 and 443"),
    ]
    assert [test["name"] for test in found.tests] == [
        "rule management matches",
        "rule management does not match",
        "rule management (2) matches",
        "rule management (2) does not match",
    ]


def test_one_management_source_needs_no_list() -> None:
    assert compiled([], management_sources="::1") == compiled([], management_sources=[{"source": "::1"}])


@pytest.mark.parametrize(
    "options, message",
    [
        ({"management_sources": 5}, "management_sources: 5 is not a list of addresses and prefixes"),
        ({"management_sources": ["nobody"]}, "management_sources[0]: 'nobody' is neither an address nor a prefix"),
        ({"management_sources": [None]}, "management_sources[0] has no value"),
        (
            {"management_sources": [{"ports": 1}]},
            "management_sources[0].source has no value. Leave it out, or give it one",
        ),
        (
            {"management_sources": [{"source": "::1", "ports": "x"}]},
            "management_sources[0].ports: 'x' is neither a number",
        ),
        (
            {"management_sources": [{"source": "::1", "port": 1}]},
            "management_sources[0]: unknown option port. Did you mean ports? An element can have: source, ports",
        ),
        ({"ssh_port": 0}, "ssh_port: 0 is not a number from 1 to 65535"),
        ({"ssh_port": "ssh"}, "ssh_port: 'ssh' is not a number from 1 to 65535"),
        ({"ssh_prot": 1}, "filter: unknown option ssh_prot. Did you mean ssh_port? A filter can have: "),
        ({"default_action": "accept"}, "default_action: 'accept' is neither pass nor drop"),
        ({"dry_run": "perhaps"}, "dry_run: 'perhaps' is neither true nor false"),
        ({"pass_other_ethertypes": 2}, "pass_other_ethertypes: 2 is neither true nor false"),
        ({"replies": True}, "replies: True is not a dictionary with tcp (true or false) and udp (a list of ports)"),
        ({"replies": {"tpc": 1}}, "replies: unknown option tpc. Did you mean tcp? It can have: tcp, udp"),
        ({"replies": {"tcp": "x"}}, "replies.tcp: 'x' is neither true nor false"),
        ({"replies": {"udp": "1-9"}}, "replies.udp: 9 ports, and 8 at most are possible"),
    ],
)
def test_errors(options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(XdpError) as raised:
        compiled([], **options)
    assert message in str(raised.value)
    assert str(raised.value).endswith(". Nothing was changed")


def test_64_rules_with_those_of_management() -> None:
    rules = [{"name": f"r{number}", "action": "drop", "vlan": number} for number in range(63)]
    sources = ["10.0.0.0/8", {"source": "::1", "ports": 1}]
    compiled(rules, management_sources=sources[:1])
    with pytest.raises(XdpError, match="64 rules at most, and there are 63, besides 2 of management_sources"):
        compiled(rules, management_sources=sources)


def test_replies() -> None:
    found = compiled(
        _SSH, default_action="drop", replies={"tcp": False, "udp": [500, "1-3"]}, pass_other_ethertypes=False
    )
    constants = found.constants
    assert (constants["default_action"], constants["reply_tcp"], constants["pass_other_ethertypes"]) == (
        0,
        False,
        False,
    )
    assert (constants["reply_udp"], constants["reply_udp_count"]) == ([1, 2, 3, 500, 0, 0, 0, 0], 4)
    assert compiled(_SSH, replies={"udp": []}).constants["reply_udp_count"] == 0


@pytest.mark.parametrize(
    "rules, options, warned",
    [
        ([], {}, False),
        ([], {"default_action": "drop"}, True),
        ([], {"default_action": "drop", "dry_run": True}, False),
        (_SSH, {"default_action": "drop"}, False),
        ([], {"default_action": "drop", "management_sources": "::1"}, False),
        ([{**_SSH[0], "destination_port": 2222}], {"default_action": "drop"}, True),
        ([{**_SSH[0], "dry_run": True}], {"default_action": "drop"}, True),
        ([{**_SSH[0], "tcp_flags": "ack"}], {"default_action": "drop"}, True),
        ([{"name": "x", "action": "pass", "ethertype": "arp"}], {"default_action": "drop"}, True),
        ([{"name": "x", "action": "pass", "protocol": "udp"}], {"default_action": "drop"}, True),
        ([{"name": "x", "action": "pass", "source": "10.0.0.0/8"}], {"default_action": "drop"}, False),
    ],
)
def test_whoever_locks_everybody_out_is_warned(rules: list[t.Any], options: dict[str, t.Any], warned: bool) -> None:
    found = compiled(rules, **options).warnings
    assert (
        found
        == [
            "default_action is drop, and no rule passes TCP to port 22: nobody will be able to connect over SSH. "
            "Set management_sources, or add a rule with action: pass"
        ]
        * warned
    )


def test_the_port_of_ssh_can_be_another_one() -> None:
    (management,) = compiled([], default_action="drop", management_sources="::1", ssh_port="2222").rules
    assert management.text.endswith(" destination_port 2222")
    (warning,) = compiled(_SSH, default_action="drop", ssh_port=2222).warnings
    assert "no rule passes TCP to port 2222" in warning


_IP4 = Fields(ethertype=0x0800, family=4, fragment=False)
_IP6 = Fields(ethertype=0x86DD, family=6, fragment=False)
_UDP4 = _IP4._replace(protocol=17, source_port=9, destination_port=9)
_TCP6 = _IP6._replace(protocol=6, source_port=9, destination_port=9)
_ICMP6 = _IP6._replace(protocol=58)


@pytest.mark.parametrize(
    "fields, verdict, by",
    [
        (Fields(ethertype=0x0806), "pass", "essential"),
        (Fields(ethertype=0x88CC), "pass", "essential"),
        (Fields(malformed=True), "drop", "default"),
        (Fields(ethertype=0x0800, malformed=True), "drop", "default"),
        (_UDP4, "drop", "default"),
        (_UDP4._replace(source_port=53), "pass", "replies"),
        (_UDP4._replace(source_port=53, malformed=True), "drop", "default"),
        (_UDP4._replace(source_port=67, destination_port=68), "pass", "essential"),
        (_UDP4._replace(source_port=547, destination_port=546), "drop", "default"),
        (_IP6._replace(protocol=17, source_port=547, destination_port=546), "pass", "essential"),
        (_TCP6._replace(tcp_flags=2), "drop", "default"),
        (_TCP6._replace(tcp_flags=0x12), "pass", "replies"),
        (_TCP6._replace(tcp_flags=4), "pass", "replies"),
        (_IP4._replace(protocol=2), "pass", "essential"),
        (_IP6._replace(protocol=2), "drop", "default"),
        (_IP4._replace(protocol=2, fragment=True, later=True), "drop", "default"),
        (_IP4._replace(protocol=1, icmp_type=3), "pass", "essential"),
        (_IP4._replace(protocol=1, icmp_type=8), "drop", "default"),
        (_ICMP6._replace(icmp_type=256 + 2), "pass", "essential"),
        (_ICMP6._replace(icmp_type=256 + 143), "pass", "essential"),
        (_ICMP6._replace(icmp_type=256 + 135), "drop", "default"),
        (_ICMP6._replace(icmp_type=256 + 135, hop_limit=255), "pass", "essential"),
        (_ICMP6._replace(icmp_type=256 + 128, hop_limit=255), "drop", "default"),
    ],
)
def test_what_passes_although_the_default_is_to_drop(fields: Fields, verdict: str, by: str) -> None:
    assert decide(filter_set([], default_action="drop"), fields) == Decision(verdict, by)
    assert decide(filter_set([], default_action="drop", dry_run=True), fields).verdict == "pass"
    assert decide(filter_set([]), fields) == Decision("pass", "default")


def test_other_ethertypes_can_be_dropped() -> None:
    found = filter_set([], default_action="drop", pass_other_ethertypes=False)
    assert decide(found, Fields(ethertype=0x88CC)).verdict == "drop"
    assert decide(found, Fields(ethertype=0x0806)).verdict == "pass"


def test_no_udp_replies() -> None:
    found = filter_set([], default_action="drop", replies={"tcp": False, "udp": []})
    assert decide(found, _UDP4._replace(source_port=53)).verdict == "drop"
    assert decide(found, _TCP6._replace(tcp_flags=16)).verdict == "drop"
