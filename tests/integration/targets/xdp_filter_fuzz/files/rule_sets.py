# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the filters that are compared: some by hand, others random, the same for the same seed."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from model import Model
from packets import LARGEST, Packets

#: A rule that so few of so many packets for it reach is left out of a random set.
_TRIED, _REACHED = 60, 12

#: More than that is not one buffer.
JUMBO = 9000


class RuleSet(NamedTuple):
    title: str
    options: dict[str, Any]
    largest: int = LARGEST


def rule_sets(seed: int) -> list[RuleSet]:
    chance = random.Random(seed)
    return [*_one_condition(), *_by_hand(), *_random(chance)]


def _drop(name: str, **conditions: Any) -> dict[str, Any]:
    return {"name": name, "action": "drop", **conditions}


def _pass(name: str, **conditions: Any) -> dict[str, Any]:
    return {"name": name, "action": "pass", **conditions}


def _limit(name: str, burst: int, **conditions: Any) -> dict[str, Any]:
    return {"name": name, "action": "limit", "packets_per_second": max(burst, 1), "burst": burst, **conditions}


def _one_condition() -> Iterator[RuleSet]:
    """Each condition alone, so that the program reads as little as it ever does."""
    for condition in (
        {"source": ["192.0.2.1", "2001:db8::1"]},
        {"source": ["10.0.0.0/8", "2001:db8::/32"]},
        {"source": ["0.0.0.0/0"]},
        {"destination": ["::/0"]},
        {"destination": ["192.0.2.1", "10.0.0.0/9", "2001:db8::/33", "2001:db8::1"]},
        {"source_port": [53, "1000-2000"]},
        {"destination_port": ["0-1023"]},
        {"protocol": ["udp", "esp", 4]},
        {"protocol": "icmpv6"},
        {"icmp_type": "echo-request"},
        {"protocol": "icmpv6", "icmp_type": [128, 135, "packet-too-big"]},
        {"tcp_flags": ["syn,!ack", "fin,urg,psh"]},
        {"fragment": True},
        {"fragment": False},
        {"source_mac": ["02:00:00:00:00:01", "02:00:00:00:00:02"]},
        {"ethertype": ["arp", 0x88CC, 0x8100]},
        {"ethertype": "ip6"},
        {"vlan": [7, "100-200"]},
        {"vlan": "none"},
        {"malformed": True},
        {"malformed": False},
    ):
        name = " ".join(f"{name} {value}" for name, value in condition.items())
        yield RuleSet(f"only {name}", {"rules": [_drop("only", **condition)]})
    yield RuleSet("no rule, drop", {"default_action": "drop", "rules": []})
    yield RuleSet(
        "no rule, drop, nothing else",
        {
            "default_action": "drop",
            "rules": [],
            "pass_other_ethertypes": False,
            "replies": {"tcp": False, "udp": []},
        },
    )


def _by_hand() -> Iterator[RuleSet]:
    yield RuleSet(
        "the guide's",
        {
            "management_sources": ["192.0.2.0/24", "2001:db8:1::/48"],
            "rules": [
                _drop("blocklist", source=["198.51.100.0/24", "203.0.113.7", "2001:db8:bad::/48"]),
                _drop("amplifiers", protocol="udp", source_port=[1900, 11211, "5000-5100"]),
                _pass("services", protocol="tcp", destination_port=[22, 80, 443]),
                _drop("scraps", fragment=True),
                _limit("floods", 50000, protocol="udp", per="all"),
            ],
        },
    )
    server = {
        "default_action": "drop",
        "management_sources": ["192.0.2.0/24", {"source": "2001:db8:1::/48", "ports": [22, 8022]}],
        "replies": {"tcp": True, "udp": [53, 123, 547]},
        "rules": [
            _drop("broken", malformed=True),
            _drop("blocklist", source=["198.51.100.0/24", "2001:db8:bad::/48"]),
            _pass("web", protocol="tcp", destination_port=[80, 443]),
            _pass("resolver", protocol=["tcp", "udp"], destination_port=53),
            _pass("ping", icmp_type="echo-request"),
            _limit("tunnels", 2000, protocol=["gre", "esp"], per="all"),
            _pass("tunnels-in", protocol=["gre", "esp"]),
        ],
    }
    yield RuleSet("a server", server)
    yield RuleSet("a server, dry run", {**server, "dry_run": True})
    yield RuleSet(
        "a server, IP alone", {**server, "pass_other_ethertypes": False, "replies": {"tcp": False, "udp": [53]}}
    )
    yield RuleSet("a server, long frames", server, JUMBO)
    yield RuleSet(
        "dry runs among others",
        {
            "rules": [
                _drop("new-list", source=["10.0.0.0/8", "2001:db8::/32"], dry_run=True),
                _pass("new-pass", source=["10.1.0.0/16"], dry_run=True),
                _limit("new-limit", 3, source=["10.1.2.0/24"], per="all", dry_run=True),
                _drop("list", source=["10.1.2.0/24", "10.1.3.4", "2001:db8:1::/48"]),
                _drop("frames", vlan=["1-99"], dry_run=True),
                _drop("rest", vlan=["50-60", "none"]),
            ]
        },
    )
    limits = [
        _limit("one", 1, protocol="tcp", destination_port=80, per="all"),
        _limit("hosts", 5, source=["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1"]),
        _limit("networks", 40, source=["192.0.2.0/24", "2001:db8::/62"], source_prefix_ipv4=26, source_prefix_ipv6=64),
        _limit("never", 50000, source=["10.0.0.0/30"], source_prefix_ipv4=31),
        _limit("dry", 3, protocol="udp", per="all", dry_run=True),
        _drop("after", source=["192.0.2.0/25", "10.0.0.0/8"]),
        _limit("last", 7, per="all", protocol=["udp", "tcp"], malformed=False),
    ]
    yield RuleSet("limits", {"rules": limits})
    yield RuleSet("limits, dry run", {"rules": limits, "dry_run": True, "default_action": "drop"})
    yield RuleSet("in the shadow", {"rules": list(_shadowed())})
    yield RuleSet("64 rules", {"rules": list(_as_many_as_there_can_be())})
    yield RuleSet("nested prefixes", {"rules": list(_nested())})
    yield RuleSet("long lists", {"rules": list(_long())})


def _shadowed() -> Iterator[dict[str, Any]]:
    """Rules that no packet reaches, and others of which earlier ones leave only a little."""
    yield _drop("network", source=["10.0.0.0/8", "2001:db8::/32"])
    yield _pass("network-part", source=["10.1.0.0/16", "2001:db8:1::/48", "10.0.0.1"])
    yield _pass("network-and-more", source=["10.1.0.0/16", "11.0.0.0/16"])
    yield _drop("ports", protocol="tcp", destination_port=["80-89", "91-99"])
    yield _pass("ports-part", protocol="tcp", destination_port=["82-85", 91])
    yield _pass("ports-and-more", protocol="tcp", destination_port=["88-91"])
    yield _pass("ports-of-udp", protocol=["tcp", "udp"], destination_port=85)
    yield _drop("fragments", fragment=True)
    yield _pass("fragments-part", fragment=True, protocol="udp", vlan="none")
    yield _pass("broken", malformed=True, vlan="none")
    yield _drop("broken-and-more", malformed=True)
    yield _pass("flags", tcp_flags=["syn,!ack"])
    yield _drop("flags-part", tcp_flags=["syn,!ack,!fin"])
    yield _drop("flags-and-more", tcp_flags=["syn,!fin,!rst,!urg"])
    yield _drop("dry", vlan=5, dry_run=True)
    yield _pass("dry-same", vlan=5)
    yield _drop("arp", ethertype="arp")
    yield _pass("arp-part", ethertype=0x0806, source_mac="02:00:00:00:00:01")
    yield _drop("arp-and-more", ethertype=["arp", 0x0807])


def _as_many_as_there_can_be() -> Iterator[dict[str, Any]]:
    for number in range(0, 64, 8):
        yield _pass(f"mac-{number}", source_mac=[f"02:00:00:00:01:{number:02x}"], dry_run=number == 8)
        yield _drop(f"vlan-{number}", vlan=[100 + number])
        yield _drop(f"source-{number}", source=[f"10.0.{number}.0/24", f"2001:db8:{number}::/48"])
        yield _pass(f"destination-{number}", destination=[f"10.1.{number}.1", f"2001:db8:1:{number}::1"])
        yield _drop(
            f"port-{number}", protocol="udp", destination_port=[1000 + number, f"{2000 + number}-{2003 + number}"]
        )
        yield _pass(f"from-port-{number}", protocol="tcp", source_port=3000 + number)
        yield _drop(f"protocol-{number}", protocol=[190 + number])
        yield _drop(f"ethertype-{number}", ethertype=[0x9000 + number])


def _nested() -> Iterator[dict[str, Any]]:
    """The longer, the earlier, with all lengths that there are."""
    for length in range(32, 4, -3):
        other = ipaddress.ip_network(("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 4 * length), strict=False)
        network = ipaddress.ip_network(("10.255.255.255", length), strict=False)
        action = _drop if length % 2 else _pass
        yield action(f"within-{length}", source=[str(network), str(other)])
        yield action(f"to-{length}", destination=[str(network), str(other)])
    yield _drop("any-v4", source=["0.0.0.0/0"])
    yield _pass("any-v6", destination=["::/0"])


def _long() -> Iterator[dict[str, Any]]:
    """Prefixes in prefixes of other rules, and hosts in them, more than a batch of each."""
    chance = random.Random(1)
    for name in ("first", "second", "third"):
        fours = {_prefix(chance, 4, (26, 28, 30, 32, 32, 32)) for _prefix_number in range(3000)}
        sixes = {_prefix(chance, 6, (64, 96, 112, 128, 128)) for _prefix_number in range(2000)}
        yield (_pass if name == "second" else _drop)(name, source=sorted(fours | sixes))
    yield _drop("elsewhere", destination=sorted({_prefix(chance, 4, (24, 32)) for _prefix_number in range(2000)}))


def _prefix(chance: random.Random, family: int, lengths: Sequence[int]) -> str:
    """Within a few networks, so that they meet."""
    length = chance.choice(lengths)
    if family == 4:
        base, bits = chance.choice((0x0A000000, 0x0A010000, 0xC0000200, 0xC6336400)), 32
        value = base | chance.getrandbits(chance.choice((4, 8, 12, 20)))
    else:
        base, bits = 0x20010DB8 << 96, 128
        value = base | chance.getrandbits(chance.choice((2, 20))) << chance.choice((0, 64, 76, 88))
    free = bits - length
    address = ipaddress.ip_address((value >> free << free).to_bytes(bits // 8, "big"))
    return f"{address}/{length}" if chance.random() < 0.9 or length < bits else str(address)


# Random ones


def _random(chance: random.Random) -> Iterator[RuleSet]:
    for number in range(16):
        count = 62 if number < 2 else 1 + chance.randrange(12)
        shapes = _SHAPES if number < 2 else chance.sample(_SHAPES, 1 + chance.randrange(4))
        rules = [_random_rule(chance, f"r{index}", shapes) for index in range(count)]
        options = {
            "default_action": chance.choice(("pass", "drop")),
            "dry_run": chance.random() < 0.2,
            "rules": _reached(rules, chance.randrange(1 << 30)),
        }
        yield RuleSet(f"random {number}", options)


def _reached(rules: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Without those that earlier ones leave nothing, or nearly nothing."""
    model = Model({"rules": rules})
    packets = Packets(model.rules, seed)
    found = []
    for index, rule in enumerate(rules):
        before = model.hits[index]
        for _packet in range(_TRIED):
            model.decide(packets.next(index))
        if model.hits[index] - before >= _REACHED:
            found.append(rule)
    return found


def _random_rule(chance: random.Random, name: str, shapes: Sequence[Any]) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    for shape in chance.sample(shapes, min(len(shapes), chance.choice((1, 1, 2, 3)))):
        for condition, value in shape(chance).items():
            conditions.setdefault(condition, value)
    _agree(conditions)
    rule = {"name": name, "action": chance.choice(("drop", "drop", "pass")), **conditions}
    if chance.random() < 0.1:
        rule = {**_limit(name, chance.choice((1, 3, 40, 50000)), per="all"), **conditions}
    if chance.random() < 0.15:
        rule["dry_run"] = True
    return rule


def _agree(conditions: dict[str, Any]) -> None:
    """Leave out what no packet has together."""
    if "ethertype" in conditions:
        for name in ("source", "destination", "fragment", *_TRANSPORT):
            conditions.pop(name, None)
    if "icmp_type" in conditions:
        for name in ("source_port", "destination_port", "tcp_flags"):
            conditions.pop(name, None)
    if "tcp_flags" in conditions:
        conditions["protocol"] = "tcp"
    if conditions.keys() & {"source_port", "destination_port"}:
        conditions["protocol"] = (
            conditions["protocol"] if conditions.get("protocol") in ("tcp", "udp", "sctp") else "udp"
        )


_TRANSPORT = ("protocol", "source_port", "destination_port", "icmp_type", "tcp_flags")


def _addresses(chance: random.Random) -> list[str]:
    found = {
        _prefix(chance, family, lengths)
        for family, lengths in ((4, (8, 16, 24, 28, 30, 31, 32)), (6, (32, 48, 64, 96, 127, 128)))
        for _prefix_number in range(chance.randrange(4))
    }
    return sorted(found) or ["192.0.2.0/24"]


def _some_ports(chance: random.Random) -> list[Any]:
    first = chance.choice((0, 22, 53, 80, 1000, 65000))
    return [chance.choice((22, 53, 80, 443, 65535)), f"{first}-{first + chance.choice((1, 10, 500))}"]


_SHAPES = (
    lambda chance: {"source": _addresses(chance)},
    lambda chance: {"source": _addresses(chance)},
    lambda chance: {"destination": _addresses(chance)},
    lambda chance: {"source_port": _some_ports(chance)},
    lambda chance: {"destination_port": _some_ports(chance)},
    lambda chance: {"protocol": chance.choice(("tcp", "udp", "sctp"))},
    lambda chance: {"protocol": sorted({chance.choice((2, 47, 50, 51, 59, 89, 132)) for _number in range(2)})},
    lambda chance: {"icmp_type": chance.choice(("echo-request", "echo-reply", "destination-unreachable"))},
    lambda chance: {"protocol": "icmpv6", "icmp_type": [chance.choice((130, 133, 135, 136, 143)), 1]},
    lambda chance: {"tcp_flags": chance.choice(("syn,!ack", "rst", "fin,!ack", "ack,!syn,!fin", "!ack,!rst"))},
    lambda chance: {"fragment": chance.random() < 0.7},
    lambda chance: {"source_mac": [f"02:00:00:00:00:{chance.randrange(4):02x}"]},
    lambda chance: {"ethertype": chance.choice(("arp", 0x88CC, 0x9000))},
    lambda chance: {"vlan": chance.choice(([1, 2], ["10-20"], ["none"], [0, 4095, "none"]))},
    lambda chance: {"malformed": chance.random() < 0.7},
)
