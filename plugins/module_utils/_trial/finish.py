# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Ending a trial, in either direction: the present state becomes the one that the trial's record has for that side.

Each part asks the kernel for the present state, and does the rest. So the next run finishes what a killed run began, in
the direction that the clock says; nothing has to be undone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress

from ansible_collections.ebpf.xdp.plugins.module_utils._attach.attach_steps import (
    AttachLink,
    AttachNetlink,
    DetachLink,
    SwitchLink,
    SwitchNetlink,
    release_link,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpffs, info
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import MODE_FLAGS, OFF, Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.settle import Step, settle
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links, record_write
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout, link_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.pin_steps import holds, unpin
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record, Tried
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import giving
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.places import Places, process_copy
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.trial_record import PROCESS, Place, Side, Trial


class Ending:
    """What is left to do for a trial to be over, towards one side or the other."""

    def __init__(self, layout: Layout, trial: Trial, held: ExitStack) -> None:
        self.layout = layout
        self.places = Places(layout)
        self.trial = trial
        self.held = held
        #: What was found to be otherwise and left alone, in whole sentences.
        self.warnings: list[str] = []

    def confirm(self) -> None:
        """The new program is in force, and takes over the names of the old one."""
        self._bring_all(new=True)
        self._take_pins()
        self._rename()
        for name, object_id in self.trial.gone.items():
            self._unpin(os.path.join(self.layout.path, name), object_id)
        record = records.known(self.trial.new, self.places.record)
        if record is not None:
            links = self._links(record, new=True)
            tried = Tried("confirmed", self.trial.object, self.trial.id)
            record = record._replace(links=links, trial=tried)
        self._write(record)
        giving.end(self.layout, self.trial, confirmed=True)
        if not self.trial.object:
            remove_empty([*self.layout.directories.values()])
        clear(self.places, self.trial)
        remove_empty([self.layout.path])

    def roll_back(self, outcome: str | None) -> None:
        """What was there before is in force again; ``outcome`` goes on record, and ``None`` for a trial that never began."""
        self._bring_all(new=False)
        if outcome is not None:
            record = records.known(self.trial.old, self.places.record) or Record()
            links = self._links(record, new=False)
            self._write(record._replace(links=links, trial=Tried(outcome, self.trial.object, self.trial.id)))
        giving.end(self.layout, self.trial, confirmed=False)
        remove_empty([*self.layout.directories.values()])
        clear(self.places, self.trial)
        remove_empty([self.layout.path])

    def astray(self) -> list[str]:
        """The interfaces that do not run what is on trial any more, because somebody else has changed that."""
        return [place.name for place in self.trial.places if not self._is_on_trial(place)]

    def _is_on_trial(self, place: Place) -> bool:
        wanted = place.guard or (place.new.program if place.new is not None else 0)
        link_fd = self._link(place)
        known = info.link_info(link_fd) if link_fd is not None else None
        if known is not None and known.ifindex:
            return known.program_id == wanted
        here = self._running(place)
        if here is None:
            # A process has detached what has to go.
            return not wanted and netlink.interface(place.ifindex) is not None
        return here.program_id == wanted

    # Interfaces.

    def _bring_all(self, new: bool) -> None:
        """All that can be brought are; of one that cannot, the others must not depend."""
        failed = []
        for place in self.trial.places:
            try:
                self._bring(place, place.new if new else place.old)
            except (XdpError, OSError) as error:
                failed.append(f"{place.name}: {error}")
        if failed:
            raise XdpError(
                f"The trial of the pin set {self.layout.path} could not be ended on all interfaces; the next run tries again. "
                + ". ".join(failed)
            )

    def _bring(self, place: Place, side: Side | None) -> None:
        """Let the interface run what this side says, if it still runs something of the trial."""
        link_fd = self._link(place)
        if link_fd is not None and info.link_info(link_fd).ifindex:
            # It may have moved to another network namespace meanwhile: its link works from here as well.
            self._bring_link(place, side, link_fd)
        else:
            self._bring_interface(place, side)

    def _ids(self, place: Place) -> set[int]:
        sides = (place.old, place.new)
        return {place.guard, *(side.program for side in sides if side is not None)} - {0}

    def _bring_link(self, place: Place, side: Side | None, link_fd: int) -> None:
        known = info.link_info(link_fd)
        if known.program_id not in self._ids(place):
            self._leave(place, known.program_id)
            return
        here = self._running(place)
        if side is None:
            self._release(place, link_fd)
        elif side.method == "link" and (here is None or side.mode in (None, here.mode)):
            if known.program_id != side.program:
                _do(SwitchLink(place.name, link_fd, self._program(known.program_id), self._program(side.program)))
        elif here is not None:
            path = next(self._pins_of(link_fd), None)
            undo = path or self.layout.link(place.name)
            _do(DetachLink(here, link_fd, path, undo, self._program(known.program_id), self.held))
            self._attach_again(place, side)

    def _bring_interface(self, place: Place, side: Side | None) -> None:
        interface = netlink.interface(place.ifindex)
        if interface is None:
            self.warnings.append(
                f"The interface {place.name} of the trial is not in this network namespace any more. If it has moved to another "
                f"one, detach there what it runs (ip link set dev {place.name} {OFF})"
            )
            return
        here = self._running(place)
        if here is None and interface.programs:
            self._leave(place, next(iter(interface.programs.values())))
        elif here is not None:
            present = self._program(here.program_id)
            if side is not None and side.method == "netlink" and side.mode in (None, here.mode):
                if here.program_id != side.program:
                    wanted = self._program(side.program)
                    _do(SwitchNetlink(place.name, place.ifindex, here.mode, present, wanted))
                return
            _do(SwitchNetlink(place.name, place.ifindex, here.mode, present, -1))
            if side is not None:
                self._attach_again(place, side)
        elif side is not None:
            if place.guard:
                self.warnings.append(
                    f"The trial's program was taken from {place.name} by somebody else, and the interface was left without one"
                )
            else:
                self._attach_again(place, side)

    def _attach(self, place: Place, side: Side) -> None:
        modes = (side.mode,) if side.mode else ("native", "generic")
        program = self._program(side.program)
        if side.method == "netlink":
            _do(AttachNetlink(place.name, place.ifindex, program, modes))
            return
        layout = Layout(self.layout.pin_root, place.giver) if place.giver and side is place.old else self.layout
        path = layout.link(place.name)
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        _do(AttachLink(place.name, place.ifindex, program, modes, path, self.held))

    def _attach_again(self, place: Place, side: Side) -> None:
        """What was detached for this cannot come back the same way: the interface is left without a program."""
        try:
            self._attach(place, side)
        except (XdpError, OSError) as error:
            self.warnings.append(f"{place.name} was left without a program, because its own cannot come back: {error}")

    def _running(self, place: Place) -> Attachment | None:
        """What the interface runs of the trial."""
        interface = netlink.interface(place.ifindex)
        for mode, program_id in sorted(interface.programs.items()) if interface else ():
            if program_id in self._ids(place) and mode in MODE_FLAGS:
                return Attachment(place.name, place.ifindex, mode, program_id, None)
        return None

    def _leave(self, place: Place, program_id: int) -> None:
        self.warnings.append(
            f"{place.name} runs the program {program_id} by now, which is not of this trial. It was left alone"
        )

    def _program(self, program_id: int) -> int:
        try:
            fd = bpf.prog_by_id(program_id)
        except FileNotFoundError as error:
            raise KernelError(f"The program {program_id} of the trial in {self.places.path} is gone", 2) from error
        self.held.callback(os.close, fd)
        return fd

    # Links.

    def _link_paths(self, place: Place) -> list[str]:
        name = link_name(place.name)
        return [os.path.join(directory, name) for directory in self._link_directories()]

    def _link_directories(self) -> list[str]:
        givers = [Layout(self.layout.pin_root, name) for name in self.trial.givers]
        return [
            self.places.parts["links"],
            self.layout.directories["links"],
            *(each.directories["links"] for each in givers),
        ]

    def _link(self, place: Place) -> int | None:
        """The link that holds the interface for this set: pinned for the trial, or the set's own."""
        for path in self._link_paths(place):
            with suppress(OSError):
                fd = bpf.obj_get(path)
                self.held.callback(os.close, fd)
                if info.kind(fd) == "link" and info.link_info(fd).program_id in self._ids(place):
                    return fd
        if not place.link:
            return None
        try:
            fd = bpf.link_by_id(place.link)
        except FileNotFoundError:
            return None
        self.held.callback(os.close, fd)
        # The record may be wrong; what the set has no pin of is nobody's but its owner's.
        return fd if next(self._pins_of(fd), None) is not None else None

    def _pins_of(self, link_fd: int) -> Iterator[str]:
        for directory in self._link_directories():
            for name in bpffs.names(directory):
                path = os.path.join(directory, name)
                if holds(path, link_fd):
                    yield path

    def _release(self, place: Place, link_fd: int) -> None:
        for path in list(self._pins_of(link_fd)):
            unpin(path)
        release_link(link_fd, place.name)

    def _links(self, record: Record, new: bool) -> dict[str, int]:
        """Those on record, as far as they are pinned, and those of the trial's interfaces."""
        found = dict(record.links)
        for place in self.trial.places:
            side = place.new if new else place.old
            name = link_name(place.name)
            if side is None or side.method != "link":
                found = {each: link_id for each, link_id in found.items() if each != name and link_id != place.link}
                continue
            with suppress(OSError):
                fd = bpf.obj_get(os.path.join(self.layout.directories["links"], name))
                try:
                    found[name] = info.object_id(fd)
                finally:
                    os.close(fd)
        return found

    # Pins and the record.

    def _take_pins(self) -> None:
        """The links that came from other sets get their pins in this one, each in one step."""
        for place in self.trial.places:
            link_fd = self._link(place) if place.giver else None
            final = self.layout.link(place.name)
            for path in list(self._pins_of(link_fd)) if link_fd is not None else ():
                if os.path.dirname(path) != os.path.dirname(final):
                    os.makedirs(os.path.dirname(final), 0o700, exist_ok=True)
                    settle(lambda: os.rename(path, final), lambda: not os.path.lexists(path))  # noqa: B023  # called at once

    def _rename(self) -> None:
        """Each in one step, over the pin of what was there before."""
        for part, names in self.places.names(self.trial).items():
            for name in names if part != "guards" else ():
                if not os.path.lexists(self.places.new(part, name)):
                    continue
                staged, final = self.places.new(part, name), os.path.join(self.layout.directories[part], name)
                os.makedirs(os.path.dirname(final), 0o700, exist_ok=True)
                settle(lambda: os.rename(staged, final), lambda: not os.path.lexists(staged))  # noqa: B023  # called at once

    def _unpin(self, path: str, object_id: int) -> None:
        try:
            fd = bpf.obj_get(path)
        except OSError:
            return
        try:
            if info.object_id(fd) == object_id:
                unpin(path)
        finally:
            os.close(fd)

    def _write(self, record: Record | None) -> None:
        if record is not None:
            record_write.write(self.layout.record, record.to_text())
        elif record_links.read(self.layout.record) is not None:
            record_write.remove(self.layout.record)


def remove_empty(directories: list[str]) -> None:
    """Remove these directories, in this order, unless there is something in them."""
    for path in directories:
        with suppress(OSError):  # it is not empty, or not there
            os.rmdir(path)


def clear(places: Places, trial: Trial | None) -> None:
    """Remove what is left of a trial that has ended, and nothing that somebody else has put there.

    Its pins go first, then its record, which knows them, and then the clock, without which the record would be of a trial
    that never began. ``trial`` is ``None`` where there is no record, and so no pin.
    """
    for part, names in places.names(trial).items() if trial is not None else ():
        for name in names:
            with suppress(FileNotFoundError):
                unpin(places.new(part, name))
    remove_empty([*places.parts.values()])
    for path in places.parts.values():
        require_gone(path)
    record_write.remove(places.record)
    for path in (places.when, places.process):
        with suppress(FileNotFoundError):
            os.unlink(path)
    if trial is not None and trial.protection == PROCESS:
        with suppress(FileNotFoundError):
            os.unlink(process_copy(trial.id))
    remove_empty([places.path])
    require_gone(places.path)


def require_gone(directory: str) -> None:
    """Refuse a directory of ours in which somebody else has put something."""
    there = bpffs.names(directory)
    if there:
        raise XdpError(
            f"{os.path.join(directory, there[0])} already exists, and this collection did not make it. The interfaces run what they should. "
            f"Remove it, and run the task again"
        )


def _do(step: Step) -> None:
    settle(step.do, step.is_done)
