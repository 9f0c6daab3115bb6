# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The options of a whole filter: its rules, who manages the host, and what happens to all other packets."""

from __future__ import annotations

import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import addresses, language, meaning, values, words
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.lists import Lists
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import MANAGEMENT, MOST_RULES, FilterSet, Rule
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.values import said

#: What a filter can be given; xdp_filter has the same among its options (plugin_utils/_filter_options.py).
OPTIONS = ("rules", "default_action", "dry_run", "management_sources", "ssh_port", "replies", "pass_other_ethertypes")

_MOST_REPLY_PORTS = 8
_REPLY_UDP = (53, 123)

#: How messages call the option, where an error is about one of its elements.
_SOURCES = "management_sources"


def read(options: t.Mapping[str, t.Any], lists: Lists) -> tuple[FilterSet, list[str]]:
    """The filter that the options declare, and warnings; ``None`` is the default of each option."""
    unknown = sorted(str(name) for name in options if name not in OPTIONS)
    if unknown:
        raise XdpError(
            f"filter: unknown option {short(unknown[0])}. {unknown_name(unknown[0], OPTIONS, 'A filter can have')}"
        )
    given = {name: options[name] for name in OPTIONS if options.get(name) is not None}
    ssh_port = values.number("ssh_port", given.get("ssh_port", 22), 1, 65535)
    management = _management(given.get(_SOURCES, []), ssh_port)
    declared = language.rules(given.get("rules", []), lists)
    warnings = []
    for place, rule in enumerate(declared):
        within = language.within_rule(place, rule)
        meaning.require_possible(within, rule)
        warnings += meaning.warnings(within, rule)
    if len(management) + len(declared) > MOST_RULES:
        raise XdpError(
            f"rules: a filter has {MOST_RULES} rules at most, and there are {len(declared)}, besides {len(management)} of "
            f"management_sources. One rule can have any number of addresses and ports, and files of them (source_from)"
        )
    action = given.get("default_action", "pass")
    if action not in ("pass", "drop"):
        raise XdpError(f"default_action: {said(action)} is neither pass nor drop")
    reply_tcp, reply_udp = _replies(given.get("replies", {}))
    found = FilterSet(
        (*management, *declared),
        str(action),
        values.boolean("dry_run", given.get("dry_run", False)),
        values.boolean("pass_other_ethertypes", given.get("pass_other_ethertypes", True)),
        reply_tcp,
        reply_udp,
    )
    return found, warnings + _locked_out(found, ssh_port)


def _management(given: t.Any, ssh_port: int) -> list[Rule]:
    """A rule for each set of ports that management sources have, in the order in which these are first named."""
    sources: dict[tuple[tuple[int, int], ...], tuple[list[int], list[int]]] = {}
    each = [given] if isinstance(given, (str, t.Mapping)) else given
    if not isinstance(each, (list, tuple)):
        raise XdpError(f"{_SOURCES}: {said(given)} is not a list of addresses and prefixes")
    for place, element in enumerate(each):
        within = f"{_SOURCES}[{place}]"
        ports: tuple[tuple[int, int], ...] = ((ssh_port, ssh_port),)
        source = element
        if isinstance(element, t.Mapping):
            unknown = sorted(str(name) for name in element if name not in ("source", "ports"))
            if unknown:
                raise XdpError(
                    f"{within}: unknown option {short(unknown[0])}. "
                    f"{unknown_name(unknown[0], ('source', 'ports'), 'An element can have')}"
                )
            source = element.get("source")
            within = f"{within}.source"
            if "ports" in element:
                ports = values.ports(f"{_SOURCES}[{place}].ports", element["ports"])
        for known, more in zip(sources.setdefault(ports, ([], [])), language.read_prefixes(within, source)):
            known += more
    return [
        Rule(
            MANAGEMENT,
            "pass",
            source=addresses.addresses(four, six),
            destination_port=ports,
            protocol=frozenset((words.TCP,)),
        )
        for ports, (four, six) in sources.items()
    ]


def _replies(given: t.Any) -> tuple[bool, tuple[int, ...]]:
    if not isinstance(given, t.Mapping):
        raise XdpError(f"replies: {said(given)} is not a dictionary with tcp (true or false) and udp (a list of ports)")
    unknown = sorted(str(name) for name in given if name not in ("tcp", "udp"))
    if unknown:
        raise XdpError(
            f"replies: unknown option {short(unknown[0])}. {unknown_name(unknown[0], ('tcp', 'udp'), 'It can have')}"
        )
    tcp = values.boolean("replies.tcp", given.get("tcp", True))
    udp = given.get("udp", _REPLY_UDP)
    if udp in ([], ()):
        return tcp, ()
    ports = values.ports("replies.udp", udp)
    every = [port for first, last in ports for port in range(first, last + 1)]
    if len(every) > _MOST_REPLY_PORTS:
        raise XdpError(f"replies.udp: {len(every)} ports, and {_MOST_REPLY_PORTS} at most are possible")
    return tcp, tuple(every)


def _locked_out(filter_set: FilterSet, ssh_port: int) -> list[str]:
    """A warning where nothing but replies can pass to the port of SSH."""
    if filter_set.default_action == "pass" or filter_set.dry_run:
        return []
    if any(_lets_in(rule, ssh_port) for rule in filter_set.rules):
        return []
    return [
        f"default_action is drop, and no rule passes TCP to port {ssh_port}: nobody will be able to connect over SSH. "
        f"Set management_sources, or add a rule with action: pass"
    ]


def _lets_in(rule: Rule, port: int) -> bool:
    """Whether the rule passes a SYN to this port, from somewhere."""
    allowed = meaning.protocols(rule)
    return (
        rule.action == "pass"
        and not rule.dry_run
        and not rule.fragment
        and not rule.malformed
        and (allowed is None or words.TCP in allowed)
        and (rule.destination_port is None or any(first <= port <= last for first, last in rule.destination_port))
        and (rule.tcp_flags is None or rule.has_flags(words.TCP_FLAGS["syn"]))
        and bool(meaning.families(rule) - {meaning.OTHER})
    )
