# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The maps that an ELF object declares: in section ``.maps`` through BTF, or in ``maps`` as structures.

What they are filled with is read by ``map_values``.

The second is how objects were before libbpf 1.0, which refuses them; aya's
``#[map]`` and the loader of iproute2 still have them. Whether a map asks to be
pinned by name makes no difference: here every map is.
"""

from __future__ import annotations

import struct
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.type_names import MAP_TYPES, type_name
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Type
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import STT_OBJECT, Elf, Section, Symbol
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.pin_names import Names
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.unmakeable import Declared, Unmakeable
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import OF_MAPS, MapSpec

_BTF_MAPS = ".maps"

_PROG_ARRAY = "prog_array"

# Bytes of a descriptor, which is what user space puts into the two kinds of maps that have values.
_DESCRIPTOR_SIZE = 4

# Members of a declaration that are numbers, and the fields of MapSpec that they set (parse_btf_map_def in libbpf.c).
_NUMBERS = {
    "type": "type",
    "key_size": "key_size",
    "value_size": "value_size",
    "max_entries": "max_entries",
    "map_flags": "flags",
    "map_extra": "extra",
    "numa_node": "numa_node",
    "pinning": "",
}

# Words of the structures: ``struct bpf_map_def`` of libbpf before 1.0 (type, key_size, value_size, max_entries,
# map_flags), the same with id and pinning of aya (aya-obj, bpf_map_def), and ``struct bpf_elf_map`` of iproute2
# (bpf_elf.h), which adds inner_id and inner_idx.
_OLD_STRUCTURES = (5, 7, 9)


def is_map_section(section: Section) -> bool:
    """Whether maps are declared there: ``.maps`` by BTF, ``maps`` and ``maps/…`` by structures."""
    return section.name in (_BTF_MAPS, "maps") or section.name.startswith("maps/")


def declared_maps(elf: Elf, types: ObjectTypes) -> dict[tuple[int, int], Declared]:
    """The maps by their place: index of the section, and offset in it."""
    found: dict[tuple[int, int], Declared] = {}
    names = Names()
    declarations = _Declarations(types)
    for section in elf.sections:
        if not is_map_section(section):
            continue
        for symbol, size in with_sizes(elf, section):
            declared: Declared
            try:
                names.add(symbol.name)
                if section.name == _BTF_MAPS:
                    declared = declarations.map(section, symbol)
                else:
                    declared = _by_structure(elf, types, section, symbol, size)
            except XdpError as error:
                declared = Unmakeable(symbol.name, str(error))
            found[section.number, symbol.value] = declared
    return found


def with_sizes(elf: Elf, section: Section) -> list[tuple[Symbol, int]]:
    """The section's maps with the bytes of each declaration, which an assembler may not have said."""
    symbols = elf.section_symbols(section, STT_OBJECT) or elf.section_symbols(section, 0)
    symbols = [symbol for symbol in symbols if symbol.name]
    ends = [symbol.value for symbol in symbols[1:]] + [section.size]
    return [(symbol, symbol.size or end - symbol.value) for symbol, end in zip(symbols, ends)]


def _by_structure(elf: Elf, types: ObjectTypes, section: Section, symbol: Symbol, size: int) -> MapSpec:
    data = elf.contents(section)[symbol.value : symbol.value + size]
    if len(data) != size or len(data) not in [4 * count for count in _OLD_STRUCTURES]:
        raise XdpError(
            f"declares the map {symbol.name} in section {short(section.name)} by a structure of {size} bytes. "
            f"Known are those of {', '.join(str(4 * count) for count in _OLD_STRUCTURES)} bytes"
        )
    key_type, value_type = _annotation(types, symbol.name)
    map_type, key_size, value_size, max_entries, flags = struct.unpack_from("=5I", data)
    if type_name(MAP_TYPES, map_type) in OF_MAPS:
        raise XdpError(
            f"declares the map of maps {symbol.name} in section {short(section.name)} by a structure, which does not say "
            f'what it holds. Declare it in SEC(".maps"), with __array(values, ...)'
        )
    shape = (key_size, value_size, max_entries, flags)
    return MapSpec(symbol.name, type_name(MAP_TYPES, map_type), *shape, key_type, value_type)


def _annotation(types: ObjectTypes, map_name: str) -> tuple[int, int]:
    """Types of key and value by ``struct ____btf_map_<name>`` (BPF_ANNOTATE_KV_PAIR of older libbpf)."""
    type_id = types.btf.find(kinds.STRUCT, f"____btf_map_{map_name}")
    members = types.btf.type(type_id).entries() if type_id is not None else []
    if len(members) != 2:
        return 0, 0
    return types.writer.take(members[0][1]), types.writer.take(members[1][1])


class _Declarations:
    """Maps by the types of their variables; each type is read once, however many variables or maps are of it."""

    def __init__(self, types: ObjectTypes) -> None:
        self._types = types
        self._fields: dict[int, dict[str, Any] | str] = {}
        self._inner: dict[int, MapSpec | str] = {}

    def map(self, section: Section, symbol: Symbol) -> MapSpec:
        types = self._types
        where = f"the map {symbol.name} in section {section.name}"
        if not types.known:
            raise XdpError(
                f"declares {where} through BTF, of which it has none. Build it with clang -g, and do not strip it"
            )
        variable = types.btf.find(kinds.VAR, symbol.name)
        if variable is None:
            raise XdpError(f"declares {where}, and its BTF does not know it")
        type_id, declaration = types.btf.resolve(types.btf.type(variable).size_or_type)
        fields = self._fields.get(type_id)
        if fields is None:
            try:
                fields = self._fields[type_id] = self._read(declaration, where)
            except XdpError as error:
                self._fields[type_id] = str(error)
                raise
        if isinstance(fields, str):
            raise XdpError(f"declares {where} by the same structure as another map, and {fields}")
        return MapSpec(symbol.name, **fields)

    def _read(self, declaration: Type, where: str) -> dict[str, Any]:
        """A declaration with what it says of its values (parse_btf_map_def in libbpf.c)."""
        fields, values = _fields(self._types, declaration, where)
        if values is None:
            return fields
        if fields["type"] != _PROG_ARRAY and fields["type"] not in OF_MAPS:
            raise XdpError(f"declares {where} with values, which only maps of maps and program arrays have")
        if fields["value_size"] not in (0, _DESCRIPTOR_SIZE):
            raise XdpError(f"declares {where} with values of {fields['value_size']} bytes, where each is a descriptor")
        fields["value_size"] = _DESCRIPTOR_SIZE
        type_id, target = self._held(values, where)
        if fields["type"] == _PROG_ARRAY:
            if target.kind != kinds.FUNC_PROTO:
                raise XdpError(f"does not declare values of {where} as pointers to functions")
        elif target.kind != kinds.STRUCT:
            raise XdpError(f"does not declare values of {where} as pointers to a map's structure")
        else:
            fields["inner"] = self._inner_map(type_id, target, where)
        return fields

    def _held(self, values: int, where: str) -> tuple[int, Type]:
        """``__array(values, T)`` is an array, of no size, of pointers to T."""
        _id, array = self._types.btf.resolve(values)
        if array.kind != kinds.ARRAY or array.words[2]:
            raise XdpError(f"does not declare values of {where} as an array without a size")
        return self._types.btf.resolve(_pointed_to(self._types, array.words[0], f"values of {where}"))

    def _inner_map(self, type_id: int, declaration: Type, where: str) -> MapSpec:
        inner = self._inner.get(type_id)
        if inner is None:
            try:
                inner = self._inner[type_id] = self._read_inner(declaration, f"the map within {where}")
            except XdpError as error:
                self._inner[type_id] = str(error)
                raise
        if isinstance(inner, str):
            raise XdpError(f"declares {where} with the same map within as another map, and {inner}")
        return inner

    def _read_inner(self, declaration: Type, where: str) -> MapSpec:
        fields, values = _fields(self._types, declaration, where, is_inner=True)
        if values is not None or fields["type"] in OF_MAPS:
            raise XdpError(f"declares {where} as one with values: maps have at most two levels")
        return MapSpec("", **fields)


def _fields(
    types: ObjectTypes, declaration: Type, where: str, is_inner: bool = False
) -> tuple[dict[str, Any], int | None]:
    """What a structure declares of a map, as the fields of ``MapSpec``, and the type of its values."""
    fields: dict[str, Any] = dict.fromkeys(("type", "key_size", "value_size", "max_entries", "flags"), 0)
    values = None
    for name_at, member_type, _offset in declaration.entries() if declaration.kind == kinds.STRUCT else ():
        name = types.btf.string(name_at)
        if values is not None:
            raise XdpError(f"declares {where} with {short(name)} after values, which have to come last")
        if is_inner and name == "pinning":
            raise XdpError(f"declares {where} with pinning, and it has no name to be pinned by")
        if name in _NUMBERS:
            number = _number(types, member_type, f"{name} of {where}")
            if number >> 32 and name != "map_extra":
                raise XdpError(f"declares {where} with {name} {number}, which is too large")
            fields[_NUMBERS[name]] = number
        elif name in ("key", "value"):
            target = _pointed_to(types, member_type, f"{name} of {where}")
            fields[f"{name}_size"] = types.btf.size(target)
            fields[f"btf_{name}_type_id"] = types.writer.take(target)
        elif name == "values":
            values = member_type
        else:
            raise XdpError(f"declares {where} with {short(name)}, which is not known")
    fields.pop("", None)
    if not fields["type"]:
        raise XdpError(f"declares {where} without a type")
    fields["type"] = type_name(MAP_TYPES, fields["type"])
    return fields, values


def _pointed_to(types: ObjectTypes, type_id: int, what: str) -> int:
    _id, pointer = types.btf.resolve(type_id)
    if pointer.kind != kinds.PTR:
        raise XdpError(f"does not declare {what} as a pointer to its type")
    return pointer.size_or_type


def _number(types: ObjectTypes, type_id: int, what: str) -> int:
    """``__uint(name, 5)`` is a pointer to an array of 5; ``__ulong`` (64 bits) is an enumerator."""
    _id, btf_type = types.btf.resolve(type_id)
    if btf_type.kind == kinds.ENUM64 and btf_type.vlen == 1:
        return btf_type.words[1] | btf_type.words[2] << 32
    if btf_type.kind == kinds.ENUM and btf_type.vlen == 1:
        return btf_type.words[1]
    _id, array = types.btf.resolve(_pointed_to(types, type_id, what))
    if array.kind != kinds.ARRAY:
        raise XdpError(f"does not declare {what} as a number")
    return array.words[2]
