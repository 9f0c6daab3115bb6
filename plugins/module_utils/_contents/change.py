# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The steps that make a map's contents those that are wanted: done as a whole, or taken back.

They follow ``_plan.settle.Step``. The map may change meanwhile, since programs
write into it, too.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, map_delete, map_entries, map_write
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import pieces
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.difference import Difference, Rows
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.masks import Mask
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.rules import INDEXED
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.half_done import HalfDone, sentence

#: From the bytes that a look-up gives of many values to those that are written: descriptors instead of ids.
Translate = Callable[[bytes], bytes]

# Only these kinds get entries from programs. Of an LPM trie, the kernel looks at BPF_NOEXIST since Linux 6.13, and later 6.1 and 6.12.
_PROGRAMS_ADD = ("hash", "percpu_hash", "lru_hash", "lru_percpu_hash")


class WrittenMap:
    """The map that is written, and how its values are.

    ``advice`` is for a refusal of a value, which the kernel answers with EINVAL
    whatever the reason.
    """

    def __init__(self, name: str, fd: int, info: MapInfo, translate: Translate | None = None, advice: str = "") -> None:
        self.name = name
        self.fd = fd
        self.info = info
        self.length = map_entries.value_length(info)
        self._translate = translate
        self._advice = advice
        #: How many entries of a full LPM trie were deleted and added again (``map_write.put_all``).
        self.replaced = 0

    def put(self, keys: bytes | bytearray, values: bytes | bytearray, uniform: bool = False) -> None:
        """Write entries; raises ``map_write.Incomplete``."""
        values = bytes(values)
        if self._translate is not None:
            values = self._translate(values)
        self.replaced += map_write.put_all(self.fd, self.info, bytes(keys), values, uniform)

    def add(self, rows: Rows, others: set[bytes]) -> None:
        """Add entries; keys that there were come into ``others``. Raises ``map_write.Incomplete``."""
        values = bytes(rows.values)
        if self._translate is not None:
            values = self._translate(values)
        map_write.add_all(self.fd, self.info, rows.keys, values, rows.uniform, others)

    def value(self, key: bytes) -> bytes | None:
        """The entry's value, of all CPUs for a per-CPU map; ``None`` without such an entry."""
        try:
            return bpf.map_lookup(self.fd, key, self.length)
        except FileNotFoundError:
            return None

    def refused(self, error: OSError, what: str, key: bytes) -> KernelError:
        """The error to raise when the kernel refused to do this with an entry."""
        advice = self._advice if error.errno in (errno.EINVAL, errno.ENOMEM) else ""
        if error.errno in map_write.FULL:
            advice = "Entries came into it since it was compared, and now it is full: give it more room, or remove entries first"
        return KernelError(f"Cannot {what} the entry {key.hex()} of the map {self.name}", error.errno or 0, advice)


class Part:
    """What is done with rows of one kind. ``done`` says how many of them are, from the first on."""

    what = "write"

    def __init__(self, target: WrittenMap, rows: Rows) -> None:
        self.target = target
        self.rows = rows
        self.done = 0

    def do(self) -> None:
        try:
            self._act()
            self.done = self.rows.count
        except map_write.Incomplete as error:
            # What the kernel has is the truth, not what a call returned.
            row = self.done = error.done
            if self._is_so(row):
                self.done += 1
            raise self.target.refused(error, self.what, self._key(row)) from error

    def undo(self) -> None:
        if self.done:
            try:
                self._take_back()
            except map_write.Incomplete as error:
                raise self.target.refused(error, "restore", self._key(error.done)) from error
            self.done = 0

    def _act(self) -> None:
        raise NotImplementedError

    def _take_back(self) -> None:
        raise NotImplementedError

    def _is_so(self, row: int) -> bool:
        """Whether the row is as it should be after ``do``."""
        raise NotImplementedError

    def _key(self, row: int) -> bytes:
        size = self.target.info.key_size
        return bytes(self.rows.keys[row * size : (row + 1) * size])

    def _keys_done(self) -> bytes:
        return bytes(self.rows.keys[: self.done * self.target.info.key_size])

    def _old_done(self) -> bytes:
        return bytes(self.rows.old[: self.done * self.target.length])


class Adding(Part):
    """Entries whose keys were not there."""

    what = "add"

    def __init__(self, target: WrittenMap, rows: Rows, keep: bool) -> None:
        super().__init__(target, rows)
        # One that a program adds meanwhile keeps what is not declared; batches cannot tell.
        may_appear = target.info.type in _PROGRAMS_ADD and not Mask(rows.mask).is_full
        # In a map of places BPF_NOEXIST is refused, whether the place is empty or not (dev_map_update_elem in kernel/bpf/devmap.c).
        self._carefully = (keep and target.info.type not in INDEXED) or may_appear
        #: Keys that were added by others meanwhile.
        self.others: set[bytes] = set()

    def _act(self) -> None:
        if not self._carefully:
            self.target.put(self.rows.keys, self.rows.values, self.rows.uniform)
            return
        self.others.clear()
        self.target.add(self.rows, self.others)

    def _take_back(self) -> None:
        keys = self._keys_done()
        if self.others:
            keys = b"".join(key for key in pieces(keys, self.target.info.key_size) if key not in self.others)
        map_delete.delete_all(self.target.fd, self.target.info, keys)

    def _is_so(self, row: int) -> bool:
        length = self.target.length
        begin = 0 if self.rows.uniform else row * length
        return self.target.value(self._key(row)) == bytes(self.rows.values[begin : begin + length])


class Updating(Part):
    """Entries whose values change, where their masks have bits set."""

    def __init__(self, target: WrittenMap, rows: Rows) -> None:
        super().__init__(target, rows)
        self._mask = Mask(rows.mask)

    def _act(self) -> None:
        self._put(self.rows.keys, self.rows.values)

    def _take_back(self) -> None:
        self._put(self._keys_done(), self._old_done())

    def _put(self, keys: bytes | bytearray, values: bytes | bytearray) -> None:
        if self._mask.is_full:
            self.target.put(keys, values)
            return
        # The bits that are not declared, as they are now: a program may count in them.
        size, length = self.target.info.key_size, self.target.length
        at = 0
        olds = pieces(self.rows.old, length)
        for some, merged in _in_portions(self._merged(pieces(keys, size), pieces(values, length), olds)):
            try:
                self.target.put(some, merged)
            except map_write.Incomplete as error:
                raise map_write.incomplete(error, at + error.done) from error
            at += len(some) // size

    def _merged(
        self, keys: Iterator[bytes], values: Iterator[bytes], olds: Iterator[bytes]
    ) -> Iterator[tuple[bytes, bytes]]:
        for key, value, old in zip(keys, values, olds):
            now = self.target.value(key)
            yield key, self._mask.merge(old if now is None else now, value)

    def _is_so(self, row: int) -> bool:
        length = self.target.length
        now = self.target.value(self._key(row))
        wanted = bytes(self.rows.values[row * length : (row + 1) * length])
        return now is not None and self._mask.merge(now, wanted) == now


class Removing(Part):
    """Entries that go."""

    what = "remove"

    def _act(self) -> None:
        map_delete.delete_all(self.target.fd, self.target.info, bytes(self.rows.keys))

    def _take_back(self) -> None:
        self.target.put(self._keys_done(), self._old_done())

    def _is_so(self, row: int) -> bool:
        return self.target.value(self._key(row)) is None


class Zeroing(Removing):
    """Entries of an array that get zeros, because they cannot go."""

    what = "write zeros into"

    def _act(self) -> None:
        self.target.put(self.rows.keys, bytes(self.target.length), uniform=True)

    def _is_so(self, row: int) -> bool:
        return self.target.value(self._key(row)) == bytes(self.target.length)


class ChangeEntries:
    """Make a difference disappear; ``undo`` restores the values that were there when it was compared."""

    def __init__(self, target: WrittenMap, difference: Difference) -> None:
        self._target = target
        put: list[Part] = [Adding(self._target, rows, difference.keep) for rows in difference.adds]
        put += [Updating(self._target, rows) for rows in difference.updates]
        remove: list[Part] = []
        if difference.removes.count:
            remove.append((Zeroing if difference.is_array else Removing)(self._target, difference.removes))
        self._parts = remove + put if difference.delete_first else put + remove
        self._done = False

    def do(self) -> None:
        try:
            for part in self._parts:
                part.do()
        except (XdpError, OSError) as error:
            trouble = self._try_to_take_back()
            if trouble:
                raise HalfDone(error, f"While undoing, this failed too: {trouble}") from error
            raise
        except BaseException:
            self._try_to_take_back()
            raise
        self._done = True

    def undo(self) -> None:
        for part in reversed(self._parts):
            part.undo()
        self._done = False

    def is_done(self) -> bool:
        # The kernel was asked where the outcome of a call was not clear (``Part.do``).
        return self._done

    def warnings(self) -> list[str]:
        """What is known afterwards, in whole sentences."""
        found = []
        if self._target.replaced:
            found.append(
                f"{self._target.replaced} entries of the LPM trie {self._target.name}, which is full, were deleted and added "
                f"again to change them, because this kernel, like most before 6.13, cannot change them in place: for a moment, packets did "
                f"not find them"
            )
        others = sum(len(part.others) for part in self._parts if isinstance(part, Adding))
        if others:
            found.append(
                f"{others} entries appeared in the map {self._target.name} before they were added, and keep their values"
            )
        return found

    def _try_to_take_back(self) -> str:
        """What could not be undone, as whole sentences; empty when all could."""
        failed = []
        for part in reversed(self._parts):
            try:
                part.undo()
            except (XdpError, OSError) as error:
                failed.append(sentence(error))
        return " ".join(failed)


class Fill:
    """Write all entries into a new map, which nothing uses yet. Undoing is forgetting it."""

    def __init__(self, target: WrittenMap, difference: Difference) -> None:
        self._target = target
        self._rows = (*difference.adds, *difference.updates)
        self._done = False

    def do(self) -> None:
        for rows in self._rows:
            try:
                self._target.put(rows.keys, rows.values, rows.uniform)
            except map_write.Incomplete as error:
                size = self._target.info.key_size
                key = bytes(rows.keys[error.done * size : (error.done + 1) * size])
                raise self._target.refused(error, "add", key) from error
        self._done = True

    def undo(self) -> None:
        self._done = False

    def is_done(self) -> bool:
        return self._done

    def warnings(self) -> list[str]:
        """Nobody else writes into it, so that what was compared is what is done."""
        return []


# How many are merged before they are written.
_PORTION = 4096


def _in_portions(entries: Iterator[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values back to back, of some entries at a time."""
    keys, values, count = bytearray(), bytearray(), 0
    for key, value in entries:
        keys += key
        values += value
        count += 1
        if count == _PORTION:
            yield bytes(keys), bytes(values)
            keys, values, count = bytearray(), bytearray(), 0
    if count:
        yield bytes(keys), bytes(values)
