# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a kept set's maps hold after a boot: what was kept last, with what a task declares.

Types are those of the kept object, because that is what a boot loads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import saved as saved_sets
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files, Outdated
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.saved import SavedSet
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import rules, stored
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept import Header
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_contents import KeptContents
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import is_interface_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, ObjectSpec

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, WrongEntry
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.merge import KeysOf
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted

#: How often a run begins anew because another one has changed what is kept of the set meanwhile.
_ATTEMPTS = 10


class _Kept(NamedTuple):
    saved: SavedSet
    #: By their digests, the tables that may have to be written.
    packed: dict[str, bytes]
    warnings: list[str]


def keep_set(
    files: Callable[[], Files], directory: str, wanted: SavedSet, contents: Sequence[Wanted]
) -> tuple[SavedSet, Files, list[str]]:
    """Keep a set and its contents, for xdp_boot; ``wanted`` has no contents yet. ``files`` makes a ``Files``.

    Returns what is kept then, what it was kept by, and warnings. What is kept of maps that ``contents`` does not name stays,
    unless the object has no such map any more.
    """

    def make(last: Header | None) -> _Kept:
        before = last.contents if last else ()
        is_other = last is not None and last.object != saved_sets.header(wanted).object
        return _kept_with(directory, wanted, before, contents, is_other)

    return _keep(files, directory, wanted.name, make)


def keep(
    directory: str, executable: str, name: str, pin_root: str, wanted: Wanted, check_mode: bool
) -> tuple[bool, dict[str, Any], dict[str, Any], list[str]]:
    """Keep what a task declares of one map, where its set is kept at all: ``permanent: true`` of xdp_map.

    Returns what is changed, the diff's two sides, and warnings. All else that is kept of the set stays as it is. ``executable``
    is where the boot program should be, which has to be one that brings back contents.
    """
    if not is_kept(directory, name, pin_root):
        return False, {}, {}, []

    def make(last: Header | None) -> _Kept:
        if last is None:
            raise Outdated
        whole = saved_sets.read(directory, name)
        return _kept_with(directory, whole._replace(contents=()), last.contents, [wanted], False)

    _saved, files, warnings = _keep(lambda: Files(directory, executable, check_mode), directory, name, make)
    return files.changed, files.before, files.after, warnings


def is_kept(directory: str, name: str, pin_root: str) -> bool:
    """Whether the set in this place is kept at all."""
    last = kept.header(directory, name)
    return last is not None and last.is_for(pin_root)


def wanted(directory: str, contents: Sequence[KeptContents]) -> tuple[Wanted, ...]:
    """What a boot brings back of kept contents. The error names the file and says what to do."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted

    try:
        return tuple(
            Wanted(
                each.map,
                read(directory, each),
                exclusive=each.exclusive,
                allow_empty=True,
                existing=each.existing,
                key_type=each.key_type,
                value_type=each.value_type,
                default_value=each.default_value,
                digest=each.digest,
            )
            for each in contents
        )
    except XdpError as error:
        raise XdpError(
            f"{error}. The set is not brought back without its contents. Deploy it once more, with all entries and exclusive: true"
        ) from error


def read(directory: str, each: KeptContents) -> Table:
    """A kept table; the error names the file, and has no full stop."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack

    where = stored.path(directory, each.digest)
    found = pack.unpack(stored.read(directory, each.digest), where)
    if found.count != each.entries:
        raise XdpError(f"{where} is damaged: it has {found.count} entries, and {each.entries} were kept")
    return found


def _keep(
    make_files: Callable[[], Files], directory: str, name: str, make: Callable[[Header | None], _Kept]
) -> tuple[SavedSet, Files, list[str]]:
    """Work out what is kept without a lock, and write it unless another run has changed what it was made of."""
    for _attempt in range(_ATTEMPTS):
        last, warnings = _last(directory, name)
        before = last.contents if last else ()
        files = make_files()
        try:
            found = make(last)
            files.keep(name, saved_sets.to_text(found.saved), found.packed, before)
        except Outdated:
            continue
        except XdpError:
            now = _last(directory, name)[0]
            if (now.contents if now else ()) == before:
                raise
            continue  # a table was read when another run had removed it
        return found.saved, files, [*warnings, *found.warnings, *files.warnings]
    raise XdpError(
        f"Other runs keep changing what {directory} has of the pin set {name}. Run the task again when they have ended"
    )


def _last(directory: str, name: str) -> tuple[Header | None, list[str]]:
    """What is kept of the set now, and what to say where that is damaged."""
    try:
        return kept.header(directory, name), []
    except kept.Newer:
        return None, []  # which ``Files`` refuses
    except XdpError as error:
        return None, [
            f"{error}. If contents of maps were kept with it, only those that this task declares are kept now"
        ]


def _kept_with(
    directory: str, wanted: SavedSet, last: tuple[KeptContents, ...], contents: Sequence[Wanted], is_other: bool
) -> _Kept:
    """``is_other`` says that what is kept was made for another object."""
    if not last and not contents:
        return _Kept(wanted, {}, [])
    borrowed = dict(wanted.reuse_maps)
    maps = {each.name: each for each in wanted.object.maps}
    warnings = [
        f"The object of the pin set {wanted.name} has no map {each.map} any more, so its {each.entries} kept entries are dropped"
        for each in last
        if each.map not in maps
    ]
    warnings += [
        f"The pin set {wanted.name} borrows the map {each.map} now, so its {each.entries} kept entries are dropped"
        for each in last
        if each.map in borrowed
    ]
    found = {
        each.map: _Map(directory, wanted.object, maps[each.map], each)
        for each in last
        if each.map in maps and each.map not in borrowed
    }
    for each in contents:
        if each.map in borrowed:
            raise XdpError(
                f"contents: the map {each.map} is borrowed from {borrowed[each.map]}. Declare its contents there"
            )
        if not each.permanent:
            warnings.append(
                f"The contents of the map {each.map} are not kept, because of permanent: false. The next boot brings what was kept before"
            )
            continue
        if each.map not in maps:
            raise XdpError(f"contents: the object has no map {short(each.map)}. {unknown_name(each.map, maps)}")
        found.setdefault(each.map, _Map(directory, wanted.object, maps[each.map])).take(each)
    facts: list[KeptContents] = []
    packed: dict[str, bytes] = {}
    for _name, one in sorted(found.items()):
        kept_now = one.finish(is_other)
        if kept_now is not None:
            facts.append(kept_now)
        packed.update(one.packed)
        warnings += one.warnings
    return _Kept(wanted._replace(contents=tuple(facts)), packed, warnings)


class _Map:
    """What is kept of one map, with what tasks declare."""

    def __init__(self, directory: str, spec: ObjectSpec, map_spec: MapSpec, last: KeptContents | None = None) -> None:
        self._directory = directory
        self._object = spec
        self._map = map_spec
        self._last = last
        self._now = last
        self._table: Table | None = None
        #: Tables that tasks declare, to be checked by themselves: so errors name what the user has written.
        self._declared: list[Wanted] = []
        self.packed: dict[str, bytes] = {}
        self.warnings: list[str] = []

    def take(self, wanted: Wanted) -> None:
        """Add what a task declares. Refuses what a boot could not bring back."""
        why = rules.refusal(self._map.type, self._map.flags, wanted, self._map.variables is not None)
        if why:
            raise XdpError(f"{why}. Nothing was changed")
        now = self._now
        self._declared.append(wanted)
        declared = KeptContents(
            wanted.map,
            wanted.digest,
            wanted.table.count,
            wanted.exclusive,
            wanted.existing,
            wanted.key_type,
            wanted.value_type,
            wanted.default_value,
        )
        if wanted.state == "absent":
            if now is not None:
                self._set(now, self._merged(now, wanted))
        elif now is None or wanted.exclusive:
            self._set(declared, wanted.table, wanted.digest)
        else:
            key_type, value_type = self._types_of_both(now, wanted)
            self._look_at_defaults(now, wanted)
            table = self._merged(now, wanted)
            others = {
                "key_type": key_type,
                "value_type": value_type,
                # An option that this task leaves out still holds for the entries that are kept already.
                "default_value": now.default_value if wanted.default_value is None else wanted.default_value,
            }
            digest = wanted.digest if table is wanted.table else now.digest if table is self._table else ""
            self._set(declared._replace(**others), table, digest)

    def _look_at_defaults(self, now: KeptContents, wanted: Wanted) -> None:
        """Warn where entries without a value were declared with different defaults, of which one is kept for a map."""
        if now.default_value == wanted.default_value or wanted.digest == now.digest:
            return
        if _has_no_values(wanted.table) and _has_no_values(self._last_table(now)):
            default = now.default_value if wanted.default_value is None else wanted.default_value
            self.warnings.append(
                f"Entries of the map {now.map} that were declared without a value come back at boot with the default_value "
                f"{short(default)}, also those for which it was another one. Give the others their values"
            )

    def _set(self, facts: KeptContents, table: Table, digest: str = "") -> None:
        self._now, self._table = facts._replace(digest=digest, entries=table.count), table

    def _merged(self, now: KeptContents, wanted: Wanted) -> Table:
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents import merge

        if _is_same(now, wanted):
            return wanted.table
        last, keys = self._last_table(now), self._keys_of(now, wanted)
        if wanted.state == "absent":
            return merge.without(last, wanted.table, keys)
        return merge.together(last, wanted.table, keys, wanted.existing == "keep")

    def _last_table(self, now: KeptContents) -> Table:
        if self._table is None:
            try:
                self._table = read(self._directory, now)
            except XdpError as error:
                raise XdpError(
                    f"{error}. So what was kept of the map {now.map} is lost, and these entries alone would come back at boot. "
                    f"Declare all of its entries with exclusive: true"
                ) from error
        return self._table

    def _keys_of(self, now: KeptContents, wanted: Wanted) -> KeysOf:
        def keys(table: Table) -> list[bytes]:
            declares = wanted if table is wanted.table else None
            encoded = self._encoded(table.without_values(), (declares or now).key_type, wanted=declares)
            return [each.keys for each in encoded.segments]

        return keys

    def _types_of_both(self, now: KeptContents, wanted: Wanted) -> tuple[Any, Any]:
        """``key_type`` and ``value_type`` by which the entries of both are the bytes that each of them declared."""
        last, own = (now.key_type, now.value_type), (wanted.key_type, wanted.value_type)
        if last == own or _is_same(now, wanted):
            return last
        both = tuple(old if new is None else new for old, new in zip(last, own))
        before = self._last_table(now)
        for types in (both, own, last):
            if self._means_the_same(before, last, types) and self._means_the_same(wanted.table, own, types, wanted):
                return types[0], types[1]
        raise XdpError(
            f"contents: the entries that are kept of the map {now.map} were declared with the options {_told(*last)}, and "
            f"these with {_told(*own)}, by which they are other bytes. Give all of them the same types, or declare all "
            f"entries with exclusive: true. Nothing was changed"
        )

    def _means_the_same(
        self, table: Table, types: tuple[Any, ...], others: tuple[Any, ...], wanted: Wanted | None = None
    ) -> bool:
        """Whether the table's entries are the same bytes by both of these types."""
        if types == others:
            return True
        if self._map.type in rules.REFERENCES:
            table = table.without_values()
        expected = self._encoded(table, types[0], types[1], wanted=wanted)
        try:
            return self._encoded(table, others[0], others[1]) == expected
        except XdpError:
            return False

    def _encoded(
        self,
        table: Table,
        key_type: Any,
        value_type: Any = None,
        default_value: Any = None,
        wanted: Wanted | None = None,
    ) -> Encoded:
        """The table as the map has it; ``wanted`` is what declares it."""
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents import compare
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode import encode
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import WrongEntry
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes

        types = MapTypes.of_spec(self._object, self._map, key_type, value_type)
        try:
            encoded = encode(table, types, default_value)
            compare.require_places(self._map, encoded)
            return encoded
        except WrongEntry as error:
            raise self._wrong(table, error, wanted) from error

    def _wrong(self, table: Table, error: WrongEntry, wanted: Wanted | None) -> XdpError:
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wrong import EntryError, key_of

        if wanted is not None:
            return EntryError(wanted, error)
        return XdpError(
            f"What is kept of the map {self._map.name} does not fit this object: the entry {key_of(table, error)}: {error}. "
            f"Declare all entries of the map with exclusive: true. Nothing was changed"
        )

    def _check(self, table: Table, now: KeptContents, wanted: Wanted | None = None) -> None:
        """Refuse entries that the map cannot have."""
        if self._map.type in rules.REFERENCES:
            keys = self._encoded(table.without_values(), now.key_type, wanted=wanted)
            if wanted is None or wanted.state == "present":
                self._check_names(table, keys, now, wanted)
        else:
            self._encoded(table, now.key_type, now.value_type, now.default_value, wanted)

    def _check_names(self, table: Table, keys: Encoded, now: KeptContents, wanted: Wanted | None) -> None:
        """Refuse values that name programs and maps which the object does not have. Interfaces may come later."""
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents import references
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import WrongEntry

        there = references.Held(0, 1)
        programs, maps = ({each.name for each in some} for some in (self._object.programs, self._object.maps))
        context = references.Context(
            lambda name: there if name in programs or name.startswith("/") else None,
            lambda name: there if name in maps or name.startswith("/") else None,
            lambda _name: 1,
        )
        try:
            references.encode(self._map.type, self._map.value_size, table, keys, context, now.default_value)
        except WrongEntry as error:
            raise self._wrong(table, error, wanted) from error

    def finish(self, is_other: bool) -> KeptContents | None:
        """The contents to keep; ``None`` for none. Refuses what the map could not hold."""
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents import devices, pack

        now = self._now
        if now is None:
            return None
        known = stored.find(self._directory, now.digest) if now.digest else None
        if self._table is None:
            try:
                self._table = read(self._directory, now) if is_other or known is None else None
            except XdpError as error:
                self.warnings.append(
                    f"{error}. The pin set does not come back at boot before the entries of the map {now.map} are declared "
                    f"with exclusive: true"
                )
        table = self._table
        if table is None:
            return now
        if not table.count and not now.exclusive:
            return None
        packed = known or next((each.packed for each in self._declared if each.table is table), b"") or pack.pack(table)
        now = now._replace(digest=pack.digest(packed))
        self.packed = {now.digest: packed}
        if self._map.type in devices.TYPES:
            names = devices.names(table, now.default_value)
            now = now._replace(interfaces=tuple(sorted(_primary(names))))
        if is_other or now != self._last:
            for wanted in self._declared:
                self._check(wanted.table, now, wanted)
            if not any(wanted.table is table for wanted in self._declared):
                self._check(table, now)
            self._require_room(table.count)
        return now

    def _require_room(self, count: int) -> None:
        room = self._map.max_entries
        if room and count > room and not rules.evicts(self._map.type):
            raise XdpError(
                f"contents: {count} entries would be kept of the map {self._map.name}, which has room for {room}. Declare all of "
                f"its entries with exclusive: true, or give it more max_entries. Nothing was changed"
            )


def _is_same(now: KeptContents, wanted: Wanted) -> bool:
    """Whether the task declares what is kept, and nothing else."""
    types = (now.key_type, now.value_type) == (wanted.key_type, wanted.value_type)
    return wanted.state == "present" and bool(wanted.digest) and wanted.digest == now.digest and types


def _has_no_values(table: Table) -> bool:
    """Whether any entry has no value."""
    return any(all(column.path[0] == "key" for column in block.columns) for block in table.blocks)


def _told(key_type: Any, value_type: Any) -> str:
    given = {"key_type": key_type, "value_type": value_type}
    return listed(": ".join((name, short(given_type))) for name, given_type in given.items() if given_type is not None)


def _primary(names: set[str]) -> set[str]:
    """The same interfaces by the names that they appear with; those that cannot be waited for are left out."""
    if not names:
        return set()
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink

    there = netlink.interfaces()
    found = {name: netlink.find(name, there) for name in names}
    return {
        interface.name if interface else name
        for name, interface in found.items()
        if interface or is_interface_name(name)
    }
