# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as a playbook has them, laid out as BTF says.

Numbers and booleans, enumerators by name, texts for arrays of ``char``, lists
for other arrays, dictionaries for structures; and addresses (IPv4, IPv6, MAC)
as text. An address becomes its bytes in packet order, whatever integers the
type is made of. A number is in the host's byte order, unless a typedef on the
way is ``__be16``, ``__be32`` or ``__be64``.
"""

from __future__ import annotations

import re
import socket
import struct
import sys
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed, Type
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short, unknown_name

# Typedefs of include/uapi/linux/types.h.
_NETWORK_ORDER = frozenset(("__be16", "__be32", "__be64"))

# As YAML 1.1 has them, for values that come as text, such as those of --extra-vars key=value.
_BOOLEANS = {"true": 1, "yes": 1, "on": 1, "false": 0, "no": 0, "off": 0}

_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}")

# By their bytes.
_ADDRESSES = {4: "an IPv4 address", 6: "a MAC address", 16: "an IPv6 address"}

# Structures and tables may contain each other; a damaged object's without end, and values as well.
_DEEPEST = 32


class WrongValue(Exception):
    """The value does not fit its type; the text names the place by its path, such as ``vips[0].mac``."""


class _Number(NamedTuple):
    """An integer type."""

    #: ``None`` where it is not known: then both ranges are taken.
    signed: bool | None
    boolean: bool = False
    #: Whether it is in network byte order.
    network: bool = False


def address(text: str) -> bytes | None:
    """The bytes of an IPv4 (4), IPv6 (16) or MAC address (6) in packet order; ``None`` for other texts."""
    if _MAC.fullmatch(text):
        return bytes.fromhex(text.replace(text[2], ""))
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_pton(family, text)
        except (OSError, ValueError):  # ValueError: a zero byte, or a surrogate
            continue
    return None


class Encoder:
    """Writes values over bytes; what a value leaves out stays as it is. Raises ``WrongValue``, or ``Malformed``."""

    def __init__(self, btf: Btf) -> None:
        self._btf = btf
        # By type: the entries of a list may be thousands of the same structure.
        self._entries: dict[int, dict[str, tuple[int, ...]]] = {}
        self._network: dict[int, bool] = {}
        # Lists and dictionaries around the value that is being written.
        self._depth = 0

    def size(self, id: int) -> int:
        """Bytes of the type."""
        return self._btf.size(id)

    def put(self, place: memoryview, id: int, value: Any, path: str) -> None:
        """Write a value of this type; ``place`` has its size."""
        if self._depth > _DEEPEST:
            raise WrongValue(f"{short(path)} is a value within more than {_DEEPEST} lists and dictionaries")
        self._depth += 1
        try:
            self._put(place, id, value, path)
        finally:
            self._depth -= 1

    def _put(self, place: memoryview, id: int, value: Any, path: str) -> None:
        found, type = self._btf.resolve(id)
        if isinstance(value, str) and self._takes_address(id):
            data = address(value)
            if data is not None:
                self._put_address(place, data, value, path)
                return
        if type.kind == kinds.INT:
            self._put_number(place, value, path, self._number(id, type))
        elif type.kind in (kinds.ENUM, kinds.ENUM64):
            number = self._enumerator(place, found, type, value, path)
            self._put_number(place, number, path, _Number(signed=None))
        elif type.kind == kinds.ARRAY:
            self._put_array(place, type, value, path)
        elif type.kind == kinds.STRUCT:
            self._put_structure(place, found, type, value, path)
        elif type.kind == kinds.FLOAT and len(place) in (4, 8):
            self._put_float(place, value, path)
        else:
            raise WrongValue(f"{path} is of a type that cannot be set, such as a pointer or a union")

    def put_untyped(self, place: memoryview, value: Any, path: str) -> None:
        """Where nothing but the size is known: a number, or an address of that size."""
        data = address(value) if isinstance(value, str) else None
        if data is not None:
            self._put_address(place, data, str(value), path)
        else:
            self._put_number(place, value, path, _Number(signed=None))

    def _number(self, id: int, type: Type) -> _Number:
        encoding = type.words[0] >> 24
        return _Number(bool(encoding & kinds.SIGNED), bool(encoding & kinds.BOOL), self._is_network(id))

    def _is_network(self, id: int) -> bool:
        """Whether a typedef on the way to the integer says so."""
        if id not in self._network:
            at, end = id, self._btf.resolve(id)[0]
            found = False
            while at != end and not found:
                type = self._btf.type(at)
                found = type.kind == kinds.TYPEDEF and self._btf.name(type) in _NETWORK_ORDER
                at = type.size_or_type
            self._network[id] = found
        return self._network[id]

    def _is_char(self, id: int) -> bool:
        type = self._btf.resolve(id)[1]
        return type.kind == kinds.INT and type.size_or_type == 1 and self._btf.name(type) == "char"

    def _takes_address(self, id: int, depth: int = 0) -> bool:
        """Whether the type is made of integers alone that can be an address: one, a table, or what only wraps these."""
        type = self._btf.resolve(id)[1]
        if depth > _DEEPEST:
            return False
        if type.kind == kinds.INT:
            return not type.words[0] >> 24 & kinds.BOOL
        if type.kind == kinds.ARRAY:
            element = self._btf.resolve(type.words[0])[1]
            return element.kind == kinds.INT and not self._is_char(type.words[0]) and self._takes_address(type.words[0])
        # struct in_addr, and struct in6_addr with its union.
        if not type.vlen or ((type.kind, type.vlen) != (kinds.STRUCT, 1) and type.kind != kinds.UNION):
            return False
        _name, member, bits = type.words[:3]
        return bits == 0 and self._btf.size(member) == type.size_or_type and self._takes_address(member, depth + 1)

    def _put_address(self, place: memoryview, data: bytes, text: str, path: str) -> None:
        if len(data) != len(place):
            raise WrongValue(
                f"{path} is {text}, {_ADDRESSES[len(data)]} of {len(data)} bytes, and its type has {len(place)}"
            )
        place[:] = data

    def _put_number(self, place: memoryview, value: Any, path: str, type: _Number) -> None:
        number = _as_number(value)
        bits = 8 * len(place)
        if number is None:
            other = "" if type.boolean else _address_of(len(place))
            what = "true or false" if type.boolean else "a number"
            raise WrongValue(f"{path} is {_shown(value)}, and has to be {what}{f' or {other}' if other else ''}")
        if not 0 < bits <= 128:
            raise WrongValue(f"{path} is not of a type that can be set")
        lowest = 0 if type.signed is False else -(1 << bits - 1)
        highest = 1 if type.boolean else (1 << bits - 1) - 1 if type.signed else (1 << bits) - 1
        if not lowest <= number <= highest:
            # Python refuses to print thousands of digits.
            shown = number if number.bit_length() <= 512 else "too large"
            raise WrongValue(f"{path} is {shown}, and has to be from {lowest} to {highest} ({bits} bits)")
        place[:] = (number & (1 << bits) - 1).to_bytes(len(place), "big" if type.network else sys.byteorder)

    def _put_float(self, place: memoryview, value: Any, path: str) -> None:
        try:
            place[:] = struct.pack({4: "=f", 8: "=d"}[len(place)], _checked(value, (int, float), "a number", path))
        except (OverflowError, struct.error):
            raise WrongValue(f"{path} is too large for {8 * len(place)} bits") from None

    def _enumerator(self, place: memoryview, id: int, type: Type, value: Any, path: str) -> Any:
        names = self._by_name(id, type)
        if isinstance(value, bool):
            raise WrongValue(
                f"{path} is {_shown(value)}, and has to be one of: {listed(names)}. "
                f"Without quotes YAML reads on, off, yes and no as booleans"
            )
        if not isinstance(value, str):
            return value
        if value in names:
            if type.kind == kinds.ENUM and len(place) > 4:
                # clang before 15 knew no ENUM64, and wrote the lower 32 bits.
                raise WrongValue(
                    f"{path} is {short(value)}, of whose 64 bits the compiler kept 32 in the object. "
                    f"Give the number, or build the object with clang 15 or later"
                )
            number = sum(word << 32 * index for index, word in enumerate(names[value]))
            return number & (1 << 8 * len(place)) - 1  # negative ones stand there with 32 or 64 bits
        if _as_number(value) is None or value.lower() in _BOOLEANS:
            raise WrongValue(f"{path} is {_shown(value)}, and has to be one of: {listed(names)}")
        return value

    def _put_array(self, place: memoryview, type: Type, value: Any, path: str) -> None:
        element, _index, count = type.words
        size = self._btf.size(element)
        is_text = self._is_char(element)
        if is_text and isinstance(value, str):
            self._put_text(place, value, count, path)
            return
        other = "" if is_text or not self._takes_address(element) else _address_of(len(place))
        what = "a text or a list" if is_text else f"a list or {other} in quotes" if other else "a list"
        if isinstance(value, str) and not is_text:
            what += ". Texts are for arrays of char"
        items = _checked(value, list, what, path)
        if len(items) != count:
            raise WrongValue(f"{path} is a list of {len(items)}, and has to be one of {count}")
        for index, item in enumerate(items):
            self.put(place[index * size : (index + 1) * size], element, item, f"{path}[{index}]")

    @staticmethod
    def _put_text(place: memoryview, value: str, count: int, path: str) -> None:
        try:
            text = value.encode()
        except UnicodeEncodeError:
            raise WrongValue(f"{path} is {short(ascii(value))}, which is no text that can be encoded") from None
        if len(text) >= count:
            raise WrongValue(f"{path} is a text of {len(text)} bytes, and {max(count - 1, 0)} are possible")
        place[:] = text.ljust(count, b"\0")

    def _put_structure(self, place: memoryview, id: int, type: Type, value: Any, path: str) -> None:
        members = self._by_name(id, type)
        for name, item in _checked(value, dict, "a dictionary", path).items():
            if name not in members:
                raise WrongValue(f"{path} has no member {short(name)}. {unknown_name(str(name), members, 'It has')}")
            member, bits = members[name]
            inside = f"{path}.{short(name)}"  # thousands of values may lie within one long name
            if (type.flag and bits >> 24) or bits % 8:
                raise WrongValue(f"{inside} is a bit field, which cannot be set")
            offset = (bits & 0xFFFFFF if type.flag else bits) // 8
            size = self._btf.size(member)
            if offset + size > len(place):
                raise Malformed(f"{short(name)} lies outside of its structure")
            self.put(place[offset : offset + size], member, item, inside)

    def _by_name(self, id: int, type: Type) -> dict[str, tuple[int, ...]]:
        """The type's members or enumerators: the words that follow the name."""
        if id not in self._entries:
            self._entries[id] = {self._btf.string(entry[0]): entry[1:] for entry in type.entries()}
        return self._entries[id]


def _as_number(value: Any) -> int | None:
    """Also of a text, as ``--extra-vars`` and templates give them; booleans are 1 and 0, as in C."""
    if isinstance(value, str):
        if value.lower() in _BOOLEANS:
            return _BOOLEANS[value.lower()]
        try:
            return int(value, 0)
        except ValueError:
            return None
    return int(value) if isinstance(value, int) else None


def _address_of(size: int) -> str:
    return _ADDRESSES.get(size, "")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return short(repr(value)) if not isinstance(value, int) or value.bit_length() <= 512 else "a very large number"


def _checked(value: Any, kind: Any, name: str, path: str) -> Any:
    if not isinstance(value, kind):
        raise WrongValue(f"{path} is {_shown(value)}, and has to be {name}")
    return value
