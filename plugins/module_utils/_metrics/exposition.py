# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Metrics in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

#: Series of a host. A file that grows with what somebody pins would grow in the memory of every Prometheus that reads it.
MOST_SERIES = 10_000

_PREFIX = "ebpf_xdp_"

#: Those of a pin set come in this order, and what exceeds ``MOST_SERIES`` is left out at the end: what an alert needs is kept longest.
FAMILIES = {
    "build_info": ("gauge", "The version of the collection that the host has."),
    "collect_duration_seconds": ("gauge", "How long it took to find out all of this."),
    "series_omitted": ("gauge", f"Series that were left out, as a host writes {MOST_SERIES} at most."),
    "collect_failed": (
        "gauge",
        "1 for a pin set, or a network namespace, that could not be read; the journal says why.",
    ),
    "attached": ("gauge", "1 where the program of the pin set runs on an interface that was declared, else 0."),
    "attachment_info": ("gauge", "How the program is attached."),
    "foreign": ("gauge", "1 for an interface that runs a program of no pin set."),
    "pending": ("gauge", "1 while a change of the pin set is on trial, else 0."),
    "kept_info": ("gauge", "Whether what is kept for the next boot is what is in force: same, different or absent."),
    "program_info": (
        "gauge",
        "What the pin set runs. Version: the first digits of the digest of what it was made from.",
    ),
    "drop_share_limit": ("gauge", "The share of packets that the pin set may drop, where that was declared."),
    "packets_total": ("counter", "Packets by verdict."),
    "bytes_total": ("counter", "Bytes by verdict, from the Ethernet header on."),
    "member_packets_total": ("counter", "Packets by verdict of each member of a chain."),
    "rule_packets_total": (
        "counter",
        "Packets that each rule of a filter has decided about; without an action, what no rule has.",
    ),
    "rule_dry_run_packets_total": ("counter", "Packets that each rule would have decided about but for a dry run."),
    "exceptions_total": ("counter", "Packets that were lost, by reason; see xdp_monitor."),
    "exceptions_lost_total": ("counter", "Such packets for whose interface, program and reason there was no room."),
    "map_max_entries": ("gauge", "How many entries a map can have."),
    "map_entries": ("gauge", "How many entries a map has."),
}


class Sample(NamedTuple):
    """One value of a family."""

    #: One of ``FAMILIES``.
    family: str
    value: float
    #: Without those that are empty, which to Prometheus are not there.
    labels: Mapping[str, str] = {}


def exposed(samples: Iterable[Sample]) -> str:
    """The whole file; ``series_omitted`` is added."""
    by_family: dict[str, list[Sample]] = {name: [] for name in FAMILIES}
    for sample in samples:
        by_family[sample.family].append(sample)
    room = MOST_SERIES - 1
    omitted = 0
    for name, found in by_family.items():
        omitted += max(0, len(found) - room)
        by_family[name] = found[:room]
        room -= len(by_family[name])
    by_family["series_omitted"] = [Sample("series_omitted", omitted)]
    lines = []
    for name, (kind, help_text) in FAMILIES.items():
        if by_family[name]:
            lines += [f"# HELP {_PREFIX}{name} {help_text}", f"# TYPE {_PREFIX}{name} {kind}"]
            lines += map(_line, by_family[name])
    return "".join(f"{line}\n" for line in lines)


def _line(sample: Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items() if value)
    value = repr(sample.value) if isinstance(sample.value, float) else str(sample.value)
    return f"{_PREFIX}{sample.family}{{{labels}}} {value}" if labels else f"{_PREFIX}{sample.family} {value}"


def _escaped(value: str) -> str:
    """Any bytes can be the name of an interface; what is not UTF-8 is written as Python writes it."""
    value = value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
