# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A rule in its normal form: numbers and sets instead of what a playbook says. Pure data."""

from __future__ import annotations

import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.rules import FIXED
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.addresses import Addresses

#: Rules of a set, those that let management in included: each is a bit of a number of 64.
MOST_RULES = 64

#: The name of the rules that let management in.
MANAGEMENT = "management"

#: Names of counters that are not those of rules (and of the rules above).
RESERVED = (*FIXED.values(), MANAGEMENT)


class Limit(t.NamedTuple):
    """What a rule with ``action: limit`` allows."""

    packets_per_second: int
    #: Packets that may come at once.
    burst: int
    #: ``source``, each has its own rate, or ``all``.
    per: str = "source"
    #: Bits of the source that tell sources apart.
    prefix4: int = 32
    prefix6: int = 64


class Rule(t.NamedTuple):
    """Conditions that are ``None`` are met by every packet, all others only by packets that have the field."""

    name: str
    #: ``drop``, ``pass`` or ``limit``.
    action: str
    source: Addresses | None = None
    destination: Addresses | None = None
    #: Ranges (first, last) in ascending order, which do not touch each other.
    source_port: tuple[tuple[int, int], ...] | None = None
    destination_port: tuple[tuple[int, int], ...] | None = None
    protocol: frozenset[int] | None = None
    #: Types of ICMP, and those of ICMPv6 plus ``ICMPV6_TYPES_FROM``.
    icmp_type: frozenset[int] | None = None
    #: Pairs of bits that are set and bits that are not, of which one has to fit.
    tcp_flags: tuple[tuple[int, int], ...] | None = None
    fragment: bool | None = None
    source_mac: frozenset[bytes] | None = None
    ethertype: frozenset[int] | None = None
    #: Ids of the outermost tag, and ``UNTAGGED``.
    vlan: frozenset[int] | None = None
    malformed: bool | None = None
    dry_run: bool = False
    limit: Limit | None = None

    def has_flags(self, flags: int) -> bool:
        """Whether the condition ``tcp_flags``, which the rule has, is met."""
        return any(flags & on == on and not flags & off for on, off in self.tcp_flags or ())


#: The conditions by the names of their fields, in the order in which they are told.
CONDITIONS = (
    "source",
    "destination",
    "protocol",
    "source_port",
    "destination_port",
    "icmp_type",
    "tcp_flags",
    "fragment",
    "source_mac",
    "ethertype",
    "vlan",
    "malformed",
)

#: Those whose field only IP packets have.
OF_IP = ("source", "destination", "protocol", "source_port", "destination_port", "icmp_type", "tcp_flags", "fragment")

#: Those that look beyond the IP header, which later fragments do not have.
OF_TRANSPORT = ("source_port", "destination_port", "icmp_type", "tcp_flags")


class FilterSet(t.NamedTuple):
    """All rules in their order, and what happens to packets that none of them decides about."""

    rules: tuple[Rule, ...]
    #: ``drop`` or ``pass``.
    default_action: str = "pass"
    dry_run: bool = False
    pass_other_ethertypes: bool = True
    reply_tcp: bool = True
    reply_udp: tuple[int, ...] = (53, 123)
