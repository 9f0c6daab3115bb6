# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What conditions mean together: which packets a rule can match at all."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import words
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import OF_IP, OF_TRANSPORT, Rule

#: What a packet can be: IPv4, IPv6, or a frame of something else.
FOUR, SIX, OTHER = 4, 6, 0

_ICMP_OF = {FOUR: words.ICMP, SIX: words.ICMPV6}


def has(rule: Rule, *conditions: str) -> bool:
    """Whether the rule has one of these conditions."""
    return any(getattr(rule, condition) is not None for condition in conditions)


def protocols(rule: Rule) -> frozenset[int] | None:
    """The protocols that a packet can have which the rule matches; ``None`` for any."""
    found = rule.protocol
    for condition, needed in (
        ("source_port", words.WITH_PORTS),
        ("destination_port", words.WITH_PORTS),
        ("icmp_type", frozenset(_ICMP_OF.values())),
        ("tcp_flags", frozenset((words.TCP,))),
    ):
        if has(rule, condition):
            found = needed if found is None else found & needed
    return found


def families(rule: Rule) -> set[int]:
    """Of ``FOUR``, ``SIX`` and ``OTHER``, those that a packet can be which the rule matches."""
    found = {FOUR, SIX, OTHER}
    if rule.ethertype is not None:
        known = {FOUR: words.IPV4, SIX: words.IPV6}
        found = {family for family in known if known[family] in rule.ethertype}
        if rule.ethertype - {*known.values()}:
            found.add(OTHER)
    if has(rule, *OF_IP):
        found.discard(OTHER)
    for addresses in (rule.source, rule.destination):
        # Files may be empty for a while: then the rule is in wait.
        if addresses is not None and (addresses.four or addresses.six):
            found -= {family for family in (FOUR, SIX) if not addresses.of(family)}
    if rule.icmp_type is not None:
        versions = {SIX if each >= words.ICMPV6_TYPES_FROM else FOUR for each in rule.icmp_type}
        allowed = protocols(rule)
        found &= {version for version in versions if allowed is None or _ICMP_OF[version] in allowed}
    return found


def require_possible(within: str, rule: Rule) -> None:
    """Refuse a rule that no packet matches, whatever it is."""
    transport = [condition for condition in OF_TRANSPORT if has(rule, condition)]
    if protocols(rule) == frozenset():
        named = " and ".join(["protocol"] * has(rule, "protocol") + transport)
        raise XdpError(
            f"{within}: no packet matches {named} together: ports are those of TCP, UDP and SCTP, flags those of TCP, and types "
            f"those of ICMP"
        )
    if rule.ethertype is not None and has(rule, *OF_IP) and not rule.ethertype & {words.IPV4, words.IPV6}:
        named = next(condition for condition in OF_IP if has(rule, condition))
        raise XdpError(f"{within}: {named} is a condition for IP packets, and ethertype has neither ip nor ip6")
    if not families(rule):
        raise XdpError(
            f"{within}: no packet matches these conditions together: some are for IPv4 alone and others for IPv6 alone"
        )
    if rule.malformed and families(rule) == {OTHER}:
        raise XdpError(f"{within}: malformed: true is for IP packets, and ethertype has neither ip nor ip6")
    if rule.malformed is False and rule.tcp_flags is not None and not _sound(rule):
        raise XdpError(
            f"{within}: TCP packets with these tcp_flags are malformed, and the rule has malformed: false. Leave one of the two out"
        )


def _sound(rule: Rule) -> bool:
    """Whether packets with flags that the rule wants can be sound."""
    return any(rule.has_flags(flags) and words.sound_flags(flags) for flags in range(256))


def warnings(within: str, rule: Rule) -> list[str]:
    """What the conditions together mean, where that is easily overlooked."""
    found = []
    transport = [condition for condition in OF_TRANSPORT if has(rule, condition)]
    if rule.fragment and transport:
        found.append(
            f"{within}: with {transport[0]}, the rule matches the first fragments of packets alone, because the others have no "
            f"header of TCP, UDP or ICMP. To match all fragments, leave {transport[0]} out"
        )
    return found
