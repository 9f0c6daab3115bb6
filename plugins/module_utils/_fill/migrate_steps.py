# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The steps that copy the entries of maps that are made anew.

A first step copies all entries while the old program still runs. A second one, once
the interfaces run the new program, adds entries that appeared in between. Neither
changes the old map, so that undoing is forgetting the new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info
from ansible_collections.ebpf.xdp.plugins.module_utils._maps import map_fit
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.migration import Migration
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.migration_rules import Replaced, Taken
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.target_map import TargetMap
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import offload_device
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team


class CopyEntries:
    """Copy all entries, before the new program runs."""

    def __init__(self, migration: Migration) -> None:
        self._migration = migration
        self._done = False

    def do(self) -> None:
        self._act()
        self._done = True

    def _act(self) -> None:
        self._migration.copy()

    def undo(self) -> None:
        self._done = False

    def is_done(self) -> bool:
        return self._done


class CopyMissing(CopyEntries):
    """Copy the entries that appeared in the old map before the new program ran."""

    def _act(self) -> None:
        self._migration.copy_missing()


def planned(
    specs: Iterable[MapSpec],
    maps: dict[str, TargetMap],
    team: Team,
    request: Request,
    observed: Observed,
    replaced: Replaced | None,
    of_filters: Collection[str],
) -> dict[str, TargetMap]:
    """The maps, those among them with a ``migration`` that take the place of one that did not fit, or is to be replaced.

    Those ``of_filters`` are filled from rules, if they do not fit. What has no room is refused here, before anything is changed.
    """
    found = dict(maps)
    for spec in specs:
        target_map = maps.get(spec.name)
        if target_map is None or target_map.reused or team.is_own(spec):
            continue
        old = old_map(spec.name, observed)
        if old is None:
            continue
        old_info = info.map_info(old)
        unfit = map_fit.differences(old_info, spec, offload_device(request, observed))
        # One that does not fit comes without contents, unless they are asked for.
        if unfit and (spec.name in of_filters or request.on_map_change != "migrate"):
            continue
        why = map_fit.explain(unfit) if unfit else "atomic: true"
        taken = replaced.takes(spec.name, target_map.info, old_info) if replaced is not None else Taken()
        found[spec.name] = target_map._replace(migration=Migration(spec.name, old, target_map.fd, why, taken))
    return found


def old_map(name: str, observed: Observed) -> int | None:
    """The map of this name: the pinned one, or the one that the program on record still uses, unless it is another set's."""
    if name in observed.maps:
        return observed.maps[name].fd
    record = observed.record
    recorded = record.program.maps if record and record.program else {}
    if record and name in record.borrowed and record.borrowed[name].id == recorded.get(name):
        return None
    return observed.map(recorded[name]) if name in recorded else None
