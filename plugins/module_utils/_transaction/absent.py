# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""``state: absent``, by scope. What is not there is already absent."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_plan import AttachPlanner
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import MapPin, Observed, ProgramPin, until_gone
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Outcome, Request
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Change, Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._record.pin_steps import RemoveDirectory, Unpin, WriteRecord
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record


def ensure_absent(request: Request, check_mode: bool) -> Outcome:
    """Take away what the scope names, and the set's directory with the last of it."""
    return until_gone(lambda: _ensure_absent(request, Layout(request.pin_root, request.name), check_mode))


def _ensure_absent(request: Request, layout: Layout, check_mode: bool) -> Outcome:
    with ExitStack() as held:
        held.enter_context(bpffs.entered(bpffs.mount_of(request.pin_root, request.assumed_bpffs), request.patience))
        observed = Observed(layout, held)
        if request.missing_netns is not None:
            _require_left_over(request.missing_netns, observed)
        absence = _absence(request, observed, held)
        applied = plan = absence.plan
        if request.on_trial is not None:
            applied = request.on_trial.of_absent(plan, observed, absence, held) or plan
        if not check_mode:
            applied.apply()
        sides = plan.side("before"), plan.side("after")
        # The program stays where it is when only the maps lose their pins.
        in_force = observed.in_force() if request.scope == "maps" else None
        return Outcome(plan.changed, *sides, [], [], [], observed.foreign, tuple(plan.warnings), in_force)


def _require_left_over(path: str, observed: Observed) -> None:
    """Refuse a set that a mistyped name of a namespace would have removed."""
    if observed.gone is None and (observed.record_text is not None or observed.links):
        raise XdpError(
            f"netns: there is no network namespace {path}, and the pin set {observed.layout.path} does not belong to one that "
            f"is gone, so nothing was removed. Leave netns out if the set is of this namespace, or correct it (ip netns list)"
        )


class Absence(NamedTuple):
    """How a set is removed."""

    plan: Plan
    #: Those of its steps that detach.
    detaching: Plan
    #: The paths that it removes.
    removed: set[str]
    #: What it leaves of the record.
    record: str | None


def _absence(request: Request, observed: Observed, held: ExitStack) -> Absence:
    plan, detaching = Plan(), Plan()
    for warning in observed.told():
        plan.warn(warning)
    removed = {os.path.join(observed.layout.path, name) for name in observed.record_left_over}
    if request.scope != "maps":
        AttachPlanner(detaching, request, observed, held).detach_all()
        plan.extend(detaching)
        removed.update(pin.path for pin in observed.links.values())
    unwanted: list[tuple[str, MapPin | ProgramPin]] = []
    if request.scope != "maps":
        unwanted += [("programs", pin) for pin in observed.programs.values()]
    if request.scope != "programs":
        kept = observed.filled_arrays() if request.scope == "maps" else []
        unwanted += [("maps", pin) for name, pin in observed.maps.items() if name not in kept]
        for name in kept:
            plan.warn(
                f"{observed.layout.map(name)} stays pinned: it is a program array with initial values, which the program "
                f"would lose with the pin"
            )
    unwanted += [("left over", pin) for pin in observed.left_over_of(request.scope)]
    if request.scope != "programs" and observed.maps:
        from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import borrow

        maps = [(pin.path, pin.info.id) for pin in observed.maps.values()]
        borrow.require_unlent(request.pin_root, request.name, maps)
    for part, pin in unwanted:
        plan.add(Unpin(pin.fd, pin.path), Change(part, os.path.basename(pin.path), "pinned", None))
        removed.add(pin.path)
    if observed.record is None and observed.foreign and not plan.changed:
        # Nothing here is known to be ours. What that damaged record does not say, an empty one would deny: a run in
        # another network namespace, say, may see an interface there that runs the program.
        return Absence(plan, detaching, removed, observed.record_text)
    remaining = _remaining_record(request, observed)
    same = remaining.says_the_same(observed.record) if remaining else observed.record_text is None
    text = observed.record_text if same else remaining and remaining.to_text()
    if not same or observed.record_left_over:
        plan.add(WriteRecord(observed.layout.record, observed.record_text, text))
    if text is None:
        removed.update(os.path.join(observed.layout.path, name) for name in record_links.names(observed.record_text))
    _remove_empty(plan, observed, removed)
    return Absence(plan, detaching, removed, text)


def _remaining_record(request: Request, observed: Observed) -> Record | None:
    """What is still to be known afterwards; ``None`` when nothing is."""
    # Without its record, what is foreign here could be taken for ours: an empty one stays as long as that does.
    nothing = Record() if observed.foreign and observed.record_text is not None else None
    old = observed.record
    if old is None or request.scope == "all":
        return nothing
    if request.scope == "maps":
        # The ids of the program's maps stay on record: they can be pinned again.
        rest = old._replace(maps=None)
    else:
        rest = old._replace(program=None, links={}, interfaces=None, netns=None, borrowed={})
    gone = ("maps/",) if request.scope == "maps" else ("programs/", "links/")
    rest = rest._replace(pending=tuple(name for name in old.pending if not name.startswith(gone)))
    if not (rest.maps or rest.program or rest.pending):
        return nothing
    if rest == old or old.format != 1:
        return rest
    # The first format knows no links.
    return rest._replace(links=observed.link_ids() if request.scope == "maps" else {}, format=Record().format)


def _remove_empty(plan: Plan, observed: Observed, removed: set[str]) -> None:
    """Remove the directories that have nothing left in them."""
    top = observed.layout.path
    for directory in (*observed.layout.directories.values(), top):
        if directory not in observed.directories:
            continue
        left = {os.path.join(directory, name) for name in bpffs.names(directory)} - removed
        if not left:
            plan.add(RemoveDirectory(directory))
            removed.add(directory)
