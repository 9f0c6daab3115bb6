# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The language of rules: dictionaries as a playbook has them become rules in their normal form."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import addresses, values
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.addresses import Addresses
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.lists import Lists
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import CONDITIONS, RESERVED, Limit, Rule
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.values import said

ACTIONS = ("drop", "pass", "limit")

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,63}", re.ASCII)

_OF_LIMITS = ("packets_per_second", "burst", "per", "source_prefix_ipv4", "source_prefix_ipv6")
_OPTIONS = ("name", "action", *CONDITIONS, "source_from", "destination_from", "allow_empty", "dry_run", *_OF_LIMITS)

_FASTEST = 1_000_000_000
#: Seconds' worth of packets that may come at once: one day.
_LONGEST_BURST = 86_400


def rules(given: t.Any, lists: Lists) -> list[Rule]:
    """The option ``rules``, whose elements are dictionaries; raises ``XdpError`` for the first that is wrong."""
    if not isinstance(given, (list, tuple)):
        raise XdpError(f"rules: {said(given)} is not a list. Each rule is a dictionary with name and action")
    found: list[Rule] = []
    places: dict[str, int] = {}
    for place, each in enumerate(given):
        rule = _rule(each, f"rules[{place}]", lists)
        if rule.name in places:
            raise XdpError(
                f"rules[{place}]: there is a rule {rule.name} already, rules[{places[rule.name]}]. Give each a name of its own, "
                f"which its counters have"
            )
        places[rule.name] = place
        found.append(rule)
    return found


def within_rule(place: int, rule: Rule) -> str:
    """How messages call a rule of the option ``rules``."""
    return f"rules[{place}] ({rule.name})"


def _rule(given: t.Any, place: str, lists: Lists) -> Rule:
    if not isinstance(given, t.Mapping):
        raise XdpError(f"{place}: {said(given)} is not a dictionary. A rule has name, action and conditions")
    taken = {str(name): value for name, value in given.items()}
    name = _rule_name(taken.get("name"), place)
    within = f"{place} ({name})"
    for option in sorted(taken):
        if option not in _OPTIONS:
            raise XdpError(
                f"{within}: unknown option {short(option)}. {unknown_name(option, _OPTIONS, 'A rule can have')}"
            )
        if taken[option] is None:
            # Of a condition, this would widen the rule to packets that nobody had in mind.
            raise XdpError(f"{within}.{option} has no value. Leave it out, or give it one")
    action = taken.get("action")
    if action not in ACTIONS:
        what = "is missing" if action is None else f"is {said(action)}"
        raise XdpError(f"{within}.action {what}. It is one of drop, pass and limit")
    conditions = _Conditions(taken, within, lists)
    return Rule(
        name=name,
        action=str(action),
        source=conditions.addresses("source"),
        destination=conditions.addresses("destination"),
        source_port=conditions.take("source_port", values.ports),
        destination_port=conditions.take("destination_port", values.ports),
        protocol=conditions.take("protocol", values.protocols),
        icmp_type=conditions.icmp_types(),
        tcp_flags=conditions.take("tcp_flags", values.tcp_flags),
        fragment=conditions.take("fragment", values.boolean),
        source_mac=conditions.take("source_mac", values.macs),
        ethertype=conditions.take("ethertype", values.ethertypes),
        vlan=conditions.take("vlan", values.vlans),
        malformed=conditions.take("malformed", values.boolean),
        dry_run=conditions.take("dry_run", values.boolean) or False,
        limit=_limit(taken, within, str(action)),
    )


def _rule_name(value: t.Any, place: str) -> str:
    if value is None:
        raise XdpError(f"{place}.name is missing. Each rule has a name, which its counters have too")
    name = str(value) if isinstance(value, (str, int)) else ""
    if not _NAME.fullmatch(name):
        raise XdpError(
            f"{place}.name: {said(value)} is not a name of a rule, which has 1 to 63 letters, digits, dots, - and _"
        )
    if name in RESERVED:
        raise XdpError(f"{place}.name: {name} is the name of a counter that every filter has. Choose another one")
    return name


_T = t.TypeVar("_T")


class _Conditions:
    def __init__(self, taken: dict[str, t.Any], within: str, lists: Lists) -> None:
        self._taken = taken
        self._within = within
        self._lists = lists
        self._allow_empty = self.take("allow_empty", values.boolean) or False
        if "allow_empty" in taken and not {"source_from", "destination_from"} & taken.keys():
            raise XdpError(f"{within}.allow_empty goes with source_from and destination_from")

    def take(self, option: str, read: t.Callable[[str, t.Any], _T]) -> _T | None:
        return read(f"{self._within}.{option}", self._taken[option]) if option in self._taken else None

    def icmp_types(self) -> frozenset[int] | None:
        protocol = self.take("protocol", values.protocols)
        return self.take("icmp_type", lambda within, value: values.icmp_types(within, value, protocol))

    def addresses(self, option: str) -> Addresses | None:
        """The prefixes of ``source`` or ``destination`` and of the files beside it."""
        four: list[int] = []
        six: list[int] = []
        files: list[tuple[str, list[int], list[int]]] = []
        if option in self._taken:
            four, six = read_prefixes(f"{self._within}.{option}", self._taken[option])
        if f"{option}_from" in self._taken:
            within = f"{self._within}.{option}_from"
            for name in values.elements(within, self._taken[f"{option}_from"], split=None):
                files.append((str(name), *self._read(within, str(name))))
        return addresses.addresses(four, six, files) if four or six or files else None

    def _read(self, within: str, name: str) -> tuple[list[int], list[int]]:
        try:
            found = self._lists.prefixes(name)
        except XdpError as error:
            raise XdpError(f"{within}: {error}") from error
        if not found[0] and not found[1] and not self._allow_empty:
            raise XdpError(f"{within}: {name} has no addresses. If it may be empty, set allow_empty: true")
        return found


def read_prefixes(within: str, value: t.Any) -> tuple[list[int], list[int]]:
    """The IPv4 and the IPv6 prefixes of an option."""
    texts = [each if isinstance(each, str) else str(each) for each in values.elements(within, value)]
    try:
        return addresses.read(texts)
    except addresses.WrongAddress as error:
        raise XdpError(f"{within}: {error}") from error


def _limit(taken: dict[str, t.Any], within: str, action: str) -> Limit | None:
    given = [option for option in _OF_LIMITS if option in taken]
    if action != "limit":
        if given:
            raise XdpError(f"{within}.{given[0]} goes with action: limit, and the action is {action}")
        return None
    if "packets_per_second" not in taken:
        raise XdpError(f"{within}.packets_per_second is missing. A rule with action: limit needs it")
    rate = values.number(f"{within}.packets_per_second", taken["packets_per_second"], 1, _FASTEST)
    burst = values.number(f"{within}.burst", taken.get("burst", max(1, rate // 10)), 1, rate * _LONGEST_BURST)
    per = str(taken.get("per", "source"))
    if per not in ("source", "all"):
        raise XdpError(f"{within}.per: {said(taken['per'])} is neither source nor all")
    prefixes = {"source_prefix_ipv4": 32, "source_prefix_ipv6": 64}
    for option, longest in prefixes.items():
        if option in taken:
            if per == "all":
                raise XdpError(f"{within}.{option} goes with per: source, and per is all")
            prefixes[option] = values.number(f"{within}.{option}", taken[option], 0, longest)
    return Limit(rate, burst, per, *prefixes.values())
