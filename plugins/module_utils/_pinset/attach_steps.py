# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps on interfaces: attach, switch over and detach, by bpf_link and over netlink."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack, suppress

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf, bpf_change, info
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.attachments import MODE_FLAGS, Attachment

# Answers that say "not in this mode": after them ``auto`` goes on to the next mode. Drivers
# answer as they please: EOPNOTSUPP without XDP support, ERANGE or EINVAL for an MTU or an
# offload that is in the way, ENOSPC or ENOMEM when there are too few queues.
_MODE_REFUSED = (errno.EOPNOTSUPP, errno.ERANGE, errno.EINVAL, errno.ENOSPC, errno.ENOMEM, 524)  # 524: ENOTSUPP


def refusal(interface: str, mode: str, code: int) -> XdpError:
    """Why a program could not be attached, and what to try."""
    if code in (errno.EBUSY, errno.EEXIST):
        return KernelError(
            f"Cannot attach to {interface} in {mode} mode",
            code,
            "Another program was attached meanwhile, or an interface on top of this one (a bridge, bond or VLAN) "
            "runs one. Run the task again to see",
        )
    advice = {
        "native": "The driver does not do it, or not with the interface's present MTU (and its peer's, for veth), "
        "queues or offloads. Try mode: generic, which works on every interface",
        "offload": "The network card does not run programs itself. Try mode: native or mode: generic",
        "generic": "",
    }[mode]
    return KernelError(f"Cannot attach to {interface} in {mode} mode", code, advice)


def _set_by_netlink(ifindex: int, program_fd: int, flags: int, expected_fd: int) -> int:
    # Links are what is used as a rule, and they need nothing of what starts a child.
    from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import netlink_attach

    return netlink_attach.set_program(ifindex, program_fd, flags, expected_fd)


class _Attach:
    """Tries the modes in their order; ``mode`` is the one that worked, before that the one expected."""

    def __init__(self, interface: str, ifindex: int, program_fd: int, modes: tuple[str, ...]) -> None:
        self.interface = interface
        self.ifindex = ifindex
        self.program_fd = program_fd
        self.modes = modes
        self.mode = modes[0]

    def do(self) -> None:
        for mode in self.modes:
            self.mode = mode
            code = self._try(MODE_FLAGS[mode])
            if code == 0:
                return
            if code not in _MODE_REFUSED:
                break
        raise refusal(self.interface, self.mode, code)

    def _try(self, flags: int) -> int:
        raise NotImplementedError

    def link_id(self) -> int | None:
        """The id of the link that was made; ``None`` before that, and over netlink."""
        return None


class AttachLink(_Attach):
    """A bpf_link, pinned so that it stays."""

    def __init__(
        self, interface: str, ifindex: int, program_fd: int, modes: tuple[str, ...], path: str, held: ExitStack
    ) -> None:
        super().__init__(interface, ifindex, program_fd, modes)
        self.path = path
        self._held = held
        self._link_fd = -1

    def _try(self, flags: int) -> int:
        try:
            self._link_fd = bpf_change.link_create(self.program_fd, self.ifindex, flags)
        except OSError as error:
            return error.errno or errno.EIO
        self._held.callback(os.close, self._link_fd)
        try:
            bpf.obj_pin(self._link_fd, self.path)
        except OSError as error:
            bpf_change.link_detach(self._link_fd)
            raise KernelError(f"Cannot pin {self.path}", error.errno or 0) from None
        return 0

    def link_id(self) -> int | None:
        return info.link_info(self._link_fd).id if self._link_fd >= 0 else None

    def undo(self) -> None:
        os.unlink(self.path)
        bpf_change.link_detach(self._link_fd)


class AttachNetlink(_Attach):
    """A program that the interface itself holds."""

    def _try(self, flags: int) -> int:
        return _set_by_netlink(self.ifindex, self.program_fd, flags, expected_fd=-1)

    def undo(self) -> None:
        SwitchNetlink(self.interface, self.ifindex, self.mode, self.program_fd, -1).do()


class SwitchLink:
    """Another program behind the link, in one step for packets."""

    def __init__(self, interface: str, link_fd: int, old_fd: int, new_fd: int) -> None:
        self.interface = interface
        self.link_fd = link_fd
        self.old_fd = old_fd
        self.new_fd = new_fd

    def do(self) -> None:
        self._update(self.new_fd, self.old_fd)

    def undo(self) -> None:
        self._update(self.old_fd, self.new_fd)

    def _update(self, new_fd: int, old_fd: int) -> None:
        try:
            bpf_change.link_update(self.link_fd, new_fd, old_fd)
        except OSError as error:
            raise KernelError(
                f"Cannot put the new program behind the link on {self.interface}", error.errno or 0
            ) from None


class SwitchNetlink:
    """Another program, or none (-1), where exactly the old one is; in one step for packets."""

    def __init__(self, interface: str, ifindex: int, mode: str, old_fd: int, new_fd: int) -> None:
        self.interface = interface
        self.ifindex = ifindex
        self.mode = mode
        self.old_fd = old_fd
        self.new_fd = new_fd

    def do(self) -> None:
        self._set(self.new_fd, self.old_fd)

    def undo(self) -> None:
        self._set(self.old_fd, self.new_fd)

    def _set(self, new_fd: int, old_fd: int) -> None:
        code = _set_by_netlink(self.ifindex, new_fd, MODE_FLAGS[self.mode], expected_fd=old_fd)
        if code:
            what = "detach from" if new_fd < 0 else "switch the program on"
            raise KernelError(f"Cannot {what} {self.interface} over netlink", code)


class DetachLink:
    """Take the program from an interface at once, and the link's pin with it; undone by another link."""

    def __init__(
        self, attachment: Attachment, link_fd: int, path: str | None, program_fd: int, held: ExitStack
    ) -> None:
        self.attachment = attachment
        self.link_fd = link_fd
        self.path = path
        self.program_fd = program_fd
        self._held = held

    def do(self) -> None:
        if self.path:
            os.unlink(self.path)
        try:
            # Removing the pin is not enough where a process holds the link as well.
            bpf_change.link_detach(self.link_fd)
        except OSError as error:
            if self.path:
                bpf.obj_pin(self.link_fd, self.path)
            raise KernelError(f"Cannot detach from {self.attachment.interface}", error.errno or 0) from None

    def undo(self) -> None:
        was = self.attachment
        try:
            fd = bpf_change.link_create(self.program_fd, was.ifindex, MODE_FLAGS[was.mode])
            self._held.callback(os.close, fd)
            if self.path:
                bpf.obj_pin(fd, self.path)
        except OSError as error:
            raise KernelError(f"Cannot attach to {was.interface} as before", error.errno or 0) from None


def release_link(link_fd: int) -> None:
    """Detach a link that has no pin any more, whoever else holds it; without others, closing it does the same."""
    with suppress(OSError):
        bpf_change.link_detach(link_fd)
