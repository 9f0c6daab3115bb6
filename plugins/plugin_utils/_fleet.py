# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the hosts of a fleet have answered to xdp_status_info, as rows with trouble first. Pure.

A host may have been compromised, so nothing in its answer is used as a number or a name without a check.
"""

from __future__ import annotations

import math
import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._survey.status import STATES as OF_INTERFACES

UNREACHABLE = "unreachable"
FAILED = "failed"
NO_XDP = "no_xdp"

#: Trouble first.
STATES = (UNREACHABLE, FAILED, *OF_INTERFACES, NO_XDP)

#: Somebody should look at these.
TROUBLE = (UNREACHABLE, FAILED, "not_attached", "foreign", "differs")

# What a cell can show, whatever a host answers.
_LONGEST = 200


class Row(t.NamedTuple):
    """One line on the fleet: an interface that runs XDP, or a host without any. The names are keys in the report's data."""

    host: str
    state: str
    #: ``None``, as all that follow, for a host that has not answered or runs no XDP.
    interface: str | None = None
    netns: str | None = None
    pin_set: str | None = None
    program: str | None = None
    members: tuple[str, ...] = ()
    #: Of a filter, name, action and packets of each rule.
    rules: tuple[tuple[str, str, float], ...] = ()
    version: str | None = None
    mode: str | None = None
    method: str | None = None
    packets_per_second: float | None = None
    bits_per_second: float | None = None
    drop_share: float | None = None
    aborted_per_second: float | None = None
    #: What the monitor has counted, which is more than what was aborted; ``None`` without one.
    exceptions_per_second: float | None = None
    #: Packets a second by verdict, in the order of the kernel's numbers.
    verdicts: tuple[tuple[str, float], ...] = ()
    rates: tuple[float, ...] = ()
    spark: str = ""
    #: Of what has failed, the reason.
    why: str = ""

    @property
    def in_trouble(self) -> bool:
        """Whether somebody should look at it."""
        return self.state in TROUBLE


class Fleet(t.NamedTuple):
    """What all hosts have answered."""

    #: Trouble first, then by host and interface.
    rows: tuple[Row, ...]
    asked: int
    answered: int
    #: Hosts that have a row in trouble.
    in_trouble: int

    def count(self, state: str) -> int:
        """How many rows are in this state."""
        return sum(row.state == state for row in self.rows)

    def versions(self) -> dict[str, dict[str, int]]:
        """On how many hosts each version of a pin set runs, the most common first."""
        found: dict[str, dict[str, set[str]]] = {}
        for row in self.rows:
            if row.pin_set is not None and row.version is not None:
                found.setdefault(row.pin_set, {}).setdefault(row.version, set()).add(row.host)
        return {
            name: {
                version: len(hosts) for version, hosts in sorted(of.items(), key=lambda item: (-len(item[1]), item[0]))
            }
            for name, of in sorted(found.items())
        }


def fleet(answers: t.Mapping[str, t.Any]) -> Fleet:
    """``answers`` are what the task has registered, by host."""
    rows = [row for host, answer in answers.items() for row in _of_host(str(host), answer)]
    rows.sort(key=lambda row: (STATES.index(row.state), _natural(row.host), _natural(row.interface or "")))
    return Fleet(
        tuple(rows),
        len(answers),
        len(answers) - len({row.host for row in rows if row.state == UNREACHABLE}),
        len({row.host for row in rows if row.in_trouble}),
    )


def _of_host(host: str, answer: t.Any) -> list[Row]:
    if not isinstance(answer, t.Mapping):
        return [Row(host, FAILED, why="it was not asked")]
    if answer.get("unreachable"):
        return [Row(host, UNREACHABLE, why=_text(answer.get("msg")) or "")]
    rows, unreadable = answer.get("rows"), answer.get("unreadable")
    if not isinstance(rows, list):
        return [Row(host, FAILED, why=_text(answer.get("msg")) or "it has answered without rows")]
    found = [_row(host, each) for each in rows if isinstance(each, t.Mapping)]
    for each in unreadable if isinstance(unreadable, list) else []:
        if isinstance(each, t.Mapping):
            found.append(
                Row(
                    host,
                    FAILED,
                    netns=_text(each.get("netns")),
                    pin_set=_text(each.get("pin_set")),
                    why=_text(each.get("why")) or "",
                )
            )
    return found or [Row(host, NO_XDP)]


def _row(host: str, data: t.Mapping[str, t.Any]) -> Row:
    state = data.get("state")
    members, verdicts, rates = data.get("members"), data.get("verdicts"), data.get("rates")
    counted = verdicts if isinstance(verdicts, t.Mapping) else {}
    return Row(
        host,
        state if state in OF_INTERFACES else FAILED,
        interface=_text(data.get("interface")),
        netns=_text(data.get("netns")),
        pin_set=_text(data.get("pin_set")),
        program=_text(data.get("program")),
        members=tuple(_text(each) or "" for each in members) if isinstance(members, list) else (),
        rules=_rules(data.get("rules")),
        version=_text(data.get("version")),
        mode=_text(data.get("mode")),
        method=_text(data.get("method")),
        packets_per_second=_number(data.get("packets_per_second")),
        bits_per_second=_number(data.get("bits_per_second")),
        drop_share=_number(data.get("drop_share")),
        aborted_per_second=_number(data.get("aborted_per_second")),
        exceptions_per_second=_number(data.get("exceptions_per_second")),
        verdicts=tuple((name, _number(counted[name]) or 0.0) for name in VERDICTS if name in counted),
        rates=tuple(_number(each) or 0.0 for each in rates) if isinstance(rates, list) else (),
        spark=_text(data.get("spark")) or "",
    )


def _rules(value: t.Any) -> tuple[tuple[str, str, float], ...]:
    """Those that are rules: what no rule has decided about is in the verdicts already."""
    rules = [each for each in value if isinstance(each, t.Mapping)] if isinstance(value, list) else []
    shown = [(_text(each.get("name")), _text(each.get("action")), _number(each.get("packets"))) for each in rules]
    return tuple((name, action, packets or 0.0) for name, action, packets in shown if name and action)


def _text(value: t.Any) -> str | None:
    # Without halves of characters (surrogates), which no file can have.
    return str(value)[:_LONGEST].encode(errors="replace").decode() if isinstance(value, str) and value else None


def _number(value: t.Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _natural(name: str) -> list[tuple[int, int, str]]:
    """web2 comes before web10."""
    parts: list[tuple[int, int, str]] = []
    digits = ""
    for each in name + "\0":
        if each.isascii() and each.isdigit():
            digits += each
            continue
        if digits:
            parts.append((0, int(digits[:30]), digits))
            digits = ""
        parts.append((1, 0, each))
    return parts
