# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Values as a playbook has them, laid out as BTF says.

Numbers and booleans, enumerators by name, texts for arrays of ``char``, lists
for other arrays, dictionaries for structures and unions; and addresses (IPv4,
IPv6, MAC) as text. An address becomes its bytes in packet order, whatever
integers the type is made of. A number is in the host's byte order, unless a
typedef on the way is ``__be16``, ``__be32`` or ``__be64``.
"""

from __future__ import annotations

import re
import socket
import struct
import sys
from typing import Any, NamedTuple

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
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Type
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short, unknown_name

# As YAML 1.1 has them, for values that come as text, such as those of --extra-vars key=value.
_BOOLEANS = {"true": 1, "yes": 1, "on": 1, "false": 0, "no": 0, "off": 0}

_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}")
_DIGITS = re.compile(r"(0[xX])?((?:[0-9A-Fa-f]{2})*)")

# By their bytes.
_ADDRESSES = {4: "an IPv4 address", 6: "a MAC address", 16: "an IPv6 address"}

_STRUCTURED = (kinds.STRUCT, kinds.UNION, kinds.DATASEC)


class WrongValue(Exception):
    """The value does not fit its type; the text names the place by its path, such as ``vips[0].mac``."""


class Number(NamedTuple):
    """An integer type."""

    #: ``None`` where it is not known: then both ranges are taken.
    signed: bool | None = None
    boolean: bool = False
    #: Whether it is in network byte order.
    network: bool = False

    def range(self, bits: int) -> tuple[int, int]:
        """The smallest and the largest value."""
        lowest = 0 if self.signed is False else -(1 << bits - 1)
        return lowest, 1 if self.boolean else (1 << bits - 1) - 1 if self.signed else (1 << bits) - 1


class _Structure(NamedTuple):
    members: dict[str, Member]
    #: Whether some of them share bytes or bits, as those of unions do.
    overlap: bool


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
    """Writes values over bytes; what a value leaves out stays as it is. Raises ``WrongValue``, or ``Malformed``.

    With a ``mask``, bytes as many as the place has, it also sets there the bits
    that the value declares. Padding is never among them.
    """

    def __init__(self, btf: Btf) -> None:
        self._btf = btf
        # By type: the entries of a list may be thousands of the same structure.
        self._structures: dict[int, _Structure] = {}
        self._enumerators: dict[int, dict[str, int]] = {}
        self._formats: dict[int, str] = {}
        self._special: dict[int, bool] = {}
        self._network: dict[int, bool] = {}
        self._masks: dict[int, bytes] = {}
        # Lists and dictionaries around the value that is being written.
        self._depth = 0

    def size(self, type_id: int) -> int:
        """Bytes of the type."""
        return self._btf.size(type_id)

    def put(self, place: memoryview, type_id: int, value: Any, path: str, mask: memoryview | None = None) -> None:
        """Write a value of this type; ``place`` has its size."""
        if self._depth > DEEPEST:
            raise WrongValue(f"{short(path)} is a value within more than {DEEPEST} lists and dictionaries")
        self._depth += 1
        try:
            self._put(place, type_id, value, path, mask)
        finally:
            self._depth -= 1

    def put_member(
        self, place: memoryview, member: Member, value: Any, path: str, mask: memoryview | None = None
    ) -> None:
        """Write a member of the structure that ``place`` is; it lies within."""
        if member.bits:
            self._put_bits(place, member, value, path, mask)
        else:
            part = slice(member.start // 8, member.start // 8 + self._btf.size(member.type))
            self.put(place[part], member.type, value, path, None if mask is None else mask[part])

    def member(self, type_id: int, name: Any, path: str) -> Member:
        """The member of this name in a structure; ``path`` is where the structure is."""
        found, btf_type = self._btf.resolve(type_id)
        known = self._structure(found).members if btf_type.kind in _STRUCTURED else {}
        if name not in known:
            raise WrongValue(f"{path} has no member {short(name)}. {unknown_name(str(name), known, 'It has')}")
        return known[name]

    def number(self, type_id: int) -> Number | None:
        """What numbers fill all bits of the type; ``None`` where not every number of some size does."""
        format_name = self._format(type_id)
        if format_name:
            return Number() if format_name == "raw" and 0 < self._btf.size(type_id) <= 16 else None
        btf_type = self._btf.resolve(type_id)[1]
        if btf_type.kind in (kinds.ENUM, kinds.ENUM64) and btf_type.size_or_type <= 16:
            return Number()
        if btf_type.kind == kinds.INT and integer_bits(btf_type) == (0, 8 * btf_type.size_or_type):
            return self._number(type_id, btf_type)
        return None

    def takes_address(self, type_id: int) -> bool:
        """Whether the address of the type's size, as text, is a value."""
        return self._format(type_id) != "" or self._takes_address(type_id)

    def is_text(self, type_id: int) -> bool:
        """Whether it is an array of ``char``."""
        btf_type = self._btf.resolve(type_id)[1]
        return btf_type.kind == kinds.ARRAY and not self._format(type_id) and is_char(self._btf, btf_type.words[0])

    def mask(self, type_id: int) -> bytes:
        """The bits that values of the type can declare: all but padding, and what the kernel keeps to itself."""
        found, btf_type = self._btf.resolve(type_id)
        size = self._btf.size(type_id)
        if self._is_special(type_id):
            return bytes(size)
        if btf_type.kind == kinds.ARRAY and size:
            return self.mask(btf_type.words[0]) * btf_type.words[2]
        if btf_type.kind not in _STRUCTURED:
            return b"\xff" * size
        if found not in self._masks:
            bits = 0
            for member in self._structure(found).members.values():
                width = self._width(member)
                inner = (1 << width) - 1 if member.bits else int.from_bytes(self.mask(member.type), sys.byteorder)
                # Bits count from the byte that comes first.
                bits |= inner << (member.start if sys.byteorder == "little" else 8 * size - member.start - width)
            self._masks[found] = bits.to_bytes(size, sys.byteorder)
        return self._masks[found]

    def missing(self, type_id: int, mask: bytes, path: str) -> str | None:
        """The path of the first part of which ``mask`` lacks bits, such as ``key.port``."""
        lacking = bytes(whole & ~declared for whole, declared in zip(self.mask(type_id), mask))
        if not any(lacking):
            return None
        found, btf_type = self._btf.resolve(type_id)
        if btf_type.kind == kinds.STRUCT:
            for name, member in self._structure(found).members.items():
                first, last = member.start // 8, -(-(member.start + self._width(member)) // 8)
                if member.bits:
                    one = bytearray(len(lacking))
                    self._put_bits(memoryview(bytearray(one)), member, 0, path, memoryview(one))
                    if any(bit & lack for bit, lack in zip(one[first:last], lacking[first:last])):
                        return f"{path}.{short(name)}"
                elif any(lacking[first:last]):
                    return self.missing(member.type, mask[first:last], f"{path}.{short(name)}")
        return path

    def _put(self, place: memoryview, type_id: int, value: Any, path: str, mask: memoryview | None) -> None:
        found, btf_type = self._btf.resolve(type_id)
        format_name = self._format(type_id)
        if format_name:
            _put_formatted(place, format_name, value, path, mask)
            return
        if self._is_special(found):
            raise WrongValue(f"{path} is a lock, a timer or a pointer that the kernel keeps to itself. Leave it out")
        if isinstance(value, str) and self._takes_address(type_id):
            data = address(value)
            if data is not None:
                _put_address(place, data, value, path, mask)
                return
        if btf_type.kind in _STRUCTURED:
            self._put_structure(place, found, value, path, mask)
        elif btf_type.kind == kinds.ARRAY:
            self._put_array(place, btf_type, value, path, mask)
        else:
            self._put_scalar(place, type_id, value, path, mask)

    def _put_scalar(self, place: memoryview, type_id: int, value: Any, path: str, mask: memoryview | None) -> None:
        found, btf_type = self._btf.resolve(type_id)
        if btf_type.kind == kinds.INT:
            offset, bits = integer_bits(btf_type)
            if bits != 8 * len(place):
                self._put_bits(place, Member("", type_id, offset, bits), value, path, mask)
                return
            _put_number(place, value, path, self._number(type_id, btf_type))
        elif btf_type.kind in (kinds.ENUM, kinds.ENUM64):
            number = self._enumerator(found, btf_type, value, path)
            if isinstance(value, str) and value in self._by_name(found, btf_type):
                number &= (1 << 8 * len(place)) - 1  # negative ones stand there with 32 or 64 bits
            _put_number(place, number, path, Number())
        elif btf_type.kind == kinds.FLOAT and len(place) in (4, 8):
            _put_float(place, value, path)
        else:
            raise WrongValue(f"{path} is of a type that cannot be set, such as a pointer")
        _declare(mask)

    def put_untyped(self, place: memoryview, value: Any, path: str) -> None:
        """Where nothing but the size is known: a number, or an address of that size."""
        data = address(value) if isinstance(value, str) else None
        if data is not None:
            _put_address(place, data, str(value), path, None)
        else:
            _put_number(place, value, path, Number())

    def _number(self, type_id: int, btf_type: Type) -> Number:
        encoding = btf_type.words[0] >> 24
        if type_id not in self._network:
            self._network[type_id] = is_network(self._btf, type_id)
        return Number(bool(encoding & kinds.SIGNED), bool(encoding & kinds.BOOL), self._network[type_id])

    def _is_special(self, type_id: int) -> bool:
        if type_id not in self._special:
            self._special[type_id] = is_special(self._btf, type_id)
        return self._special[type_id]

    def _format(self, type_id: int) -> str:
        if type_id not in self._formats:
            self._formats[type_id] = format_of(self._btf, type_id)
        return self._formats[type_id]

    def _takes_address(self, type_id: int, depth: int = 0) -> bool:
        """Whether the type is made of integers alone that can be an address: one, a table, or what only wraps these."""
        btf_type = self._btf.resolve(type_id)[1]
        if depth > DEEPEST:
            return False
        if btf_type.kind == kinds.INT:
            return not btf_type.words[0] >> 24 & kinds.BOOL
        if btf_type.kind == kinds.ARRAY:
            element = self._btf.resolve(btf_type.words[0])[1]
            is_integer = element.kind == kinds.INT and not is_char(self._btf, btf_type.words[0])
            return is_integer and self._takes_address(btf_type.words[0])
        # struct in_addr, and struct in6_addr with its union.
        if (
            self._is_special(type_id)
            or not btf_type.vlen
            or ((btf_type.kind, btf_type.vlen) != (kinds.STRUCT, 1) and btf_type.kind != kinds.UNION)
        ):
            return False
        _name, member, bits = btf_type.words[:3]
        return bits == 0 and self._btf.size(member) == btf_type.size_or_type and self._takes_address(member, depth + 1)

    def _enumerator(self, type_id: int, btf_type: Type, value: Any, path: str) -> Any:
        """The number of a name, as it stands in BTF; other values as they are."""
        names = self._by_name(type_id, btf_type)
        if isinstance(value, bool):
            raise WrongValue(
                f"{path} is {_shown(value)}, and has to be one of: {listed(names)}. "
                f"Without quotes YAML reads on, off, yes and no as booleans"
            )
        if not isinstance(value, str):
            return value
        if value in names:
            if btf_type.kind == kinds.ENUM and btf_type.size_or_type > 4:
                # clang before 15 knew no ENUM64, and wrote the lower 32 bits.
                raise WrongValue(
                    f"{path} is {short(value)}, but the compiler kept only 32 of its 64 bits in the object. "
                    f"Give the number, or build the object with clang 15 or later"
                )
            return names[value]
        if _as_number(value) is None or value.lower() in _BOOLEANS:
            raise WrongValue(f"{path} is {_shown(value)}, and has to be one of: {listed(names)}")
        return value

    def _by_name(self, type_id: int, btf_type: Type) -> dict[str, int]:
        """The enumerators."""
        if type_id not in self._enumerators:
            self._enumerators[type_id] = {
                self._btf.string(entry[0]): sum(word << 32 * index for index, word in enumerate(entry[1:]))
                for entry in btf_type.entries()
            }
        return self._enumerators[type_id]

    def _put_bits(self, place: memoryview, member: Member, value: Any, path: str, mask: memoryview | None) -> None:
        """Write a bit field; ``place`` is the structure, of which neighbours in the same bytes stay."""
        found, btf_type = self._btf.resolve(member.type)
        bits = member.bits
        if btf_type.kind == kinds.INT:
            kind = self._number(member.type, btf_type)
        elif btf_type.kind in (kinds.ENUM, kinds.ENUM64):
            kind = Number()
            name, value = value, self._enumerator(found, btf_type, value, path)
            width = 64 if btf_type.kind == kinds.ENUM64 else 32
            if name != value and value >> bits and value >> width - 1:
                value -= 1 << width  # negative ones stand there with all their bits
        else:
            raise WrongValue(f"{path} is of a type that cannot be set, such as a pointer")
        number = _checked_number(value, path, bits, kind, "")
        first, last = member.start // 8, (member.start + bits + 7) // 8
        shift = member.start % 8
        if sys.byteorder == "big":
            shift = 8 * (last - first) - shift - bits
        ones = (1 << bits) - 1 << shift
        before = int.from_bytes(place[first:last], sys.byteorder)
        place[first:last] = (before & ~ones | number << shift).to_bytes(last - first, sys.byteorder)
        if mask is not None:
            declared = int.from_bytes(mask[first:last], sys.byteorder) | ones
            mask[first:last] = declared.to_bytes(last - first, sys.byteorder)

    def _put_array(self, place: memoryview, btf_type: Type, value: Any, path: str, mask: memoryview | None) -> None:
        element, _index, count = btf_type.words
        size = self._btf.size(element)
        is_text = is_char(self._btf, element)
        if is_text and isinstance(value, str):
            _put_text(place, value, count, path)
            _declare(mask)
            return
        other = "" if is_text or not self._takes_address(element) else _address_of(len(place))
        what = "a text or a list" if is_text else f"a list or {other} in quotes" if other else "a list"
        if isinstance(value, str) and not is_text:
            what += ". Texts are for arrays of char"
        items = _checked(value, list, what, path)
        if len(items) != count:
            raise WrongValue(f"{path} is a list of {len(items)}, and has to be one of {count}")
        for index, item in enumerate(items):
            part = slice(index * size, (index + 1) * size)
            self.put(place[part], element, item, f"{path}[{index}]", None if mask is None else mask[part])

    def _put_structure(self, place: memoryview, type_id: int, value: Any, path: str, mask: memoryview | None) -> None:
        overlap = self._structure(type_id).overlap and isinstance(value, dict) and len(value) > 1
        if overlap and mask is None:
            mask = memoryview(bytearray(len(place)))
        for name, item in _checked(value, dict, "a dictionary", path).items():
            member = self.member(type_id, name, path)
            inside = f"{path}.{short(name)}"  # thousands of values may lie within one long name
            if overlap and mask is not None:
                self._put_one_of(place, member, item, inside, mask)
            else:
                self.put_member(place, member, item, inside, mask)

    def _put_one_of(self, place: memoryview, member: Member, value: Any, path: str, mask: memoryview) -> None:
        """Write a member that others may share bytes with: these may have been set already, to the same."""
        part = slice(member.start // 8, -(-(member.start + self._width(member)) // 8))
        before, declared = (int.from_bytes(each[part], "little") for each in (place, mask))
        self.put_member(place, member, value, path, mask)
        if (before ^ int.from_bytes(place[part], "little")) & declared:
            raise WrongValue(
                f"{path} is in the same bytes as another member, which has another value. Give one of the two"
            )

    def _width(self, member: Member) -> int:
        """Bits."""
        return member.bits or 8 * self._btf.size(member.type)

    def _structure(self, type_id: int) -> _Structure:
        if type_id not in self._structures:
            found = members(self._btf, type_id)
            spans = sorted((each.start, self._width(each)) for each in found.values())
            overlap = any(start + bits > after[0] for (start, bits), after in zip(spans, spans[1:]))
            self._structures[type_id] = _Structure(found, overlap)
        return self._structures[type_id]


def _declare(mask: memoryview | None) -> None:
    if mask is not None:
        mask[:] = b"\xff" * len(mask)


def _put_address(place: memoryview, data: bytes, text: str, path: str, mask: memoryview | None) -> None:
    if len(data) != len(place):
        raise WrongValue(
            f"{path} is {text}, {_ADDRESSES[len(data)]} of {len(data)} bytes, and its type has {len(place)}"
        )
    place[:] = data
    _declare(mask)


def _put_formatted(place: memoryview, format_name: str, value: Any, path: str, mask: memoryview | None) -> None:
    """A value of a type that no source has (``members.FORMAT``)."""
    data = address(value) if isinstance(value, str) else None
    if data is None and format_name in ("hex", "raw"):
        data = _digits(value, len(place), prefixed=format_name == "raw")
    if data is not None:
        _put_address(place, data, str(value), path, mask)
        return
    size = len(place)
    digits = f"{2 * size} hexadecimal digits"
    if format_name == "raw":
        if isinstance(value, str) and value[:2] in ("0x", "0X"):
            raise WrongValue(
                f"{path} is {_shown(value)}, and its type is not known. "
                f"Give 0x and {digits}, which are its bytes in their order, a decimal number, or name its type"
            )
        if _as_number(value) is None or not 0 < size <= 16:
            raise WrongValue(f"{path} is {_shown(value)}, and has to be 0x and {digits} in quotes, or name its type")
        _put_number(place, value, path, Number())
        _declare(mask)
        return
    what = f"{digits} in quotes" if format_name == "hex" else f"{_ADDRESSES[size]} in quotes"
    raise WrongValue(f"{path} is {_shown(value)}, and has to be {what}")


def _digits(value: Any, size: int, prefixed: bool) -> bytes | None:
    """The bytes of hexadecimal digits; ``None`` where these are not as many. ``prefixed`` needs 0x before them."""
    found = _DIGITS.fullmatch(value) if isinstance(value, str) and len(value) <= 2 * size + 2 else None
    if found is None or len(found[2]) != 2 * size or (prefixed and not found[1]):
        return None
    return bytes.fromhex(found[2])


def _checked_number(value: Any, path: str, bits: int, kind: Number, other: str) -> int:
    """The number as so many bits; ``other`` is what else is possible."""
    number = _as_number(value)
    if number is None:
        what = "true or false" if kind.boolean else "a number"
        raise WrongValue(f"{path} is {_shown(value)}, and has to be {what}{f' or {other}' if other else ''}")
    if not 0 < bits <= 128:
        raise WrongValue(f"{path} is not of a type that can be set")
    lowest, highest = kind.range(bits)
    if not lowest <= number <= highest:
        # Python refuses to print thousands of digits.
        shown = number if number.bit_length() <= 512 else "too large"
        raise WrongValue(f"{path} is {shown}, and has to be from {lowest} to {highest} ({bits} bits)")
    return number & (1 << bits) - 1


def _put_number(place: memoryview, value: Any, path: str, kind: Number) -> None:
    other = "" if kind.boolean else _address_of(len(place))
    number = _checked_number(value, path, 8 * len(place), kind, other)
    place[:] = number.to_bytes(len(place), "big" if kind.network else sys.byteorder)


def _put_float(place: memoryview, value: Any, path: str) -> None:
    if isinstance(value, str):
        # As files have them, and as values are shown that JSON does not have: inf, nan.
        try:
            value = float(value)
        except ValueError:
            pass
    try:
        place[:] = struct.pack({4: "=f", 8: "=d"}[len(place)], _checked(value, (int, float), "a number", path))
    except (OverflowError, struct.error) as error:
        raise WrongValue(f"{path} is too large for {8 * len(place)} bits") from error


def _put_text(place: memoryview, value: str, count: int, path: str) -> None:
    # Bytes that are not text are shown as digits, and these are longer than a text has room for.
    data = _digits(value, count, prefixed=True) if count else None
    if data is not None:
        place[:] = data
        return
    try:
        text = value.encode()
    except UnicodeEncodeError as error:
        raise WrongValue(f"{path} is {short(ascii(value))}, which is no text that can be encoded") from error
    if len(text) >= count:
        raise WrongValue(f"{path} is a text of {len(text)} bytes, and {max(count - 1, 0)} are possible")
    place[:] = text.ljust(count, b"\0")


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
