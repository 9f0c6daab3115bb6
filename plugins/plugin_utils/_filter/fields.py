# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What rules say of a packet whose fields are known: the semantics of a filter, one rule after the other.

Neither masks nor tables are used here. Samples get their expected verdict from
it, and unit tests hold the compiled form to it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import words
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.addresses import Addresses
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import FilterSet, Rule


class Fields(t.NamedTuple):
    """What a packet has; ``None`` for what it does not have, or what cannot be read."""

    source_mac: bytes | None = None
    #: ``UNTAGGED``, or the id of the outermost tag.
    vlan: int | None = None
    ethertype: int | None = None
    #: 4 or 6, where addresses can be read.
    family: int | None = None
    source: int = 0
    destination: int = 0
    protocol: int | None = None
    hop_limit: int = 64
    fragment: bool | None = None
    #: A fragment that is not the first one.
    later: bool = False
    source_port: int | None = None
    destination_port: int | None = None
    icmp_type: int | None = None
    tcp_flags: int | None = None
    malformed: bool = False


#: Who decided if no rule did.
ESSENTIAL, REPLIES, DEFAULT = "essential", "replies", "default"


class Decision(t.NamedTuple):
    """What a filter does with a packet, and why."""

    #: ``drop`` or ``pass``: what becomes of the packet.
    verdict: str
    #: The place of the rule that decided, or one of the names above.
    by: int | str


def matches(rule: Rule, fields: Fields) -> bool:
    """Whether every condition of the rule holds for a packet with these fields."""
    return (
        _have(rule.source, fields.family, fields.source)
        and _have(rule.destination, fields.family, fields.destination)
        and _among(rule.source_port, fields.source_port)
        and _among(rule.destination_port, fields.destination_port)
        and _is_in(rule.protocol, fields.protocol)
        and _is_in(rule.icmp_type, fields.icmp_type)
        and (rule.tcp_flags is None or (fields.tcp_flags is not None and rule.has_flags(fields.tcp_flags)))
        and rule.fragment in (None, fields.fragment)
        and _is_in(rule.source_mac, fields.source_mac)
        and _is_in(rule.ethertype, fields.ethertype)
        and _is_in(rule.vlan, fields.vlan)
        and rule.malformed in (None, fields.malformed)
    )


def decide(filter_set: FilterSet, fields: Fields) -> Decision:
    """What becomes of a packet that no limit stops."""
    for place, rule in enumerate(filter_set.rules):
        if rule.action != "limit" and not rule.dry_run and matches(rule, fields):
            return _decision(filter_set, rule.action, place)
    if filter_set.default_action == "drop":
        if _is_essential(filter_set, fields):
            return Decision("pass", ESSENTIAL)
        if _is_reply(filter_set, fields):
            return Decision("pass", REPLIES)
    return _decision(filter_set, filter_set.default_action, DEFAULT)


def _decision(filter_set: FilterSet, action: str, by: int | str) -> Decision:
    return Decision("pass" if filter_set.dry_run else action, by)


def _have(addresses: Addresses | None, family: int | None, address: int) -> bool:
    return addresses is None or (family is not None and addresses.have(family, address))


def _among(ranges: tuple[tuple[int, int], ...] | None, port: int | None) -> bool:
    return ranges is None or (port is not None and any(first <= port <= last for first, last in ranges))


def _is_in(wanted: frozenset[t.Any] | None, value: t.Any) -> bool:
    return wanted is None or value in wanted


_NEIGHBOURS = range(133, 138)
_MULTICAST_LISTENERS = (130, 131, 132, 143)
_ICMP_ERRORS = (3, 11, 12)
_ICMPV6_ERRORS = range(1, 5)


def _is_essential(filter_set: FilterSet, fields: Fields) -> bool:
    """Whether the host needs the packet to be in a network at all."""
    if fields.malformed or fields.later or fields.ethertype is None:
        return False
    if fields.family is None:
        return fields.ethertype == words.ARP or filter_set.pass_other_ethertypes
    ports = fields.source_port, fields.destination_port
    if fields.family == 4:
        return (
            fields.protocol == words.IGMP
            or (fields.protocol == words.UDP and ports == (67, 68))
            or fields.icmp_type in _ICMP_ERRORS
        )
    if fields.icmp_type is None:
        return fields.protocol == words.UDP and ports == (547, 546)
    type_ = fields.icmp_type - words.ICMPV6_TYPES_FROM
    if type_ in _NEIGHBOURS:
        return fields.hop_limit == 255
    return type_ in _MULTICAST_LISTENERS or type_ in _ICMPV6_ERRORS


def _is_reply(filter_set: FilterSet, fields: Fields) -> bool:
    if fields.malformed:
        return False
    if fields.tcp_flags is not None:
        return filter_set.reply_tcp and bool(fields.tcp_flags & (words.TCP_FLAGS["ack"] | words.TCP_FLAGS["rst"]))
    return fields.protocol == words.UDP and fields.source_port in filter_set.reply_udp
