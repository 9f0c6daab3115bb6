# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""All pin sets of a host and what its interfaces run, in each network namespace. Nothing is locked and nothing is changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._network import attachments, namespace, netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import inventory
from ansible_collections.ebpf.xdp.plugins.module_utils._record import netns_names, record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import TRIAL, Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record, RecordedProgram

#: Digits of ``source_digest`` that name a version. Tags differ between kernels, and with CO-RE.
_VERSION_DIGITS = 12


class PinSet(NamedTuple):
    """What a set's record and what is kept of it say; either may be missing."""

    name: str
    layout: Layout
    record: Record | None = None
    #: Programs that decide about a change that is on trial, by their ids.
    guards: frozenset[int] = frozenset()
    is_pending: bool = False
    kept: kept.Header | None = None

    @property
    def program(self) -> RecordedProgram | None:
        """Its program, by the record; ``None`` where there is none."""
        return self.record.program if self.record is not None else None

    @property
    def version(self) -> str:
        """Of what it runs; empty where that is nothing."""
        return self.program.source[:_VERSION_DIGITS] if self.program is not None else ""

    def program_ids(self) -> set[int]:
        """What interfaces of the set run."""
        return {*self.guards, *(self.program.attached_ids if self.program is not None else ())}

    def link_ids(self) -> set[int]:
        """The ids of its links, by the record."""
        return set(self.record.links.values()) if self.record is not None else set()

    def declared(self) -> set[str]:
        """The interfaces that it was to be attached to, by the last run or by what is kept."""
        on_record = self.record.interfaces if self.record is not None else None
        return {*(on_record or ()), *((self.kept.interfaces if self.kept is not None else None) or ())}


class Place(NamedTuple):
    """A network namespace, or one that is not there."""

    #: Its name where it is not the one that this runs in, else empty.
    name: str
    sets: list[PinSet] = []  # noqa: RUF012  # never changed in place
    interfaces: list[netlink.Interface] = []  # noqa: RUF012  # as above
    attached: list[Attachment] = []  # noqa: RUF012  # as above
    #: Those of each set, by its name; the rest is under an empty one.
    by_set: dict[str, list[Attachment]] = {}  # noqa: RUF012  # as above
    #: The inode of the namespace; 0 for one that is not there.
    inode: int = 0

    def of(self, which: PinSet) -> list[Attachment]:
        """The interfaces that run the set's program."""
        return self.by_set.get(which.name, [])


class Failed(NamedTuple):
    """What could not be read; one of both is empty."""

    pin_set: str
    netns: str
    why: str

    def described(self) -> str:
        """As a line of a warning."""
        return f"{self.pin_set or 'network namespace ' + self.netns}: {self.why}"


class Survey:
    """All pin sets below one ``pin_root``, and what interfaces run, by network namespace."""

    def __init__(self, pin_root: str, directory: str) -> None:
        """``directory`` is where sets are kept for the next boot."""
        self.pin_root = pin_root
        self._directory = directory
        #: Seconds of the monotonic clock.
        self.started = time.monotonic()
        self._here = namespace.current()
        self.failed: list[Failed] = []
        #: Names of all pin sets that are pinned or kept.
        self.names = sorted({*inventory.sets(pin_root), *kept.names_for(directory, pin_root)})
        sets = [each for each in map(self._set, self.names) if each is not None]
        #: The one that this runs in comes first, also without a set.
        self.places = [self._place(which, those) for which, those in self._by_namespace(sets).items()]

    def foreign(self, place: Place) -> list[Attachment]:
        """What interfaces run of no pin set."""
        others = place.by_set.get("", [])
        # Of a set without a record, the pins have to be asked.
        owners = inventory.owners(self.pin_root, place.attached) if others else {}
        return [each for each in others if each.program_id not in owners]

    def kept_state(self, which: PinSet, place: Place) -> str:
        """Whether the next boot brings back what is in force: ``same``, ``different``, or ``absent`` where nothing is kept."""
        in_force = None
        if which.record is not None:
            here = {interface.name for interface in place.interfaces}
            in_force = which.record.in_force(place.of(which), here, netns_names.names(which.record.netns))
        return kept.compare(self._directory, self.pin_root, which.name, in_force).state

    def fail(self, error: Exception, pin_set: str = "", netns: str = "") -> None:
        """Note what could not be read, so that the rest is shown all the same."""
        self.failed.append(Failed(pin_set, netns, str(error)))

    def _set(self, name: str) -> PinSet | None:
        layout = Layout(self.pin_root, name)
        try:
            text = record_links.read(layout.record)
            which = PinSet(name, layout, records.known(text, layout.record))
            with suppress(XdpError):  # damaged, as kept_state says
                header = kept.header(self._directory, name)
                which = which._replace(kept=header if header is not None and header.is_for(self.pin_root) else None)
            if os.path.lexists(os.path.join(layout.path, TRIAL)):
                from ansible_collections.ebpf.xdp.plugins.module_utils._trial.look import look

                seen = look(layout)
                if seen is not None:
                    guards = frozenset(place.guard for place in seen.trial.places) - {0}
                    which = which._replace(guards=guards, is_pending=seen.is_pending)
        except (XdpError, OSError) as error:
            self.fail(error, pin_set=name)
            return None
        return which

    def _by_namespace(self, sets: Iterable[PinSet]) -> dict[NetworkNamespace | None, list[PinSet]]:
        """``None`` is for those that are kept for a namespace which is not there."""
        found: dict[NetworkNamespace | None, list[PinSet]] = {self._here: []}
        for each in sets:
            where: NetworkNamespace | None = self._here
            if each.record is not None and each.record.netns is not None:
                where = self._here if each.record.netns.same(self._here) else each.record.netns
            elif each.kept is not None and each.kept.netns is not None:
                where = None
            found.setdefault(where, []).append(each)
        return found

    def _place(self, which: NetworkNamespace | None, sets: list[PinSet]) -> Place:
        if which == self._here:
            return _look("", sets)._replace(inode=self._here.inode)
        # Imported here, as the sets of most hosts are all in one namespace.
        from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns

        path = None if which is None else netns.find(which)
        if which is None or path is None:  # gone, or not there yet: so are its interfaces
            return Place(next((each.kept.netns for each in sets if each.kept and each.kept.netns), ""), sets)
        name = os.path.basename(path) if os.path.dirname(path) == netns.DIRECTORY else path
        try:
            with netns.inside(path):
                return _look(name, sets)._replace(inode=which.inode)
        except (XdpError, OSError) as error:
            self.fail(error, netns=name)
            return Place(name)


def _look(name: str, sets: list[PinSet]) -> Place:
    interfaces = netlink.interfaces()
    attached = attachments.attachments(interfaces)
    by_program = {program_id: which.name for which in sets for program_id in which.program_ids()}
    by_link = {link_id: which.name for which in sets for link_id in which.link_ids()}
    by_set: dict[str, list[Attachment]] = {}
    for each in attached:
        owner = by_program.get(each.program_id) or by_link.get(each.link_id or 0) or ""
        by_set.setdefault(owner, []).append(each)
    return Place(name, sets, interfaces, attached, by_set)
