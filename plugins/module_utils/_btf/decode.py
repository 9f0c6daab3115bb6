# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Bytes as a playbook has them: the other direction of ``values``.

For each type, functions that read it are put together once, so that a map of a
million entries is decoded by nothing but these.
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any, Callable, NamedTuple, Union

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.members import (
    DEEPEST,
    Member,
    format_of,
    integer_bits,
    is_char,
    is_network,
    is_special,
    members,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed, Type

Data = Union[bytes, bytearray, memoryview]  # at run time, so in the words of Python 3.8

#: Reads a value at an offset in the data.
Read = Callable[[Data, int], Any]

# Parts that a value may have: for each byte, and for values that are small. Members that overlap (unions), or that take
# no bytes, could be any number.
_PARTS_BY_SIZE = 64
_PARTS = 4096

#: Letters of ``struct`` for unsigned integers, by size.
_LETTERS = {1: "B", 2: "H", 4: "I", 8: "Q"}


class _Reader(NamedTuple):
    read: Read
    #: Scalars that a value consists of.
    parts: int = 1
    #: For integers in host order: the letter of ``struct``, by which neighbours are read at once.
    letter: str = ""


class Decoder:
    """Reads values of BTF types; raises ``Malformed``.

    Structures and unions become dictionaries by member, with the members of
    unnamed ones among their own, and without what the kernel keeps to itself
    (``is_special``). Arrays become lists; those of ``char`` texts, up to the first
    NUL, or ``0x`` and hexadecimal digits where they have none or are not UTF-8.
    Enumerators go by name; numbers are in host order, also where the type is
    ``__be16``, ``__be32`` or ``__be64``. ``struct in_addr`` and ``in6_addr`` become
    addresses. What is of no such type is ``0x`` and hexadecimal digits.
    """

    def __init__(self, btf: Btf) -> None:
        self._btf = btf
        self._readers: dict[int, _Reader] = {}
        # By the types behind typedefs, of which there may be many: structures, and the enumerators' names by number.
        self._structures: dict[int, _Reader] = {}
        self._names: dict[int, dict[int, str]] = {}
        self._depth = 0

    def value(self, data: Data, type_id: int) -> Any:
        """The value as data that JSON has; ``data`` has the size of the type."""
        size = self._btf.size(type_id)
        if len(data) != size:
            raise Malformed(f"a value has {len(data)} bytes, and its type {size}")
        return self.reader(type_id)(data, 0)

    def reader(self, type_id: int) -> Read:
        """A function of data and offset, for many values; it does not check that the data are long enough."""
        return self._reader(type_id).read

    def _reader(self, type_id: int) -> _Reader:
        known = self._readers.get(type_id)
        if known is None:
            if self._depth >= DEEPEST:
                raise Malformed(f"type {type_id} is within more than {DEEPEST} others")
            self._depth += 1
            try:
                known = self._made(type_id)
            finally:
                self._depth -= 1
            if known.parts > _PARTS_BY_SIZE * self._btf.size(type_id) + _PARTS:
                raise Malformed(f"type {type_id} has more parts than its size allows")
            self._readers[type_id] = known
        return known

    def _made(self, type_id: int) -> _Reader:
        found, btf_type = self._btf.resolve(type_id)
        size = self._btf.size(type_id)
        format_name = format_of(self._btf, type_id)
        if format_name:
            return _Reader(_FORMATS[format_name](size), max(size, 1))
        if btf_type.kind == kinds.INT:
            return self._integer(type_id, btf_type, size)
        if btf_type.kind == kinds.PTR:
            return _number(size, signed=False)
        if btf_type.kind in (kinds.ENUM, kinds.ENUM64):
            return _Reader(self._named(found, btf_type, _number(size, btf_type.flag).read))
        if btf_type.kind == kinds.FLOAT and size in (4, 8):
            return _Reader(_float({4: "=f", 8: "=d"}[size]))
        if btf_type.kind == kinds.ARRAY:
            return self._array(btf_type, size)
        if btf_type.kind in (kinds.STRUCT, kinds.UNION, kinds.DATASEC):
            address = ADDRESSES.get((self._btf.name(btf_type), size)) if btf_type.kind == kinds.STRUCT else None
            return _Reader(_FORMATS[address](size)) if address else self._structure(found)
        return _Reader(_hex(size), max(size, 1))

    def _integer(self, type_id: int, btf_type: Type, size: int) -> _Reader:
        encoding = btf_type.words[0] >> 24
        offset, bits = integer_bits(btf_type)
        if bits != 8 * size:
            return _Reader(self._bit_field(Member("", type_id, offset, bits)))
        if encoding & kinds.BOOL:
            return _Reader(_boolean(_number(size, signed=False).read))
        return _number(size, bool(encoding & kinds.SIGNED), is_network(self._btf, type_id))

    def _named(self, type_id: int, btf_type: Type, read: Read, bits: int = 0) -> Read:
        """By the enumerator's name where there is one; ``read`` gives the number, of a bit field one of so many bits."""
        if btf_type.kind == kinds.ENUM and btf_type.size_or_type > 4:
            return read  # clang before 15 wrote the lower 32 bits of each, so that names may be those of others
        names = self._names.get(type_id)
        if names is None:
            names = self._names[type_id] = {}
            width = 8 * btf_type.size_or_type
            for entry in btf_type.entries():
                number = sum(word << 32 * index for index, word in enumerate(entry[1:])) & (1 << width) - 1
                if btf_type.flag and number >> width - 1:
                    number -= 1 << width
                names.setdefault(number, self._btf.string(entry[0]))

        # Compilers do not always say that an enumeration is signed: then -1 stands there as 0xffffffff, and in a field of
        # 4 bits as 15.
        above = (1 << 8 * btf_type.size_or_type) - (1 << bits) if bits and not btf_type.flag else 0

        def name(data: Data, at: int) -> Any:
            number = read(data, at)
            found = names.get(number)
            if found is None and above and number >> bits - 1:
                found = names.get(number + above)
            return number if found is None else found

        return name

    def _array(self, btf_type: Type, size: int) -> _Reader:
        element, _index, count = btf_type.words
        if is_char(self._btf, element) and count:
            return _Reader(_text(size), size)
        one = self._reader(element)
        if count * one.parts > _PARTS_BY_SIZE * size + _PARTS:
            raise Malformed("an array has more parts than its size allows")
        if one.letter:
            unpack = struct.Struct(f"={count}{one.letter}").unpack_from
            return _Reader(lambda data, at: list(unpack(data, at)), count)
        step, read = self._btf.size(element), one.read
        return _Reader(
            lambda data, at: [read(data, at + step * index) for index in range(count)], count * one.parts + 1
        )

    def _structure(self, type_id: int) -> _Reader:
        if type_id not in self._structures:
            self._structures[type_id] = self._made_structure(type_id)
        return self._structures[type_id]

    def _made_structure(self, type_id: int) -> _Reader:
        chosen = [each for each in members(self._btf, type_id).values() if not is_special(self._btf, each.type)]
        readers = [_Reader(self._bit_field(each)) if each.bits else self._reader(each.type) for each in chosen]
        parts = sum(reader.parts for reader in readers) + 1
        together = _together(chosen, readers)
        if together:
            names = tuple(each.name for each in chosen)
            unpack = struct.Struct(together).unpack_from
            return _Reader(lambda data, at: dict(zip(names, unpack(data, at))), parts)
        each_one = [
            # A bit field's reader counts from the start of the structure.
            (each.name, reader.read, 0 if each.bits else each.start // 8)
            for each, reader in zip(chosen, readers)
        ]
        return _Reader(lambda data, at: {name: read(data, at + offset) for name, read, offset in each_one}, parts)

    def _bit_field(self, member: Member) -> Read:
        """Reads some bits of a structure; on hosts whose most significant byte is first, bits count from that end."""
        type_id, btf_type = self._btf.resolve(member.type)
        first, last = member.start // 8, (member.start + member.bits + 7) // 8
        shift = member.start % 8
        if sys.byteorder == "big":
            shift = 8 * (last - first) - shift - member.bits
        ones = (1 << member.bits) - 1
        is_integer = btf_type.kind == kinds.INT
        encoding = btf_type.words[0] >> 24 if is_integer else 0
        signed = bool(encoding & kinds.SIGNED) if is_integer else btf_type.flag
        top = 1 << member.bits - 1 if signed else 0

        def read(data: Data, at: int) -> int:
            number = int.from_bytes(data[at + first : at + last], sys.byteorder) >> shift & ones
            return (number ^ top) - top

        if btf_type.kind in (kinds.ENUM, kinds.ENUM64):
            return self._named(type_id, btf_type, read, member.bits)
        return _boolean(read) if encoding & kinds.BOOL else read


def _together(chosen: list[Member], readers: list[_Reader]) -> str:
    """The format of ``struct`` that reads all members at once; empty if one is not a plain integer."""
    layout, end = "=", 0
    for each, reader in zip(chosen, readers):
        gap = each.start // 8 - end
        if each.bits or not reader.letter or gap < 0:
            return ""
        layout += f"{gap}x{reader.letter}" if gap else reader.letter
        end = each.start // 8 + struct.calcsize(f"={reader.letter}")
    return layout if chosen else ""


def _number(size: int, signed: bool, network: bool = False) -> _Reader:
    letter = _LETTERS.get(size)
    if letter is None:
        order = "big" if network else sys.byteorder
        return _Reader(lambda data, at: int.from_bytes(data[at : at + size], order, signed=signed))
    if signed:
        letter = letter.lower()
    unpack = struct.Struct(f"{'>' if network else '='}{letter}").unpack_from
    return _Reader(lambda data, at: unpack(data, at)[0], letter="" if network else letter)


def _boolean(number: Read) -> Read:
    """What is neither 0 nor 1 stays a number."""

    def read(data: Data, at: int) -> Any:
        value = number(data, at)
        return bool(value) if value in (0, 1) else value

    return read


def _float(layout: str) -> Read:
    unpack = struct.Struct(layout).unpack_from

    def read(data: Data, at: int) -> Any:
        value = unpack(data, at)[0]
        # JSON has neither infinity nor NaN.
        return value if value - value == 0 else str(value)

    return read


def _text(size: int) -> Read:
    def read(data: Data, at: int) -> str:
        raw = bytes(data[at : at + size])
        end = raw.find(0)
        if end >= 0:
            try:
                return raw[:end].decode()
            except UnicodeDecodeError:
                pass
        return f"0x{raw.hex()}"

    return read


def _hex(size: int) -> Read:
    return lambda data, at: f"0x{bytes(data[at : at + size]).hex()}"


def _mac(size: int) -> Read:
    return lambda data, at: ":".join(f"{byte:02x}" for byte in data[at : at + size])


def _ipv4(size: int) -> Read:
    ntoa = socket.inet_ntoa
    return lambda data, at: ntoa(data[at : at + size])


def _ipv6(size: int) -> Read:
    ntop, family = socket.inet_ntop, socket.AF_INET6
    return lambda data, at: ntop(family, data[at : at + size])


#: How bytes are read where the user says so (``members.FORMATS``).
_FORMATS: dict[str, Callable[[int], Read]] = {
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "mac": _mac,
    "hex": _hex,
    "raw": _hex,
}

#: Structures of include/uapi/linux/in.h and in6.h, by name and size.
ADDRESSES = {("in_addr", 4): "ipv4", ("in6_addr", 16): "ipv6"}
