# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which steps bring a program to exactly the interfaces it was asked for."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import attachments, bpffs, netlink, netlink_attach
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.attachments import Attachment, describe
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.info import program_info
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.attach_steps import (
    AttachLink,
    AttachNetlink,
    DetachLink,
    SwitchLink,
    SwitchNetlink,
    release_link,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import STAGED, Layout, link_name
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


def check(request: Request, observed: Observed) -> None:
    """Refuse what cannot be attached, before a program is even compiled."""
    for name in request.interfaces or ():
        interface = observed.interface(name)
        if interface is None:
            known = ", ".join(each.name for each in observed.interfaces)
            raise XdpError(f"There is no interface {name} on this host. There are: {known}")
        foreign = observed.foreign_attachment(interface.ifindex)
        if foreign is not None:
            _check_foreign(request, foreign)
        _modes(request, interface)


def _check_foreign(request: Request, foreign: Attachment) -> None:
    text = f"{foreign.interface} has another XDP program: {describe(foreign)}"
    owner = owner_of(request.pin_root, foreign.program_id)
    if owner:
        text += f", which the pin set {owner} owns"
    if foreign.link_id is not None:
        raise XdpError(
            f"{text}. A bpf_link of somebody else's cannot be replaced. "
            + (
                f"Take {foreign.interface} from the interfaces of {owner}"
                if owner
                else "End the process or remove the pin that holds it"
            )
            + f" (bpftool link show id {foreign.link_id} names it)"
        )
    if not request.replace_foreign:
        raise XdpError(
            f"{text}. Set replace_foreign: true to replace it, or detach it first "
            f"(ip link set dev {foreign.interface} {_IP_WORDS[foreign.mode]} off)"
        )


_IP_WORDS = {"native": "xdpdrv", "generic": "xdpgeneric", "offload": "xdpoffload"}


def owner_of(pin_root: str, program_id: int) -> str | None:
    """The pin set under this root that has a pin of the program."""
    for name in bpffs.names(pin_root):
        directory = os.path.join(pin_root, name, "programs")
        for pin in bpffs.names(directory):
            if attachments.pinned_program_id(os.path.join(directory, pin)) == program_id:
                return name
    return None


def _modes(request: Request, interface: netlink.Interface) -> tuple[str, ...]:
    """The modes to try, by what was asked and what the driver says."""
    features = netlink.driver_features(interface.ifindex)
    if request.mode == "auto":
        return ("generic",) if features and not features.native else ("native", "generic")
    if features and request.mode in ("native", "offload") and not getattr(features, request.mode):
        raise XdpError(
            f"The driver of {interface.name} does not support XDP in {request.mode} mode. "
            f"Set mode: generic, which works on every interface"
            + (", or mode: native" if request.mode == "offload" and features.native else "")
        )
    return (request.mode,)


class AttachPlanner:
    """Adds steps to a plan until it attaches one program where the request wants it."""

    def __init__(self, plan: Plan, request: Request, observed: Observed, held: ExitStack) -> None:
        self.plan = plan
        self.request = request
        self.observed = observed
        self.layout: Layout = observed.layout
        self.held = held
        self._needs_netlink = False
        self._late: list[RenamePin] = []

    def attach(self, program: TargetProgram) -> list[Standing]:
        own = {attachment.ifindex: attachment for attachment in self.observed.own_attachments()}
        self._tend_absent_links(program)
        if self.request.interfaces is None:
            wanted = [attachment.ifindex for attachment in own.values()]
        else:
            wanted = [
                interface.ifindex for interface in map(self.observed.interface, self.request.interfaces) if interface
            ]
        standing = []
        for ifindex in dict.fromkeys(wanted):
            if ifindex in own:
                standing.append(self._keep(own[ifindex], program))
            else:
                standing.append(self._attach(ifindex, program))
        for rename in self._late:
            self.plan.add(rename)
        for ifindex, attachment in own.items():
            if ifindex not in wanted:
                self._release(attachment)
        self._require_netlink()
        return standing

    def detach_all(self) -> None:
        self._tend_absent_links(None)
        for attachment in self.observed.own_attachments():
            self._release(attachment)
        self._require_netlink()

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
            if pin.info.ifindex and program is not None and self.request.interfaces is None:
                if pin.info.program_id != program.info.id:
                    old_fd = self._program_fd(pin.info.program_id)
                    self.plan.add(SwitchLink(f"{name} (elsewhere)", pin.fd, old_fd, program.fd))
            else:
                self.plan.add(
                    Unpin(pin.fd, pin.path), Change("links", name, "attached to an interface that is gone", None)
                )

    def _keep(self, attachment: Attachment, program: TargetProgram) -> Standing:
        """The interface runs a program of this set: leave, switch over, or attach in another way."""
        request = self.request
        if request.interfaces is not None:
            other_mode = request.mode not in ("auto", attachment.mode)
            other_method = request.attach not in ("auto", attachment.method)
            if other_mode or other_method:
                self._detach(attachment)
                return self._attach(attachment.ifindex, program, gap=True)
        if attachment.program_id != program.info.id:
            self._switch(attachment, program)
        path = None
        if attachment.link_id is not None:
            path = self._keep_link_pin(attachment, attachment.link_id)
        return Standing(attachment.interface, attachment.ifindex, attachment.method, path, attachment.mode)

    def _switch(self, attachment: Attachment, program: TargetProgram) -> None:
        old_fd = self._program_fd(attachment.program_id)
        self.plan.note(
            Change(
                "links",
                attachment.interface,
                f"runs program tag {program_info(old_fd).tag}",
                f"runs program tag {program.info.tag}",
            )
        )
        if attachment.link_id is not None:
            self.plan.add(SwitchLink(attachment.interface, self._link_fd(attachment.link_id), old_fd, program.fd))
        else:
            self._needs_netlink = True
            self.plan.add(SwitchNetlink(attachment.interface, attachment.ifindex, attachment.mode, old_fd, program.fd))

    def _keep_link_pin(self, attachment: Attachment, link_id: int) -> str:
        """The link must be pinned, under its interface's present name."""
        wanted = self.layout.link(attachment.interface)
        name = next((name for name, pin in self.observed.links.items() if pin.info.id == link_id), None)
        if name is None:
            self.plan.add(
                PinObject(self._link_fd(link_id), wanted), Change("links", attachment.interface, "not pinned", "pinned")
            )
        elif name != link_name(attachment.interface):
            old = self.observed.links[name].path
            if link_name(attachment.interface) in self.observed.links:
                # Two interfaces swapped names; the other one's pin must get out of the way first.
                staged = self.layout.link(attachment.interface) + STAGED
                self.plan.add(RenamePin(old, staged))
                self._late.append(RenamePin(staged, wanted))
            else:
                self.plan.add(RenamePin(old, wanted))
            self.plan.note(
                Change("links", attachment.interface, f"pinned as {name}", f"pinned as {os.path.basename(wanted)}")
            )
        return wanted

    def _attach(self, ifindex: int, program: TargetProgram, gap: bool = False) -> Standing:
        """The interface runs nothing of this set, or will not by then (``gap``)."""
        request = self.request
        interface = next(each for each in self.observed.interfaces if each.ifindex == ifindex)
        modes = _modes(request, interface)
        foreign = self.observed.foreign_attachment(ifindex)
        before = None
        if foreign is not None:
            _check_foreign(request, foreign)
            self._needs_netlink = True
            before = f"another program, {foreign.mode} mode, {foreign.method}"
            foreign_fd = self._program_fd(foreign.program_id)
            switch_over = request.attach != "link" and foreign.mode == modes[0]
            new_fd = program.fd if switch_over else -1
            self.plan.add(SwitchNetlink(interface.name, ifindex, foreign.mode, foreign_fd, new_fd))
            if switch_over:
                self.plan.note(Change("links", interface.name, before, f"{foreign.mode} mode, netlink"))
                return Standing(interface.name, ifindex, "netlink", None, foreign.mode)
        step: AttachLink | AttachNetlink
        path = None
        if request.attach == "netlink":
            self._needs_netlink = True
            step = AttachNetlink(interface.name, ifindex, program.fd, modes)
        else:
            path = self.layout.link(interface.name)
            step = AttachLink(interface.name, ifindex, program.fd, modes, path, self.held)
        method = "link" if path else "netlink"
        gap = gap or foreign is not None
        after = f"{request.mode} mode, {method}" + (", after a gap without a program" if gap else "")
        self.plan.add(step, Change("links", interface.name, before, after))
        return Standing(interface.name, ifindex, method, path, modes[0], step, gap)

    def _release(self, attachment: Attachment) -> None:
        """The interface shall run nothing of this set any more."""
        change = Change("links", attachment.interface, f"{attachment.mode} mode, {attachment.method}", None)
        if attachment.link_id is None:
            self._detach_netlink(attachment)
            self.plan.note(change)
            return
        link_fd = self._link_fd(attachment.link_id)
        pin = self._link_pin(attachment)
        if pin:
            self.plan.add(Unpin(pin.fd, pin.path), change)
        # The program leaves the interface with the last descriptor of the link, which is ours; until
        # then the pin can be put back. A process that holds the link as well must not keep it there.
        self.plan.at_end(lambda: release_link(link_fd))

    def _detach(self, attachment: Attachment) -> None:
        """Free the interface, so that it can be attached in another way: packets meet no program meanwhile."""
        self.plan.note(Change("links", attachment.interface, f"{attachment.mode} mode, {attachment.method}", None))
        if attachment.link_id is None:
            self._detach_netlink(attachment)
            return
        pin = self._link_pin(attachment)
        program_fd = self._program_fd(attachment.program_id)
        link_fd = self._link_fd(attachment.link_id)
        self.plan.add(DetachLink(attachment, link_fd, pin.path if pin else None, program_fd, self.held))

    def _detach_netlink(self, attachment: Attachment) -> None:
        self._needs_netlink = True
        program_fd = self._program_fd(attachment.program_id)
        self.plan.add(SwitchNetlink(attachment.interface, attachment.ifindex, attachment.mode, program_fd, -1))

    def _link_pin(self, attachment: Attachment) -> LinkPin | None:
        return next((pin for pin in self.observed.links.values() if pin.info.id == attachment.link_id), None)

    def _program_fd(self, id: int) -> int:
        return _still_there(self.observed.program(id), f"program {id}")

    def _link_fd(self, id: int) -> int:
        return _still_there(self.observed.link(id), f"bpf_link {id}")


def _still_there(fd: int | None, what: str) -> int:
    if fd is None:
        raise XdpError(f"The {what} went away while it was looked at. Run the task again")
    return fd
