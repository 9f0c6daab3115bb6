# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""All measurements on a host, for all pin sets."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, info, map_entries
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics import exceptions
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics.exposition import Sample
from ansible_collections.ebpf.xdp.plugins.module_utils._network import attachments
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import counters, filters, find, shown, statistics
from ansible_collections.ebpf.xdp.plugins.module_utils._survey.survey import PinSet, Place, Survey
from ansible_collections.ebpf.xdp.plugins.module_utils._version import VERSION

#: Entries of larger maps are not counted, as each has to be read for that.
_MOST_COUNTED = 10_000


def samples(survey: Survey) -> list[Sample]:
    """What could not be read is added to what the survey says has failed."""
    found = [Sample("build_info", 1, {"version": VERSION})]
    for place in survey.places:
        for which in place.sets:
            try:
                found += _of_set(survey, which, place)
                found += _of_counters(which, place)
                found += _of_maps(which)
            except (XdpError, OSError) as error:
                survey.fail(error, pin_set=which.name)
        for each in survey.foreign(place):
            program = attachments.program_by_id(each.program_id)
            labels = {"interface": each.interface, "netns": place.name, "program": program.name if program else ""}
            found.append(Sample("foreign", 1, labels))
    try:
        found += exceptions.samples(survey)
    except (XdpError, OSError) as error:
        survey.fail(error, pin_set="@monitor")
    for pin_set, netns in {(failed.pin_set, failed.netns): None for failed in survey.failed}:
        found.append(Sample("collect_failed", 1, {"pin_set": pin_set, "netns": netns}))
    found.append(Sample("collect_duration_seconds", round(time.monotonic() - survey.started, 6)))
    return found


def _of_set(survey: Survey, which: PinSet, place: Place) -> Iterator[Sample]:
    of_set = {"pin_set": which.name}
    attached = place.of(which)
    yield Sample("pending", int(which.is_pending), of_set)
    yield Sample("kept_info", 1, {**of_set, "state": survey.kept_state(which, place)})
    if which.program is not None:
        labels = {**of_set, "program": which.program.name, "version": which.version, "tag": which.program.tag}
        yield Sample("program_info", 1, labels)
    running = {each.interface for each in attached}
    for interface in sorted(which.declared() | running):
        yield Sample("attached", int(interface in running), {**of_set, "interface": interface, "netns": place.name})
    for each in attached:
        labels = {**of_set, "interface": each.interface, "netns": place.name}
        yield Sample("attachment_info", 1, {**labels, "mode": each.mode, "method": each.method})


def _of_counters(which: PinSet, place: Place) -> Iterator[Sample]:
    source = find.of_set(which.layout)
    if source is None:
        return
    counted = counters.Series(source.path).result(per_cpu=False)
    names = {interface.ifindex: interface.name for interface in place.interfaces}
    rows: list[tuple[str, dict[str, Any]]] = [("", counted)]
    if counted["interfaces"] is not None:
        rows = [
            (shown.OTHER if row["ifindex"] is None else names[row["ifindex"]], row)
            for row in counted["interfaces"]
            # What is left of one that is gone is nobody's any more.
            if row["ifindex"] is None or row["ifindex"] in names
        ]
    for interface, row in rows:
        for verdict in VERDICTS:
            labels = {"pin_set": which.name, "interface": interface, "netns": place.name, "verdict": verdict}
            entry = row["stats"][verdict]
            yield Sample("packets_total", entry["packets"], labels)
            if entry["bytes"] is not None:
                yield Sample("bytes_total", entry["bytes"], labels)
    record = find.record_to_be(source.record) if source.record is not None else None
    if record is None:
        return
    if source.members is not None:
        for member in statistics.members(record, source.members) or ():
            for verdict, packets in member["packets"].items():
                labels = {"pin_set": which.name, "member": member["name"], "verdict": verdict}
                yield Sample("member_packets_total", packets, labels)
    for rule in filters.rules_of(record, os.path.dirname(source.path)) or ():
        labels = {"pin_set": which.name, "rule": rule["name"], "action": rule["action"] or ""}
        yield Sample("rule_packets_total", rule["packets"], labels)
        yield Sample("rule_dry_run_packets_total", rule["would_packets"], labels)


def _of_maps(which: PinSet) -> Iterator[Sample]:
    """How full the maps are that are pinned."""
    for name in sorted(which.record.names("maps") if which.record is not None else ()):
        try:
            fd = bpf.obj_get(which.layout.map(name), read_only=True)
        except FileNotFoundError:
            continue
        try:
            map_info = info.map_info(fd)
            if not map_entries.can_be_full(map_info):
                continue
            # An LRU map is usually full, so alerts need to know the type.
            labels = {"pin_set": which.name, "map": name, "type": map_info.type}
            yield Sample("map_max_entries", map_info.max_entries, labels)
            if map_info.max_entries <= _MOST_COUNTED:
                yield Sample("map_entries", map_entries.count(fd, map_info) or 0, labels)
        finally:
            os.close(fd)
