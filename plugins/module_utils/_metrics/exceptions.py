# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Why packets were lost, by pin set and interface, of what the monitor has counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ansible_collections.ebpf.xdp.plugins.module_utils._metrics.exposition import Sample
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.reading import Exceptions, read
from ansible_collections.ebpf.xdp.plugins.module_utils._survey.survey import Place, Survey

#: The metric that a monitor always has.
LOST = "exceptions_lost_total"


def samples(survey: Survey) -> Iterator[Sample]:
    """Packets that were lost, by pin set, interface, namespace and reason; nothing without a monitor."""
    found = read(survey.pin_root)
    if found is None:
        return
    exceptions, lost = found
    inodes = {each.netns for each in exceptions}
    places = {place.inode: _Names(place) for place in survey.places if place.inode in inodes}
    packets: Counter[tuple[str, str, str, str]] = Counter()
    for each in exceptions:
        packets[_where(each, places.get(each.netns)) + (each.reason,)] += each.packets  # noqa: RUF005  # Python 3.8
    for (pin_set, interface, netns, why), number in sorted(packets.items()):
        labels = {"pin_set": pin_set, "interface": interface, "netns": netns, "reason": why}
        yield Sample("exceptions_total", number, labels)
    yield Sample(LOST, lost)


class _Names:
    """What a network namespace's programs and interfaces are called."""

    def __init__(self, place: Place) -> None:
        self.netns = place.name
        self.interfaces = {known.ifindex: known.name for known in place.interfaces}
        self.sets_by_program = {program_id: which.name for which in place.sets for program_id in which.program_ids()}
        self.sets_by_interface = {each.ifindex: which for which, those in place.by_set.items() for each in those}


def _where(each: Exceptions, names: _Names | None) -> tuple[str, str, str]:
    """Pin set, interface and namespace, as far as they are known.

    The program of a version before is not on record any more: it was the set's that the interface runs now.
    """
    if names is None:
        return "", f"(index {each.ifindex})" if each.ifindex else "", f"net:[{each.netns}]" if each.netns else ""
    pin_set = names.sets_by_program.get(each.program_id) or names.sets_by_interface.get(each.ifindex, "")
    return pin_set, names.interfaces.get(each.ifindex, f"(index {each.ifindex})"), names.netns
