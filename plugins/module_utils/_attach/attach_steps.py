# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Steps on interfaces: attach, switch over and detach, by bpf_link and over netlink."""

from __future__ import annotations

import errno
import os
import time
from contextlib import ExitStack
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._attach import attach_answers
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change, info
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import MODE_FLAGS, Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.half_done import HalfDone
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.settle import settle, taking_back
from ansible_collections.ebpf.xdp.plugins.module_utils._record.pin_steps import pin, unpin


def refusal(interface: str, mode: str, code: int) -> XdpError:
    """Why a program could not be attached, and what to try."""
    advice = attach_answers.advice_on_attaching(interface, mode, code)
    return KernelError(f"Cannot attach to {interface} in {mode} mode", code, advice)


def _set_by_netlink(ifindex: int, program_fd: int, flags: int, expected_fd: int) -> int:
    # Links are what is used as a rule, and they need nothing of what starts a child.
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink_attach

    return netlink_attach.set_program(ifindex, program_fd, flags, expected_fd)


def _runs(ifindex: int, mode: str, program_fd: int) -> bool:
    """Whether the interface runs this program (-1: none) in this mode, as the kernel tells now."""
    interface = netlink.interface(ifindex)
    running = interface.programs.get(mode) if interface else None
    return running == (None if program_fd < 0 else info.object_id(program_fd))


def _is_detached(link_fd: int) -> bool:
    return info.link_info(link_fd).ifindex == 0


def _detach(link_fd: int) -> None:
    settle(lambda: bpf_change.link_detach(link_fd), lambda: _is_detached(link_fd))


def _create_link(program_fd: int, ifindex: int, mode: str, held: ExitStack) -> int:
    """Attach by a new link; returns its descriptor. When this raises, there is none."""
    made: list[int] = []

    def is_made() -> bool:
        made.extend(_links(program_fd, ifindex) if _runs(ifindex, mode, program_fd) else ())
        return bool(made)

    settle(lambda: made.append(bpf_change.link_create(program_fd, ifindex, MODE_FLAGS[mode])), is_made)
    for fd in made:
        held.callback(os.close, fd)
    return made[-1]


def _links(program_fd: int, ifindex: int) -> list[int]:
    """Descriptors of the links that put this program on an interface with this index; the newest comes last.

    There may be one more for each network namespace that has such an interface.
    """
    program_id = info.object_id(program_fd)
    found = []
    for link_id in bpf.link_ids():
        try:
            fd = bpf.link_by_id(link_id)
        except FileNotFoundError:  # gone since
            continue
        known = info.link_info(fd)
        if (known.type, known.ifindex, known.program_id) == ("xdp", ifindex, program_id):
            found.append(fd)
        else:
            os.close(fd)
    return found


def _put_back(act: Callable[[], None], is_back: Callable[[], bool]) -> None:
    """Undo a switch. What runs when that fails may be of somebody else, so that it is not enough to look for ours."""
    try:
        settle(act, is_back)
    except HalfDone:
        raise
    except (XdpError, OSError) as error:
        raise HalfDone(error) from error


class _Attach:
    """Tries the modes in their order; ``mode`` is the one that worked, before that the one expected."""

    def __init__(self, interface: str, ifindex: int, program_fd: int, modes: tuple[str, ...]) -> None:
        self.interface = interface
        self.ifindex = ifindex
        self.program_fd = program_fd
        self.modes = modes
        self.mode = modes[0]
        #: What the driver meant that refused a mode before the one that worked.
        self.refusal: str | None = None

    def do(self) -> None:
        for mode in self.modes:
            self.mode = mode
            code = self._try()
            if code == 0:
                return
            if code not in attach_answers.MODE_REFUSED:
                break
            self.refusal = attach_answers.meaning(code)
        raise refusal(self.interface, self.mode, code)

    def _try(self) -> int:
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

    def _try(self) -> int:
        self._link_fd = -1
        try:
            self._link_fd = _create_link(self.program_fd, self.ifindex, self.mode, self._held)
        except OSError as error:
            return error.errno or errno.EIO
        with taking_back(lambda: _detach(self._link_fd)):
            pin(self._link_fd, self.path)
        return 0

    def link_id(self) -> int | None:
        """The id of the link that was made; ``None`` before that."""
        return info.link_info(self._link_fd).id if self._link_fd >= 0 else None

    def undo(self) -> None:
        unpin(self.path)
        _detach(self._link_fd)

    def is_done(self) -> bool:
        return self._link_fd >= 0 and not _is_detached(self._link_fd)


class AttachNetlink(_Attach):
    """A program that the interface itself holds."""

    def _try(self) -> int:
        return _set_by_netlink(self.ifindex, self.program_fd, MODE_FLAGS[self.mode], expected_fd=-1)

    def undo(self) -> None:
        SwitchNetlink(self.interface, self.ifindex, self.mode, self.program_fd, -1).do()

    def is_done(self) -> bool:
        return _runs(self.ifindex, self.mode, self.program_fd)


class SwitchLink:
    """Another program behind the link, in one step for packets."""

    def __init__(self, interface: str, link_fd: int, old_fd: int, new_fd: int, bound_to: int = 0) -> None:
        """``bound_to`` is the index of the interface that the new program is bound to, or 0."""
        self.interface = interface
        self.link_fd = link_fd
        self.old_fd = old_fd
        self.new_fd = new_fd
        self.bound_to = bound_to

    def do(self) -> None:
        # The kernel does not ask (bpf_xdp_link_update in net/core/dev.c), and the driver would be another one.
        if self.bound_to and info.link_info(self.link_fd).ifindex != self.bound_to:
            raise XdpError(
                f"The link on {self.interface} has moved away from the interface that its program is bound to"
            )
        self._update(self.new_fd, self.old_fd)

    def undo(self) -> None:
        _put_back(lambda: self._update(self.old_fd, self.new_fd), lambda: self._runs(self.old_fd))

    def is_done(self) -> bool:
        return self._runs(self.new_fd)

    def _runs(self, program_fd: int) -> bool:
        return info.link_info(self.link_fd).program_id == info.object_id(program_fd)

    def _update(self, new_fd: int, old_fd: int) -> None:
        try:
            bpf_change.link_update(self.link_fd, new_fd, old_fd)
        except OSError as error:
            raise KernelError(
                f"Cannot put the new program behind the link on {self.interface}",
                error.errno or 0,
                attach_answers.advice_on_switching(error.errno or 0),
            ) from error


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
        _put_back(lambda: self._set(self.old_fd, self.new_fd), lambda: _runs(self.ifindex, self.mode, self.old_fd))

    def is_done(self) -> bool:
        return _runs(self.ifindex, self.mode, self.new_fd)

    def _set(self, new_fd: int, old_fd: int) -> None:
        code = _set_by_netlink(self.ifindex, new_fd, MODE_FLAGS[self.mode], expected_fd=old_fd)
        if code:
            what = "detach from" if new_fd < 0 else "switch the program on"
            action = f"Cannot {what} {self.interface} over netlink, in {self.mode} mode"
            raise KernelError(action, code, attach_answers.advice_on_switching(code))


class DetachLink:
    """Take the program from an interface at once, and the link's pin with it; undone by another link.

    ``path`` is where the link is pinned, if it is; ``undo_path`` where the other
    one will be, as nothing else would hold that when the run is over.
    """

    def __init__(
        self,
        attachment: Attachment,
        link_fd: int,
        path: str | None,
        undo_path: str,
        program_fd: int,
        held: ExitStack,
    ) -> None:
        self.attachment = attachment
        self.link_fd = link_fd
        self.path = path
        self.undo_path = undo_path
        self.program_fd = program_fd
        self._held = held
        self._is_back = False

    def do(self) -> None:
        if self.path:
            unpin(self.path)
        with taking_back(self._pin_again):
            try:
                # Removing the pin is not enough where a process holds the link as well.
                _detach(self.link_fd)
            except OSError as error:
                code = error.errno or 0
                action = f"Cannot detach from {self.attachment.interface}, in {self.attachment.mode} mode"
                raise KernelError(action, code, attach_answers.advice_on_switching(code)) from error

    def _pin_again(self) -> None:
        if self.path:
            pin(self.link_fd, self.path)

    def undo(self) -> None:
        was = self.attachment
        try:
            fd = _create_link(self.program_fd, was.ifindex, was.mode, self._held)
            with taking_back(lambda: _detach(fd)):
                pin(fd, self.undo_path)
        except OSError as error:
            raise KernelError(f"Cannot attach to {was.interface} as before", error.errno or 0) from error
        self._is_back = True

    def is_done(self) -> bool:
        return _is_detached(self.link_fd) and not self._is_back


def release_link(link_fd: int, interface: str) -> None:
    """Detach a link that has no pin any more, whoever else holds it."""
    try:
        _detach(link_fd)
    except (XdpError, OSError) as error:
        # Without other holders, closing it does the same; the number stays taken, as it will be closed once more.
        link_id = info.object_id(link_fd)
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), link_fd, inheritable=False)
        if _is_there(link_id):
            raise KernelError(
                f"Cannot detach from {interface}",
                getattr(error, "errno", None) or errno.EIO,
                f"A process holds the bpf_link {link_id} as well (bpftool link show id {link_id} names it). End it",
            ) from error


def _is_there(link_id: int) -> bool:
    for _attempt in range(20):
        try:
            os.close(bpf.link_by_id(link_id))
        except FileNotFoundError:
            return False
        time.sleep(0.005)
    return True
