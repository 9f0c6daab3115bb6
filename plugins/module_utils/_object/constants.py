# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values for an object's read-only variables, set before it is loaded.

A value is laid out as the variable's type in the object's BTF says: numbers and
booleans, enumerators by name, texts for arrays of characters, lists for arrays,
dictionaries for structures. Where the object has no types, a number of the
variable's size.
"""

from __future__ import annotations

import struct
import sys
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._object import btf as kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._object.btf import Btf, Malformed, Type
from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import MapSpec, ObjectSpec, VariableSpec


def set_constants(spec: ObjectSpec, values: dict[str, Any]) -> ObjectSpec:
    """The object with these values in its read-only variables; raises ``XdpError``."""
    if not values:
        return spec
    known = {variable.name: variable for variable in spec.variables}
    maps = {map.name: map for map in spec.maps}
    try:
        btf = Btf(spec.btf)
        for name, value in values.items():
            variable = known.get(name)
            if variable is None:
                raise XdpError(
                    f"constants: the object has no read-only variable {short(str(name))}. "
                    f"{unknown_name(str(name), sorted(known), 'It has')}. "
                    f"Such variables are declared as: const volatile __u32 {name};"
                )
            maps[variable.map] = _with_value(btf, maps[variable.map], variable, value)
    except Malformed as error:
        raise XdpError(f"constants: the object's BTF is damaged: {error}") from None
    return spec._replace(maps=tuple(maps[map.name] for map in spec.maps))


def _with_value(btf: Btf, map: MapSpec, variable: VariableSpec, value: Any) -> MapSpec:
    data = bytearray((map.variables or b"").ljust(map.value_size, b"\0"))
    place = memoryview(data)[variable.offset : variable.offset + variable.size]
    encoder = _Encoder(btf)
    if variable.btf_type_id:
        if btf.size(variable.btf_type_id) != variable.size:
            raise Malformed(f"{variable.name} is not of the size of its type")
        encoder.put(place, variable.btf_type_id, value, variable.name)
    else:
        encoder.put_number(place, value, variable.name, signed=None)
    return map._replace(variables=bytes(data).rstrip(b"\0"))


class _Encoder:
    """Writes one value over the bytes of a variable; what the value leaves out stays as it is."""

    def __init__(self, btf: Btf) -> None:
        self._btf = btf

    def put(self, place: memoryview, id: int, value: Any, what: str) -> None:
        _id, type = self._btf.resolve(id)
        if type.kind == kinds.INT:
            encoding = type.words[0] >> 24
            highest = 1 if encoding & kinds.BOOL else None
            self.put_number(place, value, what, signed=bool(encoding & kinds.SIGNED), highest=highest)
        elif type.kind in (kinds.ENUM, kinds.ENUM64):
            self.put_number(place, self._enumerator(place, type, value, what), what, signed=None)
        elif type.kind == kinds.ARRAY:
            self._put_array(place, type, value, what)
        elif type.kind == kinds.STRUCT:
            self._put_structure(place, type, value, what)
        elif type.kind == kinds.FLOAT and len(place) in (4, 8):
            self._put_float(place, value, what)
        else:
            raise XdpError(f"constants: {what} is of a type that cannot be set, such as a pointer or a union")

    def put_number(
        self, place: memoryview, value: Any, what: str, signed: bool | None, highest: int | None = None
    ) -> None:
        """``signed`` is ``None`` where the object does not say: then both ranges are taken."""
        try:
            number = int(value, 0) if isinstance(value, str) else value
        except ValueError:
            number = None
        if not isinstance(number, int):
            raise XdpError(f"constants: {what} is {value!r}, and has to be a number")
        bits = 8 * len(place)
        if not 0 < bits <= 128:
            raise XdpError(f"constants: {what} is not of a type that can be set")
        lowest = 0 if signed is False else -(1 << bits - 1)
        if highest is None:
            highest = (1 << bits - 1) - 1 if signed else (1 << bits) - 1
        if not lowest <= number <= highest:
            # Python refuses to print thousands of digits.
            shown = number if number.bit_length() <= 1024 else "too large"
            raise XdpError(f"constants: {what} is {shown}, and has to be from {lowest} to {highest} ({bits} bits)")
        place[:] = (number & (1 << bits) - 1).to_bytes(len(place), sys.byteorder)

    def _put_float(self, place: memoryview, value: Any, what: str) -> None:
        try:
            place[:] = struct.pack({4: "=f", 8: "=d"}[len(place)], self._checked(value, (int, float), "a number", what))
        except (OverflowError, struct.error):
            raise XdpError(f"constants: {what} is too large for {8 * len(place)} bits") from None

    def _enumerator(self, place: memoryview, type: Type, value: Any, what: str) -> Any:
        if not isinstance(value, str):
            return value
        names = {self._btf.string(entry[0]): entry[1:] for entry in type.entries()}
        if value not in names:
            raise XdpError(f"constants: {what} is {value!r}, and has to be one of: {', '.join(names)}")
        number = sum(word << 32 * index for index, word in enumerate(names[value]))
        return number & (1 << 8 * len(place)) - 1  # negative ones stand there with 32 or 64 bits

    def _put_array(self, place: memoryview, type: Type, value: Any, what: str) -> None:
        element, _index, count = type.words
        size = self._btf.size(element)
        if isinstance(value, str) and size == 1:
            try:
                text = value.encode()
            except UnicodeEncodeError:
                raise XdpError(f"constants: {what} is {value!a}, which is no text that can be encoded") from None
            if len(text) >= count:
                raise XdpError(f"constants: {what} is a text of {len(text)} bytes, and {count - 1} are possible")
            place[:] = text.ljust(count, b"\0")
            return
        items = self._checked(value, list, "a list" if size > 1 else "a text or a list", what)
        if len(items) != count:
            raise XdpError(f"constants: {what} is a list of {len(items)}, and has to be one of {count}")
        for index, item in enumerate(items):
            self.put(place[index * size : (index + 1) * size], element, item, f"{what}[{index}]")

    def _put_structure(self, place: memoryview, type: Type, value: Any, what: str) -> None:
        members = {self._btf.string(entry[0]): entry[1:] for entry in type.entries()}
        for name, item in self._checked(value, dict, "a dictionary", what).items():
            if name not in members:
                raise XdpError(
                    f"constants: {what} has no member {short(str(name))}. {unknown_name(str(name), members, 'It has')}"
                )
            id, bits = members[name]
            if (type.flag and bits >> 24) or bits % 8:
                raise XdpError(f"constants: {what}.{name} is a bit field, which cannot be set")
            offset = (bits & 0xFFFFFF if type.flag else bits) // 8
            size = self._btf.size(id)
            if offset + size > len(place):
                raise Malformed(f"{name} lies outside of its structure")
            self.put(place[offset : offset + size], id, item, f"{what}.{name}")

    @staticmethod
    def _checked(value: Any, kind: Any, name: str, what: str) -> Any:
        if not isinstance(value, kind):
            raise XdpError(f"constants: {what} is {value!r}, and has to be {name}")
        return value
