# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a filter does with a frame: rules, as a user writes them, evaluated in order.

The documented semantics in executable form. Like fields.py it shares nothing with the
collection, neither its reading of the options nor the tables that it makes of them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any, Callable, NamedTuple

from fields import ACK, ARP, ICMP, ICMPV6, IGMP, IPV4, IPV6, RST, UDP, UNTAGGED, Fields, parse

DROP, PASS = 1, 2

PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "tcp": 6,
    "udp": 17,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "icmpv6": 58,
    "ospf": 89,
    "sctp": 132,
}
#: By name the types of ICMP and of ICMPv6, where there is one.
ICMP_TYPES = {
    "echo-reply": (0, 129),
    "echo-request": (8, 128),
    "destination-unreachable": (3, 1),
    "time-exceeded": (11, 3),
    "parameter-problem": (12, 4),
    "packet-too-big": (None, 2),
}
ETHERTYPES = {"arp": ARP, "ip": IPV4, "ip6": IPV6}
FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ece": 64, "cwr": 128}

#: From the first to the last.
Range = tuple[int, int]


class Prefix(NamedTuple):
    family: int
    first: int
    #: How many bits of an address are free.
    free: int


class Limit(NamedTuple):
    """Time stands still in the model: a bucket has its burst, and is never filled again."""

    burst: int
    #: Bits of a source that are not told apart, by family; none if all share one bucket.
    free: Mapping[int, int] | None


class Rule:
    """``accepted`` has, by condition, what its field may be; values of one condition are ORed."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.name: str = given["name"]
        self.action: str = given["action"]
        self.dry_run: bool = given.get("dry_run", False)
        self.accepted = _accepted(given)
        self.limit = _limit(given) if self.action == "limit" else None
        self.holds = tuple(_CONDITIONS[name](accepted) for name, accepted in self.accepted.items())

    def matches(self, fields: Fields) -> bool:
        for holds in self.holds:  # noqa: SIM110 - all() of a generator takes twice the time
            if not holds(fields):
                return False
        return True


class Counted:
    """Of one rule: what it decided, and what it would have decided."""

    __slots__ = ("bytes", "packets", "would_bytes", "would_packets")

    def __init__(self) -> None:
        self.packets = self.bytes = self.would_packets = self.would_bytes = 0

    def add(self, length: int, would: bool) -> None:
        if would:
            self.would_packets += 1
            self.would_bytes += length
        else:
            self.packets += 1
            self.bytes += length

    def values(self) -> tuple[int, int, int, int]:
        return self.packets, self.bytes, self.would_packets, self.would_bytes


class Model:
    """A filter, with its counters."""

    def __init__(self, options: Mapping[str, Any], ssh_port: int = 22) -> None:
        management = _management(options.get("management_sources", ()), ssh_port)
        self.rules = [Rule(given) for given in (*management, *options.get("rules", ()))]
        self._default_drop = options.get("default_action", "pass") == "drop"
        self._dry_run: bool = options.get("dry_run", False)
        self._other_ethertypes: bool = options.get("pass_other_ethertypes", True)
        replies = options.get("replies", {})
        self._reply_tcp: bool = replies.get("tcp", True)
        self._reply_udp: Iterable[int] = replies.get("udp", (53, 123))
        self.default, self.essential, self.replies = Counted(), Counted(), Counted()
        self.counted = [Counted() for _rule in self.rules]
        #: How often each rule was the first to match, or the first after others that let the packet go on.
        self.hits = [0] * len(self.rules)
        self._buckets: dict[tuple[int, int, int], int] = {}

    def decide(self, frame: bytes) -> int:
        """The verdict, counted."""
        fields = parse(frame)
        for index, rule in enumerate(self.rules):
            if not rule.matches(fields):
                continue
            self.hits[index] += 1
            if rule.limit is not None and not self._is_over(index, rule.limit, fields):
                continue
            if rule.dry_run:
                self.counted[index].add(fields.length, would=True)
                continue
            if rule.action == "pass":
                self.counted[index].add(fields.length, would=False)
                return PASS
            return self._drop(self.counted[index], fields)
        if self._default_drop:
            if self._is_essential(fields):
                self.essential.add(fields.length, would=False)
                return PASS
            if self._is_reply(fields):
                self.replies.add(fields.length, would=False)
                return PASS
            return self._drop(self.default, fields)
        self.default.add(fields.length, would=False)
        return PASS

    def _drop(self, counted: Counted, fields: Fields) -> int:
        counted.add(fields.length, would=self._dry_run)
        return PASS if self._dry_run else DROP

    def _is_over(self, index: int, limit: Limit, fields: Fields) -> bool:
        family = fields.family or 0
        if limit.free is None or not family:
            bucket = (index, 0, 0)
        else:
            bucket = (index, family, (fields.source or 0) >> limit.free[family])
        left = self._buckets.get(bucket, limit.burst)
        self._buckets[bucket] = max(left - 1, 0)
        return left == 0

    def _is_essential(self, fields: Fields) -> bool:
        if fields.malformed or fields.later:
            return False
        if fields.family is None:
            return fields.ethertype == ARP or self._other_ethertypes
        if fields.protocol == IGMP and fields.family == 4:
            return True
        if fields.protocol == UDP:
            ports = fields.source_port, fields.destination_port
            return ports == ((67, 68) if fields.family == 4 else (547, 546))
        if fields.icmp_type is None:
            return False
        family, kind = fields.icmp_type
        if family == 4:
            return kind in (3, 11, 12)
        if 133 <= kind <= 137:
            return fields.hop_limit == 255
        return 1 <= kind <= 4 or 130 <= kind <= 132 or kind == 143

    def _is_reply(self, fields: Fields) -> bool:
        if fields.malformed:
            return False
        if fields.tcp_flags is not None:
            return self._reply_tcp and bool(fields.tcp_flags & (ACK | RST))
        return fields.protocol == UDP and fields.source_port in self._reply_udp


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _accepted(given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("fragment", "malformed"):
        if name in given:
            found[name] = given[name]
    for name, read in _READERS.items():
        if name in given:
            found[name] = [item for value in _listed(given[name]) for item in read(value)]
    if "protocol" in found and "icmp_type" in found:
        # A number is of the protocols that the rule names, and so is a name.
        families = {4: ICMP, 6: ICMPV6}
        found["icmp_type"] = [each for each in found["icmp_type"] if families[each[0]] in found["protocol"]]
    return found


def _prefixes(value: str) -> list[Prefix]:
    network = ipaddress.ip_network(value)
    return [Prefix(network.version, int(network.network_address), network.max_prefixlen - network.prefixlen)]


def _ranges(value: int | str) -> list[Range]:
    first, _dash, last = str(value).partition("-")
    return [(int(first), int(last or first))]


def _protocol(value: int | str) -> list[int]:
    return [PROTOCOLS[value] if value in PROTOCOLS else int(value)]


def _icmp_types(value: int | str) -> list[tuple[int, int]]:
    types = ICMP_TYPES[value] if value in ICMP_TYPES else (int(value), int(value))
    return [(family, icmp_type) for family, icmp_type in zip((4, 6), types) if icmp_type is not None]


def _flags(value: str) -> list[int]:
    """All bytes that have these flags and have not those with a ``!``."""
    present = absent = 0
    for word in value.split(","):
        if word.startswith("!"):
            absent |= FLAGS[word[1:]]
        else:
            present |= FLAGS[word]
    return [byte for byte in range(256) if byte & present == present and not byte & absent]


def _mac(value: str) -> list[bytes]:
    return [bytes.fromhex(value.replace(":", ""))]


def _ethertype(value: int | str) -> list[int]:
    return [ETHERTYPES[value] if value in ETHERTYPES else int(str(value), 0)]


def _vlans(value: int | str) -> list[Range]:
    return [(UNTAGGED, UNTAGGED)] if value == "none" else _ranges(value)


def _limit(given: Mapping[str, Any]) -> Limit:
    burst = given.get("burst", max(given["packets_per_second"] // 10, 1))
    free = {4: 32 - given.get("source_prefix_ipv4", 32), 6: 128 - given.get("source_prefix_ipv6", 64)}
    return Limit(burst, None if given.get("per") == "all" else free)


def _management(sources: Iterable[str | Mapping[str, Any]], ssh_port: int) -> list[dict[str, Any]]:
    """A source reaches the port of SSH, or those that it names. Sources with the same ports share a rule."""
    by_ports: dict[tuple[Any, ...], list[str]] = {}
    for each in sources:
        one = {"source": each} if isinstance(each, str) else each
        ports = tuple(_listed(one.get("ports", ssh_port)))
        by_ports.setdefault(ports, []).extend(_listed(one["source"]))
    return [
        {
            "name": "management",
            "action": "pass",
            "protocol": "tcp",
            "source": addresses,
            "destination_port": list(ports),
        }
        for ports, addresses in by_ports.items()
    ]


_READERS: dict[str, Callable[[Any], list[Any]]] = {
    "vlan": _vlans,
    "ethertype": _ethertype,
    "protocol": _protocol,
    "destination_port": _ranges,
    "source_port": _ranges,
    "icmp_type": _icmp_types,
    "tcp_flags": _flags,
    "source_mac": _mac,
    "source": _prefixes,
    "destination": _prefixes,
}

_Holds = Callable[[Fields], bool]


def _is_one_of(field: str) -> Callable[[Iterable[Any]], _Holds]:
    """For fields of which no value is None, so that one that cannot be read is not among them."""

    def condition(accepted: Iterable[Any]) -> _Holds:
        values = frozenset(accepted)
        return lambda fields: getattr(fields, field) in values

    return condition


def _is_within(field: str) -> Callable[[Iterable[Range]], _Holds]:
    def condition(accepted: Iterable[Range]) -> _Holds:
        values = frozenset(value for first, last in accepted for value in range(first, last + 1))
        return lambda fields: getattr(fields, field) in values

    return condition


def _is_covered(field: str) -> Callable[[Iterable[Prefix]], _Holds]:
    def condition(accepted: Iterable[Prefix]) -> _Holds:
        # By family and free bits, what the rest of an address may be.
        by_length: dict[int, dict[int, set[int]]] = {4: {}, 6: {}}
        for family, first, free in accepted:
            by_length[family].setdefault(free, set()).add(first >> free)
        lengths = {family: tuple(prefixes.items()) for family, prefixes in by_length.items()}

        def holds(fields: Fields) -> bool:
            if fields.family is None:
                return False
            address = getattr(fields, field)
            return any(address >> free in rests for free, rests in lengths[fields.family])

        return holds

    return condition


def _is(field: str) -> Callable[[bool], _Holds]:
    def condition(accepted: bool) -> _Holds:
        return lambda fields: getattr(fields, field) is accepted

    return condition


_CONDITIONS: dict[str, Callable[[Any], _Holds]] = {
    "source": _is_covered("source"),
    "destination": _is_covered("destination"),
    "source_port": _is_within("source_port"),
    "destination_port": _is_within("destination_port"),
    "protocol": _is_one_of("protocol"),
    "icmp_type": _is_one_of("icmp_type"),
    "tcp_flags": _is_one_of("tcp_flags"),
    "fragment": _is("fragment"),
    "source_mac": _is_one_of("source_mac"),
    "ethertype": _is_one_of("ethertype"),
    "vlan": _is_within("vlan"),
    "malformed": _is("malformed"),
}
