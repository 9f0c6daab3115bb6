# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Declared rows become a table: each scalar by its form, rows of one shape in one block, sorted by their keys.

Rows are taken in chunks, and each chunk is turned into arrays at once: a million
rows as Python objects would take some hundred megabytes.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import eq
from typing import Any, NamedTuple, Tuple

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import forms
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.forms import Data
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places, RowError
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import WIDTHS, Block, Column, Path, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: The value of a row that has none.
MISSING: Any = object()

#: Rows of a table. A map of more does not fit in the memory of most hosts.
MOST_ROWS = 16 << 20

#: Different sets of fields, and fields of one row: data with more of them is not a table.
MOST_SHAPES = 1000
MOST_FIELDS = 4096

#: How deep fields and lists may be nested.
DEEPEST = 32

_CHUNK = 1 << 15

# Forms whose items have to be tried.
_TRIED = {*WIDTHS, forms.INTEGER, forms.QUOTED}

_Shape = Tuple[Path, ...]
_Forms = Tuple[str, ...]


class Declared(NamedTuple):
    """A table, and where its rows come from."""

    table: Table
    #: Of each block, the number that each row has in its source (``Places``).
    numbers: tuple[array[int], ...]
    places: Places

    def wrong(self, block: int, row: int, text: str) -> XdpError:
        """The error about a row that has turned out to be wrong (``WrongEntry``)."""
        return RowError(self.places, self.numbers[block][row], text)


class _Group:
    """Rows that have the same columns, and keys of the same forms."""

    def __init__(self, columns: int) -> None:
        self.numbers = array("I")
        self.chunks: list[list[tuple[str, Data]]] = [[] for _number in range(columns)]


def table_of(rows: Iterable[tuple[Any, Any, int]], places: Places) -> Declared:
    """The table of rows (key, value or ``MISSING``, number).

    Keys and values are as YAML and JSON have them: scalars, lists, or
    dictionaries of such.

    Raises ``XdpError`` for a row that no map could have, or two rows of one key.
    """
    builder = Builder(places)
    pending: dict[_Shape, tuple[list[list[Any]], array[int]]] = {}
    waiting = 0
    for key, value, number in rows:
        if key is MISSING or key is None or key == {}:
            raise RowError(places, number, "there is no key")
        row: dict[Path, Any] = {}
        try:
            _flatten(("key",), key, row)
            if value is not MISSING:
                _flatten(("value",), value, row)
        except _Wrong as error:
            raise RowError(places, number, str(error)) from error
        shape = tuple(row)
        found = pending.get(shape)
        if found is None:
            found = pending[shape] = ([[] for _path in shape], array("I"))
            if len(pending) > MOST_SHAPES:
                raise RowError(places, number, f"the rows have more than {MOST_SHAPES} different sets of fields")
        for column, item in zip(found[0], row.values()):
            column.append(item)
        found[1].append(number)
        waiting += 1
        if waiting >= _CHUNK:
            _flush(builder, pending)
            waiting = 0
    _flush(builder, pending)
    return builder.finish()


def _flush(builder: Builder, pending: dict[_Shape, tuple[list[list[Any]], array[int]]]) -> None:
    for shape, (columns, numbers) in pending.items():
        builder.add(shape, columns, numbers)
    pending.clear()


class _Wrong(Exception):
    """A row that no map could have."""


def _flatten(path: Path, value: Any, row: dict[Path, Any]) -> None:
    if not isinstance(value, dict):
        if len(row) >= MOST_FIELDS:
            raise _Wrong(f"there are more than {MOST_FIELDS} fields")
        row[path] = value
        return
    if len(path) > DEEPEST:
        raise _Wrong(f"{path[0]} is nested more than {DEEPEST} deep")
    for name, each in value.items():
        _flatten((*path, str(name)), each, row)


class Builder:
    """Takes rows as columns, some at a time; ``finish`` makes the table of them."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._groups: dict[tuple[_Shape, _Forms], _Group] = {}
        self._count = 0

    def add(self, shape: _Shape, columns: Sequence[list[Any]], numbers: Sequence[int]) -> None:
        """Add rows that have these columns (by their paths), and these numbers in their source."""
        if not numbers:
            return
        self._count += len(numbers)
        if self._count > MOST_ROWS:
            raise RowError(self._places, numbers[-1], f"there are more than {MOST_ROWS:,} entries")
        places = sorted(range(len(shape)), key=shape.__getitem__)
        shape, columns = tuple(shape[place] for place in places), [columns[place] for place in places]
        keys = sum(path[0] == "key" for path in shape)
        if not keys:
            raise RowError(self._places, numbers[0], "there is no key")
        classes = [self._classes(shape[place], columns[place], numbers) for place in range(keys)]
        if all(isinstance(each, str) for each in classes):
            self._add(shape, tuple(map(str, classes)), columns, numbers)
            return
        rows: dict[_Forms, list[int]] = {}
        every = [[each] * len(numbers) if isinstance(each, str) else each for each in classes]
        for row, together in enumerate(zip(*every)):
            rows.setdefault(together, []).append(row)
        for together, some in rows.items():
            picked = [[column[row] for row in some] for column in columns]
            self._add(shape, together, picked, [numbers[row] for row in some])

    def _classes(self, path: Path, items: list[Any], numbers: Sequence[int]) -> str | list[str]:
        """The form of all items of a key's column; or that of each."""
        first = _likely(items[0])
        if first in _TRIED and forms.encode(first, items) is not None:
            return first
        likely = list(map(_likely, items))
        found = dict.fromkeys(likely)
        for form in list(found):
            rows = [row for row, each in enumerate(likely) if each == form]
            if form in _TRIED and forms.encode(form, [items[row] for row in rows]) is None:
                for row in rows:
                    if forms.encode(form, [items[row]]) is None:
                        likely[row] = self._other(path, items[row], numbers[row])
        return likely[0] if len(set(likely)) == 1 else likely

    def _other(self, path: Path, item: Any, number: int) -> str:
        """The form of an item that does not have the one that it looks like."""
        if not isinstance(item, str):
            return forms.JSON  # an integer of more than 64 bits
        longest = forms.longest_instead(item)
        if longest:
            raise RowError(
                self._places, number, f"{_dotted(path)}: {short(item)}: the length of a prefix is from 0 to {longest}"
            )
        return forms.TEXT

    def _add(self, shape: _Shape, keys: _Forms, columns: Sequence[list[Any]], numbers: Sequence[int]) -> None:
        group = self._groups.get((shape, keys))
        if group is None:
            group = self._groups[shape, keys] = _Group(len(shape))
            if len(self._groups) > MOST_SHAPES:
                text = f"the rows have more than {MOST_SHAPES} different sets of fields"
                raise RowError(self._places, numbers[0], text)
        for place, column in enumerate(columns):
            form, data = self._key(shape[place], keys[place], column, numbers) if place < len(keys) else _value(column)
            if isinstance(data, list):
                data = self._plain(shape[place], form, data, numbers)
            group.chunks[place].append((form, data))
        group.numbers.extend(numbers)

    def _key(self, path: Path, form: str, items: list[Any], numbers: Sequence[int]) -> tuple[str, Data]:
        data = forms.encode(form, items)
        if data is None:
            raise AssertionError(form)  # items that are of a form can be encoded
        if form in ("prefix4", "prefix6") and isinstance(data, bytes):
            row = forms.host_bits(form, data)
            if row is not None:
                raise RowError(
                    self._places,
                    numbers[row],
                    f"{_dotted(path)}: the prefix {items[row]} has bits set beyond its first {items[row].partition('/')[2]}. "
                    f"Probably {forms.without_host_bits(items[row])} is meant",
                )
        return form, data

    def _plain(self, path: Path, form: str, items: list[Any], numbers: Sequence[int]) -> list[Any]:
        """The same in Python's own types, each text once; refuses what cannot travel."""
        once: dict[str, str] = {}
        found = []
        for row, item in enumerate(items):
            try:
                if isinstance(item, str):
                    text = str.__str__(item)
                    known = once.get(text)
                    if known is None:
                        known = once[text] = _text(text)
                    found.append(known)
                else:
                    found.append(_data(item, 0))
            except _Wrong as error:
                raise RowError(self._places, numbers[row], f"{_dotted(path)}: {error}") from error
        return found

    def finish(self) -> Declared:
        """The rows, grouped by the form of their cells and sorted by key. The builder is empty afterwards."""
        self._lengthen()
        blocks, numbers = [], []
        # Of keys whose rows are in several blocks, the number of each.
        known: dict[tuple[_Shape, _Forms], dict[Any, int]] = {}
        for shape, keys in sorted(self._groups):
            group = self._groups.pop((shape, keys))
            columns = []
            sorting: list[list[Any]] = []
            for place, chunks in enumerate(group.chunks):
                form, data = _unified(chunks)
                chunks.clear()
                columns.append((form, data))
                if place < len(keys):
                    sorting.append(_sort_keys(form, data))
            order, by = _sorted(sorting)
            del sorting
            if order is not None:
                group.numbers = array("I", map(group.numbers.__getitem__, order))
                columns = [(form, forms.picked(data, WIDTHS.get(form, 0), order)) for form, data in columns]
            self._require_single(shape, by, group.numbers, columns[: len(keys)])
            kind = (shape[: len(keys)], keys)
            if kind in known or any((others[: len(each)], each) == kind for others, each in self._groups):
                self._require_new(known.setdefault(kind, {}), shape, by, group.numbers, columns[: len(keys)])
            blocks.append(Block(len(group.numbers), tuple(map(_column, shape, columns))))
            numbers.append(group.numbers)
        return Declared(Table(tuple(blocks)), tuple(numbers), self._places)

    def _lengthen(self) -> None:
        """Make addresses prefixes where others in the same column are."""
        prefixes = {
            (path, form) for shape, keys in self._groups for path, form in zip(shape, keys) if form.startswith("prefix")
        }
        for shape, keys in list(self._groups):
            longer = tuple(
                wider if (path, wider) in prefixes else form
                for path, form, wider in (
                    (path, form, form.replace("ipv", "prefix")) for path, form in zip(shape, keys)
                )
            )
            if longer == keys:
                continue
            group = self._groups.pop((shape, keys))
            for place, (old, new) in enumerate(zip(keys, longer)):
                if old != new:
                    group.chunks[place] = [
                        (new, forms.full_length(old, data))
                        for _form, data in group.chunks[place]
                        if isinstance(data, bytes)
                    ]
            there = self._groups.setdefault((shape, longer), _Group(len(shape)))
            there.numbers.extend(group.numbers)
            for mine, theirs in zip(group.chunks, there.chunks):
                theirs.extend(mine)

    def _require_single(
        self, shape: _Shape, by: list[Any], numbers: array[int], columns: list[tuple[str, Data]]
    ) -> None:
        """Refuse a key that a block has twice, which is sorted ``by`` its keys."""
        row = next((row for row, same in enumerate(map(eq, by, islice(by, 1, None))) if same), None)
        if row is not None:
            raise self._twice(shape, columns, row, numbers[row], numbers[row + 1])

    def _require_new(
        self, known: dict[Any, int], shape: _Shape, by: list[Any], numbers: array[int], columns: list[tuple[str, Data]]
    ) -> None:
        """The same for keys of blocks before, which are ``known``; those of this one are added."""
        for row, key in enumerate(by):
            number = known.setdefault(key, numbers[row])
            if number != numbers[row]:
                raise self._twice(shape, columns, row, number, numbers[row])

    def _twice(self, shape: _Shape, columns: list[tuple[str, Data]], row: int, one: int, other: int) -> XdpError:
        named = ", ".join(
            f"{_dotted(path)} {short(forms.decode(form, forms.picked(data, WIDTHS.get(form, 0), [row]))[0])}"
            for path, (form, data) in zip(shape, columns)
        )
        first, second = sorted((one, other))
        return RowError(self._places, second, f"{named} is there twice", first)


def _likely(item: Any) -> str:
    if isinstance(item, str):
        return forms.likely(item)
    return forms.INTEGER if isinstance(item, int) and not isinstance(item, bool) else forms.JSON


def _value(items: list[Any]) -> tuple[str, Data]:
    """The form of a value's column, and its items in this form."""
    kinds = set(map(type, items))
    if all(issubclass(kind, str) for kind in kinds):
        form = forms.likely(items[0])
        data = forms.encode(form, items)
        if data is None or (
            isinstance(data, bytes) and form.startswith("prefix") and forms.host_bits(form, data) is not None
        ):
            return forms.TEXT, items
        return form, data
    if all(issubclass(kind, int) and not issubclass(kind, bool) for kind in kinds):
        data = forms.encode(forms.INTEGER, items)
        if data is not None:
            return forms.INTEGER, data
    return forms.JSON, items


def _unified(chunks: list[tuple[str, Data]]) -> tuple[str, Data]:
    """One form for all chunks of a column."""
    found = {form for form, _data in chunks}
    if len(found) == 1:
        whole = forms.joined([data for _form, data in chunks])
        if whole is not None:
            return chunks[0][0], whole
    form = forms.TEXT if found <= forms.TEXTS else forms.JSON
    return form, [item for each, data in chunks for item in forms.decode(each, data)]


def _sort_keys(form: str, data: Data) -> list[Any]:
    if form == forms.JSON:
        return [json.dumps(item, sort_keys=True) for item in data]
    return forms.sort_keys(form, data)


def _sorted(columns: list[list[Any]]) -> tuple[array[int] | None, list[Any]]:
    """The order of rows by these columns, ``None`` when they are in order; and what they are then sorted by."""
    by = columns[0] if len(columns) == 1 else list(zip(*columns))
    found = sorted(range(len(by)), key=by.__getitem__)
    if found == list(range(len(by))):
        return None, by
    # The numbers side by side: in the sorted list they are objects all over the memory, and each column goes through them.
    order = array("I", found)
    del found
    return order, [by[row] for row in order]


def _column(path: Path, typed: tuple[str, Data]) -> Column:
    form, data = typed
    if isinstance(data, array):
        kind, packed = forms.narrowed(data)
        return Column(path, kind, packed, form == forms.QUOTED)
    return Column(path, form, data)


def _dotted(path: Path) -> str:
    return short(".".join(path))


def _text(text: str) -> str:
    if "\0" in text:
        raise _Wrong(f"{short(text)!r} has a NUL character. Give such bytes as hex, with key_type or value_type")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _Wrong(
            f"{short(text)!r} is not valid UTF-8. Give such bytes as hex, with key_type or value_type"
        ) from error
    return text


def _data(value: Any, depth: int) -> Any:
    """Anything that JSON has, in Python's own types."""
    if depth > DEEPEST:
        raise _Wrong(f"it is nested more than {DEEPEST} deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(str.__str__(value))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _Wrong(f"{value} is not a number that a map can have")
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_data(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {_text(str(name)): _data(each, depth + 1) for name, each in value.items()}
    # Ansible's own types of values are those of YAML, with where they come from.
    name = type(value).__name__.replace("_AnsibleTagged", "").lower()
    raise _Wrong(f"a map cannot hold a {name}. Write it as a text, in quotes")
