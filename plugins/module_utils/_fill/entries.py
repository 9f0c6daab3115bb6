# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Entries of maps that live on, where they lead to what this version makes anew.

A devmap or cpumap entry may name a program: ``struct bpf_devmap_val`` and
``bpf_cpumap_val`` of include/uapi/linux/bpf.h are two words, of which the second
is the program's descriptor when it is written and its id when it is read. The
one word of a program array, and of a map of maps, is the same.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Collection, Mapping

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change, map_entries, map_write
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import object_id
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import Target
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Change, Plan

_KINDS = (
    "Programs that one map leads to have to be of one kind: all of them for packets in several fragments "
    "(xdp.frags), or none. Give the map another name, or remove the pin set first"
)


class SetEntry:
    """Let an entry lead to another object, or to a first one (``old_fd`` is ``None``).

    ``first`` is the word before it, if the value has two; ``advice`` is for a
    refusal because the two objects differ.
    """

    def __init__(
        self, map_name: str, map_fd: int, key: bytes, first: bytes, old_fd: int | None, new_fd: int, advice: str = ""
    ) -> None:
        self.map = map_name
        self.map_fd = map_fd
        self.key = key
        self.first = first
        self.old_fd = old_fd
        self.new_fd = new_fd
        self.advice = advice

    def do(self) -> None:
        self._put(self.new_fd)

    def undo(self) -> None:
        if self.old_fd is None:
            bpf_change.map_delete(self.map_fd, self.key)
        else:
            self._put(self.old_fd)

    def is_done(self) -> bool:
        try:
            value = bpf.map_lookup(self.map_fd, self.key, len(self.first) + 4)
        except FileNotFoundError:
            return False
        return value == self.first + struct.pack("=I", object_id(self.new_fd))

    def _put(self, fd: int) -> None:
        try:
            map_write.put_one(self.map_fd, self.key, self.first + struct.pack("=I", fd))
        except OSError as error:
            # A cpumap has one answer for all that goes wrong (__cpu_map_entry_alloc in kernel/bpf/cpumap.c).
            advice = self.advice if error.errno in (errno.EINVAL, errno.ENOMEM) else ""
            raise KernelError(
                f"Cannot change the entry {self.key.hex()} of the map {self.map}", error.errno or 0, advice
            ) from error


def redirect(plan: Plan, observed: Observed, target: Target, led: Mapping[str, Collection[int]]) -> set[str]:
    """Entries that name another version of one of the set's programs get the one of this version.

    Returns the names of programs that this version does not have, and to which
    entries still lead.

    ``led`` are the ids of all programs that an entry may name, by the program's
    name: of the version before, and of a run that was killed. The program that is
    attached now may have been a helper before, and the other way round.
    """
    name_of = {program_id: name for name, ids in led.items() for program_id in ids}
    programs = {program.name: program for program in target.programs}
    gone: dict[tuple[str, str], int] = {}
    for name, target_map in target.maps.items():
        if not target_map.leads:
            continue
        for key, value in list(map_entries.entries(target_map.fd, target_map.info)):
            first, program_id = value[:-4], struct.unpack("=I", value[-4:])[0]
            called = name_of.get(program_id)
            if called is None:
                continue
            program = programs.get(called)
            if program is None:
                gone[name, called] = gone.get((name, called), 0) + 1
                continue
            old = observed.program(program_id)
            if old is None or program_id == program.info.id:
                continue
            change = Change("entries", f"{name} {_number(key)}", called, f"{called}, another version")
            plan.add(SetEntry(name, target_map.fd, key, first, old, program.fd, _KINDS), change)
    for (name, called), count in gone.items():
        plan.warn(
            f"{count} of the entries of the map {name} still lead to the program {called} of the version before, which "
            f"this version does not have. Change or remove them"
        )
    return {called for _name, called in gone}


def refill(plan: Plan, observed: Observed, target: Target) -> None:
    """Slots of maps of maps that live on, where the object names a map that is new."""
    for name, slot, inner in target.slots:
        target_map, new = target.maps[name], target.maps[inner]
        key = struct.pack("=I", slot)
        try:
            (map_id,) = struct.unpack("=I", bpf.map_lookup(target_map.fd, key, 4))
        except FileNotFoundError:
            map_id = 0
        if map_id == new.info.id:
            continue
        old = observed.map(map_id) if map_id else None
        before = "another map" if map_id else None
        plan.add(
            SetEntry(name, target_map.fd, key, b"", old, new.fd), Change("entries", f"{name} {slot}", before, inner)
        )


def _number(key: bytes) -> int:
    return int(struct.unpack("=I", key)[0])
