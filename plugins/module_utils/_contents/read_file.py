# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Files of entries: CSV, JSON lines, or one key a line; of any size, in time and memory linear in it.

On the controller, or with ``remote_src`` on the host.
"""

from __future__ import annotations

import os
import re
import stat
from array import array
from operator import methodcaller
from typing import IO, Any, Iterator, List, Tuple

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.lexical import (
    MISSING,
    MOST_FIELDS,
    Builder,
    Declared,
    table_of,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places, RowError
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Path
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

FORMATS = ("csv", "jsonl", "lines")

#: Bytes of a line.
LONGEST_LINE = 1 << 20

#: What is read at once.
_BLOCK = 1 << 20

_ENDINGS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}

# Endings of files that would be taken for one key a line, and are something else.
_OTHER_ENDINGS = (".json", ".yml", ".yaml", ".xlsx", ".ods", ".tsv")

# What other files begin with.
_BEGINNINGS = {
    b"\x1f\x8b": "compressed by gzip",
    b"\xfd7zXZ\x00": "compressed by xz",
    b"\x28\xb5\x2f\xfd": "compressed by zstd",
    b"BZh": "compressed by bzip2",
    b"PK\x03\x04": "a zip archive",
    b"\x7fELF": "an ELF object",
    b"$ANSIBLE_VAULT;": "under ansible-vault, and was not decrypted",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}

# A failed download often leaves one.
_PAGE = re.compile(rb"\s*<(?:!doctype|html)\b", re.IGNORECASE)

_A_PAGE = "a web page"

_UTF8_MARK = b"\xef\xbb\xbf"

_EXPECTED = "src is a text file in UTF-8: csv, jsonl or lines, as format says"

_QUOTED_CELL = re.compile(r'[ \t]*"([^"]*(?:""[^"]*)*)"[ \t]*(,|$)')
_commas = methodcaller("count", ",")
_PLAIN_CELL = re.compile(r'([^",]*)(,|$)')

#: Lines with their numbers.
_Lines = Iterator[Tuple[int, List[str]]]


def format_of(name: str) -> str:
    """The format that a file has by its name's ending; ``lines`` for most names."""
    ending = os.path.splitext(name)[1].lower()
    if ending in _OTHER_ENDINGS:
        raise XdpError(
            f"src: {name}: format cannot be told by the ending {ending}. Set format to csv, jsonl or lines. Nothing was changed"
        )
    return _ENDINGS.get(ending, "lines")


def read_file(path: str, file_format: str | None = None, named: str | None = None) -> Declared:
    """The entries in a file, which messages call ``named``.

    Raises ``XdpError`` with the line for whatever is wrong.
    """
    named = named or path
    file_format = file_format or format_of(named)
    try:
        # Without waiting for the other end of a pipe.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise XdpError(f"src: {named} is not a file. Nothing was changed")
        with open(fd, "rb") as file:
            return _READERS[file_format](blocks(file, named), Places(named))
    except OSError as error:
        raise XdpError(f"src: {named} cannot be read: {error.strerror}. Nothing was changed") from error


def blocks(file: IO[bytes], named: str, option: str | None = "src", expected: str = _EXPECTED) -> _Lines:
    """Lines of about a MiB at a time, each time with the number of the first.

    Raises ``XdpError`` for bytes that are not text, with the option that named the file,
    and what it expects.
    """
    before = f"{option}: " if option else ""
    number = 1
    rest = b""
    first = True
    while True:
        block = file.read(_BLOCK)
        ended = not block
        if first:
            what = next((what for beginning, what in _BEGINNINGS.items() if block.startswith(beginning)), "")
            if what or _PAGE.match(block):
                raise XdpError(f"{before}{named} is {what or _A_PAGE}. {expected}. Nothing was changed")
            if block.startswith(_UTF8_MARK):
                block = block[len(_UTF8_MARK) :]
            first = False
        data = rest + block
        if not ended:
            end = data.rfind(b"\n") + 1
            data, rest = data[:end], data[end:]
            _require_short(named, number + data.count(b"\n"), rest, expected)
        lines = _decoded(data, named, number, expected).split("\n")
        if ended:
            yield number, lines
            return
        lines.pop()  # what follows the last line's end
        if lines:
            yield number, lines
        number += len(lines)


def _require_short(named: str, number: int, rest: bytes, expected: str) -> None:
    if len(rest) > LONGEST_LINE:
        raise RowError(Places(named), number, f"it has more than {LONGEST_LINE >> 10} KiB. {expected}")


def _decoded(data: bytes, named: str, number: int, expected: str) -> str:
    place = data.find(b"\0")
    if place >= 0:
        line = number + data.count(10, 0, place)
        raise RowError(Places(named), line, f"there is a NUL character. {expected}")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = number + data.count(10, 0, error.start)
        text = f"the byte 0x{data[error.start]:02x} is not UTF-8. {expected}"
        raise RowError(Places(named), line, text) from error


def _read_lines(blocks: _Lines, places: Places) -> Declared:
    builder = Builder(places)
    for first, lines in blocks:
        keys = [line.partition("#")[0].strip() for line in lines]
        numbers = array("I", range(first, first + len(keys)))
        if "" in keys:
            numbers = array("I", (number for number, key in zip(numbers, keys) if key))
            keys = list(filter(None, keys))
        builder.add((("key",),), [keys], numbers)
    return builder.finish()


def _read_csv(blocks: _Lines, places: Places) -> Declared:
    builder = Builder(places)
    shape: tuple[Path, ...] | None = None
    for first, lines in blocks:
        numbered = [
            (number, line) for number, line in enumerate(map(str.strip, lines), first) if line and line[0] != "#"
        ]
        if shape is None and numbered:
            shape = _header(*numbered.pop(0), places)
        if shape is not None and numbered:
            _add_cells(builder, shape, numbered, places)
    return builder.finish()


def _header(number: int, line: str, places: Places) -> tuple[Path, ...]:
    """The columns that the first line names."""
    names = [str(cell) if cell is not MISSING else "" for cell in _cells(number, line, places)]
    if len(names) > MOST_FIELDS:
        raise RowError(places, number, f"there are more than {MOST_FIELDS} columns")
    shape = tuple(tuple(name.split(".")) for name in names)
    for name, path in zip(names, shape):
        if path[0] not in ("key", "value") or "" in path:
            raise RowError(
                places,
                number,
                f"{short(name)!r} is not a column. The first line names the columns: key or key.FIELD, "
                f"value or value.FIELD. Use format: lines for a file of keys alone",
            )
    every = sorted(shape)
    for path, later in zip(every, every[1:]):
        if later[: len(path)] == path:
            column = short(".".join(path))
            if later == path:
                raise RowError(places, number, f"the column {column} is there twice")
            raise RowError(places, number, f"the column {column} is there beside {short('.'.join(later))}")
    if every[0][0] != "key":
        raise RowError(places, number, "no column is called key or key.FIELD")
    return shape


def _add_cells(builder: Builder, shape: tuple[Path, ...], numbered: list[tuple[int, str]], places: Places) -> None:
    numbers = array("I", (number for number, _line in numbered))
    columns = _columns(len(shape), numbered, places)
    if not any(MISSING in column for column in columns):
        builder.add(shape, columns, numbers)
        return
    # Cells that were left out make rows of other shapes.
    shapes: dict[tuple[int, ...], list[int]] = {}
    for row, together in enumerate(zip(*columns)):
        there = tuple(place for place, cell in enumerate(together) if cell is not MISSING)
        if not any(shape[place][0] == "key" for place in there):
            raise RowError(places, numbers[row], "there is no key")
        shapes.setdefault(there, []).append(row)
    for there, some in shapes.items():
        builder.add(
            tuple(shape[place] for place in there),
            [[columns[place][row] for row in some] for place in there],
            array("I", (numbers[row] for row in some)),
        )


def _columns(count: int, numbered: list[tuple[int, str]], places: Places) -> list[list[Any]]:
    """The cells of lines by column; ``MISSING`` for empty ones without quotes."""
    lines = [line for _number, line in numbered]
    whole = ",".join(lines)
    if '"' not in whole and set(map(_commas, lines)) == {count - 1}:
        # Most files: all lines are taken apart at once.
        cells: list[Any] = whole.split(",")
        if " " in whole or "\t" in whole:
            cells = list(map(str.strip, cells))
        if "" in cells:
            cells = [cell or MISSING for cell in cells]
        return [cells[place::count] for place in range(count)]
    rows = [_cells(number, line, places) for number, line in numbered]
    for row, (number, _line) in zip(rows, numbered):
        if len(row) != count:
            raise RowError(places, number, f"{len(row)} cells do not fit {count} columns")
    return list(map(list, zip(*rows)))


def _cells(number: int, line: str, places: Places) -> list[Any]:
    """The cells of a line, by RFC 4180; ``MISSING`` for an empty one without quotes."""
    found: list[Any] = []
    place = 0
    while True:
        cell = _QUOTED_CELL.match(line, place)
        if cell:
            found.append(cell.group(1).replace('""', '"'))
        else:
            cell = _PLAIN_CELL.match(line, place)
            if cell is None:
                raise RowError(
                    places,
                    number,
                    f"the quotes of cell {len(found) + 1} are wrong. A cell with quotes begins and ends with one, "
                    f"on the same line, and has two for each within",
                )
            found.append(cell.group(1).strip() or MISSING)
        if not cell.group(2):
            return found
        place = cell.end()


def _read_jsonl(blocks: _Lines, places: Places) -> Declared:
    return table_of(_objects(blocks, places), places)


def _objects(blocks: _Lines, places: Places) -> Iterator[tuple[Any, Any, int]]:
    import json

    decode = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant).decode
    for first, lines in blocks:
        for number, line in enumerate(map(str.strip, lines), first):
            if not line or line[0] == "#":
                continue
            try:
                entry = decode(line)
            except RecursionError:
                raise RowError(
                    places, number, "it is nested too deep"
                ) from None  # its traceback has a line for each level
            except ValueError as error:
                raise RowError(places, number, f"it is not JSON: {short(error)}") from error
            if not isinstance(entry, dict):
                raise RowError(places, number, 'it is not an object like {"key": "10.0.0.0/8", "value": 1}')
            if not entry.keys() <= _KNOWN:
                unknown = ", ".join(short(name) for name in sorted(entry.keys() - _KNOWN)[:5])
                raise RowError(places, number, f"unknown: {unknown}. An entry has key and value")
            yield entry.get("key", MISSING), entry.get("value", MISSING), number


_KNOWN = {"key", "value"}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > 100:  # int() takes quadratic time
        raise ValueError("a number has more than 100 digits")
    return int(digits)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


_READERS = {"csv": _read_csv, "jsonl": _read_jsonl, "lines": _read_lines}
