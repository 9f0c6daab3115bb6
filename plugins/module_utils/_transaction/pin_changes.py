# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The steps on pins and on the record: what a plan says to change there.

Apart from ``present``, which decides whether there is anything to change, as
``attach_changes`` is apart from ``attach_plan``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.target_map import TargetMap
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import MapPin, Observed, ProgramPin
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import Target, TargetProgram
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Change, Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_write
from ansible_collections.ebpf.xdp.plugins.module_utils._record.bound_names import unbound_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout, free_staged
from ansible_collections.ebpf.xdp.plugins.module_utils._record.pin_steps import (
    CommitPin,
    MakeDirectory,
    PinObject,
    ReplacePin,
    Unpin,
    WriteRecord,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Borrowed, Record, RecordedMember
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import CHAIN

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._maps.migration import Migration


class PinChanges:
    """Adds to a plan what it takes to change one pin, or the record."""

    def __init__(self, plan: Plan, observed: Observed, target: Target) -> None:
        self.plan = plan
        self.observed = observed
        self.layout: Layout = observed.layout
        self.target = target
        #: Other sets that use maps of this one; looked for when a map would be removed or replaced.
        self._borrowers: dict[str, list[str]] | None = None

    def make_directory(self, path: str) -> None:
        """Make a directory of the set, and those above it."""
        self.plan.add(MakeDirectory(path))

    def claim(
        self,
        new: list[str],
        netns: NetworkNamespace | None,
        borrowed: dict[str, Borrowed],
        led: dict[str, tuple[int, ...]],
        inner: dict[str, str],
    ) -> Record:
        """Put what is about to be done on record; returns that record.

        It is names that are about to be pinned, maps that are about to be used, and
        programs that entries are about to lead to; and what new maps of maps hold,
        which nothing else says of a pin that a killed run leaves behind.
        """
        old = self.observed.record or Record()
        pending = tuple(dict.fromkeys((*self.observed.pending(), *new)))
        record = old._replace(
            pending=pending,
            links=self.observed.link_ids(),
            netns=old.netns or netns,
            format=Record().format,
            borrowed={**old.borrowed, **borrowed},
            led={**old.led, **led},
            # One that takes another's place has the name later, and until then the record is about the other one.
            inner={**inner, **old.inner},
        )
        text = record.to_text()
        record_write.require_room(text)
        self.plan.add(WriteRecord(self.layout.record, self.observed.record_text, text))
        return record

    def pin_map(self, name: str, target_map: TargetMap) -> None:
        """Pin a map that was not pinned before."""
        shape = _shape(target_map.info) + (", migrated" if target_map.migration else "")
        self.plan.add(PinObject(target_map.fd, self.layout.map(name)), Change("maps", name, None, shape))

    def pin_program(self, program: TargetProgram, pin: ProgramPin | None) -> None:
        """Under its name; under a staged one where another program has that."""
        after: dict[str, Any] = {
            "tag": program.info.tag,
            "source": self.target.source,
            "object": self.target.object,
            **_order_of(self.target.chain if program.name == CHAIN else ()),
        }
        path = self.layout.program(program.pin) if pin is None else self._staged(pin.path)
        before = None if pin is None else self._facts(program.pin)
        self.plan.add(PinObject(program.fd, path), Change("programs", program.pin, before, after))

    def stage_map(self, name: str, old: MapPin, target_map: TargetMap) -> None:
        """Pin a map that must not be without a pin while the old one still has the name."""
        self._require_unlent(old)
        change = Change("maps", name, _shape(old.info), _shape(target_map.info) + ", another map")
        self.plan.add(PinObject(target_map.fd, self._staged(old.path)), change)

    def commit(self, pin: ProgramPin | MapPin) -> None:
        """Give the staged object the name of this one."""
        self.plan.add(CommitPin(self._staged(pin.path), pin.path, pin.fd))

    def replace_map(self, name: str, old: MapPin, target_map: TargetMap) -> None:
        """Give the name of a pinned map to another one. Raises ``XdpError`` if a set borrows the pinned one."""
        self._require_unlent(old)
        how = "migrated" if target_map.migration else "another map"
        change = Change("maps", name, _shape(old.info), f"{_shape(target_map.info)}, {how}")
        self.plan.add(ReplacePin(old.path, old.fd, target_map.fd), change)

    def copy_entries(self, migration: Migration) -> None:
        """Before the interfaces run the new program; the change is shown with the pin."""
        from ansible_collections.ebpf.xdp.plugins.module_utils._fill.migrate_steps import CopyEntries

        self.plan.add(CopyEntries(migration))

    def copy_missing(self, migration: Migration) -> None:
        """Copy the entries that came into the old map after the first copy."""
        from ansible_collections.ebpf.xdp.plugins.module_utils._fill.migrate_steps import CopyMissing

        self.plan.add(CopyMissing(migration))

    def unpin_map(self, name: str, pin: MapPin) -> None:
        """Remove the pin of a map. Raises ``XdpError`` if a set borrows it."""
        self._require_unlent(pin)
        self.plan.add(Unpin(pin.fd, pin.path), Change("maps", name, "pinned", None))

    def borrow_map(self, name: str, target_map: TargetMap) -> None:
        """It needs no step: the program is loaded with it."""
        known = self.observed.record.borrowed.get(name) if self.observed.record else None
        if known is None or (known.path, known.id) != (target_map.borrowed_from, target_map.info.id):
            before = f"borrowed from {known.path}" if known else None
            after = f"{_shape(target_map.info)}, borrowed from {target_map.borrowed_from}"
            self.plan.note(Change("maps", name, before, after))

    def _require_unlent(self, pin: MapPin) -> None:
        from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import borrow

        if self._borrowers is None:
            maps = [(each.path, each.info.id) for each in self.observed.maps.values()]
            self._borrowers = borrow.borrowers(self.layout.pin_root, self.layout.name, maps)
        path = os.path.normpath(pin.path)
        if path in self._borrowers:
            raise borrow.lent(path, self._borrowers[path])

    def unpin_program(self, name: str, pin: ProgramPin) -> None:
        """Remove the pin of a program."""
        self.plan.add(Unpin(pin.fd, pin.path), Change("programs", name, self._facts(name), None))

    def unpin_left_over(self, pin: MapPin | ProgramPin) -> None:
        """Remove a pin that a run which was killed left behind."""
        self.plan.add(Unpin(pin.fd, pin.path), Change("left over", os.path.basename(pin.path), "pinned", None))

    def write_record(self, before: str | None, after: str | Callable[[], str]) -> None:
        """``before`` is what the steps so far leave there; ``after`` may be known only when they are done."""
        record_write.require_room(after() if callable(after) else after)
        step = WriteRecord(self.layout.record, before, after)
        if self.plan.changed:
            self.plan.add(step)
        else:
            shown = "unreadable" if before is not None and self.observed.record is None else before and "another"
            self.plan.add(step, Change("record", "record", shown, "written anew"))

    def clear_record(self, text: str) -> None:
        """Remove what killed runs left of records; the record itself is as it should be."""
        left = [Change("left over", name, "part of a record", None) for name in self.observed.record_left_over]
        self.plan.add(WriteRecord(self.layout.record, text, text), *left)

    def _staged(self, path: str) -> str:
        """Another name than left-overs have: one of those may be the program that an interface runs."""
        return free_staged(path, [left.path for left in self.observed.left_over])

    def _facts(self, name: str) -> dict[str, Any]:
        """What is known of the program that has this name now."""
        facts: dict[str, Any] = {"tag": self.observed.programs[name].info.tag}
        recorded = self.observed.record.program if self.observed.record else None
        if recorded and recorded.name == unbound_name(name):
            facts.update(source=recorded.source, object=recorded.object, **_order_of(recorded.chain))
        return facts


def _order_of(chain: Sequence[RecordedMember]) -> dict[str, list[str]]:
    """The members of a chain in their order, as a user would say it."""
    told = [f"{each.name}: {each.program}, goes on after {listed(sorted(each.proceed_on))}" for each in chain]
    return {"members": told} if told else {}


def _shape(known: MapInfo) -> str:
    return f"{known.type}, key {known.key_size}, value {known.value_size}, {known.max_entries} entries"
