# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A private copy of an object in the kernel: its program over maps of its own, with the entries of others.

Nothing is pinned or attached, and nothing of it is anybody else's: a packet that
is tested moves no counter and adds no entry where real packets count.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, List, NamedTuple, Tuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change, host, info, map_entries, map_write
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.type_names import MAP_TYPES, type_number
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import rules
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.references import Held
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._fill.names_in_entries import Known
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.target_map import TargetMap
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import shrink
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import F_XDP_HAS_FRAGS, OF_MAPS, ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill.contents import Contents

_PROG_ARRAY = "prog_array"
#: Their values begin with a 32-bit word, and may end with a program, which no test runs.
_WORDS = ("devmap", "devmap_hash", "cpumap")
_WRONLY = 1 << 4


class Unrunnable(XdpError):
    """The program cannot be run on a private copy on this host, or not with these maps."""


class Sources(NamedTuple):
    """Whose entries the maps of a copy get."""

    #: Descriptors by the names that the object has for its maps.
    maps: Mapping[str, int] = {}
    #: Names by id of the programs that entries may lead to.
    programs: Mapping[int, str] = {}


class Copy(NamedTuple):
    """Descriptors of one copy."""

    program: int
    maps: Mapping[str, int]
    programs: Mapping[str, int]


#: Keys with their values, as the kernel has them.
_Entries = List[Tuple[bytes, bytes]]


class _Inner(NamedTuple):
    """A map in a map of maps that the object does not name."""

    info: info.MapInfo
    entries: _Entries


class Copier:
    """Makes copies, all alike: what others do to their maps meanwhile is in none of them."""

    def __init__(
        self,
        spec: ObjectSpec,
        chosen: str,
        helpers: Sequence[str],
        sources: Sources,
        contents: Contents | None = None,
        packets: int = 1,
    ) -> None:
        """``contents`` are what the maps hold besides, or instead. ``packets`` is how many come to one copy, at most."""
        program = next(each for each in spec.programs if each.name == chosen)
        self.name = chosen
        self.has_fragments = bool(program.flags & F_XDP_HAS_FRAGS)
        self._require_unbound(program)
        self._team = team_of(spec, chosen, helpers)
        self._sources = sources
        self._contents = contents
        #: What of the entries does not come along, in whole sentences.
        self.warnings: list[str] = []
        self._inner: dict[int, _Inner] = {}
        replaced = {each.map for each in contents.wanted if each.exclusive} if contents is not None else set()
        self._entries = {
            map_spec.name: self._read(map_spec.name, sources.maps[map_spec.name])
            for map_spec in spec.maps
            if map_spec.name in sources.maps and map_spec.name not in replaced and not self._team.is_own(map_spec)
        }
        counts = {name: len(entries) for name, entries in self._entries.items()}
        for each in contents.wanted if contents is not None else ():
            counts[each.map] = counts.get(each.map, 0) + each.table.count
        try:
            maps = shrink.shrunk(spec.maps, counts, packets, len(host.possible_cpus()))
        except shrink.TooLarge as error:
            raise Unrunnable(_why(chosen, str(error))) from error
        self._spec = spec._replace(maps=maps)

    def _require_unbound(self, program: Any) -> None:
        if not program.kernel_references:
            return
        from ansible_collections.ebpf.xdp.plugins.module_utils._load import device_bound

        if device_bound.metadata(program):
            raise Unrunnable(
                _why(program.name, "it reads packet metadata from the network card, and runs on real packets alone")
            )

    def make(self, held: ExitStack) -> Copy:
        """One copy, which ``held`` closes."""
        loaded = loader.load(self._spec, self._team, {}, held, warn=self._warn)
        copy = Copy(loaded.programs[self.name], loaded.maps, loaded.programs)
        for name, entries in self._entries.items():
            if name in copy.maps:
                self._fill(name, entries, copy, held)
        if self._contents is not None:
            self._declare(self._contents, copy, held)
        return copy

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def _read(self, name: str, fd: int) -> _Entries:
        known = info.map_info(fd)
        if not rules.has_entries(known.type) or known.flags & _WRONLY:
            if known.type not in ("ringbuf", "user_ringbuf", "perf_event_array"):  # those only lead to user space
                self._warn(
                    f"The tested copy of the map {name} ({known.type}) is empty, because its entries cannot be copied"
                )
            return []
        found = self._entries_of(name, fd, known)
        if known.type in OF_MAPS:
            named = self._ids()
            for _key, value in found:
                self._read_inner(name, value, named)
        return found

    def _ids(self) -> dict[int, str]:
        return {info.object_id(fd): name for name, fd in self._sources.maps.items()}

    def _entries_of(self, name: str, fd: int, known: info.MapInfo) -> _Entries:
        """Those that are not what an empty map has anyway."""
        keep = any if rules.is_array(known.type) else _all
        found: _Entries = []
        try:
            for entry in map_entries.entries(fd, known):
                if keep(entry[1]):
                    if len(found) == shrink.MOST_ENTRIES:
                        raise Unrunnable(
                            _why(self.name, f"the map {name} has more than {shrink.MOST_ENTRIES} entries to be copied")
                        )
                    found.append(entry)
        except OSError as error:
            raise KernelError(f"Cannot read the entries of the map {name}", error.errno or 0) from error
        return found

    def _read_inner(self, name: str, value: bytes, named: Mapping[int, str]) -> None:
        (map_id,) = struct.unpack("=I", value[:4])
        if map_id in named or map_id in self._inner:
            return
        try:
            fd = bpf.map_by_id(map_id)
        except OSError:
            return  # it has gone meanwhile
        try:
            known = info.map_info(fd)
            readable = rules.has_entries(known.type) and known.type not in rules.REFERENCES
            self._inner[map_id] = _Inner(known, self._entries_of(name, fd, known) if readable else [])
        finally:
            os.close(fd)
        if sum(len(each.entries) for each in self._inner.values()) > shrink.MOST_ENTRIES:
            raise Unrunnable(
                _why(self.name, f"the maps in {name} have more than {shrink.MOST_ENTRIES} entries to be copied")
            )

    def _fill(self, name: str, entries: _Entries, copy: Copy, held: ExitStack) -> None:
        fd = copy.maps[name]
        known = info.map_info(fd)
        try:
            if known.type in rules.REFERENCES:
                for key, value in self._translated(name, known.type, entries, copy, held):
                    map_write.put_one(fd, key, value)
            else:
                map_write.put(fd, known, entries)
        except OSError as error:
            raise KernelError(
                f"Cannot copy entries into the tested copy of the map {name}", error.errno or 0
            ) from error

    def _translated(
        self, name: str, kind: str, entries: _Entries, copy: Copy, held: ExitStack
    ) -> Iterator[tuple[bytes, bytes]]:
        """Entries as they are written: with the copy's own programs and maps for those that they lead to."""
        named = self._ids() if kind in OF_MAPS else {}
        missing = 0
        for key, value in entries:
            if kind in _WORDS:
                # A program that runs after the redirect has no part in the verdict, and would be a real one.
                yield key, value[:4] + bytes(len(value) - 4)
                continue
            (object_id,) = struct.unpack("=I", value[:4])
            if kind == _PROG_ARRAY:
                fd = copy.programs.get(self._sources.programs.get(object_id, ""))
            else:
                fd = copy.maps.get(named.get(object_id, "")) or self._inner_copy(object_id, held)
            if fd is None:
                missing += 1
            else:
                yield key, struct.pack("=I", fd)
        if missing:
            self._warn(
                f"{missing} entries of the map {name} are not in its tested copy, because they lead to programs or maps "
                f"that are not of this object"
            )

    def _inner_copy(self, map_id: int, held: ExitStack) -> int | None:
        inner = self._inner.get(map_id)
        if inner is None:
            return None
        known = inner.info
        fd = bpf_change.map_create(
            known.name,
            type_number(MAP_TYPES, known.type),
            known.key_size,
            known.value_size,
            known.max_entries,
            known.flags,
            extra=known.map_extra,
        )
        held.callback(os.close, fd)
        map_write.put(fd, known, inner.entries)
        return fd

    def _declare(self, declared: Contents, copy: Copy, held: ExitStack) -> None:
        """Write the declared entries."""
        from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan

        maps = {name: TargetMap(fd, info.map_info(fd), reused=name in self._entries) for name, fd in copy.maps.items()}
        contents = declared.again()
        contents.compare(maps, lambda: _known(self.name, copy, maps, held), held)
        plan = Plan()
        contents.add_steps(plan)
        plan.apply()


def _known(program: str, copy: Copy, maps: Mapping[str, TargetMap], held: ExitStack) -> Known:
    programs = {name: Held(fd, info.object_id(fd)) for name, fd in copy.programs.items()}
    return _OwnNames(
        program,
        programs,
        {name: Held(target_map.fd, target_map.info.id) for name, target_map in maps.items()},
        netlink.interfaces(),
        held,
    )


class _OwnNames(Known):
    """What names in entries mean in a copy: never what somebody has pinned."""

    def __init__(self, program: str, *there: Any) -> None:
        super().__init__(*there)
        self._program = program

    def _find(self, name: str, there: Mapping[str, Held], kind: str, look: Any) -> Held | None:
        if name.startswith("/"):
            raise Unrunnable(
                _why(self._program, f"entries of its maps lead to {name}, and a test touches no {kind} of others")
            )
        return there.get(name)


def _all(value: bytes) -> bool:
    return True


def _why(program: str, why: str) -> str:
    return f"The program {program} cannot be tested here: {why}"
