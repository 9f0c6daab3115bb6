# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The constants of ``xdp_filter.c``: which conditions which rules have, and what the rules do.

The verifier knows them, and removes what no rule needs from the program.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Collection, Sequence

from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import words
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.meaning import has
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import (
    MOST_RULES,
    OF_TRANSPORT,
    FilterSet,
    Limit,
    Rule,
)

_ACTIONS = {"drop": 0, "pass": 1, "limit": 2}

#: The parts of the constants ``any_X``, and the condition of each.
_ANY = (
    "source",
    "destination",
    "source_port",
    "destination_port",
    "protocol",
    "icmp_type",
    "tcp_flags",
    "source_mac",
    "ethertype",
    "vlan",
)

#: Conditions for which the program reads more than the addresses, the Ethernet header and tags.
_BEYOND_ADDRESSES = ("protocol", *OF_TRANSPORT, "fragment", "malformed")

_REPLY_PORTS = 8

#: Times are nanoseconds with six more bits, so that a million packets a second are not a thousandth too many.
_NANOSECOND = 1 << 6
_SECOND = 1_000_000_000 * _NANOSECOND


def constants_of(filter_set: FilterSet, tables: Collection[str]) -> dict[str, t.Any]:
    """The value of each constant; ``tables`` are the names of those that are used."""
    rules = filter_set.rules
    limits = [(place, rule.limit) for place, rule in enumerate(rules) if rule.limit is not None]
    each = [limit for _place, limit in limits]
    found: dict[str, t.Any] = {"all_rules": (1 << len(rules)) - 1}
    for condition in _ANY:
        found[f"any_{condition}"] = _mask(rules, lambda rule, name=condition: getattr(rule, name) is None)  # type: ignore[misc]  # the default has no hint
    found["if_fragment"] = _mask(rules, lambda rule: rule.fragment is not False)
    found["if_whole"] = _mask(rules, lambda rule: rule.fragment is not True)
    found["if_malformed"] = _mask(rules, lambda rule: rule.malformed is not False)
    found["if_sound"] = _mask(rules, lambda rule: rule.malformed is not True)
    found["if_tcp"] = _mask(rules, lambda rule: _may_match_whole(rule, words.TCP))
    found["if_udp"] = _mask(rules, lambda rule: _may_match_whole(rule, words.UDP) and rule.tcp_flags is None)
    found["skip_transport"] = not any(has(rule, *_BEYOND_ADDRESSES) for rule in rules)
    asks_if_malformed = any(rule.malformed is not None for rule in rules)
    found["check_malformed"] = asks_if_malformed or filter_set.default_action == "drop"
    for direction in ("source", "destination"):
        for name in (f"{direction}4_hosts", f"{direction}4", f"{direction}6_hosts", f"{direction}6"):
            found[f"use_{name}"] = name in tables
    found["actions"] = _padded([_ACTIONS[rule.action] for rule in rules], MOST_RULES)
    found["dry_run_rules"] = _mask(rules, lambda rule: rule.dry_run)
    found["dry_run"] = filter_set.dry_run
    found["limits"] = bool(limits)
    limiters = [0] * MOST_RULES
    for index, (place, _limit) in enumerate(limits):
        limiters[place] = index
    found["limiters"] = limiters
    found["limit_interval"] = _padded([interval(limit) for limit in each], MOST_RULES)
    found["limit_tolerance"] = _padded([(limit.burst - 1) * interval(limit) for limit in each], MOST_RULES)
    found["limit_source4"] = _padded([limit.prefix4 for limit in each], MOST_RULES)
    found["limit_source6"] = _padded([limit.prefix6 for limit in each], MOST_RULES)
    found["limit_per"] = _padded([int(limit.per == "all") for limit in each], MOST_RULES)
    found["default_action"] = _ACTIONS[filter_set.default_action]
    found["pass_other_ethertypes"] = filter_set.pass_other_ethertypes
    found["reply_tcp"] = filter_set.reply_tcp
    found["reply_udp"] = _padded(list(filter_set.reply_udp), _REPLY_PORTS)
    found["reply_udp_count"] = len(filter_set.reply_udp)
    return found


def interval(limit: Limit) -> int:
    """The time between two packets at the rate of the limit."""
    return (_SECOND + limit.packets_per_second // 2) // limit.packets_per_second


def _may_match_whole(rule: Rule, protocol: int) -> bool:
    """Whether it can match packets of TCP or UDP that are whole, whatever their headers hold."""
    by_protocol = rule.protocol is None or protocol in rule.protocol
    return by_protocol and rule.fragment is not True and rule.icmp_type is None


def _mask(rules: Sequence[Rule], wanted: Callable[[Rule], bool]) -> int:
    return sum(1 << place for place, rule in enumerate(rules) if wanted(rule))


def _padded(values: list[int], size: int) -> list[int]:
    return values + [0] * (size - len(values))
