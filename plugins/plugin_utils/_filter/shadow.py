# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Rules that no packet reaches, because an earlier rule decides about all of their packets.

One earlier rule is compared at a time, so not all such rules are found; those
that are found are certain.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import addresses, meaning, words
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import OF_IP, FilterSet, Rule

_Ranges = t.Tuple[t.List[int], t.List[int]]
_KNOWN_ETHERTYPES = {meaning.FOUR: words.IPV4, meaning.SIX: words.IPV6}


def warnings(filter_set: FilterSet) -> list[str]:
    """One for each rule that another one keeps all packets from."""
    compared = _Compared()
    found = []
    deciding: list[Rule] = []
    for rule in filter_set.rules:
        by = next((earlier for earlier in deciding if compared.covers(earlier, rule)), None)
        if by is not None:
            found.append(
                f"No packet reaches the rule {rule.name}: the rule {by.name} before it decides ({by.action}) about all packets that "
                f"it would match. Put it before {by.name}, or remove it"
            )
        elif rule.action != "limit" and not rule.dry_run:
            deciding.append(rule)
    return found


class _Compared:
    """Keeps the ranges of addresses, which take a second for a million prefixes."""

    def __init__(self) -> None:
        self._ranges: dict[tuple[int, int], _Ranges] = {}

    def covers(self, earlier: Rule, rule: Rule) -> bool:
        """Whether the earlier rule matches each packet that the other one matches."""
        if any(each is not None and not (each.four or each.six) for each in (rule.source, rule.destination)):
            return False  # its list is empty at the moment
        families = meaning.families(rule)
        return (
            self._numbers(earlier, rule, families)
            and _ports(earlier.source_port, rule.source_port)
            and _ports(earlier.destination_port, rule.destination_port)
            and _flags(earlier, rule)
            and earlier.fragment in (None, rule.fragment)
            and earlier.malformed in (None, rule.malformed)
            and self._addresses(earlier, rule, "source", families)
            and self._addresses(earlier, rule, "destination", families)
        )

    def _numbers(self, earlier: Rule, rule: Rule, families: set[int]) -> bool:
        ethertypes = rule.ethertype
        if meaning.has(rule, *OF_IP):
            implied = frozenset(_KNOWN_ETHERTYPES[family] for family in families)
            ethertypes = implied if ethertypes is None else ethertypes & implied
        return (
            _subset(earlier.protocol, meaning.protocols(rule))
            and _subset(earlier.icmp_type, rule.icmp_type)
            and _subset(earlier.source_mac, rule.source_mac)
            and _subset(earlier.ethertype, ethertypes)
            and _subset(earlier.vlan, rule.vlan)
        )

    def _addresses(self, earlier: Rule, rule: Rule, direction: str, families: set[int]) -> bool:
        outer, inner = getattr(earlier, direction), getattr(rule, direction)
        if outer is None:
            return True
        if not meaning.has(rule, *OF_IP):
            return False  # it matches packets without addresses as well
        for family in families:
            if inner is None:
                bits = addresses.BITS[family]
                whole: _Ranges = ([0], [(1 << bits) - 1])
            else:
                whole = self._of(inner, family)
            if not addresses.within(whole, self._of(outer, family)):
                return False
        return True

    def _of(self, each: addresses.Addresses, family: int) -> _Ranges:
        known = (id(each), family)
        if known not in self._ranges:
            self._ranges[known] = addresses.ranges(family, each.of(family))
        return self._ranges[known]


def _subset(outer: frozenset[t.Any] | None, inner: frozenset[t.Any] | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)


def _ports(outer: tuple[tuple[int, int], ...] | None, inner: tuple[tuple[int, int], ...] | None) -> bool:
    if outer is None or inner is None:
        return outer is None
    return all(any(first <= low and high <= last for first, last in outer) for low, high in inner)


def _flags(earlier: Rule, rule: Rule) -> bool:
    if earlier.tcp_flags is None or rule.tcp_flags is None:
        return earlier.tcp_flags is None
    return all(earlier.has_flags(flags) for flags in range(256) if rule.has_flags(flags))
