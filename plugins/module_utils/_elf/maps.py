# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The maps that an ELF object declares: in section ``.maps`` through BTF, or in ``maps`` as structures.

The second is how objects were before libbpf 1.0, which refuses them; aya's
``#[map]`` and the loader of iproute2 still have them. Whether a map asks to be
pinned by name makes no difference: here every map is.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Type
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import STT_OBJECT, Elf, Section, Symbol
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.pin_names import Names
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.unmakeable import Declared, Unmakeable
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.type_names import MAP_TYPES, type_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec

_BTF_MAPS = ".maps"

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
    return section.name in (_BTF_MAPS, "maps") or section.name.startswith("maps/")


def declared_maps(elf: Elf, types: ObjectTypes) -> dict[tuple[int, int], Declared]:
    """The maps by their place: index of the section, and offset in it."""
    found: dict[tuple[int, int], Declared] = {}
    names = Names()
    declarations = _Declarations(types)
    for section in elf.sections:
        if not is_map_section(section):
            continue
        filled = sorted(each.offset for each in elf.relocations(section))
        for symbol, size in _with_sizes(elf, section):
            map: Declared
            try:
                names.add(symbol.name)
                _refuse_values(filled, section, symbol, size)
                if section.name == _BTF_MAPS:
                    map = declarations.map(section, symbol)
                else:
                    map = _by_structure(elf, types, section, symbol, size)
                if map.type.endswith("_of_maps"):
                    raise XdpError(
                        f"has a map of maps, {symbol.name} in section {short(section.name)}, which cannot be made yet"
                    )
            except XdpError as error:
                map = Unmakeable(symbol.name, str(error))
            found[section.number, symbol.value] = map
    return found


def _refuse_values(filled: list[int], section: Section, symbol: Symbol, size: int) -> None:
    """``filled`` are the places in the section where addresses belong."""
    if section.name == _BTF_MAPS and bisect_left(filled, symbol.value) < bisect_left(filled, symbol.value + size):
        raise XdpError(
            f"has initial values in the map {symbol.name} in section {section.name}, which cannot be filled in. "
            f"Declare it without values"
        )


def _with_sizes(elf: Elf, section: Section) -> list[tuple[Symbol, int]]:
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
    type, key_size, value_size, max_entries, flags = struct.unpack_from("=5I", data)
    shape = (key_size, value_size, max_entries, flags)
    return MapSpec(symbol.name, type_name(MAP_TYPES, type), *shape, key_type, value_type)


def _annotation(types: ObjectTypes, map: str) -> tuple[int, int]:
    """Types of key and value by ``struct ____btf_map_<name>`` (BPF_ANNOTATE_KV_PAIR of older libbpf)."""
    id = types.btf.find(kinds.STRUCT, f"____btf_map_{map}")
    members = types.btf.type(id).entries() if id is not None else []
    if len(members) != 2:
        return 0, 0
    return types.writer.take(members[0][1]), types.writer.take(members[1][1])


class _Declarations:
    """Maps by the types of their variables; each type is read once, however many variables are of it."""

    def __init__(self, types: ObjectTypes) -> None:
        self._types = types
        self._fields: dict[int, dict[str, Any] | str] = {}

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
        id, declaration = types.btf.resolve(types.btf.type(variable).size_or_type)
        fields = self._fields.get(id)
        if fields is None:
            try:
                fields = self._fields[id] = _fields(types, declaration, where)
            except XdpError as error:
                self._fields[id] = str(error)
                raise
        if isinstance(fields, str):
            raise XdpError(f"declares {where} by the same structure as another map, and {fields}")
        return MapSpec(symbol.name, **fields)


def _fields(types: ObjectTypes, declaration: Type, where: str) -> dict[str, Any]:
    """What a structure declares of a map, as the fields of ``MapSpec``."""
    fields: dict[str, Any] = dict.fromkeys(("type", "key_size", "value_size", "max_entries", "flags"), 0)
    for name_at, member_type, _offset in declaration.entries() if declaration.kind == kinds.STRUCT else ():
        name = types.btf.string(name_at)
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
            fields["inner"] = True
        else:
            raise XdpError(f"declares {where} with {short(name)}, which is not known")
    fields.pop("", None)
    if not fields["type"]:
        raise XdpError(f"declares {where} without a type")
    if fields.pop("inner", False):
        raise XdpError(f"has a map of maps or with values, {where}, which cannot be made yet")
    fields["type"] = type_name(MAP_TYPES, fields["type"])
    return fields


def _pointed_to(types: ObjectTypes, id: int, what: str) -> int:
    _id, pointer = types.btf.resolve(id)
    if pointer.kind != kinds.PTR:
        raise XdpError(f"does not declare {what} as a pointer to its type")
    return pointer.size_or_type


def _number(types: ObjectTypes, id: int, what: str) -> int:
    """``__uint(name, 5)`` is a pointer to an array of 5; ``__ulong`` (64 bits) is an enumerator."""
    _id, type = types.btf.resolve(id)
    if type.kind == kinds.ENUM64 and type.vlen == 1:
        return type.words[1] | type.words[2] << 32
    if type.kind == kinds.ENUM and type.vlen == 1:
        return type.words[1]
    _id, array = types.btf.resolve(_pointed_to(types, id, what))
    if array.kind != kinds.ARRAY:
        raise XdpError(f"does not declare {what} as a number")
    return array.words[2]
