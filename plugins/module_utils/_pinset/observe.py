# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A pin set as the kernel has it. Looking changes nothing."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import Callable, NamedTuple, TypeVar

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpffs, info
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import namespace, netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import Attachment, attachments
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace
from ansible_collections.ebpf.xdp.plugins.module_utils._record import netns_names, record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record.in_force import InForce
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import GIVING, STAGED, TRIAL, Layout, link_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.ours import Pins, ours

# Seconds between two looks, and how many looks there may be.
_SETTLING_TIME = 0.005
_SETTLING_ATTEMPTS = 20

# Seconds that the kernel may need to take a network namespace apart, and how many of them all other runs on the host wait for.
_TAKEN_APART_IN = 30
_USUALLY_TAKEN_APART_IN = 0.5


class MapPin(NamedTuple):
    """A pinned map. Its descriptor is open until the end of the run."""

    path: str
    fd: int
    info: info.MapInfo


class ProgramPin(NamedTuple):
    """A pinned program. Its descriptor is open until the end of the run."""

    path: str
    fd: int
    info: info.ProgramInfo


class LinkPin(NamedTuple):
    """A pinned link. Its descriptor is open until the end of the run."""

    path: str
    fd: int
    info: info.LinkInfo


_Pin = TypeVar("_Pin", MapPin, ProgramPin)
_T = TypeVar("_T")


class OnTrial(XdpError):
    """A change of this pin set is on trial, or its end is left to do; see _trial/settle.py."""

    def __init__(self, layout: Layout) -> None:
        super().__init__(
            f"The pin set {layout.path} is on trial. End that first, with state: confirmed or state: rolled_back of xdp_pin"
        )
        self.layout = layout


class NotGoneYet(XdpError):
    """Links of the set run on interfaces elsewhere, and perhaps only until the kernel has taken their namespace apart."""


class RemovedMeanwhile(Exception):
    """The set was there when the run was asked to add to it, and is gone: somebody has removed it. Only with ``was_there``."""


def until_gone(run: Callable[[], _T]) -> _T:
    """Do it again while a network namespace is being taken apart: not under the lock, which all other runs on the host wait for."""
    deadline = time.monotonic() + _TAKEN_APART_IN
    while True:
        try:
            return run()
        except NotGoneYet:
            if time.monotonic() >= deadline:
                raise
        time.sleep(_USUALLY_TAKEN_APART_IN)


class Observed:
    """One pin set and the interfaces, with every pin of the set open until ``held`` closes.

    ``maps``, ``programs`` and ``links`` hold the set's own pins by name, as
    ours.py tells them. ``left_over`` are staged pins of a run that was killed,
    ``foreign`` the paths of what somebody else put into the set's directories,
    and ``foreign_links`` those of links among them, by the links' ids.
    """

    def __init__(self, layout: Layout, held: ExitStack) -> None:
        self.layout = layout
        self.held = held
        for path in (layout.path, *layout.directories.values()):
            ownership.require_safe(path)
            if os.path.islink(path) or (os.path.lexists(path) and not os.path.isdir(path)):
                raise XdpError(f"{path} is where a pin set's directory has to be. Remove it")
        there = bpffs.names(layout.path)
        if TRIAL in there or GIVING in there:
            raise OnTrial(layout)
        self.record_text = record_links.read(layout.record)
        self.record = records.known(self.record_text, layout.record)
        self.netns = namespace.current()
        #: The set's network namespace where that no longer exists: what is left of the set belongs to this one.
        self.gone = self._elsewhere()
        if self.gone is not None and self.record is not None:
            self.record = self.record._replace(netns=None)
        taken = record_links.names(self.record_text)
        #: Names of what killed runs left of records.
        self.record_left_over = record_links.left_over(layout.path, there, taken)
        self.maps: dict[str, MapPin] = {}
        self.programs: dict[str, ProgramPin] = {}
        self.links: dict[str, LinkPin] = {}
        self.left_over: list[ProgramPin | MapPin] = []
        self.foreign = [
            os.path.join(layout.path, name)
            for name in there
            if name not in (*layout.directories, *taken, *self.record_left_over)
        ]
        self.foreign_links: dict[int, str] = {}
        #: Maps that may be anybody's because there is no record; see ``adopt_map``.
        self._unclaimed: dict[str, MapPin] = {}
        #: Paths of those that were taken over.
        self.adopted: list[str] = []
        self.directories = [path for path in (layout.path, *layout.directories.values()) if os.path.isdir(path)]
        self.interfaces: list[netlink.Interface] = []
        self.attachments: list[Attachment] = []
        #: Other sets, by name, whose interfaces this one may take over; see hand_over.py.
        self.givers: dict[str, Observed] = {}
        self._program_ids: set[int] = set()
        self._link_ids: set[int] = set()
        self._look()
        self._require_gone()

    def _elsewhere(self) -> NetworkNamespace | None:
        """The network namespace of the set where it is another one that no longer exists; refuses a set of one that does."""
        theirs = self.record.netns if self.record else None
        if theirs is None or theirs.same(self.netns):
            return None
        # Imported here, as hardly any run meets another namespace.
        from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns

        name = netns.name_of(theirs)
        if name is not None:
            raise XdpError(
                f"The pin set {self.layout.path} belongs to the network namespace {name} (net:[{theirs.inode}]), and this run is in "
                f"{netns.name_of(self.netns)} (net:[{self.netns.inode}]), so nothing was changed. {netns.advice(name)} for the set "
                f"there, or use another name or pin_root here"
            )
        return theirs

    def _require_gone(self) -> None:
        """Refuse a set whose links run on interfaces elsewhere, although nothing visible from here leads to its namespace."""
        if self.gone is None:
            return
        # A namespace is removed a while after its last reference was released (cleanup_net in net/core/net_namespace.c).
        deadline = time.monotonic() + _USUALLY_TAKEN_APART_IN
        while True:
            running = [pin.path for pin in self.links_elsewhere() if pin.info.ifindex]
            if not running:
                return
            if time.monotonic() >= deadline:
                break
            time.sleep(_SETTLING_TIME)
        raise NotGoneYet(
            f"The pin set {self.layout.path} belongs to the network namespace net:[{self.gone.inode}], which nothing visible "
            f"from here leads to, but {running[0]} is attached to an interface of it, so nothing was changed. Give netns with "
            f"its path (lsns -t net lists namespaces), or remove the set by hand (rm -r {self.layout.path})"
        )

    def _look(self) -> None:
        """Open the pins, see what interfaces run, and tell our own from others'.

        Interfaces are looked at twice where a program of ours seems to be attached
        over netlink. A link that has lost its last holder loses its id first and its
        interface a moment later (bpf_link_free in kernel/bpf/syscall.c): in between
        it looks like an attachment over netlink.
        """
        maps: dict[str, MapPin] = {}
        programs: dict[str, ProgramPin] = {}
        links: dict[str, LinkPin] = {}
        paths = []
        for part, directory in self.layout.directories.items():
            for name in bpffs.names(directory):
                path = os.path.join(directory, name)
                paths.append(path)
                pin = self._open(path)
                if isinstance(pin, MapPin) and part == "maps":
                    maps[name] = pin
                elif isinstance(pin, ProgramPin) and part == "programs":
                    programs[name] = pin
                elif isinstance(pin, LinkPin) and part == "links":
                    links[name] = pin
        pins = Pins(
            {name: pin.info for name, pin in maps.items()},
            {name: pin.info for name, pin in programs.items()},
            {name: pin.info for name, pin in links.items()},
        )
        known = self.record.links if self.record else {}
        for _attempt in range(_SETTLING_ATTEMPTS):
            before = self.attachments
            self.interfaces = netlink.interfaces()
            recorded = {
                each.name: known[link_name(each.name)] for each in self.interfaces if link_name(each.name) in known
            }
            self.attachments = attachments(self.interfaces, known=recorded)
            own = ours(self.record, pins, {each.program_id for each in self.attachments if each.link_id is None})
            self._program_ids = own.program_ids
            self.links = {name: links[name] for name in sorted(own.links)}  # staged ones hold interfaces as well
            self._link_ids = {pin.info.id for pin in self.links.values()}
            without_link = any(attachment.link_id is None for attachment in self.own_attachments())
            if not without_link or self.attachments == before:
                break
            time.sleep(_SETTLING_TIME)
        self.maps = self._keep(maps, own.maps)
        self.programs = self._keep(programs, own.programs)
        mine = {
            pin.path for pin in (*self.maps.values(), *self.programs.values(), *self.links.values(), *self.left_over)
        }
        self.foreign += [path for path in paths if path not in mine]
        self.foreign_links = {pin.info.id: pin.path for pin in links.values() if pin.path not in mine}
        if self.record is None:
            self._unclaimed = {name: pin for name, pin in maps.items() if name not in own.maps}

    def _keep(self, pins: dict[str, _Pin], own: set[str]) -> dict[str, _Pin]:
        self.left_over += [pins[name] for name in sorted(own) if name.endswith(STAGED)]
        return {name: pins[name] for name in sorted(own) if not name.endswith(STAGED)}

    def _open(self, path: str) -> MapPin | ProgramPin | LinkPin | None:
        try:
            fd = bpf.obj_get(path)
        except OSError as error:
            if error.errno in bpf.NOT_A_PIN:
                return None
            raise KernelError(f"Cannot open the pin {path}", error.errno or 0) from error
        self.held.callback(os.close, fd)
        kind = info.kind(fd)
        if kind == "map":
            return MapPin(path, fd, info.map_info(fd))
        if kind == "program":
            return ProgramPin(path, fd, info.program_info(fd))
        if kind == "link":
            return LinkPin(path, fd, info.link_info(fd))
        return None

    def require_free(self, path: str) -> None:
        """Refuse to pin where somebody else has put something."""
        if path in self.foreign:
            raise XdpError(
                f"{path} already exists, and this collection did not make it. Remove it, or move it elsewhere"
            )

    def told(self) -> list[str]:
        """What the user should know of the set before anything is said of its parts."""
        if self.gone is None:
            return []
        return [
            f"The network namespace of the pin set {self.layout.path}, net:[{self.gone.inode}], no longer exists. What it left of "
            f"the set was taken as belonging to the one of this run"
        ]

    def left_over_of(self, scope: str) -> list[ProgramPin | MapPin]:
        """Staged pins that a run of this scope may remove; the other part's may be in use."""
        kinds = {"all": (MapPin, ProgramPin), "maps": (MapPin,), "programs": (ProgramPin,)}[scope]
        return [pin for pin in self.left_over if isinstance(pin, kinds)]

    def unclaimed_map(self, name: str) -> MapPin | None:
        """A map of this name in the set's directory that may be anybody's, because there is no record."""
        return self._unclaimed.get(name)

    def adopt_map(self, pin: MapPin) -> None:
        """Take over an unclaimed map, which fits what the set is to have under its name.

        Nothing is lost by that: it stays pinned where it is, with its contents.
        """
        del self._unclaimed[os.path.basename(pin.path)]
        self.foreign.remove(pin.path)
        self.adopted.append(pin.path)
        self.maps[os.path.basename(pin.path)] = pin

    def pending(self) -> list[str]:
        """Pins of ours (``maps/x``, ``programs/y``, ``links/z``) that no half of the record accounts for.

        They are on record as pending, or there is no record any more.
        """
        there = [f"{part}/{name}" for part in ("maps", "programs", "links") for name in getattr(self, part)]
        if self.record is None:
            return there
        return [name for name in self.record.pending if name in there]

    def filled_arrays(self) -> list[str]:
        """The pinned program arrays, by name, that came with their entries, and that the program on record loses with them."""
        program = self.record.program if self.record else None
        return [name for name in program.arrays if name in self.maps] if program else []

    def link_ids(self) -> dict[str, int]:
        """The set's links as a record has them: ids by the names of pins."""
        return {name: pin.info.id for name, pin in self.links.items()}

    def links_elsewhere(self) -> list[LinkPin]:
        """The set's links whose interface is not in this network namespace: moved to another one, or gone (index 0)."""
        here = {attachment.link_id for attachment in self.attachments}
        # What was opened with an interface may have lost that before the interfaces were looked at.
        return [pin._replace(info=info.link_info(pin.fd)) for pin in self.links.values() if pin.info.id not in here]

    def _is_own(self, attachment: Attachment) -> bool:
        """Whether a link of the set is there, or a program of the set, whoever attached it."""
        return attachment.program_id in self._program_ids or attachment.link_id in self._link_ids

    def own_attachments(self) -> list[Attachment]:
        """The interfaces that run the set's program."""
        return [attachment for attachment in self.attachments if self._is_own(attachment)]

    def in_force(self) -> InForce | None:
        """What runs of the set now; ``None`` without a program on record."""
        if self.record is None:
            return None
        here = {each.name for each in self.interfaces}
        return self.record.in_force(self.own_attachments(), here, netns_names.names(self.netns))

    def foreign_attachment(self, ifindex: int) -> Attachment | None:
        """What the interface runs that is not the set's; ``None`` if it runs nothing else."""
        for attachment in self.attachments:
            if attachment.ifindex == ifindex and not self._is_own(attachment):
                return attachment
        return None

    def giver_of(self, attachment: Attachment) -> str | None:
        """The set that this one may take the interface over from."""
        for name, giver in self.givers.items():
            if attachment in giver.own_attachments():
                return name
        return None

    def interface(self, name: str) -> netlink.Interface | None:
        """By its name or an altname."""
        return netlink.find(name, self.interfaces)

    def program(self, program_id: int) -> int | None:
        """A descriptor of a program that still lives, pinned or not."""
        for pin in (*self.programs.values(), *self.left_over):
            if isinstance(pin, ProgramPin) and pin.info.id == program_id:
                return pin.fd
        return self._by_id(bpf.prog_by_id, program_id)

    def map(self, map_id: int) -> int | None:
        """A descriptor of a map that still lives, pinned or not."""
        for pin in self.maps.values():
            if pin.info.id == map_id:
                return pin.fd
        return self._by_id(bpf.map_by_id, map_id)

    def link(self, link_id: int) -> int | None:
        """A descriptor of a link that still lives, pinned or not."""
        for pin in self.links.values():
            if pin.info.id == link_id:
                return pin.fd
        return self._by_id(bpf.link_by_id, link_id)

    def _by_id(self, get: Callable[[int], int], object_id: int) -> int | None:
        try:
            fd = get(object_id)
        except FileNotFoundError:
            return None
        self.held.callback(os.close, fd)
        return fd
