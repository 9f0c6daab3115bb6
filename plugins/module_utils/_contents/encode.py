# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A table of entries as the bytes that the kernel has, for a map of known types.

Each column is encoded by itself and then laid into all entries at once: most of
them without any work for single rows (``columns``), the others value by value, of
which each is encoded once however often it occurs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from struct import iter_unpack
from typing import Any, Callable, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.members import Member, format_of, is_char
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.values import Encoder, WrongValue, address
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.columns import Plane, planes, prefix_planes
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, Segment, WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.prefixes import put_prefix, require_no_host_bits
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Column, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: Writes a value into a place, and what it declares into a mask of the same size.
_Put = Callable[[memoryview, Any, memoryview], None]

# Values that are remembered with their bytes, so that a column of different ones does not take more and more memory.
_MOST_REMEMBERED = 1 << 16


class _Part(NamedTuple):
    """A column, encoded."""

    #: Bytes from the start of a key, or of one CPU's value; of ``whole`` parts, from that of all CPUs' values.
    start: int
    planes: list[Plane]
    #: The bits that are declared: of all rows, or of each.
    masks: list[bytes]
    whole: bool = False
    #: Whether it is a bit field, whose neighbours in the same bytes stay.
    bits: bool = False
    #: Whether different items cannot be the same bytes.
    is_exact: bool = False

    @property
    def varies(self) -> bool:
        return len(self.masks) > 1


def encode(table: Table, types: MapTypes, default_value: Any = None) -> Encoded:
    """The table's entries for a map of these types.

    ``default_value`` is what a new entry has where its value, or a part of it, is
    left out; zeros by default. Raises ``WrongEntry`` for an entry that the map cannot
    have, and ``XdpError`` for a default value of that kind.
    """
    work = _Encoding(types, default_value)
    segments: list[Segment] = []
    # Whether each segment's keys are as different as its rows.
    exact: list[bool] = []
    for number, block in enumerate(table.blocks):
        if block.count:
            for segment, is_exact in work.block(number, block):
                segments.append(segment)
                exact.append(is_exact)
    _require_different(segments, exact, types)
    in_order = len(segments) == 1 and bool(types.prefix) and exact[0]
    return Encoded(tuple(segments), types.key_size, types.value_length, in_order)


class _Encoding:
    """Of one table."""

    def __init__(self, types: MapTypes, default_value: Any) -> None:
        self._types = types
        self._keys = Encoder(types.key.btf)
        self._values = Encoder(types.value.btf)
        self._default = bytes(types.value_length)
        if default_value is not None:
            place, mask = bytearray(types.value_length), bytearray(types.value_length)
            try:
                self._put_value(memoryview(place), default_value, memoryview(mask), "default_value")
            except (WrongValue, Malformed) as error:
                raise XdpError(str(error)) from error
            self._default = bytes(place)
        #: Whether CPUs have different values by default.
        self._is_uneven = len({self._default[base : base + types.stride] for base in self._bases()}) > 1

    def block(self, number: int, block: Block) -> Iterator[tuple[Segment, bool]]:
        try:
            yield from self._block(number, block)
        except Malformed as error:
            raise WrongEntry(number, 0, f"the BTF of the map is damaged: {error}") from error

    def _block(self, number: int, block: Block) -> Iterator[tuple[Segment, bool]]:
        sides: dict[str, list[Column]] = {"key": [], "value": []}
        for column in block.columns:
            sides[column.path[0]].append(column)
        keys, is_exact = self._key_bytes(number, block.count, sides["key"])
        size, length = self._types.key_size, self._types.value_length
        if not sides["value"]:
            yield Segment(block.count, keys, self._default, True, bytes(length), number), is_exact
            return
        parts = self._parts(number, block.count, sides["value"], "value")
        values = _laid_out(parts, block.count, self._default, self._bases())
        varying = [part for part in parts if part.varies]
        if not varying:
            mask = self._mask(parts, 0)
            yield Segment(block.count, keys, values, False, mask, number), is_exact
            return
        rows_by_mask: dict[tuple[bytes, ...], list[int]] = {}
        for row, masks in enumerate(zip(*(part.masks for part in varying))):
            rows_by_mask.setdefault(masks, []).append(row)
        for rows in rows_by_mask.values():
            segment = Segment(
                len(rows),
                b"".join([keys[row * size : (row + 1) * size] for row in rows]),
                b"".join([values[row * length : (row + 1) * length] for row in rows]),
                False,
                self._mask(parts, rows[0]),
                number,
                rows,
            )
            yield segment, is_exact

    def _bases(self) -> range:
        """Where the values of all CPUs begin."""
        return range(0, self._types.value_length, self._types.stride) if self._types.value_length else range(1)

    def _mask(self, parts: Iterable[_Part], row: int) -> bytes:
        chosen = [part._replace(planes=[], masks=[part.masks[row] if part.varies else part.masks[0]]) for part in parts]
        return _masked(chosen, self._types.value_length, self._bases())

    def _key_bytes(self, number: int, count: int, columns: list[Column]) -> tuple[bytes, bool]:
        """All keys, and whether they are as different as the rows."""
        types = self._types
        if types.prefix and [column.path for column in columns] == [("key",)]:
            fast = prefix_planes(columns[0], types.prefix, count)
            if fast is not None:
                return _laid_out([_Part(0, fast, [b""])], count, bytes(types.key_size), range(1)), True
        parts = self._parts(number, count, columns, "key")
        varies = any(part.varies for part in parts)
        for row in range(count if varies else 1):
            chosen = [part._replace(masks=[part.masks[row]]) if part.varies else part for part in parts]
            mask = _masked(chosen, types.key_size, range(1))
            missing = self._keys.missing(types.key.id, mask, "key")
            if missing is not None:
                raise WrongEntry(number, row, f"{missing} is missing, and a key needs all of its fields")
        keys = _laid_out(parts, count, bytes(types.key_size), range(1))
        if types.is_lpm and any(len(column.path) > 1 for column in columns):
            size = types.key_size
            for row in range(count):
                _checked(number, row, require_no_host_bits, keys[row * size : (row + 1) * size], "key")
        # Fields of prefixes are sorted one by one, which is not the order of the trie.
        return keys, not types.prefix and all(part.is_exact for part in parts)

    def _parts(self, number: int, count: int, columns: list[Column], side: str) -> list[_Part]:
        """The columns of keys or values."""
        encoder, type_id = (self._keys, self._types.key.id) if side == "key" else (self._values, self._types.value.id)
        placed = [(column, self._place(number, column, side, encoder, type_id)) for column in columns]
        spans = sorted(
            (where.start, where.start + (where.bits or 8 * encoder.size(where.type))) for _c, where in placed
        )
        overlap = any(end > after for (_start, end), (after, _end) in zip(spans, spans[1:]))
        if overlap or (side == "value" and self._is_uneven):
            # Members of a union, for example: whether they agree is known for each entry only.
            whole = Column((side,), "json", [*_rows(number, columns, count)])
            return [self._slow(number, whole, side, encoder, Member("", type_id, 0))]
        return [self._part(number, count, column, side, encoder, where) for column, where in placed]

    def _place(self, number: int, column: Column, side: str, encoder: Encoder, type_id: int) -> Member:
        """Where the column belongs in an entry."""
        where, path = Member("", type_id, 0), side
        for name in column.path[1:]:
            if where.bits:
                raise WrongEntry(number, 0, f"{path} has no member {short(name)}")
            try:
                inner = encoder.member(where.type, name, path)
            except WrongValue as error:
                raise WrongEntry(number, 0, str(error)) from error
            where = inner._replace(start=where.start + inner.start)
            path = f"{path}.{short(name)}"
        return where

    def _part(self, number: int, count: int, column: Column, side: str, encoder: Encoder, where: Member) -> _Part:
        is_prefix = side == "key" and len(column.path) == 1 and self._types.prefix
        if not where.bits and not is_prefix:
            found = planes(column, encoder, where.type, count)
            if found is not None:
                return _Part(where.start // 8, found, [b"\xff" * len(found)], is_exact=True)
        return self._slow(number, column, side, encoder, where)

    def _slow(self, number: int, column: Column, side: str, encoder: Encoder, where: Member) -> _Part:
        """Value by value."""
        path = ".".join((side, *map(short, column.path[1:])))
        first = where.start // 8
        if len(column.path) > 1:
            size = (where.start + (where.bits or 8 * encoder.size(where.type)) + 7) // 8 - first
            inner = where._replace(start=where.start - 8 * first)
            template = bytes(size) if side == "key" or where.bits else self._default[first : first + size]

            def put(place: memoryview, value: Any, mask: memoryview) -> None:
                encoder.put_member(place, inner, value, path, mask)

        elif side == "key":
            template = bytes(self._types.key_size)

            def put(place: memoryview, value: Any, mask: memoryview) -> None:
                self._put_key(place, value, mask, path)

        else:
            template = self._default

            def put(place: memoryview, value: Any, mask: memoryview) -> None:
                self._put_value(place, value, mask, path)

        data, masks = _each(number, _items(column), template, put)
        size = len(template)
        split = [data[place::size] for place in range(size)]
        return _Part(first, split, masks, whole=len(column.path) == 1, bits=bool(where.bits))

    def _put_key(self, place: memoryview, value: Any, mask: memoryview, path: str) -> None:
        if self._types.prefix and not isinstance(value, dict):
            put_prefix(place, value, path)
            mask[:] = b"\xff" * len(mask)
            return
        self._keys.put(place, self._types.key.id, value, path, mask)
        # What is missing is said later, and first.
        if self._types.is_lpm and self._keys.missing(self._types.key.id, bytes(mask), path) is None:
            require_no_host_bits(place, path)

    def _put_value(self, place: memoryview, value: Any, mask: memoryview, path: str) -> None:
        """Of a per-CPU map, a value for all CPUs, or a list with one for each."""
        types = self._types
        bases = self._bases()
        each = [(path, value)] * len(bases)
        if types.is_per_cpu and _levels(value, types.value.btf, types.value.id) > _type_levels(
            types.value.btf, types.value.id
        ):
            if len(value) != types.cpus:
                raise WrongValue(
                    f"{path} is a list of {len(value)}, and has to be one value, or one for each of {types.cpus} CPUs"
                )
            each = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
        for base, (inside, item) in zip(bases, each):
            part = slice(base, base + types.value_size)
            self._values.put(place[part], types.value.id, item, inside, mask[part])


def _checked(number: int, row: int, act: Callable[..., None], *arguments: Any) -> None:
    try:
        act(*arguments)
    except WrongValue as error:
        raise WrongEntry(number, row, str(error)) from error


def _each(number: int, values: Iterable[Any], template: bytes, put: _Put) -> tuple[bytes, list[bytes]]:
    """Bytes of all values, back to back, and the mask of all, or of each."""
    known: dict[Any, tuple[bytes, bytes]] = {}
    found: list[bytes] = []
    masks: list[bytes] = []
    for row, value in enumerate(values):
        # 1, 1.0 and True are equal keys, and lists are none.
        name = value if isinstance(value, str) else (repr(value),)
        done = known.get(name)
        if done is None:
            place, mask = bytearray(template), bytearray(len(template))
            _checked(number, row, put, memoryview(place), value, memoryview(mask))
            if len(known) >= _MOST_REMEMBERED:
                known.clear()
            done = known[name] = bytes(place), bytes(mask)
        found.append(done[0])
        masks.append(done[1])
    return b"".join(found), masks[:1] if masks.count(masks[0]) == len(masks) else masks


def _laid_out(parts: Sequence[_Part], count: int, template: bytes, bases: range) -> bytes:
    """All entries' keys or values, back to back; where there is no part, they are as in ``template``."""
    step = len(template)
    found = bytearray(template * count if any(template) else count * step)
    for part in parts:
        for base in range(1) if part.whole else bases:
            for index, plane in enumerate(part.planes):
                place = base + part.start + index
                if part.bits:
                    others = bytes(byte & ~part.masks[0][index] for byte in range(256))
                    plane = _either(bytes(found[place::step].translate(others)), plane)
                found[place::step] = plane
    return bytes(found)


def _either(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "little") | int.from_bytes(other, "little")).to_bytes(len(one), "little")


def _masked(parts: Iterable[_Part], size: int, bases: range) -> bytes:
    """What all parts together declare, each of which has one mask."""
    found = bytearray(size)
    for part in parts:
        for base in range(1) if part.whole else bases:
            for place, bits in enumerate(part.masks[0], base + part.start):
                found[place] |= bits
    return bytes(found)


def _items(column: Column) -> list[Any]:
    """Each row's value as the file or task had it."""
    # Imported here, not at the top: most columns are encoded without, and every import costs start-up time.
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents import forms

    return forms.items(column.kind, column.data, column.quoted)


def _rows(number: int, columns: list[Column], count: int) -> Iterator[Any]:
    """The values of all columns, put together again for each row."""
    paths = [column.path for column in columns]
    for path in paths:
        if any(path != other and path == other[: len(path)] for other in paths) or paths.count(path) > 1:
            raise WrongEntry(number, 0, f"{short('.'.join(path))} is given more than once")
    for row in zip(*(_items(column) for column in columns)):
        whole: dict[str, Any] = {}
        for path, item in zip(paths, row):
            inside = whole
            for name in path[1:-1]:
                inside = inside.setdefault(name, {})
            inside[path[-1]] = item
        yield whole


def _require_different(segments: list[Segment], exact: list[bool], types: MapTypes) -> None:
    """Refuse keys that are the same in the map, although the table has them in two forms."""
    if len({segment.block for segment in segments}) < 2 and all(exact):
        return
    size = types.key_size
    seen: set[bytes] = set()
    # The largest last: if its keys are different by themselves, they need not be remembered.
    order = sorted(range(len(segments)), key=lambda index: (exact[index], segments[index].count))
    for index in order:
        keys = map(itemgetter(0), iter_unpack(f"{size}s", segments[index].keys))
        if index == order[-1] and exact[index]:
            if seen.isdisjoint(keys):
                return
            keys = map(itemgetter(0), iter_unpack(f"{size}s", segments[index].keys))
        for row, key in enumerate(keys):
            if key in seen:
                shown = short(types.decode_key(key))
                raise WrongEntry(*segments[index].origin(row), f"key is {shown}, which another entry has")
            seen.add(key)


def _type_levels(btf: Btf, type_id: int) -> int:
    """How many lists lie within each other in a value of the type; a text of ``char`` counts as one."""
    levels = 0
    while not format_of(btf, type_id):
        btf_type = btf.resolve(type_id)[1]
        if btf_type.kind != kinds.ARRAY:
            break
        levels, type_id = levels + 1, btf_type.words[0]
    return levels


def _levels(value: Any, btf: Btf, type_id: int) -> int:
    """The same of a value for this type."""
    levels = 0
    while isinstance(value, list) and value:
        levels, value = levels + 1, value[0]
    if isinstance(value, list):
        return levels + 1
    while not format_of(btf, type_id) and btf.resolve(type_id)[1].kind == kinds.ARRAY:
        type_id = btf.resolve(type_id)[1].words[0]
        if not isinstance(value, str):
            continue
        data = address(value)
        if is_char(btf, type_id) or (data is not None and len(data) > btf.size(type_id)):
            return levels + 1
    return levels
