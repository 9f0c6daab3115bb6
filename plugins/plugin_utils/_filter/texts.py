# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The text of a rule, which hosts keep beside its counters: in the words of the language, and of bounded length."""

from __future__ import annotations

import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import printable
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import addresses, words
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.addresses import Addresses
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import CONDITIONS, Rule

#: Bytes, which leave room for the zero at the end: ``text`` of ``struct rule`` in xdp_filter_rules.h has 436.
LONGEST = 431

#: How many elements of a list are told; fewer where the text would be too long.
_SHOWN = (8, 4, 2, 1)
_LONGEST_FILE = 60

_ICMP_NAMES = {number: name for name, number in reversed(words.ICMP_TYPES.items())}
_ICMPV6_NAMES = {number: name for name, number in reversed(words.ICMPV6_TYPES.items())}


class RuleText(t.NamedTuple):
    """A rule as hosts know it."""

    name: str
    #: ``drop``, ``pass`` or ``limit``.
    action: str
    #: The conditions, and the rate of a limit.
    text: str


def text_of(rule: Rule) -> RuleText:
    """The rule's text, cut to what the map ``rules`` has room for."""
    for shown in _SHOWN:
        text = _conditions(rule, shown)
        if len(text.encode()) <= LONGEST:
            break
    else:
        text = text.encode()[: LONGEST - 3].decode(errors="ignore") + "..."
    return RuleText(rule.name, rule.action, text)


def _conditions(rule: Rule, shown: int) -> str:
    parts = []
    for condition in CONDITIONS:
        value = getattr(rule, condition)
        if value is not None:
            parts.append(f"{condition} {_listed(_words(condition, value, shown), shown)}")
    if not parts:
        parts.append("any packet")
    if rule.limit is not None:
        limit = rule.limit
        parts.append(f"packets_per_second {limit.packets_per_second} burst {limit.burst} per {limit.per}")
        if limit.per == "source" and limit.prefix4 != 32:
            parts.append(f"source_prefix_ipv4 {limit.prefix4}")
        if limit.per == "source" and limit.prefix6 != 64:
            parts.append(f"source_prefix_ipv6 {limit.prefix6}")
    if rule.dry_run:
        parts.append("dry_run")
    return " ".join(parts)


class _List(t.NamedTuple):
    #: Those that are told at most, and how many there are altogether.
    some: list[str]
    every: int


def _listed(found: _List, shown: int) -> str:
    """``a, b and c``; of a long list ``a, b and 998 more``."""
    some, more = found.some[:shown], found.every - min(shown, len(found.some))
    if more:
        return f"{', '.join(some)} and {more} more"
    return " and ".join(([", ".join(some[:-1])] if some[1:] else []) + some[-1:])


def _words(condition: str, value: t.Any, shown: int) -> _List:
    if isinstance(value, bool):
        return _all(["true" if value else "false"])
    if isinstance(value, Addresses):
        return _addresses(value, shown)
    if condition in ("source_port", "destination_port"):
        return _all(list(map(_range, value)))
    if condition == "tcp_flags":
        return _all([_flags(*each) for each in value])
    if condition == "icmp_type":
        return _all(_icmp(value))
    if condition == "source_mac":
        return _all([each.hex(":") for each in sorted(value)])
    if condition == "vlan":
        ranges = _ranges(sorted(value - {words.UNTAGGED}))
        return _all(["none"] * (words.UNTAGGED in value) + list(map(_range, ranges)))
    names = {
        number: name for name, number in (words.PROTOCOLS if condition == "protocol" else words.ETHERTYPES).items()
    }
    return _all([names.get(each, f"0x{each:04x}" if condition == "ethertype" else str(each)) for each in sorted(value)])


def _all(found: list[str]) -> _List:
    return _List(found, len(found))


def _addresses(value: Addresses, shown: int) -> _List:
    """Files as such, so that they need not be told apart; then the prefixes that the playbook has itself."""
    files = [f"@{_shortened(name)} ({count})" for name, count in value.files]
    prefixes = [(4, prefix) for prefix in value.written4[:shown]] + [(6, prefix) for prefix in value.written6[:shown]]
    return _List(
        files[:shown] + [addresses.written(family, prefix) for family, prefix in prefixes],
        len(files) + len(value.written4) + len(value.written6),
    )


def _shortened(name: str) -> str:
    name = printable(name)
    return name if len(name) <= _LONGEST_FILE else f"...{name[3 - _LONGEST_FILE :]}"


def _range(each: tuple[int, int]) -> str:
    return str(each[0]) if each[0] == each[1] else f"{each[0]}-{each[1]}"


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found


def _flags(on: int, off: int) -> str:
    return ",".join(f"{'!' if bit & off else ''}{name}" for name, bit in words.TCP_FLAGS.items() if bit & (on | off))


def _icmp(value: frozenset[int]) -> list[str]:
    """``echo-request`` where it is that of both versions, else ``icmp echo-request`` and so on."""
    found = []
    left = {*value}
    for number, name in sorted(_ICMP_NAMES.items()):
        other = words.ICMPV6_TYPES.get(name, -1) + words.ICMPV6_TYPES_FROM
        if {number, other} <= left:
            found.append(name)
            left -= {number, other}
    for each in sorted(left):
        if each < words.ICMPV6_TYPES_FROM:
            found.append(f"icmp {_ICMP_NAMES.get(each, each)}")
        else:
            number = each - words.ICMPV6_TYPES_FROM
            found.append(f"icmpv6 {_ICMPV6_NAMES.get(number, number)}")
    return found
