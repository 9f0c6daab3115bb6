# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``state: present``: observe, compare, plan, apply."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpffs
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import attachable
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import target as targets
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.attach_plan import AttachPlanner
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.layout import Layout, free_staged
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.pin_steps import (
    CommitPin,
    MakeDirectory,
    PinObject,
    ReplacePin,
    Unpin,
    WriteRecord,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.plan import Change, Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.record import Record, RecordedMaps, RecordedProgram
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Outcome, Request
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import Standing, Target, TargetMap, TargetProgram


def ensure_present(request: Request, check_mode: bool) -> Outcome:
    """Make the pin set what the request says.

    In check mode the program is still compiled and loaded, which is how the
    verifier's word is known, and let go again; nothing is pinned or attached.
    """
    layout = Layout(request.pin_root, request.name)
    with ExitStack() as held:
        held.enter_context(bpffs.locked(bpffs.require(request.pin_root)))
        observed = Observed(layout, held)
        attachable.check(request, observed)
        target = targets.existing(request, observed) or _load(request, observed, held)
        plan, standing = _Planner(request, observed, target, held).plan()
        if not check_mode:
            plan.apply()
        return Outcome(
            plan.changed,
            plan.side("before"),
            plan.side("after"),
            _programs(request, observed, target, check_mode),
            _maps(request, observed, target, check_mode),
            [each.result() for each in standing],
            observed.foreign,
        )


def _load(request: Request, observed: Observed, held: ExitStack) -> Target:
    # A converged run loads nothing, and so does not pay for importing what loads: see the converged run in
    # docs/performance.md.
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import load

    return load.load(request, observed, held)


class _Planner:
    """Puts the steps in an order in which packets never meet a half-made state.

    New pins come first, then the interfaces switch over, then what is no longer
    needed goes. A program has a name in bpffs before an interface runs it, so
    that one which runs is never without an owner, wherever a run is cut off.
    """

    def __init__(self, request: Request, observed: Observed, target: Target, held: ExitStack) -> None:
        self.request = request
        self.observed = observed
        self.layout = observed.layout
        self.target = target
        self.held = held
        self._plan = Plan()
        self._pin_maps = request.scope != "programs"

    def plan(self) -> tuple[Plan, list[Standing]]:
        attach = Plan()
        standing: list[Standing] = []
        if self.target.program:
            standing = AttachPlanner(attach, self.request, self.observed, self.held).attach(self.target.program)
        else:
            standing = _standing(self.observed)
        self._prepare(any(each.path for each in standing))
        self._pin_new()
        self._plan.extend(attach)
        self._commit()
        self._remove_stale()
        self._write_record()
        return self._plan, standing

    def _new_names(self) -> list[str]:
        names = [f"maps/{name}" for name in self.target.maps if self._pin_maps and name not in self.observed.maps]
        program = self.target.program
        if program and program.name not in self.observed.programs:
            names.append(f"programs/{program.name}")
        return names

    def _prepare(self, links: bool) -> None:
        """Directories, and a record that owns what is about to be pinned."""
        new = self._new_names()
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
                self._plan.add(MakeDirectory(path))
        if new:
            old = self.observed.record or Record()
            pending = tuple(dict.fromkeys((*self.observed.pending(), *new)))
            text = old._replace(pending=pending).to_text()
            self._plan.add(WriteRecord(self.layout.record, self.observed.record_text, text))
            self._written: str | None = text
        else:
            self._written = self.observed.record_text

    def _pin_new(self) -> None:
        if self._pin_maps:
            for name, map in self.target.maps.items():
                if name not in self.observed.maps:
                    self._plan.add(
                        PinObject(map.fd, self.layout.map(name)), Change("maps", name, None, _map_shape(map))
                    )
        program = self.target.program
        if program is None:
            return
        pin = self.observed.programs.get(program.name)
        after = self._program_facts(program)
        if pin is None:
            self._plan.add(
                PinObject(program.fd, self.layout.program(program.name)), Change("programs", program.name, None, after)
            )
        elif pin.info.id != program.info.id:
            self._plan.add(
                PinObject(program.fd, self._staged(pin.path)),
                Change("programs", program.name, self._facts_before(program.name), after),
            )

    def _staged(self, path: str) -> str:
        """Another name than left-overs have: one of those may be the program that an interface runs."""
        return free_staged(path, [left.path for left in self.observed.left_over])

    def _program_facts(self, program: TargetProgram) -> dict[str, str]:
        return {"tag": program.info.tag, "source": self.target.source, "object": self.target.object}

    def _facts_before(self, name: str) -> dict[str, str]:
        facts = {"tag": self.observed.programs[name].info.tag}
        recorded = self.observed.record.program if self.observed.record else None
        if recorded and recorded.name == name:
            facts.update(source=recorded.source, object=recorded.object)
        return facts

    def _commit(self) -> None:
        """Names go to the new objects once the interfaces run them."""
        program = self.target.program
        if program:
            pin = self.observed.programs.get(program.name)
            if pin is not None and pin.info.id != program.info.id:
                self._plan.add(CommitPin(self._staged(pin.path), pin.path, pin.fd))
        for name, map in self.target.maps.items():
            old = self.observed.maps.get(name)
            if old is not None and old.info.id != map.info.id:
                self._plan.add(
                    ReplacePin(old.path, old.fd, map.fd),
                    Change(
                        "maps", name, _map_shape(TargetMap(old.fd, old.info, True)), _map_shape(map) + ", another map"
                    ),
                )

    def _remove_stale(self) -> None:
        if self._pin_maps:
            for name, pin in self.observed.maps.items():
                if name not in self.target.maps:
                    self._plan.add(Unpin(pin.fd, pin.path), Change("maps", name, "pinned", None))
        if self.target.program:
            for name, old in self.observed.programs.items():
                if name != self.target.program.name:
                    self._plan.add(Unpin(old.fd, old.path), Change("programs", name, self._facts_before(name), None))
        for left in self.observed.left_over_of(self.request.scope):
            self._plan.add(Unpin(left.fd, left.path), Change("left over", os.path.basename(left.path), "pinned", None))

    def _write_record(self) -> None:
        text = self._final_record().to_text()
        if text != self._written:
            step = WriteRecord(self.layout.record, self._written, text)
            if self._plan.changed:
                self._plan.add(step)
            else:
                before = "unreadable" if self._written is not None and self.observed.record is None else self._written
                self._plan.add(step, Change("record", "record", before and "another", "written anew"))

    def _final_record(self) -> Record:
        origin = self.target.source, self.target.object
        old = self.observed.record or Record()
        ids = {name: map.info.id for name, map in self.target.maps.items()}
        maps = old.maps
        if self._pin_maps:
            maps = RecordedMaps(*origin, ids)
        elif maps is not None:
            # A pinned map that did not fit was made anew under its old name.
            maps = maps._replace(ids={name: ids.get(name, id) for name, id in maps.ids.items()})
        program = old.program
        chosen = self.target.program
        if chosen:
            program = RecordedProgram(*origin, chosen.name, chosen.info.id, chosen.info.tag, chosen.functions, ids)
        # What an earlier run began in the part that this one has nothing to do with is still to be known.
        others = {"all": "", "maps": "programs/", "programs": "maps/"}[self.request.scope]
        known = Record(maps, program)
        pending = [
            name
            for name in self.observed.pending()
            if others and name.startswith(others) and name.partition("/")[2] not in known.names(others.rstrip("/"))
        ]
        return known._replace(pending=tuple(pending))


def _map_shape(map: TargetMap) -> str:
    known = map.info
    return f"{known.type}, key {known.key_size}, value {known.value_size}, {known.max_entries} entries"


def _standing(observed: Observed) -> list[Standing]:
    """The attachments as they are, for a run that has nothing to do with them."""
    paths = {pin.info.id: pin.path for pin in observed.links.values()}
    return [
        Standing(each.interface, each.ifindex, each.method, paths.get(each.link_id or 0), each.mode)
        for each in observed.own_attachments()
    ]


def _programs(request: Request, observed: Observed, target: Target, check_mode: bool) -> list[dict[str, Any]]:
    program = target.program
    if program is None:
        return [
            {"name": name, "id": pin.info.id, "tag": pin.info.tag, "path": pin.path}
            for name, pin in sorted(observed.programs.items())
        ]
    # A program that check mode loaded is gone by the time anybody reads its id.
    id = None if check_mode and program.fresh else program.info.id
    path = observed.layout.program(program.name)
    return [{"name": program.name, "id": id, "tag": program.info.tag, "path": path}]


def _maps(request: Request, observed: Observed, target: Target, check_mode: bool) -> list[dict[str, Any]]:
    shown = []
    for name, map in sorted(target.maps.items()):
        pinned = request.scope != "programs" or name in observed.maps
        shown.append(
            {
                "name": name,
                "id": None if check_mode and not map.reused else map.info.id,
                "type": map.info.type,
                "key_size": map.info.key_size,
                "value_size": map.info.value_size,
                "max_entries": map.info.max_entries,
                "path": observed.layout.map(name) if pinned else None,
                "reused": map.reused,
                "recreated": name in observed.maps and not map.reused,
            }
        )
    return shown
