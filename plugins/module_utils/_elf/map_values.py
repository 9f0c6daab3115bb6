# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What an ELF object fills its maps with: maps in a map of maps, programs in a ``prog_array``.

The compiler leaves an initialiser ``.values = { [1] = &inner }`` as a relocation
of section ``.maps``; its place says which slot is meant. The checks are those of
bpf_object__collect_map_relos in libbpf.c, 1.5.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import (
    SHN_UNDEF,
    SHT_NOBITS,
    Elf,
    Relocation,
    Section,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.functions import Code
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.maps import with_sizes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.unmakeable import Declared, Unmakeable
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    INSTRUCTION_SIZE,
    OF_MAPS,
    InitialValue,
    MapSpec,
)

# Bytes of a pointer in BPF, whatever the machine.
_POINTER = 8


class _Room(NamedTuple):
    """Where a declaration lies in the section."""

    start: int
    end: int


def fill(
    elf: Elf, types: ObjectTypes, maps: Mapping[tuple[int, int], Declared], code: Code
) -> dict[tuple[int, int], Declared]:
    """The maps by their place, as ``declared_maps`` has them, with their initial values."""
    filled = dict(maps)
    section = elf.named(".maps")
    relocations = elf.relocations(section) if section is not None else []
    if section is None or not relocations:
        return filled
    rooms = [_Room(symbol.value, symbol.value + size) for symbol, size in with_sizes(elf, section)]
    starts = [room.start for room in rooms]
    by_map: dict[int, list[Relocation]] = {}
    for relocation in relocations:
        index = bisect_right(starts, relocation.offset) - 1
        if index < 0 or relocation.offset + _POINTER > min(rooms[index].end, section.size):
            raise XdpError(
                f"has an initial value at byte {relocation.offset} of section .maps, where no map is declared"
            )
        by_map.setdefault(rooms[index].start, []).append(relocation)
    for start, found in by_map.items():
        map_spec = maps[section.number, start]
        if isinstance(map_spec, MapSpec):
            try:
                values = _values(elf, types, section, found, start, map_spec, maps, code)
                filled[section.number, start] = map_spec._replace(values=values)
            except XdpError as error:
                filled[section.number, start] = Unmakeable(map_spec.name, str(error))
    return filled


def _values(
    elf: Elf,
    types: ObjectTypes,
    section: Section,
    relocations: list[Relocation],
    start: int,
    map_spec: MapSpec,
    maps: Mapping[tuple[int, int], Declared],
    code: Code,
) -> tuple[InitialValue, ...]:
    """Those of one map, by slot; ``start`` is where its declaration begins."""
    start += _offset_of_values(types, map_spec)
    values: dict[int, str] = {}
    for relocation in relocations:
        slot, odd = divmod(relocation.offset - start, _POINTER)
        if odd or slot < 0:
            raise XdpError(f"has an initial value of the map {short(map_spec.name)} that is not in one of its slots")
        if slot in values:
            raise XdpError(f"has two initial values for slot {slot} of the map {short(map_spec.name)}")
        values[slot] = _target(elf, section, relocation, map_spec, maps, code)
    return tuple(InitialValue(*each) for each in sorted(values.items()))


def _offset_of_values(types: ObjectTypes, map_spec: MapSpec) -> int:
    """Bytes from the start of the declaration to its member ``values``, which is the last one."""
    variable = types.btf.find(kinds.VAR, map_spec.name)
    declaration = types.btf.resolve(types.btf.type(variable or 0).size_or_type)[1]
    members = declaration.entries() if declaration.kind == kinds.STRUCT else []
    if not members or types.btf.string(members[-1][0]) != "values":
        raise XdpError(f"has initial values for the map {short(map_spec.name)}, which is declared without values")
    return members[-1][2] // 8


def _target(
    elf: Elf,
    section: Section,
    relocation: Relocation,
    map_spec: MapSpec,
    maps: Mapping[tuple[int, int], Declared],
    code: Code,
) -> str:
    """Name of the map or program whose address belongs here."""
    symbol = relocation.symbol
    if symbol.section == SHN_UNDEF:
        raise XdpError(
            f"fills the map {short(map_spec.name)} with {short(symbol.name)}, which the object does not define"
        )
    # Of a static variable or function, the symbol may be the section's, and the rest of the address in place.
    added = 0
    if section.type != SHT_NOBITS:
        (added,) = struct.unpack_from("=Q", elf.contents(section), relocation.offset)
    place = symbol.section, symbol.value + added
    if map_spec.type in OF_MAPS:
        if map_spec.key_size != 4:
            raise XdpError(
                f"has initial values for the map {short(map_spec.name)}, whose keys have {map_spec.key_size} bytes, not 4"
            )
        inner = maps.get(place)
        if inner is None:
            raise XdpError(f"fills the map of maps {short(map_spec.name)} with {short(symbol.name)}, which is no map")
        if isinstance(inner, Unmakeable):
            raise XdpError(f"fills the map of maps {short(map_spec.name)} with {short(inner.name)}, and {inner.why}")
        return inner.name
    start, odd = divmod(place[1], INSTRUCTION_SIZE)
    function = code.at(place[0], -1 if odd else start)
    if function is None or not code.is_entry(function):
        # Of a static function, the symbol is the section's, which has no name.
        name = function.name if function is not None else symbol.name
        raise XdpError(
            f"fills the program array {short(map_spec.name)} with {short(name)}, which is no program of the object"
        )
    return function.name
