# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Copying the entries of one map into the new one that takes its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import grace, host, info, map_entries, map_write
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import rules
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._maps import migration_rules

_ALL = migration_rules.Taken()


class Migration:
    """A new map that gets the entries of an old one, and how many they are."""

    def __init__(
        self, name: str, old_fd: int, new_fd: int, differences: str, taken: migration_rules.Taken = _ALL
    ) -> None:
        """``differences`` say why it is a new one, and ``taken`` what it gets of the old one."""
        self.name = name
        self._is_taken = taken.is_taken
        self.keeps_values = taken.values
        self.old_fd = old_fd
        self.old = info.map_info(old_fd)
        self._new_fd, self._new = new_fd, info.map_info(new_fd)
        self._differences = differences
        #: Entries copied before the switch; until then, how many would be.
        self.copied = 0
        #: Entries that appeared in between.
        self.added = 0
        #: Entries that the new map does not have in the end, because it was full.
        self.missed = 0
        self._beyond: list[int] = []
        self.copied = sum(1 for _entry in self._fitting()) if taken.count is None else taken.count
        # Everything that comes along is written anew before the switch, so that nothing has to be copied. Where the kernel may drop
        # entries, copying also tells which.
        self._is_written_anew = not taken.values and not rules.evicts(self._new.type)
        self._room = rules.room(self._new, len(host.possible_cpus()))
        if self.copied > self._room:
            if not rules.evicts(self._new.type):
                raise XdpError(
                    f"The new map {name} has room for {self._room} entries, and the pinned one has {self.copied} "
                    f"({differences}), so nothing was changed. Give it more room, or remove entries first"
                )
            self.missed = self.copied - self._room

    def _fitting(self) -> Iterator[tuple[bytes, bytes]]:
        """The entries that the new map has a place for; refuses entries at a place that a smaller array lacks."""
        self._beyond.clear()
        yield from migration_rules.fitting(self._taken(), self._new, self._beyond.append)
        if self._beyond:
            raise XdpError(
                f"The new map {self.name} has room for {self._new.max_entries} entries, and the pinned one has values "
                f"in {len(self._beyond)} places beyond, the last of them at index {max(self._beyond)}. "
                f"Give it more room, or set these entries to zero first"
            )

    def _taken(self) -> Iterator[tuple[bytes, bytes]]:
        """Those entries of the old map that come along."""
        entries = self._read(self.old_fd, self.old)
        is_taken = self._is_taken
        return entries if is_taken is None else (entry for entry in entries if is_taken(entry[0]))

    def _read(self, fd: int, map_info: info.MapInfo) -> Iterator[tuple[bytes, bytes]]:
        try:
            yield from map_entries.entries(fd, map_info)
        except OSError as error:
            raise KernelError(f"Cannot read the entries of the map {self.name}", error.errno or 0) from error

    def copy(self) -> None:
        """Copy the old map's entries into the new one. Raises ``KernelError``; the old map stays as it is."""
        if self._is_written_anew:
            return
        # Both that and the kernel's refusals leave the old map as it is.
        try:
            self.copied = map_write.put(self._new_fd, self._new, self._fitting())
        except OSError as error:
            advice = (
                "More entries came than it has room for: give it more, or remove entries first"
                if error.errno in map_write.FULL
                else ""
            )
            raise KernelError(f"Cannot copy entries into the new map {self.name}", error.errno or 0, advice) from error

    def copy_missing(self) -> None:
        """Add what appeared since; that the map is full by now does not hold up the new program."""
        self.added = self.missed = 0
        if self._is_written_anew or rules.is_array(self._new.type):
            return
        grace.wait_for_programs()
        # One that cannot hold all entries drops one for each that is added.
        full = rules.evicts(self._new.type) and self.copied > self._room
        for key, value in self._missing():
            if not full:
                try:
                    self.added += map_write.add(self._new_fd, key, value)
                    continue
                except OSError as error:
                    if error.errno not in map_write.FULL:
                        raise KernelError(
                            f"Cannot copy entries into the new map {self.name}", error.errno or 0
                        ) from error
                    full = True
            self.missed += 1
        if rules.evicts(self._new.type):
            # It may have dropped entries although it had room: its free places are spread over the CPUs.
            self.missed = sum(1 for _entry in self._missing())

    def _missing(self) -> Iterable[tuple[bytes, bytes]]:
        return migration_rules.missing(
            self._taken,
            lambda: self._read(self._new_fd, self._new),
            2 * self.copied,  # the new program has written some of its own
        )

    def warnings(self) -> Iterator[str]:
        """Before the run, and after it: what of the contents does not come along."""
        if self.keeps_values:
            yield (
                f"A new map {self.name} takes the entries of the old one ({self._differences}). "
                f"Values that change after they are copied, before the new program takes over, are lost"
            )
        if self.missed and rules.evicts(self._new.type):
            yield (
                f"The new map {self.name} has room for {self._room} entries, which is less than the old one has: "
                f"{self.missed} entries, mostly the oldest, are lost"
            )
        elif self.missed:
            yield (
                f"The new map {self.name} filled up while it replaced the old one: {self.missed} entries that appeared "
                f"in the old one meanwhile are lost"
            )

    def result(self) -> dict[str, int]:
        """Counts of entries, as modules return them."""
        return {"copied": self.copied, "added": self.added, "missed": self.missed}
