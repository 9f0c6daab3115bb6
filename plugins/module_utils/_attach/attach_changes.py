# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The steps on interfaces: what a plan says to change there.

Apart from ``attach_plan``, which decides whether there is anything to change: on
the hosts Python compiles every module anew in every task, and a run that
changes nothing need not wait for these.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._attach import attach_modes
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_steps import (
    AttachLink,
    AttachNetlink,
    DetachLink,
    SwitchLink,
    SwitchNetlink,
    release_link,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.standing import Standing, fell_back
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import program_info
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import LinkPin, Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import TargetProgram
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Change, Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import STAGED, Layout, free_staged, sets
from ansible_collections.ebpf.xdp.plugins.module_utils._record.pin_steps import PinObject, RenamePin, Unpin, holds


class AttachChanges:
    """Adds to a plan what it takes to change one attachment, or the name of its pin."""

    def __init__(
        self, plan: Plan, request: Request, observed: Observed, held: ExitStack, paths: dict[int, str]
    ) -> None:
        """``paths`` says where each link is pinned when the steps so far are done, by link id."""
        self.plan = plan
        self.request = request
        self.observed = observed
        self.layout: Layout = observed.layout
        self.held = held
        self.paths = paths
        self._needs_netlink = False
        #: Interfaces that another set has given up by then.
        self._freed: set[int] = set()

    def require_netlink(self) -> None:
        """Raise ``XdpError`` if a step needs pyroute2 and no Python here has it."""
        if self._needs_netlink:
            # As in attach_steps.py.
            from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink_attach

            netlink_attach.require()

    def tend_absent(self, pin: LinkPin, program: TargetProgram | None) -> Standing | None:
        """A link whose interface is not here; ``program`` is what the set is to run. Returns one that stays."""
        if not pin.info.ifindex:
            name = os.path.basename(pin.path)
            self.unpin_link(pin, Change("left over", f"links/{name}", "of an interface that is gone", None))
            return None
        if self.request.add is not None:
            return None
        if program is None or pin.info.program_id != program.info.id:
            raise XdpError(
                f"The interface of {pin.path} has moved to another network namespace, where this run changes nothing: it "
                f"would keep its present program. Release it first (rm {pin.path})"
            )
        self.plan.warn(
            f"The interface of {pin.path} has moved to another network namespace. It still runs the program, and was "
            f"left as it is. To release it, remove the pin (rm {pin.path})"
        )
        return Standing.elsewhere(pin)

    def unpin_link(self, pin: LinkPin, change: Change) -> None:
        """Remove the pin of a link. The program is detached after all other steps."""
        self.plan.add(Unpin(pin.fd, pin.path), change)
        del self.paths[pin.info.id]
        # The program leaves the interface with the last descriptor of the link, which is ours; until
        # then the pin can be put back. A process that holds the link as well must not keep it there.
        self.plan.at_end(lambda: release_link(pin.fd, change.name))

    def switch(self, attachment: Attachment, program: TargetProgram) -> None:
        """Have the interface run ``program`` instead, by the method and in the mode that it is attached with."""
        attach_modes.check_switch(self.request, attachment, self._interface(attachment.ifindex), program.name)
        if attachment.link_id is not None:
            link_fd = self._link_fd(attachment.link_id)
            self.switch_link(attachment, link_fd, program)
            return
        old_fd = self._program_fd(attachment.program_id)
        self._needs_netlink = True
        self.plan.add(
            SwitchNetlink(attachment.interface, attachment.ifindex, attachment.mode, old_fd, program.fd),
            _switched(attachment.interface, old_fd, program),
        )

    def switch_link(self, attachment: Attachment, link_fd: int, program: TargetProgram) -> None:
        """The same for a link, without asking whether the interface takes the program."""
        old_fd = self._program_fd(attachment.program_id)
        self.plan.add(
            SwitchLink(attachment.interface, link_fd, old_fd, program.fd, program.bound_to),
            _switched(attachment.interface, old_fd, program),
        )

    def set_aside(self, link_id: int) -> None:
        """Put a pin under a staged name, where it is in nobody's way."""
        path = self.paths[link_id]
        staged = free_staged(path, self.paths.values())
        self.plan.add(RenamePin(path, staged))
        self.paths[link_id] = staged

    def name_link(self, attachment: Attachment, link_id: int, wanted: str) -> None:
        """Pin the link under its interface's present name."""
        path = self.paths.get(link_id)
        self.observed.require_free(wanted)
        if path is None:
            link_fd = self._link_fd(link_id)
            self._require_unheld(attachment, link_fd)
            self.plan.add(PinObject(link_fd, wanted), Change("links", attachment.interface, "not pinned", "pinned"))
        else:
            before, after = (f"pinned as {os.path.basename(each).rstrip(STAGED)}" for each in (path, wanted))
            if os.path.dirname(path) != os.path.dirname(wanted):
                before, after = "pinned by another pin set", "pinned"
            change = Change("links", attachment.interface, before, after)
            self.plan.add(RenamePin(path, wanted), change)
        self.paths[link_id] = wanted

    def _require_unheld(self, attachment: Attachment, link_fd: int) -> None:
        """Refuse a link that a killed run has taken from another set without its pin: two pins would hold it."""
        for name in sets(self.layout.pin_root):
            directory = Layout(self.layout.pin_root, name).directories["links"]
            for pin in bpffs.names(directory) if name != self.layout.name else ():
                path = os.path.join(directory, pin)
                if holds(path, link_fd):
                    raise XdpError(
                        f"{attachment.interface} was being moved here from the pin set {name}, and that run was cut off: {path} still "
                        f"holds it. Finish it with replace_sets: [{name}]. Nothing was changed"
                    )

    def attach(self, ifindex: int, program: TargetProgram, interrupted: bool) -> Standing:
        """The interface runs nothing of this set, or will not by then (``interrupted``)."""
        request = self.request
        interface = self._interface(ifindex)
        modes, why = attach_modes.modes(request, interface, program.name)
        foreign = None if ifindex in self._freed else self.observed.foreign_attachment(ifindex)
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
                if why:
                    self.plan.warn(fell_back(interface.name, why))
                return Standing(interface.name, ifindex, "netlink", None, foreign.mode, why=why)
            self.plan.add(SwitchNetlink(interface.name, ifindex, foreign.mode, foreign_fd, -1))
            interrupted = True
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
        after = method + (", after a moment without a program" if interrupted else "")
        # The mode is the step's to say: a driver may refuse what nobody could know beforehand.
        self.plan.add(step, Change("links", interface.name, before, lambda: f"{step.mode} mode, {after}"))
        return Standing(interface.name, ifindex, method, path, modes[0], step, interrupted, why)

    def take_over(self, giver: str, attachment: Attachment, program: TargetProgram) -> Standing:
        """The interface runs the program of the set ``giver``, which gives it up."""
        request = self.request
        ifindex, name, mode, method = attachment.ifindex, attachment.interface, attachment.mode, attachment.method
        paths = {pin.info.id: pin.path for pin in self.observed.givers[giver].links.values()}
        pinned = None if attachment.link_id is None else paths.get(attachment.link_id)
        if request.mode not in ("auto", mode) or request.attach not in ("auto", method):
            if attachment.link_id is not None and pinned:
                self.paths[attachment.link_id] = pinned
            self.detach(attachment)
            self._freed.add(ifindex)
            return self.attach(ifindex, program, interrupted=True)
        interface = self._interface(ifindex)
        attach_modes.check_switch(request, attachment, interface, program.name)
        old_fd = self._program_fd(attachment.program_id)
        self.plan.note(
            Change("links", name, f"{mode} mode, {method}, of the pin set {giver}", f"{mode} mode, {method}")
        )
        why = None
        if mode == "generic" and request.mode == "auto":
            why = attach_modes.why_generic(request, interface, program.name)[0]
        if attachment.link_id is None:
            self._needs_netlink = True
            self.plan.add(SwitchNetlink(name, ifindex, mode, old_fd, program.fd))
            return Standing(name, ifindex, method, None, mode, why=why, given=True)
        link_fd = self._link_fd(attachment.link_id)
        path = self.layout.link(name)
        self.observed.require_free(path)
        self.plan.add(SwitchLink(name, link_fd, old_fd, program.fd, program.bound_to))
        self.plan.add(RenamePin(pinned, path) if pinned else PinObject(link_fd, path))
        self.paths[attachment.link_id] = path
        return Standing(name, ifindex, method, path, mode, why=why, given=True)

    def release(self, attachment: Attachment) -> None:
        """The interface shall run nothing of this set any more."""
        change = Change("links", attachment.interface, f"{attachment.mode} mode, {attachment.method}", None)
        if attachment.link_id is None:
            self._detach_netlink(attachment, change)
            return
        link_fd = self._link_fd(attachment.link_id)
        path = self.paths.pop(attachment.link_id, None)
        if path:
            self.plan.add(Unpin(link_fd, path))
        self.plan.note(change)
        self.plan.at_end(lambda: release_link(link_fd, attachment.interface))

    def detach(self, attachment: Attachment) -> None:
        """Free the interface, so that it can be attached in another way: packets meet no program meanwhile."""
        change = Change("links", attachment.interface, f"{attachment.mode} mode, {attachment.method}", None)
        if attachment.link_id is None:
            self._detach_netlink(attachment, change)
            return
        program_fd = self._program_fd(attachment.program_id)
        path = self.paths.pop(attachment.link_id, None)
        undo_path = path or self.layout.link(attachment.interface)
        link_fd = self._link_fd(attachment.link_id)
        self.plan.add(DetachLink(attachment, link_fd, path, undo_path, program_fd, self.held), change)

    def _detach_netlink(self, attachment: Attachment, change: Change) -> None:
        self._needs_netlink = True
        program_fd = self._program_fd(attachment.program_id)
        self.plan.add(SwitchNetlink(attachment.interface, attachment.ifindex, attachment.mode, program_fd, -1), change)

    def _interface(self, ifindex: int) -> netlink.Interface:
        return next(each for each in self.observed.interfaces if each.ifindex == ifindex)

    def _program_fd(self, program_id: int) -> int:
        return still_there(self.observed.program(program_id), f"program {program_id}")

    def _link_fd(self, link_id: int) -> int:
        return still_there(self.observed.link(link_id), f"bpf_link {link_id}")


def _switched(interface: str, old_fd: int, program: TargetProgram) -> Change:
    tag = program_info(old_fd).tag
    return Change("links", interface, f"runs program tag {tag}", f"runs program tag {program.info.tag}")


def still_there(fd: int | None, what: str) -> int:
    """The descriptor; raises ``XdpError`` for ``None``, which is what a kernel object that is gone has."""
    if fd is None:
        raise XdpError(f"The {what} went away while it was looked at. Run the task again")
    return fd
