# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.


"""An object spec from plain data, which may come from anywhere: all of it is checked."""

from __future__ import annotations

import struct
import sys
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.data_reader import Malformed, Reader
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CALL,
    CORE_RELOCATION,
    CORE_RELOCATION_SIZE,
    INSTRUCTION_SIZE,
    LD_IMM64,
    MOST_INSTRUCTIONS,
    MOST_VARIABLES,
    OF_MAPS,
    XDP,
    XDP_CPUMAP,
    XDP_DEVMAP,
    InitialValue,
    KernelReference,
    KernelSetting,
    LeftOut,
    LinkedMember,
    MapReference,
    MapSpec,
    NamedCounters,
    ObjectSpec,
    ProgramSpec,
    VariableSpec,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.to_data import EXTENDED_FORMAT, FORMAT, format_of

# The instructions that may refer to each kind of thing in the kernel.
_REFERRING = {"function": (CALL, LD_IMM64), "variable": (LD_IMM64,), "address": (LD_IMM64,)}

_ATTACH_TYPES = frozenset((XDP, XDP_DEVMAP, XDP_CPUMAP))

_SETTING_KINDS = frozenset(("bool", "tristate", "char", "int", "text"))


def from_data(data: Any) -> ObjectSpec:
    """Raises ``Malformed``."""
    reader = Reader(data)
    format_name = reader.text("format")
    if format_name not in (FORMAT, EXTENDED_FORMAT):
        raise Malformed(f"format is {short(format_name)!r}, and this version knows {FORMAT!r} and {EXTENDED_FORMAT!r}")
    if reader.text("byte_order") != sys.byteorder:
        raise Malformed(f"it is for a machine with {short(reader.text('byte_order'))}-endian byte order")
    maps = tuple(_map(each) for each in reader.readers("maps"))
    names = {map_spec.name for map_spec in maps}
    sizes = {map_spec.name: map_spec.value_size for map_spec in maps if map_spec.variables is not None}
    spec = ObjectSpec(
        _unique("program", tuple(_program(each, names) for each in reader.readers("programs"))),
        _unique("map", maps),
        reader.blob("btf"),
        reader.text("source"),
        _unique("variable", tuple(_variable(each, sizes) for each in reader.readers("variables"))),
        tuple(_left_out(each) for each in reader.readers("left_out")),
        reader.optional("members", lambda key: _unique("member", tuple(map(_member, reader.readers(key)))), ()),
        reader.optional("counters", lambda key: tuple(map(_counters, reader.readers(key))), ()),
    )
    _check_values(spec)
    _check_members(spec)
    _check_counters(spec)
    # A version that knows the first format alone would load it without what the second one adds.
    if format_of(spec) != format_name:
        raise Malformed(f"format is {format_name!r}, and what follows is {format_of(spec)!r}")
    return spec


def _member(reader: Reader) -> LinkedMember:
    return LinkedMember(
        reader.text("name"),
        reader.text("program"),
        reader.texts("proceed_on"),
        reader.text("object"),
        reader.number("start"),
        reader.number("counter"),
        reader.flag("frags"),
    )


def _check_members(spec: ObjectSpec) -> None:
    """Whether they are where they are said to be, in the first program."""
    if not spec.members:
        return
    size = len(spec.programs[0].instructions) // INSTRUCTION_SIZE if spec.programs else 0
    starts = [member.start for member in spec.members]
    if not starts[0] > 0 or starts[-1] >= size or starts != sorted(set(starts)):
        raise Malformed("its members are not where they are said to be")
    if any(member.counter >= starts[0] for member in spec.members):
        raise Malformed("what counts its members is not where it is said to be")


def _counters(reader: Reader) -> NamedCounters:
    return NamedCounters(
        reader.text("map"),
        reader.texts("names"),
        reader.name("variables"),
        reader.number("offset"),
        reader.number("first"),
        reader.number("end"),
    )


def _check_counters(spec: ObjectSpec) -> None:
    """Whether each name can have a row of its own, and the program can be told which."""
    maps = {map_spec.name: map_spec for map_spec in spec.maps}
    for each in spec.counters:
        rows, variables = maps.get(each.map), maps.get(each.variables)
        if rows is None or each.end > min(rows.max_entries, 256):
            raise Malformed(f"the map {short(each.map)} has not the rows that names are to have")
        if len(set(each.names)) > each.end - each.first:
            raise Malformed(f"there are more names than rows of {short(each.map)}")
        if variables is None or variables.variables is None or each.offset + len(each.names) > variables.value_size:
            raise Malformed(f"the numbers of the rows of {short(each.map)} lie outside of {short(each.variables)}")


def _unique(what: str, things: Any) -> Any:
    seen = set()
    for thing in things:
        if thing.name in seen:
            raise Malformed(f"there are several {what}s called {short(thing.name)}")
        seen.add(thing.name)
    return things


def _check_values(spec: ObjectSpec) -> None:
    """Whether maps are filled with what the object has."""
    programs = {program.name for program in spec.programs}
    maps = {map_spec.name for map_spec in spec.maps}
    for map_spec in spec.maps:
        known = programs if map_spec.type == "prog_array" else maps if map_spec.type in OF_MAPS else set()
        before = -1
        for value in map_spec.values:
            if value.name not in known:
                raise Malformed(f"{map_spec.name} is filled with {short(value.name)}, which is missing")
            if value.slot <= before:
                raise Malformed(f"the values of {map_spec.name} are not in the order of their slots")
            before = value.slot


def _map(reader: Reader) -> MapSpec:
    map_spec = _shape(reader, reader.name())._replace(
        inner=reader.optional("inner", lambda key: _shape(reader.reader(key), ""), None),
        values=reader.optional("values", lambda key: tuple(_value(each) for each in reader.readers(key)), ()),
        settings=reader.optional("settings", lambda key: tuple(_setting(each) for each in reader.readers(key)), ()),
    )
    if map_spec.variables is not None and len(map_spec.variables) > map_spec.value_size:
        raise Malformed(f"the variables of {map_spec.name} are more than its value_size")
    if map_spec.variables is not None and map_spec.value_size > MOST_VARIABLES:
        raise Malformed(f"the variables of {map_spec.name} take more than {MOST_VARIABLES >> 20} MiB")
    if map_spec.inner is not None and (map_spec.type not in OF_MAPS or map_spec.inner.variables is not None):
        raise Malformed(f"{map_spec.name} has a map within, which it cannot have")
    for setting in map_spec.settings:
        if setting.offset + setting.size > (map_spec.value_size if map_spec.variables is not None else -1):
            raise Malformed(f"the setting {short(setting.name)} lies outside of {map_spec.name}")
    return map_spec


def _value(reader: Reader) -> InitialValue:
    return InitialValue(reader.number("slot"), reader.text("name"))


def _setting(reader: Reader) -> KernelSetting:
    return KernelSetting(
        reader.text("name"),
        reader.number("offset"),
        reader.number("size"),
        reader.one_of("kind", _SETTING_KINDS),
        reader.flag("signed"),
        reader.flag("weak"),
    )


def _shape(reader: Reader, name: str) -> MapSpec:
    """The fields that the map within another one has as well."""
    return MapSpec(
        name,
        reader.text("type"),
        reader.number("key_size"),
        reader.number("value_size"),
        reader.number("max_entries"),
        reader.number("flags"),
        reader.number("btf_key_type_id"),
        reader.number("btf_value_type_id"),
        reader.number("extra", 1 << 64),
        reader.number("numa_node"),
        reader.blob_or_none("variables"),
    )


def _variable(reader: Reader, sizes: dict[str, int]) -> VariableSpec:
    variable = VariableSpec(
        reader.text("name"),
        reader.name("map"),
        reader.number("offset"),
        reader.number("size"),
        reader.number("btf_type_id"),
    )
    if variable.offset + variable.size > sizes.get(variable.map, -1):
        raise Malformed(f"the variable {short(variable.name)} lies outside of {variable.map}")
    return variable


def _left_out(reader: Reader) -> LeftOut:
    return LeftOut(reader.text("name"), reader.text("why"), reader.flag("candidate"), reader.flag("is_map"))


def _program(reader: Reader, maps: set[str]) -> ProgramSpec:
    name = reader.name()
    code = reader.blob("instructions", INSTRUCTION_SIZE)
    if not 0 < len(code) <= MOST_INSTRUCTIONS * INSTRUCTION_SIZE:
        raise Malformed(f"{name} has no instructions, or too many")
    program = ProgramSpec(
        name,
        code,
        tuple(_reference(item, name, code, maps) for item in reader.items("references")),
        reader.text("license"),
        reader.number("flags"),
        reader.blob("func_info", 8),
        reader.blob("line_info", 16),
        reader.optional("core_relocations", lambda key: reader.blob(key, CORE_RELOCATION_SIZE), b""),
        reader.optional(
            "kernel_references",
            lambda key: tuple(_kernel_reference(each, name, code) for each in reader.readers(key)),
            (),
        ),
        reader.optional("attach_type", lambda key: reader.one_of(key, _ATTACH_TYPES), XDP),
        reader.flag("on_request"),
        reader.optional("bound_maps", reader.texts, ()),
        reader.optional("proceed_on", reader.texts, None),
        reader.flag("fold_constants"),
    )
    _check_relocations(program)
    for map_name in program.bound_maps:
        if map_name not in maps:
            raise Malformed(f"{name} belongs to the map {short(map_name)}, which is missing")
    return program


def _check_relocations(program: ProgramSpec) -> None:
    if program.core_relocations and not (program.func_info and program.line_info):
        raise Malformed(
            f"{program.name} has CO-RE relocations without func_info and line_info: the kernel would ignore them"
        )
    for place, *_rest in struct.iter_unpack(f"={CORE_RELOCATION}", program.core_relocations):
        if place % INSTRUCTION_SIZE or place >= len(program.instructions):
            raise Malformed(f"{program.name} has a CO-RE relocation at byte {place}, where no instruction is")


def _kernel_reference(reader: Reader, program: str, code: bytes) -> KernelReference:
    reference = KernelReference(
        reader.number("instruction"), reader.text("name"), reader.one_of("kind", _REFERRING), reader.flag("weak")
    )
    opcode = _opcode(code, reference.instruction)
    if opcode not in _REFERRING[reference.kind]:
        raise Malformed(
            f"{program} refers to {short(reference.name)} at instruction {reference.instruction}, which cannot do so"
        )
    return reference


def _opcode(code: bytes, instruction: int) -> int | None:
    """``None`` where the instruction, with both of its places, is not within the program."""
    start = instruction * INSTRUCTION_SIZE
    if not 0 <= start < len(code):
        return None
    if code[start] == LD_IMM64 and start + 2 * INSTRUCTION_SIZE > len(code):
        return None
    return code[start]


def _reference(item: Any, program: str, code: bytes, maps: set[str]) -> MapReference:
    # Not by their exact types: what a playbook hands over is of subclasses of Ansible's own.
    is_pair = isinstance(item, list) and len(item) == 2 and isinstance(item[0], int) and isinstance(item[1], str)
    if not is_pair or isinstance(item[0], bool) or item[0].bit_length() > 128:
        raise Malformed(f"{program} has a reference that is not an instruction and a map")
    reference = MapReference(*item)
    if _opcode(code, reference.instruction) != LD_IMM64:
        raise Malformed(f"{program} has a reference at instruction {reference.instruction}, which takes none")
    if reference.map not in maps:
        raise Malformed(f"{program} refers to the map {short(reference.map)}, which is missing")
    return reference
