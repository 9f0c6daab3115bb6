# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What has to change so that a program is on exactly the interfaces it was asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ansible_collections.ebpf.xdp.plugins.module_utils._attach.standing import Standing
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import TargetProgram
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import STAGED

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_changes import AttachChanges


class AttachPlanner:
    """Adds steps to a plan until a program is attached where the request wants it, and nowhere else.

    Programs are switched first, then pins with wrong names get out of each
    other's way, then what is not wanted is released, and last come new names and
    new attachments. So no pin is ever put over another one that is still needed.
    """

    def __init__(self, plan: Plan, request: Request, observed: Observed, held: ExitStack) -> None:
        self.plan = plan
        self.request = request
        self.observed = observed
        self.layout = observed.layout
        self.held = held
        #: Where each link is pinned when the steps so far are done, by link id.
        self._paths = {pin.info.id: pin.path for pin in observed.links.values()}
        #: Names of the pins that come from other sets.
        self.taken: list[str] = []
        if observed.givers:
            self._paths.update(self._half_taken())
        self._begun: AttachChanges | None = None
        #: Attachments that are made, and pinned.
        self._new: list[Standing] = []
        #: Programs by the index of the interface that they are bound to.
        self._bound: Mapping[int, TargetProgram] = {}

    @property
    def _changes(self) -> AttachChanges:
        if self._begun is None:
            # A converged run comes past here without a change, and need not wait for what makes one.
            from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_changes import AttachChanges

            self._begun = AttachChanges(self.plan, self.request, self.observed, self.held, self._paths)
        return self._begun

    def attach(self, program: TargetProgram, bound: Mapping[int, TargetProgram] | None = None) -> list[Standing]:
        """``bound`` are those that take the program's place on an interface each, by its index."""
        self._bound = bound or {}
        # An interface on top of others (bridge, bond, VLAN) has the higher index as a rule, and the kernel
        # attaches nothing below one that runs a program: attach upwards, release downwards.
        own = sorted(self.observed.own_attachments(), key=lambda attachment: attachment.ifindex)
        wanted = self._wanted(own)
        kept = [each for each in own if each.ifindex in wanted and not self._otherwise(each)]
        changed = {each.ifindex: each for each in own if each.ifindex in wanted and each not in kept}

        moved = self._tend_absent_links(program)
        for attachment in kept:
            wanted_there = self._on(attachment.ifindex, program)
            if attachment.program_id != wanted_there.info.id and self.request.add is None:
                self._changes.switch(attachment, wanted_there)
        self._clear_names(own, wanted)
        for attachment in reversed(own):
            if attachment.ifindex not in wanted:
                self._changes.release(attachment)
        standing = {}
        for attachment in kept:
            path = None if attachment.link_id is None else self._name_link(attachment, attachment.link_id)
            standing[attachment.ifindex] = Standing(
                attachment.interface,
                attachment.ifindex,
                attachment.method,
                path,
                attachment.mode,
                why=self._why(attachment, program),
            )
        for ifindex in sorted(set(wanted) - set(standing)):
            given = self._given(ifindex)
            if given is not None:
                standing[ifindex] = self._changes.take_over(*given, self._on(ifindex, program))
                continue
            if ifindex in changed:
                self._changes.detach(changed[ifindex])
            standing[ifindex] = self._changes.attach(
                ifindex, self._on(ifindex, program), interrupted=ifindex in changed
            )
        self._require_netlink()
        self.taken += [os.path.basename(each.path) for each in standing.values() if each.given and each.path]
        self._new = [each for each in standing.values() if each.step is not None and each.path is not None]
        return [standing[ifindex] for ifindex in wanted] + moved

    def _half_taken(self) -> dict[int, str]:
        """Links that run this set's program and are pinned in another's directory, where a killed run has left them."""
        own = {each.link_id for each in self.observed.own_attachments()}
        pins = [pin for giver in self.observed.givers.values() for pin in giver.links.values()]
        return {pin.info.id: pin.path for pin in pins if pin.info.id in own and pin.info.id not in self._paths}

    def _given(self, ifindex: int) -> tuple[str, Attachment] | None:
        """The set that gives the interface up, and what it has there."""
        foreign = self.observed.foreign_attachment(ifindex) if self.observed.givers else None
        giver = None if foreign is None else self.observed.giver_of(foreign)
        return None if giver is None or foreign is None else (giver, foreign)

    def _on(self, ifindex: int, program: TargetProgram) -> TargetProgram:
        """What the interface is to run: the program, or where there are such, the one that is bound to it."""
        return self._bound[ifindex] if self._bound else program

    def links(self) -> dict[str, int]:
        """The set's links by the names of their pins, for its record; of new ones only once the plan is done."""
        found = {os.path.basename(path): link_id for link_id, path in self._paths.items()}
        for each in self._new:
            link_id = each.step.link_id() if each.step else None
            if link_id is not None:
                found[os.path.basename(str(each.path))] = link_id
        return found

    def new_indexes(self, standing: list[Standing]) -> set[int]:
        """The indexes of the interfaces that the set gets and did not have before."""
        own = {attachment.ifindex for attachment in self.observed.own_attachments()}
        return {each.ifindex for each in standing if each.step is not None or each.given} - own

    def detach_all(self) -> None:
        """Detach the set from all interfaces, and remove what is left of interfaces that are gone."""
        self._tend_absent_links(None)
        for attachment in sorted(self.observed.own_attachments(), key=lambda each: -each.ifindex):
            self._changes.release(attachment)
        self._require_netlink()

    def _wanted(self, own: list[Attachment]) -> list[int]:
        """Interface indexes, each once, in the order in which they were asked for."""
        names = self.request.interfaces if self.request.add is None else (self.request.add,)
        there = [] if names is not None and self.request.add is None else [attachment.ifindex for attachment in own]
        interfaces = map(self.observed.interface, names or ())
        return list(dict.fromkeys(there + [interface.ifindex for interface in interfaces if interface]))

    def _otherwise(self, attachment: Attachment) -> bool:
        """Whether the interface shall be attached in another mode or by another method."""
        if self._bound and attachment.mode != "native":
            return True
        if self.request.interfaces is None or self.request.add is not None:
            return False
        mode, method = self.request.mode, self.request.attach
        return mode not in ("auto", attachment.mode) or method not in ("auto", attachment.method)

    def _why(self, attachment: Attachment, program: TargetProgram) -> str | None:
        """Why ``auto`` leaves it in generic mode; a warning when native mode has become possible.

        Whoever is in native mode, or in the mode that was asked for, does not pay for the question.
        """
        if attachment.mode != "generic" or self.request.mode != "auto":
            return None
        from ansible_collections.ebpf.xdp.plugins.module_utils._attach import attach_modes

        interface = next(each for each in self.observed.interfaces if each.ifindex == attachment.ifindex)
        why, possible = attach_modes.why_generic(self.request, interface, program.name)
        if possible:
            self.plan.warn(
                f"{interface.name} runs the program in generic mode, and nothing known rules out native mode any more. Set "
                f"mode: native to switch over, with a moment without a program, or mode: generic if that is intended"
            )
        return why

    def _require_netlink(self) -> None:
        if self._begun is not None:
            self._begun.require_netlink()

    def _tend_absent_links(self, program: TargetProgram | None) -> list[Standing]:
        """Links whose interface is not here: gone, or moved to another network namespace.

        The former are unpinned. The latter are left as they are, and returned,
        whatever interfaces are asked for; it is an error when they would have to
        change.
        """
        found = (self._changes.tend_absent(pin, program) for pin in self.observed.links_elsewhere())
        return [standing for standing in found if standing]

    def _clear_names(self, own: list[Attachment], wanted: list[int]) -> None:
        """Put pins under staged names that have a wrong name, or one that is needed for another link."""
        right = {each.link_id: self.layout.link(each.interface) for each in own if each.link_id is not None}
        names = {interface.ifindex: interface.name for interface in self.observed.interfaces}
        needed = {self.layout.link(names[ifindex]) for ifindex in wanted if ifindex in names}
        for link_id, path in list(self._paths.items()):
            wrong = path != right[link_id] if link_id in right else path in needed
            if os.path.dirname(path) != self.layout.directories["links"]:
                continue
            if wrong and not path.endswith(STAGED):
                self._changes.set_aside(link_id)

    def _name_link(self, attachment: Attachment, link_id: int) -> str:
        """The link's pin, under its interface's present name."""
        wanted = self.layout.link(attachment.interface)
        if self._paths.get(link_id) != wanted:
            if os.path.dirname(self._paths.get(link_id, wanted)) != self.layout.directories["links"]:
                self.taken.append(os.path.basename(wanted))
            self._changes.name_link(attachment, link_id, wanted)
        return wanted
