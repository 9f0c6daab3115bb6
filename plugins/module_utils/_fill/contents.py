# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Declared contents of a set's maps: encoded before the lock, compared under it, written before a program runs over them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, info
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.frozen import is_frozen
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import pieces
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import compare, rules
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.difference import Difference
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode import encode
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.masks import overwrites
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wrong import EntryError
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.migration_rules import Replaced, Taken
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Change, Plan

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.change import ChangeEntries, Fill
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.references import Translation
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill.names_in_entries import Known
    from ansible_collections.ebpf.xdp.plugins.module_utils._maps.target_map import TargetMap
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.origin import Origin

#: So many entries of a map are shown in a diff.
_SHOWN = 50


class Filling(NamedTuple):
    """What declared contents change in one map."""

    wanted: Wanted
    map: TargetMap
    types: MapTypes
    encoded: Encoded
    #: Against what the map has, or would have with the entries of the one that it replaces.
    difference: Difference
    #: Makes what is written of what is read, where values refer to something.
    translation: Translation | None = None
    #: Values as they are shown.
    decode: Callable[[bytes], Any] | None = None
    #: Interfaces that entries name and that are not there, sorted.
    awaited: tuple[str, ...] = ()

    def result(self) -> dict[str, Any]:
        """As modules return it."""
        migration = self.map.migration
        return {
            "map": self.wanted.map,
            "counts": self.difference.counts._asdict(),
            "awaited": list(self.awaited),
            "copied_values": migration is not None and migration.keeps_values,
        }

    def shown(self) -> Change:
        """For the diff: the counts, and the first entries that change."""
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        decode = self.decode or self.types.decode_value
        first = self.difference.first(_SHOWN, self.encoded.key_size, self.encoded.value_length)
        for entry in first:
            key = _text(self.types.decode_key(entry.key))
            if entry.before is not None:
                before[key] = decode(entry.before)
            if entry.after is not None:
                after[key] = decode(entry.after)
        counts = self.difference.counts
        left = counts.added + counts.updated + counts.removed - len(first)
        return Change(
            "contents",
            self.wanted.map,
            {"entries": before},
            {"entries": after, "counts": counts._asdict(), "not_shown": left},
        )


class Contents:
    """What a run declares for the maps of a set."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self.wanted = wanted
        #: Maps that new ones replace, because they are declared so and differ; see ``look``.
        self.replaced = Replaced(frozenset(), self._takes)
        #: The changes in each map; see ``compare``.
        self.fillings: list[Filling] = []
        self._steps: list[ChangeEntries | Fill | FillAfterCopying] = []
        self._encoded: dict[tuple[str, MapTypes], Encoded] = {}
        #: What ``look`` has found of which entries, by the maps' ids: reading a million twice would hold the lock twice as long.
        self._seen: dict[int, tuple[Encoded, Difference]] = {}

    def again(self) -> Contents:
        """The same declaration for other maps of the same types, which need not be encoded once more."""
        other = Contents(self.wanted)
        other._encoded = self._encoded
        return other

    def expect(self, place: Callable[[str], str], origin: Origin | None = None) -> None:
        """Encode for the types that the maps most likely have: it takes a second for a million, and needs no lock.

        Those are the types of the maps that are pinned at their ``place``, and of the maps
        of ``origin``, an object that is about to be loaded. Whether they are right shows
        when the lock is held, and so do errors.
        """
        spec = origin.make() if origin is not None else None
        declared = {map_spec.name: map_spec for map_spec in spec.maps} if spec is not None else {}
        for each in self.wanted:
            options = each.key_type, each.value_type
            with suppress(OSError, XdpError):
                fd = bpf.obj_get(place(each.map))
                try:
                    self._encode(each, MapTypes.of_kernel(info.map_info(fd), *options))
                finally:
                    os.close(fd)
            if spec is not None and each.map in declared:
                with suppress(XdpError):
                    self._encode(each, MapTypes.of_spec(spec, declared[each.map], *options))

    def look(self, observed: Observed, upgrades: bool) -> None:
        """Find out which maps are to be replaced by new ones: those with ``atomic`` that differ.

        Where the program becomes another one (``upgrades``), those with ``renewed`` too.
        """
        anew = [wanted for wanted in self.wanted if wanted.atomic or (wanted.renewed and upgrades)]
        if not anew:
            return
        # Imported here, not at the top, as elsewhere in this file: hardly any run needs it, and it costs start-up time.
        from ansible_collections.ebpf.xdp.plugins.module_utils._fill import migrate_steps

        self._seen.clear()
        found = set()
        for wanted in anew:
            fd = migrate_steps.old_map(wanted.map, observed)
            if fd is None:
                continue
            known = info.map_info(fd)
            if known.type in rules.REFERENCES:
                raise XdpError(
                    f"atomic: true is not possible for the map {wanted.map} of type {known.type}, whose entries lead to "
                    f"programs, maps or interfaces. Leave atomic out: each of its entries changes in one step"
                )
            _require_possible(wanted, fd, known)
            try:
                encoded = self._encode(wanted, MapTypes.of_kernel(known, wanted.key_type, wanted.value_type))
                seen = compare.compare(fd, known, encoded, wanted)
                self._seen[known.id] = encoded, seen
                differs = seen.changed
            except (XdpError, WrongEntry):
                # Entries of other types, more of them or later ones, for which a new program may bring another map: it is compared
                # again then.
                differs = True
            if differs:
                found.add(wanted.map)
        self.replaced = self.replaced._replace(names=frozenset(found))

    def _takes(self, name: str, known: info.MapInfo, old: info.MapInfo) -> Taken:
        """What the new map of this name gets of the old one."""
        for wanted in self.wanted:
            if wanted.map == name and (wanted.exclusive or wanted.state == "absent"):
                encoded = self._encode(wanted, MapTypes.of_kernel(known, wanted.key_type, wanted.value_type))
                overwritten = wanted.existing == "update" and overwrites(each.mask for each in encoded.segments)
                seen = self._seen_before(old, known, encoded)
                if wanted.exclusive and overwritten and seen is not None:
                    # Nothing is copied, and look() has counted what stays, so that no set of a million keys is needed.
                    return Taken(None, False, seen.counts.updated + seen.counts.unchanged)
                declared = frozenset(key for each in encoded.segments for key in pieces(each.keys, encoded.key_size))
                if not wanted.exclusive:
                    return Taken(partial(_is_not_in, declared))
                return Taken(declared.__contains__, not overwritten)
        return Taken()

    def _seen_before(self, old: info.MapInfo, known: info.MapInfo, encoded: Encoded) -> Difference | None:
        """What ``look`` found in an old map, if that holds for the new map that takes its place as well."""
        seen = self._seen.get(old.id)
        if seen is None or old.type != known.type or rules.is_array(old.type) or rules.evicts(old.type):
            return None
        return seen[1] if seen[0] == encoded else None

    def compare(self, maps: Mapping[str, TargetMap], known: Callable[[], Known], held: ExitStack) -> None:
        """Find out what to change in each map; refuses what is not possible.

        ``known`` resolves names in entries. What is opened for the changes is
        closed with ``held``.
        """
        self.fillings = [self._filling(each, maps, known, held) for each in self.wanted]

    def _filling(
        self, wanted: Wanted, maps: Mapping[str, TargetMap], known: Callable[[], Known], held: ExitStack
    ) -> Filling:
        target_map = maps.get(wanted.map)
        if target_map is None:
            raise XdpError(
                f"contents: there is no map {short(wanted.map)}. {unknown_name(wanted.map, maps, 'The object has')}"
            )
        if target_map.borrowed_from is not None:
            raise XdpError(
                f"contents: the map {wanted.map} is borrowed from {target_map.borrowed_from}. Declare its contents there"
            )
        _require_possible(wanted, target_map.fd, target_map.info)
        types = MapTypes.of_kernel(target_map.info, wanted.key_type, wanted.value_type)
        if target_map.info.type in rules.REFERENCES:
            return _referring(wanted, target_map, types, known(), held)
        encoded = self._encode(wanted, types)
        try:
            if target_map.reused:
                seen = self._seen.get(target_map.info.id)
                difference = seen[1] if seen else compare.compare(target_map.fd, target_map.info, encoded, wanted)
            elif target_map.migration is not None:
                migration = target_map.migration
                found = self._seen_before(migration.old, target_map.info, encoded)
                if found is None or found.counts.added:  # for which there may be no room
                    found = compare.compare(migration.old_fd, target_map.info, encoded, wanted)
                # What goes is not in the new map, and in nobody's way.
                difference = found._replace(delete_first=False, warnings=())
            else:
                difference = compare.compare_fresh(target_map.info, encoded, wanted)
        except WrongEntry as error:
            raise EntryError(wanted, error) from error
        return Filling(wanted, target_map, types, encoded, difference)

    def add_steps(self, plan: Plan) -> None:
        """Write what is different, before an interface runs a new program over it."""
        for each in self.fillings:
            for text in (*each.difference.warnings, *rules.warnings(each.map.info.type, each.wanted)):
                plan.warn(text)
            for problem in each.types.problems:
                plan.warn(f"The map {each.wanted.map}: {problem}")
            if each.difference.changed:
                plan.note(each.shown())
        # What goes, goes last: an address that moves from one map to another is always in one of them.
        for removes in (False, True):
            for each in self.fillings:
                for step in self._steps_of(each, removes):
                    self._steps.append(step)
                    plan.add(step)

    def _steps_of(self, filling: Filling, removes: bool) -> Iterator[ChangeEntries | Fill | FillAfterCopying]:
        """What writes, or what ``removes``; where the map has no room for both, what writes does all."""
        if filling.map.migration is not None:
            if not removes:
                yield FillAfterCopying(filling.map, filling.encoded, filling.wanted)
            return
        difference = filling.difference
        if not difference.changed:
            return
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents import change, references

        advice = references.ADVICE.get(filling.map.info.type, "")
        written = change.WrittenMap(filling.wanted.map, filling.map.fd, filling.map.info, filling.translation, advice)
        if not filling.map.reused:
            if not removes:
                yield change.Fill(written, difference)
            return
        if not difference.delete_first:
            difference = difference.only_removing() if removes else difference.only_writing()
        elif removes:
            return
        if difference.writes or difference.removes.count:
            yield change.ChangeEntries(written, difference)

    def warnings(self) -> list[str]:
        """What is known when all steps are done, in whole sentences."""
        return [text for step in self._steps for text in step.warnings()]

    def _encode(self, wanted: Wanted, types: MapTypes) -> Encoded:
        known = self._encoded.get((wanted.map, types))
        if known is None:
            try:
                known = encode(wanted.table, types, wanted.default_value)
            except WrongEntry as error:
                raise EntryError(wanted, error) from error
            self._encoded[wanted.map, types] = known
        return known


def _referring(wanted: Wanted, target_map: TargetMap, types: MapTypes, known: Known, held: ExitStack) -> Filling:
    """Of a map whose entries lead to programs, maps or interfaces."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents import references

    kind, size = target_map.info.type, target_map.info.value_size
    try:
        keys = encode(wanted.table.without_values(), types)
        if wanted.state == "absent":
            found = references.References(keys, (), {})
        else:
            found = references.encode(kind, size, wanted.table, keys, known.context(), wanted.default_value)
        if target_map.reused:
            difference = compare.compare(target_map.fd, target_map.info, found.encoded, wanted)
        else:
            difference = compare.compare_fresh(target_map.info, found.encoded, wanted)
    except WrongEntry as error:
        raise EntryError(wanted, error) from error
    translation = references.Translation(kind, size, found.held, held)
    translation.hold(difference)
    names = known.names()
    return Filling(
        wanted,
        target_map,
        types,
        found.encoded,
        difference,
        translation,
        lambda value: references.decode(kind, value, names),
        tuple(sorted({each.interface for each in found.awaited})),
    )


class FillAfterCopying:
    """Make the contents of a new map right that has just got the entries of an old one.

    Undoing is forgetting the map.
    """

    def __init__(self, target_map: TargetMap, encoded: Encoded, wanted: Wanted) -> None:
        self._map = target_map
        self._encoded = encoded
        self._wanted = wanted
        self._filled: ChangeEntries | None = None

    def do(self) -> None:
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents.change import ChangeEntries, WrittenMap

        found = compare.compare(self._map.fd, self._map.info, self._encoded, self._wanted)
        filled = ChangeEntries(WrittenMap(self._wanted.map, self._map.fd, self._map.info), found)
        filled.do()
        self._filled = filled

    def undo(self) -> None:
        self._filled = None

    def is_done(self) -> bool:
        return self._filled is not None

    def warnings(self) -> list[str]:
        """What the user should know of it, once it is done."""
        return self._filled.warnings() if self._filled is not None else []


def _require_possible(wanted: Wanted, fd: int, known: info.MapInfo) -> None:
    why = rules.refusal(known.type, known.flags, wanted, rules.has_variables(known.name), is_frozen(fd))
    if why:
        raise XdpError(f"{why}. Nothing was changed")


def _is_not_in(keys: frozenset[bytes], key: bytes) -> bool:
    return key not in keys


def _text(key: Any) -> str:
    """A key as one of a dictionary of JSON."""
    return key if isinstance(key, str) else json.dumps(key)
