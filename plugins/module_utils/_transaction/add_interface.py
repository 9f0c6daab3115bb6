# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Attach what a pin set runs to one more interface: what happens when an interface appears.

The set may have been changed since it was kept for the boot. This must not be undone because an interface appears.
"""

from __future__ import annotations

from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._attach import attachable
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_plan import AttachPlanner
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.standing import Standing
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import program_info
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._fill import forget_interfaces
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.target_map import TargetMap
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed, ProgramPin, RemovedMeanwhile
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Outcome, Request
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import TargetProgram
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record.pin_steps import MakeDirectory, WriteRecord


def add(request: Request, observed: Observed, held: ExitStack, check_mode: bool) -> Outcome | None:
    """Attach to ``request.add`` and replace and detach nothing; ``None`` when nothing of the set is in force.

    Where only entries name the interface (``request.add_contents``), nothing is attached to it.
    """
    if request.was_there and not observed.directories:
        raise RemovedMeanwhile
    attaches = request.add in (request.interfaces or ())
    plan = Plan()
    standing: list[Standing] = []
    recorded = observed.record.program if observed.record else None
    program = _in_force(observed)
    if not attaches:
        if program is None and (not observed.maps or observed.pending()):
            return None
    elif recorded is not None and recorded.bound:
        if request.origin.is_of(recorded.source, recorded.object):
            return None  # the interface needs a program of its own
        plan.warn(
            f"{request.add} does not get the program of the pin set {request.name}, which is bound to each interface: what is "
            f'kept is another version. "ebpf-xdp restore {request.name}" puts it everywhere'
        )
    elif program is not None:
        standing = _attach(plan, request._replace(interfaces=(str(request.add),)), observed, held, program)
    elif observed.maps and not observed.pending():
        plan.warn(
            f"The pin set {request.name} has maps and no program, so {request.add} gets none. "
            f'"ebpf-xdp restore {request.name}" brings back what is kept'
        )
    else:
        return None
    if request.add_contents:
        _fill(plan, request, observed, held)
    if not check_mode:
        plan.apply()
    sides = plan.side("before"), plan.side("after")
    links = [each.result() for each in standing]
    # Whether it fell back on generic mode is known when it is attached.
    warnings = (*plan.warnings, *filter(None, (each.warning() for each in standing)))
    return Outcome(plan.changed, *sides, [], [], links, observed.foreign, warnings)


def _fill(plan: Plan, request: Request, observed: Observed, held: ExitStack) -> None:
    """Write the entries that have waited for the interface, into those maps that the set in force has."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill import names_in_entries
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill.contents import Contents

    maps = {name: TargetMap(pin.fd, pin.info, reused=True) for name, pin in observed.maps.items()}
    for each in request.add_contents:
        if each.map not in maps:
            plan.warn(
                f"The entries that wait for {request.add} were not written: the set in force has no map {each.map}"
            )
    contents = Contents([each for each in request.add_contents if each.map in maps])
    try:
        contents.compare(maps, lambda: names_in_entries.of_pins(observed, held), held)
    except XdpError as error:
        # The set in force may be another version than the one that is kept.
        plan.warn(f"The entries that wait for {request.add} were not written: {error}")
        return
    contents.add_steps(plan)


def _in_force(observed: Observed) -> TargetProgram | None:
    """The program of the record where that is pinned or attached, else the last one that was loaded of those which are."""
    names = {pin.info.id: name for name, pin in observed.programs.items()}
    names.update({pin.info.id: pin.info.name for pin in observed.left_over if isinstance(pin, ProgramPin)})
    ids = {*names, *(attachment.program_id for attachment in observed.own_attachments())}
    recorded = observed.record.program if observed.record else None
    chosen = recorded.id if recorded and recorded.id in ids else max(ids, default=None)
    fd = None if chosen is None else observed.program(chosen)
    if chosen is None or fd is None:
        return None
    known = program_info(fd)
    return TargetProgram(names.get(chosen, known.name), fd, known, (), fresh=False)


def _attach(
    plan: Plan, request: Request, observed: Observed, held: ExitStack, program: TargetProgram
) -> list[Standing]:
    interface = observed.interface(str(request.add))
    own = {attachment.ifindex for attachment in observed.own_attachments()}
    if interface is None or interface.ifindex in own:
        return []
    attachable.check(request, observed)
    attach = Plan()
    planner = AttachPlanner(attach, request, observed, held)
    standing = planner.attach(program)
    maps = {name: TargetMap(pin.fd, pin.info, reused=True) for name, pin in observed.maps.items()}
    forget_interfaces.add_steps(plan, maps, observed, planner.new_indexes(standing))
    links = observed.layout.directories["links"]
    if any(each.path for each in standing) and links not in observed.directories:
        plan.add(MakeDirectory(links))
    plan.extend(attach)
    if observed.record is not None:
        # The next run of xdp_pin would have that to do, and say that it changed something.
        declared = observed.record.interfaces
        if declared is not None:
            declared = tuple(sorted({*declared, interface.name}))
        record = observed.record._replace(interfaces=declared, netns=observed.record.netns or observed.netns)
        text = observed.record_text
        plan.add(WriteRecord(observed.layout.record, text, lambda: record._replace(links=planner.links()).to_text()))
    return standing
