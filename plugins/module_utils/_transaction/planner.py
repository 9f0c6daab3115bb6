# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which steps lead from what was observed to the target, and in which order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_plan import AttachPlanner
from ansible_collections.ebpf.xdp.plugins.module_utils._attach.standing import Standing
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import Target
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Change, Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import (
    Borrowed,
    Record,
    RecordedMaps,
    RecordedProgram,
    Tried,
)

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill.contents import Contents
    from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.pin_changes import PinChanges


class Planner:
    """Puts the steps in an order in which packets never meet a half-made state.

    New pins come first, then the interfaces switch over, then what is no longer
    needed goes. A program has a name in bpffs before an interface runs it, so
    that one which runs is never without an owner, wherever a run is cut off.
    """

    def __init__(
        self,
        request: Request,
        observed: Observed,
        target: Target,
        held: ExitStack,
        contents: Contents | None = None,
    ) -> None:
        self.request = request
        self.observed = observed
        self.layout = observed.layout
        self.target = target
        self.held = held
        self.contents = contents
        self._plan = Plan()
        #: Those of the plan's steps that fill maps, and those that attach.
        self.filling = Plan()
        self.attaching = Plan()
        #: The interfaces that other sets lose, by the set's name.
        self.taken: dict[str, list[str]] = {}
        self.pins_maps = request.scope != "programs"
        #: The record when the steps so far are done.
        self._written = observed.record
        self._begun: PinChanges | None = None
        self._led = _led(observed.record, target)
        #: Programs of versions before to which entries still lead, and which the target does not have.
        self._gone: set[str] = set()

    @property
    def leads_elsewhere(self) -> bool:
        """Whether entries of maps that remain lead to programs or maps that will be replaced."""
        return bool(self._led or self.target.slots)

    @property
    def _changes(self) -> PinChanges:
        if self._begun is None:
            # As with what loads: a converged run comes past here without a change.
            from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.pin_changes import PinChanges

            self._begun = PinChanges(self._plan, self.observed, self.target)
        return self._begun

    def plan(self) -> tuple[Plan, list[Standing]]:
        """All steps from what was observed to the target, and what each interface runs afterwards."""
        attach = self.attaching
        for text in self.observed.told():
            self._plan.warn(text)
        for path in self.observed.adopted:
            self._plan.warn(f"{path} was taken over with its contents: it fits, but no record says who pinned it")
        for text in self.target.warnings:
            self._plan.warn(text)
        links: Callable[[], dict[str, int]]
        taken: list[str] = []
        if self.target.program:
            planner = AttachPlanner(attach, self.request, self.observed, self.held)
            standing = planner.attach(self.target.program, self.target.bound)
            links = planner.links
            taken = planner.taken
            new = planner.new_indexes(standing)
            if new:
                # As with what loads: a converged run attaches nothing.
                from ansible_collections.ebpf.xdp.plugins.module_utils._fill import forget_interfaces

                forget_interfaces.add_steps(self.filling, self.target.maps, self.observed, new)
            if self.request.interfaces is None and not standing and not self.observed.links:
                self._plan.warn(
                    f"interfaces was not given, and the pin set {self.request.name} is not attached to any interface, so that "
                    f"its program runs nowhere. Give interfaces, or interfaces: [] if that is intended"
                )
        else:
            standing = _standing(self.observed)
            links = self._links_as_they_are
        attached = [os.path.basename(each.path) for each in standing if each.path and each.step]
        attached += taken
        self._prepare(any(each.path for each in standing), attached)
        self._pin_new()
        for name, target_map in self.target.maps.items():
            if target_map.borrowed_from is not None and self.target.program and self.target.program.fresh:
                self._changes.borrow_map(name, target_map)
        migrations = [target_map.migration for target_map in self.target.maps.values() if target_map.migration]
        for migration in migrations:
            self._changes.copy_entries(migration)
        self._set_entries()
        if self.contents is not None:
            self.contents.add_steps(self.filling)
        self._plan.extend(self.filling)
        self._plan.extend(attach)
        self._forget(links())
        for migration in migrations:
            self._changes.copy_missing(migration)
        self._commit()
        self._remove_stale()
        self._record(links, bool(attached))
        return self._plan, standing

    def _forget(self, links: dict[str, int]) -> None:
        """What other sets have on record of interfaces that are this one's now."""
        for name, giver in self.observed.givers.items():
            from ansible_collections.ebpf.xdp.plugins.module_utils._attach import hand_over

            lost = hand_over.forget(self._plan, giver, self.request.interfaces or (), links.values())
            if lost:
                self.taken[name] = lost

    def _record(self, links: Callable[[], dict[str, int]], attached: bool) -> None:
        """``links`` are known at the end of the run, with the ids of those that are ``attached`` in it."""
        record = self.final_record(links())
        old = self.observed.record
        before = self.observed.record_text if self._written is old else self._written and self._written.to_text()
        rewritten = self._plan.changed and old is not None and old.format != record.format
        self._plan.note(*_signers(old, record))
        if attached or rewritten or not record.says_the_same(self._written):
            self._changes.write_record(before, lambda: record._replace(links=links()).to_text())
        elif self.observed.record_left_over and before is not None:
            self._changes.clear_record(before)

    def _prepare(self, links: bool, attached: list[str]) -> None:
        """Directories, and a record that owns what is about to be pinned; ``attached`` are the names of new links."""
        self.observed.require_free(self.layout.record)
        new = self._new_names() + [f"links/{name}" for name in attached]
        for name in new:
            self.observed.require_free(os.path.join(self.layout.path, name))
        needed = [self.layout.path]
        needed += [
            self.layout.directories[part] for part in ("maps", "programs") if any(n.startswith(part) for n in new)
        ]
        if links:
            needed.append(self.layout.directories["links"])
        for path in needed:
            if path not in self.observed.directories:
                self._changes.make_directory(path)
        borrowed = self._borrowed()
        known = self.observed.record.borrowed if self.observed.record else {}
        old = self.observed.record.led if self.observed.record else {}
        unsaid = any(not set(ids) <= {*old.get(name, ())} for name, ids in self._led.items())
        if new or unsaid or any(known.get(name) != each for name, each in borrowed.items()):
            own = self.target.own_maps.items()
            inner = {name: target_map.inner for name, target_map in own if target_map.inner and f"maps/{name}" in new}
            self._written = self._changes.claim(new, self._netns(), borrowed, self._led, inner)

    def _new_names(self) -> list[str]:
        names = [f"maps/{name}" for name in self.target.own_maps if self.pins_maps and name not in self.observed.maps]
        names += [f"programs/{each.pin}" for each in self.target.programs if each.pin not in self.observed.programs]
        return names

    def _pin_new(self) -> None:
        if self.pins_maps:
            for name, target_map in self.target.own_maps.items():
                old = self.observed.maps.get(name)
                if old is None:
                    self._changes.pin_map(name, target_map)
                elif old.info.id != target_map.info.id and name in self.target.arrays:
                    self._changes.stage_map(name, old, target_map)
        for program in self.target.programs:
            pin = self.observed.programs.get(program.pin)
            if pin is None or pin.info.id != program.info.id:
                self._changes.pin_program(program, pin)

    def _set_entries(self) -> None:
        """Entries that lead to what is new, before the interfaces switch: until then the old program redirects as before."""
        if self._led or self.target.slots:
            from ansible_collections.ebpf.xdp.plugins.module_utils._fill import entries

            self._gone = entries.redirect(self._plan, self.observed, self.target, self._led)
            entries.refill(self._plan, self.observed, self.target)

    def _still_led(self) -> dict[str, tuple[int, ...]]:
        """Of programs that the target does not have: a later version may have them again, and the entries follow then."""
        old = self.observed.record.led if self.observed.record else {}
        here = {program.name for program in self.target.programs}
        return {
            name: ids for name, ids in self._led.items() if name not in here and (name in self._gone or name in old)
        }

    def _commit(self) -> None:
        """Names go to the new objects once the interfaces run them."""
        for program in self.target.programs:
            pin = self.observed.programs.get(program.pin)
            if pin is not None and pin.info.id != program.info.id:
                self._changes.commit(pin)
        for name, target_map in self.target.own_maps.items():
            old = self.observed.maps.get(name)
            if old is not None and old.info.id != target_map.info.id:
                if self.pins_maps and name in self.target.arrays:
                    self._changes.commit(old)
                else:
                    self._changes.replace_map(name, old, target_map)

    def _remove_stale(self) -> None:
        # A run about maps alone must not empty those of the program that stays.
        kept = [] if self.target.program else self.observed.filled_arrays()
        if self.pins_maps:
            for name, pin in self.observed.maps.items():
                if name not in self.target.own_maps and name not in kept:
                    self._changes.unpin_map(name, pin)
        if self.target.program:
            wanted = {each.pin for each in self.target.programs}
            for name, old in self.observed.programs.items():
                if name not in wanted:
                    self._changes.unpin_program(name, old)
        for left in self.observed.left_over_of(self.request.scope):
            self._changes.unpin_left_over(left)

    def final_record(self, links: dict[str, int]) -> Record:
        """The record that is in force when all steps are done. ``links`` has the ids of links by the names of their pins."""
        origin = self.target.source, self.target.object
        old = self.observed.record or Record()
        ids = {name: target_map.info.id for name, target_map in self.target.maps.items()}
        own = {name: target_map.info.id for name, target_map in self.target.own_maps.items()}
        maps = old.maps
        if self.pins_maps:
            maps = RecordedMaps(*origin, own, self.request.signer)
        elif maps is not None:
            # A pinned map that did not fit was made anew under its old name.
            maps = maps._replace(ids={name: own.get(name, map_id) for name, map_id in maps.ids.items()})
        program = old.program
        chosen = self.target.program
        if chosen:
            program = RecordedProgram(
                *origin,
                chosen.name,
                chosen.info.id,
                chosen.info.tag,
                chosen.functions,
                ids,
                self.request.signer,
                {name: each.info.id for name, each in self.target.helpers.items()},
                self.target.named,
                self.target.arrays,
                {str(ifindex): each.info.id for ifindex, each in sorted(self.target.bound.items())},
                self.target.chain,
                self.target.counters,
            )
        # What an earlier run began in the part that this one has nothing to do with is still to be known.
        others: tuple[str, ...] = {"all": (), "maps": ("programs", "links"), "programs": ("maps",)}[self.request.scope]
        netns = old.netns or self._netns()
        # A run that is about maps alone leaves the program with those that it uses.
        borrowed = self._borrowed() if chosen else old.borrowed
        known = Record(maps, program, (), links, self._interfaces(), netns, borrowed=borrowed)
        inner = {
            **old.inner,
            **{name: target_map.inner for name, target_map in self.target.own_maps.items() if target_map.inner},
        }
        known = known._replace(
            inner={name: text for name, text in inner.items() if name in known.names("maps")},
            led=self._still_led() if chosen else old.led,
            trial=self._tried(),
        )
        pending = []
        for each in self.observed.pending():
            part, _separator, name = each.partition("/")
            if part in others and name not in known.names(part):
                pending.append(each)
        return known._replace(pending=tuple(pending))

    def _tried(self) -> Tried | None:
        """The last trial is on record until another object is in force without one."""
        old = self.observed.record
        before = old.program.object if old and old.program else None
        if old is None or (self.target.program and before != self.target.object):
            return None
        return old.trial

    def _borrowed(self) -> dict[str, Borrowed]:
        """The maps of others that the program uses, as a record has them."""
        maps = self.target.maps.items()
        return {
            name: Borrowed(target_map.borrowed_from, target_map.info.id)
            for name, target_map in maps
            if target_map.borrowed_from is not None
        }

    def _netns(self) -> NetworkNamespace | None:
        """Where the set's interfaces are, once it has a program for them."""
        return self.observed.netns if self.target.program else None

    def _interfaces(self) -> tuple[str, ...] | None:
        """Those that were asked for last."""
        if self.request.interfaces is None or self.target.program is None:
            return self.observed.record.interfaces if self.observed.record else None
        found = map(self.observed.interface, self.request.interfaces)
        return tuple(sorted({interface.name for interface in found if interface}))

    def _links_as_they_are(self) -> dict[str, int]:
        """For a run that has nothing to do with them: as they are on record, which is what they should be."""
        old = self.observed.record
        return old.links if old and old.format != 1 else self.observed.link_ids()


def _led(record: Record | None, target: Target) -> dict[str, tuple[int, ...]]:
    """The ids of all programs that entries may name, by the program's name; empty where none can be another one."""
    if record is None or record.program is None or target.program is None:
        return {}
    if not any(target_map.leads for target_map in target.maps.values()):
        return {}
    led = {name: {*ids} for name, ids in record.led.items()}
    # None leads to a program that is bound to an interface.
    now = {program.name: program.info.id for program in target.programs if not program.bound_to}
    before = {**record.program.helpers}
    if not record.program.bound:
        before[record.program.name] = record.program.id
    for name, program_id in (*before.items(), *now.items()):
        led.setdefault(name, set()).add(program_id)
    return {name: tuple(sorted(ids)) for name, ids in sorted(led.items()) if ids != {now.get(name)}}


def _signers(old: Record | None, new: Record) -> Iterator[Change]:
    """Whose signatures are on record now, and were before, where that is another."""
    was, now = old or Record(), new
    for part, before, after in (("maps", was.maps, now.maps), ("programs", was.program, now.program)):
        signers = [str(half.signer) if half and half.signer else None for half in (before, after)]
        if signers[0] != signers[1]:
            yield Change("signer", part, *signers)


def _standing(observed: Observed) -> list[Standing]:
    """The attachments as they are, for a run that has nothing to do with them."""
    paths = {pin.info.id: pin.path for pin in observed.links.values()}
    here = [
        Standing(each.interface, each.ifindex, each.method, paths.get(each.link_id or 0), each.mode)
        for each in observed.own_attachments()
    ]
    return here + [Standing.elsewhere(pin) for pin in observed.links_elsewhere() if pin.info.ifindex]
