# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""``state: present``: observe, compare, plan, apply."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ansible_collections.ebpf.xdp.plugins.module_utils._attach import attachable
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.standing import Standing
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import target as targets
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed, until_gone
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Outcome, Request, Tested
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import Target
from ansible_collections.ebpf.xdp.plugins.module_utils._record import netns_names, record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record.bound_names import unbound_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.in_force import InForce
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.planner import Planner

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill.contents import Contents


def ensure_present(request: Request, check_mode: bool) -> Outcome:
    """Make the pin set what the request says.

    In check mode the program is still compiled and loaded, which is how the
    verifier's answer is known, then released; nothing is pinned or attached.
    """
    layout = Layout(request.pin_root, request.name)
    mount = bpffs.mount_of(request.pin_root, request.assumed_bpffs)
    # Compiling may take as long as its limits allow, and all other runs on the host wait for the lock.
    contents = None
    if request.contents or request.origin.compiles:
        on_record = _is_on_record(request, layout)
        if not on_record:
            _expect(request)
            request = request._replace(origin=request.origin.made())
        if request.contents:
            # As below: only what declares contents imports what knows of them.
            from ansible_collections.ebpf.xdp.plugins.module_utils._fill.contents import Contents

            contents = Contents(request.contents)
            contents.expect(layout.map, None if on_record else request.origin)
    try:
        return until_gone(lambda: _ensure_present(request, layout, mount, check_mode, contents))
    except _MustCompile:
        # The record is right, and what it speaks of is gone or is another program of the same object.
        _expect(request)
        compiled = request._replace(origin=request.origin.made())
        return until_gone(lambda: _ensure_present(compiled, layout, mount, check_mode, contents))


def _expect(request: Request) -> None:
    """Something is to be made, which takes time: what the rest of the run lacks is found out before."""
    if request.on_trial is not None:
        request.on_trial.expect()


class _MustCompile(Exception):
    """The lock is held, and the object would have to be compiled."""


def _is_on_record(request: Request, layout: Layout) -> bool:
    """Whether the record says that the wanted object is loaded. Read without the lock, so this is a guess.

    What cannot be read is left to those who hold the lock, and who say what is wrong with it.
    """
    try:
        text = record_links.read(layout.record)
        record = records.parse(text) if text is not None else None
    except (records.NewerRecord, OSError):
        return True
    if record is None:
        return False
    halves = (record.program, record.maps) if request.scope == "maps" else (record.program,)
    return any(half is not None and request.origin.is_of(half.source, half.object) for half in halves)


def _ensure_present(
    request: Request, layout: Layout, mount: str | None, check_mode: bool, contents: Contents | None
) -> Outcome:
    with ExitStack() as held:
        held.enter_context(bpffs.entered(mount, request.patience))
        observed = Observed(layout, held)
        if request.add is not None:
            # Only the boot program asks for it.
            from ansible_collections.ebpf.xdp.plugins.module_utils._transaction import add_interface

            outcome = add_interface.add(request, observed, held, check_mode)
            if outcome is not None:
                return outcome
            request = request._replace(add=None)
        if request.replace_sets and request.interfaces is not None:
            # Few tasks move interfaces.
            from ansible_collections.ebpf.xdp.plugins.module_utils._attach import hand_over

            observed.givers = hand_over.givers(request, observed, held)
        request = attachable.check(request, observed)
        existing = targets.existing(request, observed)
        if contents is not None:
            contents.look(observed, upgrades=existing is None)
        anew = contents is not None and contents.replaced.names
        target = (None if anew else existing) or _load(request, observed, held, contents)
        if target.bound:
            # Packet metadata is there in native mode alone.
            request = request._replace(mode="native")
        if contents is not None:
            from ansible_collections.ebpf.xdp.plugins.module_utils._fill import names_in_entries

            contents.compare(target.maps, lambda: names_in_entries.of_target(target, observed, held), held)
        tested = Tested()
        if request.packet_tests is not None and target.program is not None and _is_to_be_tested(target, contents):
            if request.origin.compiles:
                raise _MustCompile  # the copy that is tested needs the object
            tested = request.packet_tests(request, observed, target, contents, held)
        planner = Planner(request, observed, target, held, contents)
        plan, standing = planner.plan()
        applied = plan
        if request.on_trial is not None:
            applied = request.on_trial.of_present(plan, planner, standing, held) or plan
        if not check_mode:
            applied.apply()
        return Outcome(
            plan.changed,
            plan.side("before"),
            plan.side("after"),
            _programs(request, observed, target, check_mode),
            _maps(request, observed, target, check_mode),
            [each.result() for each in standing],
            observed.foreign,
            (
                *plan.warnings,
                *tested.warnings,
                *filter(None, (each.warning() for each in standing)),
                *_not_migrated(target),
                *(contents.warnings() if contents is not None else ()),
            ),
            _in_force(request, observed, target, standing),
            tuple(each.result() for each in contents.fillings) if contents is not None else (),
            {each.wanted.map: each.types for each in contents.fillings} if contents is not None else {},
            tested.results,
            planner.taken,
            any(each.fresh for each in target.programs),
        )


def _is_to_be_tested(target: Target, contents: Contents | None) -> bool:
    """Whether packets may meet something else afterwards: another program, or other entries."""
    changes = contents is not None and any(each.difference.changed for each in contents.fillings)
    return changes or (target.program is not None and target.program.fresh)


def _load(request: Request, observed: Observed, held: ExitStack, contents: Contents | None) -> Target:
    if request.origin.compiles:
        raise _MustCompile
    _expect(request)
    # A converged run loads nothing, and so does not pay for importing what loads: see the converged run in
    # docs/performance.md.
    from ansible_collections.ebpf.xdp.plugins.module_utils._transaction import load

    return load.load(request, observed, held, contents.replaced if contents is not None else None)


def _not_migrated(target: Target) -> list[str]:
    """What of the contents of maps that were made anew is lost; known when all steps are done."""
    return [
        text for target_map in target.maps.values() if target_map.migration for text in target_map.migration.warnings()
    ]


def _in_force(request: Request, observed: Observed, target: Target, standing: list[Standing]) -> InForce | None:
    if target.program is None:  # a run that is about maps alone leaves it where it is
        return observed.in_force()
    links = {}
    for each in standing:
        mode = each.step.mode if each.step else each.mode
        if each.interface is not None and mode is not None:  # not of an interface that has moved away
            links[each.interface] = (mode, each.method)
    borrowed = {name: target_map.borrowed_from for name, target_map in target.maps.items() if target_map.borrowed_from}
    here = {interface.name for interface in observed.interfaces}
    return InForce(
        target.object,
        target.program.name,
        links,
        here,
        request.signer,
        borrowed,
        target.named,
        netns_names.names(observed.netns),
    )


def _programs(request: Request, observed: Observed, target: Target, check_mode: bool) -> list[dict[str, Any]]:
    program = target.program
    if program is None:
        recorded = observed.record.program if observed.record else None
        return [
            {
                "name": unbound_name(name),
                "id": pin.info.id,
                "tag": pin.info.tag,
                "path": pin.path,
                "attached": bool(recorded and recorded.name == unbound_name(name)),
                "bound_ifindex": int(name.partition("@")[2] or 0),
            }
            for name, pin in sorted(observed.programs.items())
        ]
    return [
        {
            "name": each.name,
            # A program that check mode loaded is gone by the time anybody reads its id.
            "id": None if check_mode and each.fresh else each.info.id,
            "tag": each.info.tag,
            "path": observed.layout.program(each.pin),
            "attached": each.name == program.name,
            "bound_ifindex": each.bound_to,
        }
        for each in target.programs
    ]


def _maps(request: Request, observed: Observed, target: Target, check_mode: bool) -> list[dict[str, Any]]:
    shown = []
    for name, target_map in sorted(target.maps.items()):
        pinned = request.scope != "programs" or name in observed.maps
        shown.append(
            {
                "name": name,
                "id": None if check_mode and not target_map.reused else target_map.info.id,
                "type": target_map.info.type,
                "key_size": target_map.info.key_size,
                "value_size": target_map.info.value_size,
                "max_entries": target_map.info.max_entries,
                "path": target_map.borrowed_from or (observed.layout.map(name) if pinned else None),
                "reused": target_map.reused,
                "borrowed_from": target_map.borrowed_from,
                "recreated": name in observed.maps and not target_map.reused and not target_map.migration,
                "migrated": target_map.migration.result() if target_map.migration else None,
            }
        )
    return shown
