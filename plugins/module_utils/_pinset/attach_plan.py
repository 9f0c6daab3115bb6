# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which steps bring a program to exactly the interfaces it was asked for."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import netlink_attach
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.attachments import Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.info import program_info
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import attachable
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.attach_steps import (
    AttachLink,
    AttachNetlink,
    DetachLink,
    SwitchLink,
    SwitchNetlink,
    release_link,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import STAGED, Layout, free_staged
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import LinkPin, Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.pin_steps import PinObject, RenamePin, Unpin
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.plan import Change, Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import TargetProgram


class Standing(NamedTuple):
    """An attachment as it will be when the plan is done."""

    interface: str
    ifindex: int
    method: str
    path: str | None
    mode: str
    #: The step that attaches; its mode is the one that worked.
    step: AttachLink | AttachNetlink | None = None
    #: Packets meet no program for a moment: the kernel cannot change mode or method in one step.
    gap: bool = False

    def result(self) -> dict[str, Any]:
        mode = self.step.mode if self.step else self.mode
        return {
            "interface": self.interface,
            "ifindex": self.ifindex,
            "mode": mode,
            "method": self.method,
            "path": self.path,
            "gap": self.gap,
        }


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
        self.layout: Layout = observed.layout
        self.held = held
        self._needs_netlink = False
        #: Where each link is pinned when the steps so far are done, by link id.
        self._paths = {pin.info.id: pin.path for pin in observed.links.values()}

    def attach(self, program: TargetProgram) -> list[Standing]:
        # An interface on top of others (bridge, bond, VLAN) has the higher index as a rule, and the kernel
        # attaches nothing below one that runs a program: attach upwards, release downwards.
        own = sorted(self.observed.own_attachments(), key=lambda attachment: attachment.ifindex)
        wanted = self._wanted(own)
        kept = [each for each in own if each.ifindex in wanted and not self._otherwise(each)]
        changed = {each.ifindex: each for each in own if each.ifindex in wanted and each not in kept}

        self._tend_absent_links(program)
        for attachment in kept:
            if attachment.program_id != program.info.id:
                self._switch(attachment, program)
        self._clear_names(own, wanted)
        for attachment in reversed(own):
            if attachment.ifindex not in wanted:
                self._release(attachment)
        standing = {}
        for attachment in kept:
            path = None if attachment.link_id is None else self._name_link(attachment, attachment.link_id)
            standing[attachment.ifindex] = Standing(
                attachment.interface, attachment.ifindex, attachment.method, path, attachment.mode
            )
        for ifindex in sorted(set(wanted) - set(standing)):
            if ifindex in changed:
                self._detach(changed[ifindex])
            standing[ifindex] = self._attach(ifindex, program, gap=ifindex in changed)
        self._require_netlink()
        return [standing[ifindex] for ifindex in wanted]

    def detach_all(self) -> None:
        self._tend_absent_links(None)
        for attachment in sorted(self.observed.own_attachments(), key=lambda each: -each.ifindex):
            self._release(attachment)
        self._require_netlink()

    def _wanted(self, own: list[Attachment]) -> list[int]:
        """Interface indexes, each once, in the order in which they were asked for."""
        if self.request.interfaces is None:
            return list(dict.fromkeys(attachment.ifindex for attachment in own))
        interfaces = map(self.observed.interface, self.request.interfaces)
        return list(dict.fromkeys(interface.ifindex for interface in interfaces if interface))

    def _otherwise(self, attachment: Attachment) -> bool:
        """Whether the interface shall be attached in another mode or by another method."""
        if self.request.interfaces is None:
            return False
        mode, method = self.request.mode, self.request.attach
        return mode not in ("auto", attachment.mode) or method not in ("auto", attachment.method)

    def _require_netlink(self) -> None:
        if self._needs_netlink:
            netlink_attach.require()

    def _tend_absent_links(self, program: TargetProgram | None) -> None:
        """Links whose interface is not here: gone, or moved to another network namespace.

        The former are unpinned. The latter go on with the new program, except
        where the interfaces are given: then they are not among them.
        """
        here = {attachment.link_id for attachment in self.observed.attachments}
        for name, pin in self.observed.links.items():
            if pin.info.id in here:
                continue
            if not pin.info.ifindex:
                self._unpin_link(pin, Change("links", name, "attached to an interface that is gone", None))
            elif program is None or self.request.interfaces is not None:
                change = Change("links", name, "attached to an interface of another network namespace", None)
                self._unpin_link(pin, change)
            elif pin.info.program_id != program.info.id:
                self._switch_link(f"{name} (in another network namespace)", pin.fd, pin.info.program_id, program)

    def _unpin_link(self, pin: LinkPin, change: Change) -> None:
        self.plan.add(Unpin(pin.fd, pin.path), change)
        del self._paths[pin.info.id]
        # The program leaves the interface with the last descriptor of the link, which is ours; until
        # then the pin can be put back. A process that holds the link as well must not keep it there.
        self.plan.at_end(lambda: release_link(pin.fd))

    def _switch(self, attachment: Attachment, program: TargetProgram) -> None:
        if attachment.link_id is not None:
            link_fd = self._link_fd(attachment.link_id)
            self._switch_link(attachment.interface, link_fd, attachment.program_id, program)
            return
        old_fd = self._program_fd(attachment.program_id)
        self._needs_netlink = True
        self.plan.add(
            SwitchNetlink(attachment.interface, attachment.ifindex, attachment.mode, old_fd, program.fd),
            _switched(attachment.interface, old_fd, program),
        )

    def _switch_link(self, interface: str, link_fd: int, old_id: int, program: TargetProgram) -> None:
        old_fd = self._program_fd(old_id)
        self.plan.add(SwitchLink(interface, link_fd, old_fd, program.fd), _switched(interface, old_fd, program))

    def _clear_names(self, own: list[Attachment], wanted: list[int]) -> None:
        """Put pins under staged names that have a wrong name, or one that is needed for another link."""
        right = {each.link_id: self.layout.link(each.interface) for each in own if each.link_id is not None}
        names = {interface.ifindex: interface.name for interface in self.observed.interfaces}
        needed = {self.layout.link(names[ifindex]) for ifindex in wanted if ifindex in names}
        for link_id, path in list(self._paths.items()):
            wrong = path != right[link_id] if link_id in right else path in needed
            if wrong and not path.endswith(STAGED):
                staged = free_staged(path, self._paths.values())
                self.plan.add(RenamePin(path, staged))
                self._paths[link_id] = staged

    def _name_link(self, attachment: Attachment, link_id: int) -> str:
        """Pin the link under its interface's present name."""
        wanted = self.layout.link(attachment.interface)
        path = self._paths.get(link_id)
        if path == wanted:
            return wanted
        self.observed.require_free(wanted)
        if path is None:
            self.plan.add(
                PinObject(self._link_fd(link_id), wanted), Change("links", attachment.interface, "not pinned", "pinned")
            )
        else:
            before = os.path.basename(path).rstrip(STAGED)
            change = Change(
                "links", attachment.interface, f"pinned as {before}", f"pinned as {os.path.basename(wanted)}"
            )
            self.plan.add(RenamePin(path, wanted), change)
        return wanted

    def _attach(self, ifindex: int, program: TargetProgram, gap: bool) -> Standing:
        """The interface runs nothing of this set, or will not by then (``gap``)."""
        request = self.request
        interface = next(each for each in self.observed.interfaces if each.ifindex == ifindex)
        modes = attachable.modes(request, interface)
        foreign = self.observed.foreign_attachment(ifindex)
        before = None
        if foreign is not None:
            self._needs_netlink = True
            before = f"another program, {foreign.mode} mode, {foreign.method}"
            foreign_fd = self._program_fd(foreign.program_id)
            if request.attach != "link" and foreign.mode == modes[0]:
                self.plan.add(
                    SwitchNetlink(interface.name, ifindex, foreign.mode, foreign_fd, program.fd),
                    Change("links", interface.name, before, f"{foreign.mode} mode, netlink"),
                )
                return Standing(interface.name, ifindex, "netlink", None, foreign.mode)
            self.plan.add(SwitchNetlink(interface.name, ifindex, foreign.mode, foreign_fd, -1))
            gap = True
        step: AttachLink | AttachNetlink
        path = None
        if request.attach == "netlink":
            self._needs_netlink = True
            step = AttachNetlink(interface.name, ifindex, program.fd, modes)
        else:
            path = self.layout.link(interface.name)
            self.observed.require_free(path)
            step = AttachLink(interface.name, ifindex, program.fd, modes, path, self.held)
        method = "link" if path else "netlink"
        after = f"{request.mode} mode, {method}" + (", after a gap without a program" if gap else "")
        self.plan.add(step, Change("links", interface.name, before, after))
        return Standing(interface.name, ifindex, method, path, modes[0], step, gap)

    def _release(self, attachment: Attachment) -> None:
        """The interface shall run nothing of this set any more."""
        change = Change("links", attachment.interface, f"{attachment.mode} mode, {attachment.method}", None)
        if attachment.link_id is None:
            self._detach_netlink(attachment, change)
            return
        link_fd = self._link_fd(attachment.link_id)
        path = self._paths.pop(attachment.link_id, None)
        if path:
            self.plan.add(Unpin(link_fd, path), change)
        self.plan.at_end(lambda: release_link(link_fd))

    def _detach(self, attachment: Attachment) -> None:
        """Free the interface, so that it can be attached in another way: packets meet no program meanwhile."""
        change = Change("links", attachment.interface, f"{attachment.mode} mode, {attachment.method}", None)
        if attachment.link_id is None:
            self._detach_netlink(attachment, change)
            return
        program_fd = self._program_fd(attachment.program_id)
        path = self._paths.pop(attachment.link_id, None)
        self.plan.add(DetachLink(attachment, self._link_fd(attachment.link_id), path, program_fd, self.held), change)

    def _detach_netlink(self, attachment: Attachment, change: Change) -> None:
        self._needs_netlink = True
        program_fd = self._program_fd(attachment.program_id)
        self.plan.add(SwitchNetlink(attachment.interface, attachment.ifindex, attachment.mode, program_fd, -1), change)

    def _program_fd(self, id: int) -> int:
        return _still_there(self.observed.program(id), f"program {id}")

    def _link_fd(self, id: int) -> int:
        return _still_there(self.observed.link(id), f"bpf_link {id}")


def _switched(interface: str, old_fd: int, program: TargetProgram) -> Change:
    tag = program_info(old_fd).tag
    return Change("links", interface, f"runs program tag {tag}", f"runs program tag {program.info.tag}")


def _still_there(fd: int | None, what: str) -> int:
    if fd is None:
        raise XdpError(f"The {what} went away while it was looked at. Run the task again")
    return fd
