# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A table as bytes, as it travels to hosts and stays on their disks.

    ebpf.xdp contents 1\\n
    {"blocks": [{"columns": [{"kind": …, "path": […], "quoted": …, "size": …}, …], "count": …}, …]}\\n
    zlib of the columns, back to back in the order of the head, of ``size`` bytes each

A column of fixed width is written as its byte planes: all first bytes, then all
second bytes, and so on. Keys are sorted, so their first planes are nearly
constant and take no room: a million random IPv4 prefixes make some 2.4 MB.
Texts are joined by zero bytes, which no text has; other values are one JSON list.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import INTEGERS, WIDTHS, Block, Column, Table
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: The first line; its number is raised when the bytes of a table change their meaning.
MAGIC = b"ebpf.xdp contents 1\n"

#: Bytes of the head, and of the columns. Sixteen million rows of 64 bytes have less.
LARGEST_HEAD = 16 << 20
LARGEST = 1 << 30

#: Rows of a table.
MOST_ROWS = 16 << 20

_SIZES = {**WIDTHS, **INTEGERS}
_LEVEL = 6


class _Malformed(Exception):
    """These bytes are not a packed table; the text says why."""


def digest(packed: bytes) -> str:
    """SHA-256 of a packed table, as 64 hexadecimal digits."""
    return hashlib.sha256(packed).hexdigest()


def pack(table: Table) -> bytes:
    """The table as bytes; equal tables make equal bytes, whatever made them, as long as zlib is the same."""
    squeezed = zlib.compressobj(_LEVEL)
    body, blocks = [], []
    for block in table.blocks:
        columns = []
        for column in block.columns:
            size = 0
            for part in _parts(column):
                size += len(part)
                body.append(squeezed.compress(part))
            columns.append({"path": column.path, "kind": column.kind, "quoted": column.quoted, "size": size})
        blocks.append({"count": block.count, "columns": columns})
    body.append(squeezed.flush())
    return MAGIC + _json({"blocks": blocks}) + b"\n" + b"".join(body)


def unpack(packed: bytes, what: str = "The packed entries") -> Table:
    """The table of these bytes; ``what`` names them in errors.

    Raises ``XdpError`` for anything but what ``pack`` has made. Time and memory
    are bounded by ``LARGEST`` and by the sizes that the head declares.
    """
    try:
        return _unpack(packed)
    except _Malformed as error:
        raise XdpError(f"{what} cannot be read: {error}. Nothing was changed") from error
    except (zlib.error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise XdpError(
            f"{what} cannot be read: they are damaged ({type(error).__name__}). Nothing was changed"
        ) from error


def _unpack(packed: bytes) -> Table:
    if not packed.startswith(MAGIC):
        raise _Malformed(f"they do not begin with {MAGIC.decode().strip()!r}")
    end = packed.find(b"\n", len(MAGIC), len(MAGIC) + LARGEST_HEAD)
    if end < 0:
        raise _Malformed("they have no head")
    head = json.loads(packed[len(MAGIC) : end])
    blocks = [_block(each) for each in head["blocks"]]
    if sum(count for count, _columns in blocks) > MOST_ROWS:
        raise _Malformed(f"they are more than {MOST_ROWS:,}")
    whole = sum(size for _count, columns in blocks for _column, size in columns)
    if whole > LARGEST:
        raise _Malformed(f"they have more than {LARGEST >> 20} MiB")
    expanded = zlib.decompressobj()
    body = expanded.decompress(memoryview(packed)[end + 1 :], whole + 1)
    if len(body) != whole or not expanded.eof or expanded.unused_data:
        raise _Malformed("their size is not the declared one")
    found, start = [], 0
    view = memoryview(body)
    for count, columns in blocks:
        made = []
        for column, size in columns:
            made.append(column._replace(data=_data(column.kind, count, view[start : start + size])))
            start += size
        found.append(Block(count, tuple(made)))
    return Table(tuple(found))


def _is_number(value: Any) -> bool:
    """Whether it is an integer of JSON, which for Python a boolean is as well."""
    return isinstance(value, int) and not isinstance(value, bool)


def _block(data: dict[str, Any]) -> tuple[int, list[tuple[Column, int]]]:
    """How many rows a block of the head has, and its columns without their data, each with its size in bytes."""
    count = data["count"]
    if not _is_number(count) or not 0 < count <= MOST_ROWS:
        raise _Malformed(f"a block of {str(count)[:30]} rows")
    columns = [_column(each, count) for each in data["columns"]]
    paths = [column.path for column, _size in columns]
    if sorted(set(paths)) != paths or not any(path[0] == "key" for path in paths):
        raise _Malformed("a block has no key, or columns that are not in order")
    if any(later[: len(path)] == path for path, later in zip(paths, paths[1:])):
        raise _Malformed("a column is within another one")
    return count, columns


def _column(data: dict[str, Any], count: int) -> tuple[Column, int]:
    path, kind, quoted, size = data["path"], data["kind"], data["quoted"], data["size"]
    if (
        not isinstance(path, list)
        or not all(isinstance(each, str) for each in path)
        or path[:1] not in (["key"], ["value"])
        or not isinstance(quoted, bool)
        or not _is_number(size)
        or size < 0
    ):
        raise _Malformed("a column is not described as it should be")
    if kind not in ("text", "json") and size != _SIZES[kind] * count:
        raise _Malformed(f"a column of {kind} has another size than its rows")
    return Column(tuple(path), kind, b"", quoted), size


def _parts(column: Column) -> list[bytes]:
    data = column.data
    if isinstance(data, list):
        return ["\0".join(data).encode() if column.kind == "text" else _json(data)]
    width = _SIZES[column.kind]
    return [data[place::width] for place in range(width)]


def _data(kind: str, count: int, view: memoryview) -> bytes | list[Any]:
    """The data of a column from its bytes, whose number is right for kinds of fixed width."""
    if kind in ("text", "json"):
        text = bytes(view).decode()
        found = text.split("\0") if kind == "text" else json.loads(text)
        if not isinstance(found, list) or len(found) != count:
            raise _Malformed(f"a column of {kind} has another number of items than its rows")
        return found
    width = _SIZES[kind]
    if width == 1:
        return bytes(view)
    planes = bytearray(width * count)
    for place in range(width):
        planes[place::width] = view[place * count : (place + 1) * count]
    return bytes(planes)


def _json(data: Any) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
