# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What rules may say, and what is said of those that are wrong."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import Limit
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils._filter.worlds import compiled, filter_set

_FILES = {"empty": b"# nothing yet\n", "one": b"10.0.0.1\n"}


def _rule(**options: t.Any) -> t.Any:
    return filter_set([{"name": "x", "action": "drop", **options}], _FILES).rules[0]


def _error(**options: t.Any) -> str:
    with pytest.raises(XdpError) as raised:
        compiled([{"name": "x", "action": "drop", **options}], _FILES)
    return str(raised.value)


@pytest.mark.parametrize("given", [22, "22", 22.0, [22], ["22"], "0x16", " 22 "])
def test_numbers_in_all_types(given: t.Any) -> None:
    assert _rule(destination_port=given).destination_port == ((22, 22),)


@pytest.mark.parametrize(
    "given, ranges",
    [
        ("22,80", ((22, 22), (80, 80))),
        (["5000-5100", 5101, "5050 - 5060", 7], ((7, 7), (5000, 5101))),
        ("0-65535", ((0, 65535),)),
    ],
)
def test_ports(given: t.Any, ranges: tuple[tuple[int, int], ...]) -> None:
    assert _rule(source_port=given).source_port == ranges


def test_names() -> None:
    rule = _rule(protocol="TCP, 17", ethertype=["ip", "0x86DD", 34525])
    assert rule.protocol == {6, 17}
    assert rule.ethertype == {0x0800, 0x86DD}
    assert _rule(vlan="None, 3-5").vlan == {4096, 3, 4, 5}
    assert _rule(source_mac=["02:00:00:00:00:01", "02-00-00-00-00-AB"]).source_mac == {
        b"\x02\0\0\0\0\x01",
        b"\x02\0\0\0\0\xab",
    }


@pytest.mark.parametrize(
    "options, types",
    [
        ({"icmp_type": "echo-request"}, {8, 256 + 128}),
        ({"icmp_type": "Echo_Request", "protocol": "icmp"}, {8}),
        ({"icmp_type": ["redirect", "packet-too-big"]}, {5, 256 + 137, 256 + 2}),
        ({"icmp_type": "nd-neighbor-solicit", "protocol": ["icmpv6", "tcp"]}, {256 + 135}),
        ({"icmp_type": [255, "0"], "protocol": 58}, {256 + 255, 256}),
        ({"icmp_type": 3, "protocol": ["icmp", "icmpv6"]}, {3, 256 + 3}),
    ],
)
def test_types_of_icmp(options: dict[str, t.Any], types: set[int]) -> None:
    assert _rule(**options).icmp_type == types


def test_flags() -> None:
    assert _rule(tcp_flags=["syn,!ack", "RST", "rst"]).tcp_flags == ((2, 16), (4, 0))


def test_booleans() -> None:
    rule = _rule(fragment="yes", malformed=0, dry_run="true")
    assert (rule.fragment, rule.malformed, rule.dry_run) == (True, False, True)


@pytest.mark.parametrize(
    "options, limit",
    [
        ({"packets_per_second": 100}, Limit(100, 10)),
        ({"packets_per_second": "3", "per": "all"}, Limit(3, 1, "all")),
        (
            {"packets_per_second": 20, "burst": 7, "source_prefix_ipv4": 24, "source_prefix_ipv6": 48},
            Limit(20, 7, "source", 24, 48),
        ),
    ],
)
def test_limits(options: dict[str, t.Any], limit: Limit) -> None:
    assert _rule(action="limit", **options).limit == limit


def test_sources_in_the_rule_and_in_files() -> None:
    rule = _rule(source="10.0.0.0/8", source_from=["one", "empty"], allow_empty=True)
    assert rule.source.four == [0x0A000000 << 6 | 8, 0x0A000001 << 6 | 32]
    assert rule.source.files == (("one", 1), ("empty", 0))


def test_an_empty_list_waits() -> None:
    rule = {"name": "x", "action": "drop", "source_from": "empty", "allow_empty": True}
    found = compiled([rule], _FILES)
    assert (found.tables, found.constants["any_source"], found.constants["all_rules"]) == ({}, 0, 1)
    assert found.notes == ["There is no packet test of the rule x: no packet for it was found"]
    assert found.warnings == []


@pytest.mark.parametrize(
    "options, message",
    [
        (
            {"sauce": 1},
            "rules[0] (x): unknown option sauce. Did you mean source? A rule can have: name, action, source",
        ),
        ({"source": None}, "rules[0] (x).source has no value. Leave it out, or give it one. Nothing was changed"),
        ({"source": []}, "rules[0] (x).source is an empty list, which no packet would match"),
        ({"source": ["10.0.0.1", ""]}, "rules[0] (x).source has an empty element. Remove it"),
        ({"source": ["10.0.0.1", None]}, "rules[0] (x).source has an empty element. Remove it"),
        ({"source": {"a": 1}}, "rules[0] (x).source: a dictionary is neither a value nor a list of values"),
        (
            {"source": "10.0.0.1/8"},
            "rules[0] (x).source: the prefix 10.0.0.1/8 has bits set beyond its first 8. Probably",
        ),
        ({"source": 22}, "rules[0] (x).source: '22' is neither an address nor a prefix"),
        ({"source_from": "gone"}, "rules[0] (x).source_from: gone cannot be read"),
        (
            {"source_from": "empty"},
            "rules[0] (x).source_from: empty has no addresses. If it may be empty, set allow_empty",
        ),
        ({"source": "::1", "allow_empty": True}, "rules[0] (x).allow_empty goes with source_from and destination_from"),
        ({"destination_port": 65536}, "destination_port: 65536 is neither a number from 0 to 65535 nor a range"),
        ({"destination_port": True}, "destination_port: True is neither a number from 0 to 65535 nor a range"),
        ({"destination_port": "ssh"}, "destination_port: 'ssh' is neither a number from 0 to 65535 nor a range"),
        ({"destination_port": 22.5}, "destination_port: 22.5 is neither a number"),
        ({"destination_port": "9-3"}, "destination_port: the range '9-3' ends before it begins. Write 3-9"),
        (
            {"protocol": "tpc"},
            "protocol: 'tpc' is neither a number from 0 to 255 nor one of the names. Did you mean tcp?",
        ),
        ({"protocol": 256}, "protocol: 256 is neither a number from 0 to 255 nor one of the names. The names are: tcp"),
        (
            {"ethertype": "ipx"},
            "ethertype: 'ipx' is neither a number from 0 to 65535 nor one of the names. Did you mean ip?",
        ),
        ({"vlan": 4096}, "vlan: 4096 is neither a number from 0 to 4095 nor a range"),
        (
            {"source_mac": "02:00:00:00:00"},
            "source_mac: '02:00:00:00:00' is not a MAC address such as 02:00:00:00:00:01",
        ),
        ({"source_mac": 7776000001}, "source_mac: 7776000001 is not a MAC address such as 02:00:00:00:00:01. Quote it"),
        (
            {"icmp_type": "echo-replay"},
            "icmp_type: 'echo-replay' is not a type of ICMP. Did you mean echo-reply? The names are: address",
        ),
        (
            {"icmp_type": 8},
            "icmp_type: 8 is another type in ICMP than in ICMPv6. Add protocol: icmp or protocol: icmpv6",
        ),
        ({"icmp_type": 256, "protocol": "icmp"}, "icmp_type: 256 is not a type of ICMP, which are from 0 to 255"),
        ({"icmp_type": "nd-redirect", "protocol": "icmp"}, "icmp_type: 'nd-redirect' is not a type of ICMP."),
        (
            {"icmp_type": "redirect", "protocol": "tcp"},
            "icmp_type: only packets of the protocols icmp and icmpv6 have a type",
        ),
        ({"tcp_flags": "syn,ak"}, "tcp_flags: 'syn,ak' is not a text of flags such as 'syn,!ack'"),
        ({"tcp_flags": 2}, "tcp_flags: 2 is not a text of flags"),
        ({"tcp_flags": "syn,!syn"}, "tcp_flags: 'syn,!syn' wants a flag to be set and not to be set"),
        ({"fragment": "maybe"}, "rules[0] (x).fragment: 'maybe' is neither true nor false"),
        ({"action": "reject"}, "rules[0] (x).action is 'reject'. It is one of drop, pass and limit"),
        ({"burst": 3}, "rules[0] (x).burst goes with action: limit, and the action is drop"),
        ({"action": "limit"}, "rules[0] (x).packets_per_second is missing. A rule with action: limit needs it"),
        ({"action": "limit", "packets_per_second": 0}, "packets_per_second: 0 is not a number from 1 to 1000000000"),
        ({"action": "limit", "packets_per_second": 1, "burst": 86401}, "burst: 86401 is not a number from 1 to 86400"),
        (
            {"action": "limit", "packets_per_second": 1, "per": "host"},
            "rules[0] (x).per: 'host' is neither source nor all",
        ),
        (
            {"action": "limit", "packets_per_second": 1, "per": "all", "source_prefix_ipv4": 24},
            "rules[0] (x).source_prefix_ipv4 goes with per: source, and per is all",
        ),
        (
            {"action": "limit", "packets_per_second": 1, "source_prefix_ipv6": 65},
            "rules[0] (x).source_prefix_ipv6: 65 is not a number from 0 to 64",
        ),
    ],
)
def test_errors_of_options(options: dict[str, t.Any], message: str) -> None:
    found = _error(**options)
    assert message in found
    assert found.startswith("rules[0] (x)")
    assert found.endswith(". Nothing was changed")
    assert found.count("Nothing was changed") == 1


@pytest.mark.parametrize(
    "options, message",
    [
        ({"protocol": "icmp", "destination_port": 22}, "no packet matches protocol and destination_port together"),
        ({"tcp_flags": "syn", "icmp_type": "redirect"}, "no packet matches icmp_type and tcp_flags together"),
        (
            {"ethertype": "arp", "source": "10.0.0.1"},
            "source is a condition for IP packets, and ethertype has neither ip nor",
        ),
        ({"ethertype": "ip", "source": "::1"}, "no packet matches these conditions together: some are for IPv4 alone"),
        (
            {"destination": "10.0.0.1", "source": "::1"},
            "no packet matches these conditions together: some are for IPv4",
        ),
        (
            {"protocol": "icmp", "icmp_type": "echo-request", "source": "::1"},
            "no packet matches these conditions together",
        ),
        (
            {"ethertype": "arp", "malformed": True},
            "malformed: true is for IP packets, and ethertype has neither ip nor ip6",
        ),
        (
            {"malformed": False, "tcp_flags": "syn,fin"},
            "TCP packets with these tcp_flags are malformed, and the rule has",
        ),
    ],
)
def test_rules_that_no_packet_matches(options: dict[str, t.Any], message: str) -> None:
    assert f"rules[0] (x): {message}" in _error(**options)


def test_first_fragments_alone_are_a_warning() -> None:
    found = compiled([{"name": "x", "action": "drop", "fragment": True, "destination_port": 53}])
    assert found.warnings == [
        "rules[0] (x): with destination_port, the rule matches the first fragments of packets alone, because the others have no "
        "header of TCP, UDP or ICMP. To match all fragments, leave destination_port out"
    ]


@pytest.mark.parametrize(
    "rules, message",
    [
        ("x", "rules: 'x' is not a list. Each rule is a dictionary with name and action"),
        (["x"], "rules[0]: 'x' is not a dictionary. A rule has name, action and conditions"),
        ([{"action": "drop"}], "rules[0].name is missing. Each rule has a name, which its counters have too"),
        (
            [{"name": "a b"}],
            "rules[0].name: 'a b' is not a name of a rule, which has 1 to 63 letters, digits, dots, - and _",
        ),
        ([{"name": "a" * 64}], "is not a name of a rule"),
        ([{"name": "drop\n"}], "is not a name of a rule"),
        (
            [{"name": "replies"}],
            "rules[0].name: replies is the name of a counter that every filter has. Choose another one",
        ),
        ([{"name": "a"}], "rules[0] (a).action is missing. It is one of drop, pass and limit"),
        (
            [{"name": "a", "action": "drop"}, {"name": "b", "action": "drop"}, {"name": "a", "action": "pass"}],
            "rules[2]: there is a rule a already, rules[0]. Give each a name of its own, which its counters have",
        ),
    ],
)
def test_errors_of_rules(rules: t.Any, message: str) -> None:
    with pytest.raises(XdpError) as raised:
        compiled(rules)
    assert message in str(raised.value)
