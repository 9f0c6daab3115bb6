# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""How each interface of a host fares that was declared for a pin set or runs an XDP program: one row for each."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor import reading
from ansible_collections.ebpf.xdp.plugins.module_utils._network import attachments
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import filters, find, shown
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.counters import Series, read_together
from ansible_collections.ebpf.xdp.plugins.module_utils._survey.survey import PinSet, Place, Survey

#: The states of a row, trouble first.
NOT_ATTACHED, FOREIGN, DIFFERS, PENDING, GENERIC, FINE = (
    "not_attached",
    "foreign",
    "differs",
    "pending",
    "generic",
    "fine",
)
STATES = (NOT_ATTACHED, FOREIGN, DIFFERS, PENDING, GENERIC, FINE)


def rows(survey: Survey, interval: float, samples: int) -> list[dict[str, Any]]:
    """In the order of ``STATES``; what could not be read is added to what the survey says has failed."""
    lost = _Lost(survey, interval)
    series = _series(survey, interval, samples)
    lost.end()
    found = []
    for place in survey.places:
        for which in place.sets:
            try:
                found += _of_set(survey, which, place, series.get(which.name))
            except (XdpError, OSError) as error:
                survey.fail(error, pin_set=which.name)
        for each in survey.foreign(place):
            program = attachments.program_by_id(each.program_id)
            row = _row(place, each.interface, FOREIGN, each)
            found.append({**row, "program": program.name if program else None})
    for row in found:
        row["exceptions_per_second"] = lost.per_second(row.pop("inode"), row.pop("ifindex"))
    return sorted(found, key=lambda row: STATES.index(row["state"]))


class _Lost:
    """Packets that the monitor has counted as lost, between its making and ``end``, where that is an interval to speak of."""

    def __init__(self, survey: Survey, interval: float) -> None:
        self._survey = survey
        self._interval = interval
        self._started = time.monotonic()
        self._before = self._read()
        self._after: Counter[tuple[int, int]] | None = None
        self._seconds = 0.0

    def end(self) -> None:
        self._after = self._read()
        self._seconds = time.monotonic() - self._started

    def per_second(self, inode: int, ifindex: int | None) -> float | None:
        """Of one interface; ``None`` without a monitor or an interval."""
        if not self._interval or self._before is None or self._after is None or ifindex is None or not self._seconds:
            return None
        where = (inode, ifindex)
        return round(max(0, self._after[where] - self._before[where]) / self._seconds, 3)

    def _read(self) -> Counter[tuple[int, int]] | None:
        try:
            found = reading.read(self._survey.pin_root)
        except (XdpError, OSError) as error:
            self._survey.fail(error, pin_set="@monitor")
            return None
        if found is None:
            return None
        packets: Counter[tuple[int, int]] = Counter()
        for each in found[0]:
            packets[each.netns, each.ifindex] += each.packets
        return packets


def _series(survey: Survey, interval: float, samples: int) -> dict[str, Series]:
    """Readings of all sets that count, at the same time."""
    paths = {}
    for which in [which for place in survey.places for which in place.sets]:
        try:
            source = find.of_set(which.layout)
        except (XdpError, OSError) as error:
            survey.fail(error, pin_set=which.name)
            continue
        if source is not None:
            paths[which.name] = source.path
    found = {}
    for name, series in zip(paths, read_together(list(paths.values()), interval, samples)):
        if isinstance(series, XdpError):
            survey.fail(series, pin_set=name)
        else:
            found[name] = series
    return found


def _of_set(survey: Survey, which: PinSet, place: Place, series: Series | None) -> list[dict[str, Any]]:
    differs = survey.kept_state(which, place) == "different"
    running = {each.interface: each for each in place.of(which)}
    counted = series.result(per_cpu=False) if series is not None else None
    about = {**_about(which), "rules": _rules(which, series)}
    found = []
    for interface in sorted(which.declared() | running.keys()):
        each = running.get(interface)
        row = _row(place, interface, _state(which, each, differs), each)
        found.append({**row, **about, **_counted(counted, series, each, len(running))})
    if not found and which.program is not None:
        # It runs behind another one, or nowhere yet.
        found.append({**_row(place, None, DIFFERS if differs else FINE, None), **about})
    return found


def _rules(which: PinSet, series: Series | None) -> list[dict[str, Any]]:
    """Of a filter, what its rules have decided about."""
    record = find.record_to_be(which.layout.record) if series is not None else None
    if record is None or series is None:
        return []
    found = filters.rules_of(record, os.path.dirname(series.path))
    return [{key: rule[key] for key in ("name", "action", "packets")} for rule in found or ()]


def _state(which: PinSet, each: Attachment | None, differs: bool) -> str:
    if each is None:
        return NOT_ATTACHED
    if which.is_pending:
        return PENDING
    if differs:
        return DIFFERS
    asked_for = which.kept.mode if which.kept is not None else None
    return GENERIC if each.mode == "generic" and asked_for != "generic" else FINE


def _row(place: Place, interface: str | None, state: str, each: Attachment | None) -> dict[str, Any]:
    return {
        "state": state,
        "interface": interface,
        "netns": place.name or None,
        "pin_set": None,
        "program": None,
        "members": [],
        "rules": [],
        "version": None,
        "mode": each.mode if each is not None else None,
        "method": each.method if each is not None else None,
        "inode": place.inode,
        "ifindex": each.ifindex if each is not None else None,
        **_counted(None, None, each, 0),
    }


def _about(which: PinSet) -> dict[str, Any]:
    program = which.program
    return {
        "pin_set": which.name,
        "program": program.name if program is not None else None,
        "members": [member.name for member in program.chain] if program is not None else [],
        "version": which.version or None,
    }


def _counted(
    counted: dict[str, Any] | None, series: Series | None, each: Attachment | None, attached: int
) -> dict[str, Any]:
    """What the interface met. A map that does not tell interfaces apart speaks of one only where there is one."""
    found: dict[str, Any] = dict.fromkeys(
        ("packets_per_second", "bits_per_second", "drop_share", "aborted_per_second", "verdicts", "rates")
    )
    found["spark"] = ""
    if counted is None or series is None or each is None:
        return found
    if counted["interfaces"] is not None:
        row = next((row for row in counted["interfaces"] if row["ifindex"] == each.ifindex), None)
        rates = series.rates_of(each.ifindex)
    else:
        row = counted if attached == 1 else None
        rates = [sample["packets_per_second"] for sample in counted["samples"]]
    if row is None:
        # An interface that has met no packet has no row, nor has one that is counted in the row that several share.
        shared = any(other["ifindex"] is None for other in counted["interfaces"] or ())
        if counted["interfaces"] is not None and rates and not shared:
            found.update(packets_per_second=0.0, rates=rates)
        return found
    kind = "packets_per_second" if "packets_per_second" in row["total"] else "packets"
    total = row["total"][kind]
    found.update(
        packets_per_second=row["total"].get("packets_per_second"),
        bits_per_second=row["total"].get("bits_per_second"),
        drop_share=row["stats"]["drop"][kind] / total if total else 0.0,
        aborted_per_second=row["stats"]["aborted"].get("packets_per_second"),
        verdicts={name: entry[kind] for name, entry in row["stats"].items()},
        rates=rates,
        spark=shown.spark(rates) if len(rates) > 1 else "",
    )
    return found
