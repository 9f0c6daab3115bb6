# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Columns of a table as the bytes that entries have, one byte of all rows at a time.

Byte number ``i`` of each item is ``data[i::width]``, which Python copies at the
speed of memory. So a million items take some milliseconds, and nothing is done for
each of them. What does not fit is not found here but by the encoder, which knows
how to say it: then there is no answer.
"""

from __future__ import annotations

import sys
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.values import Encoder
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import INTEGERS, WIDTHS, Column
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import LENGTH_SIZE

#: One byte of each row.
Plane = bytes

#: Bits of an address, by kind.
_PREFIXES = {"prefix4": 32, "prefix6": 128, "ipv4": 32, "ipv6": 128}

# What the sign bit of a byte extends to.
_EXTENDED = bytes(128) + b"\xff" * 128
_POSITIVE = bytes(range(128))


def planes(column: Column, encoder: Encoder, type_id: int, count: int) -> list[Plane] | None:
    """The column as values of the type: its bytes, in the order of memory. ``None`` where this is not the way."""
    size = encoder.size(type_id)
    if isinstance(column.data, list):
        return _texts(column.data, size) if column.kind == "text" and encoder.is_text(type_id) else None
    width = WIDTHS.get(column.kind)
    if width is not None:
        if column.kind in ("prefix4", "prefix6") or width != size or not encoder.takes_address(type_id):
            return None
        return [column.data[place::width] for place in range(width)]
    number = encoder.number(type_id)
    if number is None or number.boolean:
        return None
    found = _integers(column, size, number.signed, count)
    if found is not None and (number.network or sys.byteorder == "big"):
        found.reverse()
    return found


def prefix_planes(column: Column, size: int, count: int) -> list[Plane] | None:
    """The column as keys of an LPM trie whose addresses have ``size`` bytes; ``None`` where it is no such."""
    bits = _PREFIXES.get(column.kind)
    if bits != 8 * size or isinstance(column.data, list):
        return None
    width = WIDTHS[column.kind]
    address = [column.data[place::width] for place in range(size)]
    lengths = column.data[size::width] if width > size else bytes((bits,)) * count
    if lengths.translate(None, bytes(range(bits + 1))):
        return None
    length = [lengths, *(bytes(count) for _place in range(LENGTH_SIZE - 1))]
    return [*(length if sys.byteorder == "little" else reversed(length)), *address]


def _integers(column: Column, size: int, signed: bool | None, count: int) -> list[Plane] | None:
    """Bytes from the lowest to the highest, if all numbers are within the type's range."""
    if isinstance(column.data, list):
        return None
    width = INTEGERS[column.kind]
    found = [column.data[place::width] for place in range(width)]
    zeros = bytes(count)
    if column.kind.startswith("u"):
        above = zeros
        if signed and width >= size and _signs(found[size - 1]):
            return None
    elif signed is False:
        return None  # such columns have a negative number
    else:
        above = found[min(width, size) - 1].translate(_EXTENDED)
    if any(plane != above for plane in found[size:]):
        return None
    return found[:size] + [above] * (size - width)


def _texts(texts: list[Any], size: int) -> list[Plane] | None:
    """Texts as arrays of ``size`` characters, if there is room for all of them."""
    try:
        found = "\0".join(texts).encode().split(b"\0")
    except UnicodeEncodeError:
        return None
    if len(found) != len(texts) or max(map(len, found)) >= size:
        return None
    data = b"".join([text.ljust(size, b"\0") for text in found])
    return [data[place::size] for place in range(size)]


def _signs(plane: Plane) -> bool:
    """Whether any byte has its highest bit set."""
    return bool(plane.translate(None, _POSITIVE))
