# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The forms that a scalar can have (prefix, address, number): texts to bytes, many at a time, and back.

Only texts that come back exactly have a form: ``10``, but not ``0x0A``. So every
guess made here can be taken back, and a host that expects a text gets the one
that was written.
"""

from __future__ import annotations

import socket
import struct
import sys
from array import array
from collections.abc import Sequence
from functools import partial
from operator import methodcaller
from typing import Any, List, Union

from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import INTEGERS, WIDTHS

#: What a column's items are kept as until their kind is known: bytes by ``WIDTHS``, ``array("q")`` or ``array("Q")`` of
#: integers, or a list.
Data = Union[bytes, "array[int]", List[Any]]

#: A form is a key of ``WIDTHS``, or one of these: an integer, an integer that was a text, a text, anything else.
INTEGER, QUOTED, TEXT, JSON = "integer", "quoted", "text", "json"

#: Forms whose items were texts.
TEXTS = {*WIDTHS, QUOTED, TEXT}

_LENGTHS = {
    "prefix4": {str(length): length for length in range(33)},
    "prefix6": {str(length): length for length in range(129)},
}

# Digits of a 64-bit integer with its sign. Longer texts are not tried, because int() takes quadratic time.
_LONGEST_INTEGER = 20

_MAC_SIZE = 17
_MAC_CHARACTERS = set("0123456789abcdef")

_slashes = methodcaller("count", "/")
_pton4 = partial(socket.inet_pton, socket.AF_INET)
_pton6 = partial(socket.inet_pton, socket.AF_INET6)
_ntop4 = partial(socket.inet_ntop, socket.AF_INET)
_ntop6 = partial(socket.inet_ntop, socket.AF_INET6)


def likely(text: str) -> str:
    """The one form that the text can have, besides ``text``; whether it does is for ``encode`` to say."""
    if "/" in text:
        return "prefix6" if ":" in text else "prefix4"
    if ":" in text:
        return "mac" if len(text) == _MAC_SIZE and text[2] == ":" and text.count(":") == 5 else "ipv6"
    return "ipv4" if "." in text else QUOTED


def encode(form: str, items: list[Any]) -> Data | None:
    """All items in this form; ``None`` when one of them does not have it. There is at least one."""
    try:
        if form in (INTEGER, QUOTED):
            return _integers(items) if form == INTEGER else _quoted(items)
        if form in ("ipv4", "ipv6"):
            return _addresses(form, items)
        if form == "mac":
            return _macs(items)
        if form in ("prefix4", "prefix6"):
            return _prefixes(form, items)
    except (OSError, ValueError, KeyError, OverflowError, TypeError, AttributeError):
        return None  # the last two are of items that are not texts, or not integers
    return items


def decode(form: str, data: Data) -> list[Any]:
    """The items back: integers as ``int``, all else as the texts that they were."""
    if isinstance(data, list):
        return data
    if isinstance(data, array):
        return list(map(str, data)) if form == QUOTED else data.tolist()
    size = WIDTHS[form]
    each = [data[start : start + size] for start in range(0, len(data), size)]
    if form == "mac":
        return [item.hex(":") for item in each]
    if form in ("ipv4", "ipv6"):
        return list(map(_ntop4 if form == "ipv4" else _ntop6, each))
    ntop = _ntop4 if form == "prefix4" else _ntop6
    return [f"{ntop(item[:-1])}/{item[-1]}" for item in each]


def items(kind: str, data: bytes | list[Any], quoted: bool = False) -> list[Any]:
    """The scalars of a table's column, as they were declared."""
    if kind not in INTEGERS:
        return decode(kind, data)
    numbers = array({1: "b", 2: "h", 4: "i", 8: "q"}[INTEGERS[kind]])
    if kind.startswith("u"):
        numbers = array(numbers.typecode.upper())
    numbers.frombytes(bytes(data))
    if sys.byteorder == "big":
        numbers.byteswap()
    return decode(QUOTED if quoted else INTEGER, numbers)


def joined(chunks: list[Data]) -> Data | None:
    """The items of chunks of one form; ``None`` for integers that no 64-bit type has together."""
    first = chunks[0]
    if isinstance(first, array):
        whole = array("q" if any(isinstance(each, array) and each.typecode == "q" for each in chunks) else "Q")
        try:
            for chunk in chunks:
                whole.extend(chunk if isinstance(chunk, array) and chunk.typecode == whole.typecode else list(chunk))
        except OverflowError:
            return None
        return whole
    return b"".join(chunks) if isinstance(first, bytes) else [item for chunk in chunks for item in chunk]  # type: ignore[arg-type]  # all are of one form


def narrowed(numbers: array[int]) -> tuple[str, bytes]:
    """The kind of the smallest integers that all of them fit in, and these, little-endian."""
    least, most = min(numbers), max(numbers)
    sign, bits = ("i", max(~least, most).bit_length() + 1) if least < 0 else ("u", most.bit_length())
    size = next(size for size in (1, 2, 4, 8) if bits <= 8 * size)
    typecode = {1: "b", 2: "h", 4: "i", 8: "q"}[size]
    small = array(typecode if sign == "i" else typecode.upper(), numbers)
    if sys.byteorder == "big":
        small.byteswap()
    return f"{sign}{8 * size}", small.tobytes()


def full_length(form: str, data: bytes) -> bytes:
    """Addresses as prefixes that have nothing but this address."""
    size = WIDTHS[form]
    count = len(data) // size
    found = bytearray((size + 1) * count)
    for place in range(size):
        found[place :: size + 1] = data[place::size]
    found[size :: size + 1] = bytes([8 * size]) * count
    return bytes(found)


def host_bits(form: str, data: bytes) -> int | None:
    """The first item of prefixes that has bits set after its length; ``None`` when none has."""
    if form == "prefix4":
        hosts = _hosts(32)
        for row, (address, length) in enumerate(struct.iter_unpack(">IB", data)):
            if address & hosts[length]:
                return row
        return None
    uppers, lowers = _hosts6()
    for row, (upper, lower, length) in enumerate(struct.iter_unpack(">QQB", data)):
        if upper & uppers[length] or lower & lowers[length]:
            return row
    return None


def without_host_bits(text: str) -> str:
    """The prefix that was probably meant."""
    address, _slash, length = text.partition("/")
    packed = _pton6(address) if ":" in address else _pton4(address)
    bits = 8 * len(packed)
    kept = int.from_bytes(packed, "big") & ~((1 << bits - int(length)) - 1)
    return f"{(_ntop6 if ':' in address else _ntop4)(kept.to_bytes(len(packed), 'big'))}/{length}"


def longest_instead(text: str) -> int | None:
    """The longest length that this prefix could have; ``None`` when the text is not a prefix of a length out of range."""
    address, slash, length = text.partition("/")
    family, longest = ("ipv6", 128) if ":" in address else ("ipv4", 32)
    if not slash or not length.isdecimal() or (len(length) < 5 and int(length) <= longest):
        return None
    return None if encode(family, [address]) is None else longest


def sort_keys(form: str, data: Data) -> list[Any]:
    """What orders the items as ``Table`` says; equal for equal items only."""
    if isinstance(data, (list, array)):
        return list(data)
    if form == "prefix4":
        hosts = _hosts(32)
        return [(address | hosts[length]) << 6 | 32 - length for address, length in struct.iter_unpack(">IB", data)]
    if form == "prefix6":
        uppers, lowers = _hosts6()
        return [
            (upper | uppers[length]) << 72 | (lower | lowers[length]) << 8 | 128 - length
            for upper, lower, length in struct.iter_unpack(">QQB", data)
        ]
    if form == "ipv4":
        return [each for (each,) in struct.iter_unpack(">I", data)]
    if form == "ipv6":
        return [upper << 64 | lower for upper, lower in struct.iter_unpack(">QQ", data)]
    return [upper << 16 | lower for upper, lower in struct.iter_unpack(">IH", data)]


def picked(data: Data, width: int, order: Sequence[int]) -> Data:
    """The items in another order, or some of them; ``width`` is that of items in ``bytes``."""
    if isinstance(data, list):
        return [data[row] for row in order]
    if isinstance(data, array):
        return array(data.typecode, map(data.__getitem__, order))
    found = bytearray(width * len(order))
    for place in range(width):
        found[place::width] = bytes(map(data[place::width].__getitem__, order))
    return bytes(found)


def _integers(items: list[int]) -> array[int] | None:
    if bool in set(map(type, items)):
        return None
    return array("q" if min(items) < 0 else "Q", items)


def _quoted(items: list[str]) -> array[int] | None:
    if max(map(len, items)) > _LONGEST_INTEGER:
        return None
    numbers = list(map(int, items))
    return _integers(numbers) if list(map(str, numbers)) == items else None


def _addresses(form: str, items: list[str]) -> bytes | None:
    if form == "ipv4":
        return b"".join(map(_pton4, items))  # strict: it takes four decimal numbers without leading zeros
    packed = list(map(_pton6, items))
    return b"".join(packed) if list(map(_ntop6, packed)) == items else None


def _macs(items: list[str]) -> bytes | None:
    if any(len(item) != _MAC_SIZE or item[2::3] != ":::::" for item in items):
        return None
    digits = "".join(items).replace(":", "")
    if len(digits) != 12 * len(items) or set(digits) - _MAC_CHARACTERS:
        return None
    return bytes.fromhex(digits)


def _prefixes(form: str, items: list[str]) -> bytes | None:
    if set(map(_slashes, items)) != {1}:
        return None
    parts = "/".join(items).split("/")
    lengths = bytes(map(_LENGTHS[form].__getitem__, parts[1::2]))
    family = "ipv4" if form == "prefix4" else "ipv6"
    addresses = _addresses(family, parts[::2])
    if addresses is None:
        return None
    size = WIDTHS[family]
    found = bytearray((size + 1) * len(items))
    for place in range(size):
        found[place :: size + 1] = addresses[place::size]
    found[size :: size + 1] = lengths
    return bytes(found)


def _hosts(bits: int) -> list[int]:
    """By the length of a prefix, the bits after it."""
    return [(1 << bits - length) - 1 for length in range(bits + 1)]


def _hosts6() -> tuple[list[int], list[int]]:
    """The same for the upper and the lower half of an IPv6 address."""
    whole = _hosts(128)
    return [each >> 64 for each in whole], [each & (1 << 64) - 1 for each in whole]
