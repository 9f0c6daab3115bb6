# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pin set as the kernel has it. Looking changes nothing."""

from __future__ import annotations

import errno
import os
import time
from contextlib import ExitStack
from typing import Callable, NamedTuple, TypeVar

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf, bpffs, info, netlink, ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.attachments import Attachment, attachments
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import STAGED, Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.record import Record

# What BPF_OBJ_GET answers for directories, symbolic links and what is gone meanwhile.
_NOT_A_PIN = (errno.EACCES, errno.ENOENT, errno.EINVAL)

# Seconds between two looks, and how many looks there may be.
_SETTLING_TIME = 0.005
_SETTLING_ATTEMPTS = 20


class MapPin(NamedTuple):
    path: str
    fd: int
    info: info.MapInfo


class ProgramPin(NamedTuple):
    path: str
    fd: int
    info: info.ProgramInfo


class LinkPin(NamedTuple):
    path: str
    fd: int
    info: info.LinkInfo


_Pin = TypeVar("_Pin", MapPin, ProgramPin)


class Observed:
    """One pin set and the interfaces, with every pin of the set open until ``held`` closes.

    ``maps``, ``programs`` and ``links`` hold the set's own pins by name.
    ``left_over`` are staged pins of a run that was killed, ``foreign`` the
    paths of what somebody else put into the set's directories.
    """

    def __init__(self, layout: Layout, held: ExitStack) -> None:
        self.layout = layout
        self.held = held
        for path in (layout.path, *layout.directories.values()):
            ownership.require_safe(path)
            if os.path.islink(path) or (os.path.lexists(path) and not os.path.isdir(path)):
                raise XdpError(f"{path} is in the way: a pin set's directory is to be there. Remove it")
        self.record_text = records.read(layout.record)
        self.record: Record | None = records.parse(self.record_text) if self.record_text is not None else None
        self.record_left_over = os.path.lexists(layout.record + STAGED)
        self.maps: dict[str, MapPin] = {}
        self.programs: dict[str, ProgramPin] = {}
        self.links: dict[str, LinkPin] = {}
        self.left_over: list[ProgramPin | MapPin] = []
        self.foreign: list[str] = []
        self.directories = [path for path in (layout.path, *layout.directories.values()) if os.path.isdir(path)]
        self._look()
        self.interfaces: list[netlink.Interface] = []
        self.attachments: list[Attachment] = []
        self._look_at_interfaces()

    def _look(self) -> None:
        for name in bpffs.names(self.layout.path):
            if name not in self.layout.directories and name not in ("record", "record" + STAGED):
                self.foreign.append(os.path.join(self.layout.path, name))
        for part, directory in self.layout.directories.items():
            for name in bpffs.names(directory):
                path = os.path.join(directory, name)
                pin = self._open(path)
                if not self._is_ours(part, name, pin):
                    self.foreign.append(path)
                elif isinstance(pin, LinkPin):
                    self.links[name] = pin  # a staged one holds its interface as well as any other
                elif isinstance(pin, ProgramPin):
                    self._keep(pin, self.programs)
                elif isinstance(pin, MapPin):
                    self._keep(pin, self.maps)

    def _keep(self, pin: _Pin, pins: dict[str, _Pin]) -> None:
        name = os.path.basename(pin.path)
        if name.endswith(STAGED):
            self.left_over.append(pin)
        else:
            pins[name] = pin

    def _look_at_interfaces(self) -> None:
        """See what interfaces run; twice where a program of ours seems to be attached over netlink.

        A link that has lost its last holder loses its id first and its interface
        a moment later (bpf_link_free in kernel/bpf/syscall.c): in between it
        looks like an attachment over netlink.
        """
        for _attempt in range(_SETTLING_ATTEMPTS):
            before = self.attachments
            self.interfaces = netlink.interfaces()
            self.attachments = attachments(self.interfaces)
            without_link = any(attachment.link_id is None for attachment in self.own_attachments())
            if not without_link or self.attachments == before:
                return
            time.sleep(_SETTLING_TIME)

    def _open(self, path: str) -> MapPin | ProgramPin | LinkPin | None:
        try:
            fd = bpf.obj_get(path)
        except OSError as error:
            if error.errno in _NOT_A_PIN:
                return None
            raise KernelError(f"Cannot open the pin {path}", error.errno or 0) from None
        self.held.callback(os.close, fd)
        kind = info.kind(fd)
        if kind == "map":
            return MapPin(path, fd, info.map_info(fd))
        if kind == "program":
            return ProgramPin(path, fd, info.program_info(fd))
        if kind == "link":
            return LinkPin(path, fd, info.link_info(fd))
        return None

    def _is_ours(self, part: str, name: str, pin: object) -> bool:
        """Whether a pin is in its place, and known to the record where there is one."""
        if part == "links":
            return isinstance(pin, LinkPin) and pin.info.type == "xdp"
        if not isinstance(pin, MapPin if part == "maps" else ProgramPin):
            return False
        return self.record is None or name.endswith(STAGED) or name in self.record.names(part)

    def require_free(self, path: str) -> None:
        """Refuse to pin where somebody else has put something."""
        if path in self.foreign:
            raise XdpError(f"{path} is in the way, and was not made here. Remove it, or move it elsewhere")

    def left_over_of(self, scope: str) -> list[ProgramPin | MapPin]:
        """Staged pins that a run of this scope may remove; the other part's may be in use."""
        kinds = {"all": (MapPin, ProgramPin), "maps": (MapPin,), "programs": (ProgramPin,)}[scope]
        return [pin for pin in self.left_over if isinstance(pin, kinds)]

    def pending(self) -> list[str]:
        """Pins of ours (``maps/x``, ``programs/y``) that no half of the record accounts for.

        They are on record as pending, or there is no record any more.
        """
        there = [f"maps/{name}" for name in self.maps] + [f"programs/{name}" for name in self.programs]
        if self.record is None:
            return there
        return [name for name in self.record.pending if name in there]

    def own_program_ids(self) -> set[int]:
        """Ids of the programs that this set pins, runs through its links, or has on record."""
        ids = {pin.info.id for pin in self.programs.values()}
        ids.update(pin.info.id for pin in self.left_over if isinstance(pin, ProgramPin))
        ids.update(pin.info.program_id for pin in self.links.values())
        if self.record and self.record.program:
            ids.add(self.record.program.id)
        return ids

    def own_attachments(self) -> list[Attachment]:
        ids = self.own_program_ids()
        return [attachment for attachment in self.attachments if attachment.program_id in ids]

    def foreign_attachment(self, ifindex: int) -> Attachment | None:
        ids = self.own_program_ids()
        for attachment in self.attachments:
            if attachment.ifindex == ifindex and attachment.program_id not in ids:
                return attachment
        return None

    def interface(self, name: str) -> netlink.Interface | None:
        """By its name or an altname."""
        return netlink.find(name, self.interfaces)

    def program(self, id: int) -> int | None:
        """A descriptor of a program that still lives, pinned or not."""
        for pin in (*self.programs.values(), *self.left_over):
            if isinstance(pin, ProgramPin) and pin.info.id == id:
                return pin.fd
        return self._by_id(bpf.prog_by_id, id)

    def map(self, id: int) -> int | None:
        """A descriptor of a map that still lives, pinned or not."""
        for pin in self.maps.values():
            if pin.info.id == id:
                return pin.fd
        return self._by_id(bpf.map_by_id, id)

    def link(self, id: int) -> int | None:
        """A descriptor of a link that still lives, pinned or not."""
        for pin in self.links.values():
            if pin.info.id == id:
                return pin.fd
        return self._by_id(bpf.link_by_id, id)

    def _by_id(self, get: Callable[[int], int], id: int) -> int | None:
        try:
            fd = get(id)
        except FileNotFoundError:
            return None
        self.held.callback(os.close, fd)
        return fd
