# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to measure on a host, for all pin sets. Nothing is locked and nothing is changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import (
    attachments,
    bpf,
    info,
    map_entries,
    namespace,
    netlink,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.attachments import Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.namespace import NetworkNamespace
from ansible_collections.ebpf.xdp.plugins.module_utils._metrics.exposition import Sample
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import inventory, kept, netns_names, record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.in_force import InForce
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import TRIAL, Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.record import Record
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import counters, find, shown, statistics
from ansible_collections.ebpf.xdp.plugins.module_utils._version import VERSION

#: Digits of ``source_digest`` that name a version.
_VERSION_DIGITS = 12

#: Maps whose entries come and go. Those of larger ones are not counted, as each has to be read for that.
_FILLED = ("hash", "lru_hash", "percpu_hash", "lru_percpu_hash", "lpm_trie", "devmap_hash", "hash_of_maps", "sockhash")
_MOST_COUNTED = 10_000


class _Set(NamedTuple):
    """A pin set, as its record and what is kept of it say; either may be missing."""

    name: str
    layout: Layout
    record: Record | None = None
    #: Programs that decide about a change that is on trial, by their ids.
    guards: frozenset[int] = frozenset()
    is_pending: bool = False
    kept: kept.Header | None = None

    def owns(self, each: Attachment) -> bool:
        if each.program_id in self.guards:
            return True
        if self.record is None:
            return False
        program = self.record.program
        on_record = program is not None and each.program_id in program.attached_ids
        return on_record or (each.link_id is not None and each.link_id in self.record.links.values())

    def declared(self) -> set[str]:
        on_record = self.record.interfaces if self.record is not None else None
        return {*(on_record or ()), *((self.kept.interfaces if self.kept is not None else None) or ())}


class _Seen(NamedTuple):
    """What the interfaces of a network namespace run."""

    #: Its name where it is not the one that the host boots with, else empty.
    name: str
    interfaces: list[netlink.Interface]
    attached: list[Attachment]


class Collector:
    """``tell`` gets a sentence for each pin set or namespace that could not be read."""

    def __init__(self, pin_root: str, directory: str, tell: Callable[[str], None]) -> None:
        self._pin_root = pin_root
        self._directory = directory
        self._tell = tell
        self._here = namespace.current()

    def samples(self) -> list[Sample] | None:
        """``None`` where no set is pinned, and none is kept: nobody wants to know anything of this host."""
        started = time.monotonic()
        names = sorted({*inventory.sets(self._pin_root), *kept.names_for(self._directory, self._pin_root)})
        if not names:
            return None
        found = [Sample("build_info", 1, {"version": VERSION})]
        sets = []
        for name in names:
            each = self._read(name, found)
            if each is not None:
                sets.append(each)
        for which, those in self._by_namespace(sets):
            found += self._of_namespace(which, those)
        found.append(Sample("collect_duration_seconds", round(time.monotonic() - started, 6)))
        return found

    def _read(self, name: str, found: list[Sample]) -> _Set | None:
        layout = Layout(self._pin_root, name)
        try:
            text = record_links.read(layout.record)
            each = _Set(name, layout, None if text is None else records.parse(text))
            with suppress(XdpError):  # damaged, as kept_info says
                header = kept.header(self._directory, name)
                each = each._replace(kept=header if header is not None and header.is_for(self._pin_root) else None)
            if os.path.lexists(os.path.join(layout.path, TRIAL)):
                from ansible_collections.ebpf.xdp.plugins.module_utils._trial.look import look

                seen = look(layout)
                if seen is not None:
                    guards = frozenset(place.guard for place in seen.trial.places) - {0}
                    each = each._replace(guards=guards, is_pending=seen.is_pending)
        except (XdpError, OSError) as error:
            self._tell(f"{name}: {error}")
            found.append(Sample("collect_failed", 1, {"pin_set": name}))
            return None
        return each

    def _by_namespace(self, sets: Iterable[_Set]) -> Iterator[tuple[NetworkNamespace | None, list[_Set]]]:
        """Always the one that this runs in, whose interfaces may run what is of no set; ``None`` for those that are not there."""
        found: dict[NetworkNamespace | None, list[_Set]] = {self._here: []}
        for each in sets:
            which: NetworkNamespace | None = self._here
            if each.record is not None and each.record.netns is not None:
                which = self._here if each.record.netns.same(self._here) else each.record.netns
            elif each.kept is not None and each.kept.netns is not None:
                which = None
            found.setdefault(which, []).append(each)
        yield from found.items()

    def _of_namespace(self, which: NetworkNamespace | None, sets: list[_Set]) -> list[Sample]:
        if which == self._here:
            return self._of(self._seen(""), sets)
        from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import netns

        path = None if which is None else netns.find(which)
        if path is None:  # gone, or not there yet: so are its interfaces
            name = next((each.kept.netns for each in sets if each.kept is not None and each.kept.netns), "")
            return self._of(_Seen(name or "", [], []), sets)
        name = os.path.basename(path) if os.path.dirname(path) == netns.DIRECTORY else path
        try:
            with netns.inside(path):
                return self._of(self._seen(name), sets)
        except (XdpError, OSError) as error:
            self._tell(f"network namespace {name}: {error}")
            return [Sample("collect_failed", 1, {"netns": name})]

    def _seen(self, name: str) -> _Seen:
        interfaces = netlink.interfaces()
        return _Seen(name, interfaces, attachments.attachments(interfaces))

    def _of(self, seen: _Seen, sets: list[_Set]) -> list[Sample]:
        found: list[Sample] = []
        owned: set[int] = set()
        for each in sets:
            its = [attachment for attachment in seen.attached if each.owns(attachment)]
            owned.update(map(id, its))
            try:
                found += _of_set(each, its, seen)
                found += self._kept(each, its, seen)
                found += _of_maps(each)
            except (XdpError, OSError) as error:
                self._tell(f"{each.name}: {error}")
                found.append(Sample("collect_failed", 1, {"pin_set": each.name}))
        others = [attachment for attachment in seen.attached if id(attachment) not in owned]
        # Of a set without a record, the pins have to be asked.
        owners = inventory.owners(self._pin_root, seen.attached) if others else {}
        for attachment in others:
            if attachment.program_id not in owners:
                program = attachments.program_by_id(attachment.program_id)
                labels = {
                    "interface": attachment.interface,
                    "netns": seen.name,
                    "program": program.name if program else "",
                }
                found.append(Sample("foreign", 1, labels))
        return found

    def _kept(self, each: _Set, its: list[Attachment], seen: _Seen) -> list[Sample]:
        in_force = None
        program = each.record.program if each.record is not None else None
        if program is not None and each.record is not None:
            in_force = InForce(
                program.object,
                program.name,
                {attachment.interface: (attachment.mode, attachment.method) for attachment in its},
                {interface.name for interface in seen.interfaces},
                program.signer,
                {name: map.path for name, map in each.record.borrowed.items()},
                program.named,
                netns_names.names(each.record.netns),
            )
        state = kept.compare(self._directory, self._pin_root, each.name, in_force).state
        return [Sample("kept_info", 1, {"pin_set": each.name, "state": state})]


def _of_set(each: _Set, its: list[Attachment], seen: _Seen) -> Iterator[Sample]:
    of_set = {"pin_set": each.name}
    yield Sample("pending", int(each.is_pending), of_set)
    program = each.record.program if each.record is not None else None
    if program is not None:
        labels = {**of_set, "program": program.name, "version": program.source[:_VERSION_DIGITS], "tag": program.tag}
        yield Sample("program_info", 1, labels)
    running = {attachment.interface for attachment in its}
    for interface in sorted(each.declared() | running):
        yield Sample("attached", int(interface in running), {**of_set, "interface": interface, "netns": seen.name})
    for attachment in its:
        labels = {**of_set, "interface": attachment.interface, "netns": seen.name}
        yield Sample("attachment_info", 1, {**labels, "mode": attachment.mode, "method": attachment.method})
    yield from _of_counters(each, seen)


def _of_counters(each: _Set, seen: _Seen) -> Iterator[Sample]:
    map = find.counters(each.layout.pin_root, each.name)
    if map is None:
        return
    source = find.source(each.layout.pin_root, each.name, map)
    counted = counters.Series(source.path).result(per_cpu=False)
    names = {interface.ifindex: interface.name for interface in seen.interfaces}
    rows: list[tuple[str, dict[str, Any]]] = [("", counted)]
    if counted["interfaces"] is not None:
        rows = [
            (shown.OTHER if row["ifindex"] is None else names[row["ifindex"]], row)
            for row in counted["interfaces"]
            # What is left of one that is gone is nobody's any more.
            if row["ifindex"] is None or row["ifindex"] in names
        ]
    for interface, row in rows:
        for verdict in VERDICTS:
            labels = {"pin_set": each.name, "interface": interface, "netns": seen.name, "verdict": verdict}
            entry = row["stats"][f"XDP_{verdict.upper()}"]
            yield Sample("packets_total", entry["packets"], labels)
            if entry["bytes"] is not None:
                yield Sample("bytes_total", entry["bytes"], labels)
    if source.members is not None and source.record is not None:
        for member in statistics.members(source.record, source.members) or ():
            for verdict, packets in member["packets"].items():
                labels = {"pin_set": each.name, "member": member["name"], "verdict": verdict}
                yield Sample("member_packets_total", packets, labels)


def _of_maps(each: _Set) -> Iterator[Sample]:
    """How full the maps are that are pinned."""
    for name in sorted(each.record.names("maps") if each.record is not None else ()):
        try:
            fd = bpf.obj_get(each.layout.map(name), read_only=True)
        except FileNotFoundError:
            continue
        try:
            map = info.map_info(fd)
            if map.type not in _FILLED:
                continue
            labels = {"pin_set": each.name, "map": name}
            yield Sample("map_max_entries", map.max_entries, labels)
            if map.max_entries <= _MOST_COUNTED:
                yield Sample("map_entries", sum(batch.count for batch in map_entries.batches(fd, map)), labels)
        finally:
            os.close(fd)
