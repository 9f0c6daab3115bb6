# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Packet tests made of the rules: for each, a packet that it matches and one that it does not.

What is expected comes from the rules one after the other (``fields.decide``).
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import meaning, words
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.addresses import (
    BITS,
    Addresses,
    address_of,
    length_of,
)
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.fields import decide, matches
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.packets import (
    FIRST,
    LATER,
    WHOLE,
    Choice,
    fields_of,
    packet_of,
)
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import OF_TRANSPORT, FilterSet, Rule

# Addresses for documentation (RFC 5737, 3849), then others.
_ADDRESSES = {
    4: (0xC0000201, 0xC6336401, 0xCB007101, 0x0A000001, 0xAC100001, 0x64400001, 0x08080808, 0x5DB8D822, 0xC0A80001),
    6: (
        0x20010DB8 << 96 | 1,
        0x20010DB8_FFFF << 80 | 1,
        0x3FFF << 112 | 1,
        0xFD00 << 112 | 1,
        0xFE80 << 112 | 1,
        0x20014860_4860 << 80 | 0x8888,
    ),
}
_DESTINATION = {4: 0xC0000202, 6: 0x20010DB8 << 96 | 2}

_ETHERTYPES = {4: words.IPV4, 6: words.IPV6}
_ECHO_REQUEST = {4: 8, 6: 128}

#: The order in which protocols are tried; 253 and 254 are for experiments (RFC 3692).
_USUAL = (words.TCP, words.UDP, words.ICMP, words.ICMPV6, words.SCTP, 253, 254)
#: An EtherType for experiments (IEEE 802).
_EXPERIMENT = 0x88B5


class Samples(t.NamedTuple):
    """Packets to try a filter on."""

    #: The option ``tests`` of xdp_pin.
    tests: list[dict[str, t.Any]]
    #: Why a rule has no packet of the one kind or the other.
    notes: list[str]


def samples_of(filter_set: FilterSet) -> Samples:
    """For each rule a packet that matches it and one that does not, with the verdict that the rules ask for."""
    found = Samples([], [])
    seen: dict[str, int] = {}
    for rule in filter_set.rules:
        seen[rule.name] = number = seen.get(rule.name, 0) + 1
        name = f"rule {rule.name}" + (f" ({number})" if number > 1 else "")
        matching = _matching(rule)
        if matching is None:
            found.notes.append(f"There is no packet test of the {name}: no packet for it was found")
            continue
        found.tests.append(_test(filter_set, f"{name} matches", matching))
        other = next((each for each in _others(rule, matching) if not matches(rule, fields_of(each))), None)
        if other is None:
            found.notes.append(f"There is no packet test of what the {name} does not match: no packet for it was found")
        else:
            found.tests.append(_test(filter_set, f"{name} does not match", other))
    return found


def _test(filter_set: FilterSet, name: str, choice: Choice) -> dict[str, t.Any]:
    verdict = decide(filter_set, fields_of(choice)).verdict
    return {"name": name, "packet": packet_of(choice), "verdict": verdict}


def _matching(rule: Rule) -> Choice | None:
    """A packet that the rule matches."""
    for family in (4, 6, 0):
        if family not in meaning.families(rule):
            continue
        for choice in _choices(rule, family):
            if matches(rule, fields_of(choice)):
                return choice
    return None


def _choices(rule: Rule, family: int) -> Iterator[Choice]:
    """Packets of the family that are likely to be matched."""
    plain = Choice(family=family)
    if rule.source_mac:
        plain = plain._replace(source_mac=min(rule.source_mac))
    if rule.vlan:
        plain = plain._replace(vlan=max(rule.vlan))
    if not family:
        others = (rule.ethertype or {words.ARP}) - {*_ETHERTYPES.values(), *words.TAGS}
        yield from (plain._replace(ethertype=each) for each in sorted(others)[:1])
        return
    part = WHOLE
    if rule.fragment:
        part = FIRST if meaning.has(rule, *OF_TRANSPORT) else LATER
    plain = plain._replace(
        ethertype=_ETHERTYPES[family],
        source=_first(rule.source, family, _ADDRESSES[family][0]),
        destination=_first(rule.destination, family, _DESTINATION[family]),
        source_port=rule.source_port[0][0] if rule.source_port else plain.source_port,
        destination_port=rule.destination_port[0][0] if rule.destination_port else plain.destination_port,
        icmp_type=_icmp_type(rule, family),
        tcp_flags=_flags(rule),
        part=part,
        malformed=bool(rule.malformed),
    )
    allowed = meaning.protocols(rule)
    known = [each for each in _USUAL if allowed is None or each in allowed]
    for protocol in known + sorted((allowed or frozenset()) - {*_USUAL}):
        # Of IPv6, such a header is followed, except where the rest of the packet is in another fragment.
        if family == 4 or part == LATER or protocol not in words.EXTENSION_HEADERS:
            yield plain._replace(protocol=protocol)


def _first(addresses: Addresses | None, family: int, other: int) -> int:
    """An address of the condition: the second one of a prefix, as the first often has a meaning of its own."""
    if addresses is None or not addresses.of(family):
        return other
    prefix = addresses.of(family)[0]
    return address_of(family, prefix) + (length_of(family, prefix) < BITS[family] - 1)


def _icmp_type(rule: Rule, family: int) -> int:
    base = words.ICMPV6_TYPES_FROM if family == 6 else 0
    types = [each - base for each in sorted(rule.icmp_type or ()) if 0 <= each - base < words.ICMPV6_TYPES_FROM]
    return types[0] if types else _ECHO_REQUEST[family]


def _flags(rule: Rule, wanted: bool = True) -> int:
    """Flags that the rule wants, or that it does not: such that packets may have, if there are any."""
    if rule.tcp_flags is None:
        return words.TCP_FLAGS["syn"]
    every = [flags for flags in (2, *range(256)) if rule.has_flags(flags) == wanted]
    return next(filter(words.sound_flags, every), every[0] if every else 0)


def _others(rule: Rule, choice: Choice) -> Iterator[Choice]:
    """The packet with one field changed, which is likely not to be matched any more."""
    family = choice.family
    if family:
        for address in _ADDRESSES[family]:
            if rule.source is not None:
                yield choice._replace(source=address)
            if rule.destination is not None:
                yield choice._replace(destination=address)
        if rule.destination_port is not None:
            yield from (choice._replace(destination_port=port) for port in _outside(rule.destination_port))
        if rule.source_port is not None:
            yield from (choice._replace(source_port=port) for port in _outside(rule.source_port))
        if rule.icmp_type is not None:
            yield from (choice._replace(icmp_type=type_) for type_ in (_ECHO_REQUEST[family], *range(256)))
        if rule.tcp_flags is not None:
            yield choice._replace(tcp_flags=_flags(rule, wanted=False))
        if rule.protocol is not None:
            icmp = words.ICMP if family == 4 else words.ICMPV6
            usual = (words.UDP, words.TCP, icmp, 253, 254)
            yield from (choice._replace(protocol=each, icmp_type=_ECHO_REQUEST[family]) for each in usual)
        if rule.fragment is not None:
            yield from (choice._replace(part=part) for part in ((WHOLE,) if rule.fragment else (LATER, FIRST)))
    if rule.source_mac is not None:
        yield from (choice._replace(source_mac=bytes((2, 0, 0, 0, 1, last))) for last in range(256))
    if rule.vlan is not None:
        yield from (choice._replace(vlan=each) for each in (words.UNTAGGED, *range(1, 4095), 0, 4095))
    if rule.ethertype is not None:
        yield choice._replace(family=0, ethertype=_EXPERIMENT)
        yield choice._replace(family=0, ethertype=words.ARP)
        for version in (4, 6):
            yield choice._replace(
                family=version,
                ethertype=_ETHERTYPES[version],
                source=_ADDRESSES[version][0],
                destination=_DESTINATION[version],
                protocol=words.TCP,
            )
    if rule.malformed is not None and family:
        yield choice._replace(malformed=not rule.malformed)


def _outside(ranges: tuple[tuple[int, int], ...]) -> Iterator[int]:
    """Ports that are in none of the ranges, if there are any."""
    yield from (40000, 49152)
    for first, last in ranges:
        if first > 0:
            yield first - 1
        if last < 65535:
            yield last + 1
