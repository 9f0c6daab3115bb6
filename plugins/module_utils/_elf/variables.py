# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A program's variables: sections ``.rodata``, ``.data`` and ``.bss``, each of which becomes an array of one entry."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import (
    SHF_EXECINSTR,
    SHT_NOBITS,
    SHT_PROGBITS,
    STT_OBJECT,
    Elf,
    Section,
    Symbol,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.pin_names import Names
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.unmakeable import Declared, Unmakeable
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    F_MMAPABLE,
    F_RDONLY_PROG,
    MOST_VARIABLES,
    MapSpec,
    VariableSpec,
)

_PREFIXES = (".rodata", ".data", ".bss")

# Programs may only read these, whether their variables are declared as const or not (bpf_object__elf_collect in libbpf.c).
_CONSTANT = ".rodata"


class _Placed(NamedTuple):
    """A variable in its section."""

    name: str
    offset: int
    size: int
    #: Number of its VAR in the object's BTF; 0 without one.
    var: int


def is_variable_section(section: Section) -> bool:
    """Whether the section becomes a map of variables: ``.data``, ``.rodata``, ``.bss`` and ``.data.…`` and the like."""
    known = any(section.name == prefix or section.name.startswith(f"{prefix}.") for prefix in _PREFIXES)
    holds_data = section.type in (SHT_PROGBITS, SHT_NOBITS) and not section.flags & SHF_EXECINSTR
    return known and holds_data and section.size > 0


def variable_sections(elf: Elf, types: ObjectTypes) -> tuple[dict[int, Declared], list[VariableSpec]]:
    """The maps by the index of their section, and the variables that may be set before loading."""
    maps: dict[int, Declared] = {}
    constants: list[VariableSpec] = []
    names = Names()
    for section in elf.sections:
        if not is_variable_section(section):
            continue
        name = section.name.lstrip(".").replace(".", "_")
        try:
            names.add(name)
            _refuse(elf, section)
        except XdpError as error:
            maps[section.number] = Unmakeable(section.name, str(error))
            continue
        placed = _placed(elf, types, section)
        constant = section.name.startswith(_CONSTANT)
        flags = F_RDONLY_PROG if constant else 0
        if _has_some_for_others(types, section):
            flags |= F_MMAPABLE
        maps[section.number] = MapSpec(
            name,
            "array",
            4,
            section.size,
            1,
            flags,
            0,
            _section_type(types, section, placed),
            variables=elf.contents(section).rstrip(b"\0"),
        )
        if constant:
            constants += [
                VariableSpec(each.name, name, each.offset, each.size, _type_of(types, each)) for each in placed
            ]
    return maps, _without_doubles(constants)


def _refuse(elf: Elf, section: Section) -> None:
    """Raise ``XdpError`` for what no map can be made of.

    libbpf passes over addresses in variables, so that programs read there what
    the compiler left: nothing, or an offset within a section.
    """
    if elf.relocations(section):
        raise XdpError(
            f"has addresses in its variables (section {section.name}), such as a table of functions or a pointer "
            f"to a map, which cannot be filled in"
        )
    if section.size > MOST_VARIABLES:
        raise XdpError(f"has a section {section.name} of more than {MOST_VARIABLES >> 20} MiB")


def _has_some_for_others(types: ObjectTypes, section: Section) -> bool:
    """Whether one of the section's variables is not static, by the object's BTF."""
    btf = types.btf
    type_id = btf.find(kinds.DATASEC, section.name)
    variables = [btf.type(var) for var, _offset, _size in btf.type(type_id).entries()] if type_id is not None else []
    return any(each.kind == kinds.VAR and each.words[0] != kinds.STATIC for each in variables)


def _without_doubles(variables: list[VariableSpec]) -> list[VariableSpec]:
    """Static variables of several functions may share a name, and then none of them can be set by it."""
    names = [variable.name for variable in variables]
    once = {name for name in names if name}
    seen: set[str] = set()
    for name in names:
        if name in seen:
            once.discard(name)
        seen.add(name)
    return [variable for variable in variables if variable.name in once]


def _placed(elf: Elf, types: ObjectTypes, section: Section) -> list[_Placed]:
    """The section's variables where the symbols say, which is what counts: clang leaves offsets in BTF open."""
    type_ids = _vars(types, section)
    placed: list[_Placed] = []
    end = 0
    for symbol in elf.section_symbols(section, STT_OBJECT):
        if symbol.value < end or not _inside(symbol, section):
            continue  # an alias of the one before, or nonsense
        placed.append(_Placed(symbol.name, symbol.value, symbol.size, type_ids.get(symbol.name, 0)))
        end = symbol.value + symbol.size
    return placed


def _inside(symbol: Symbol, section: Section) -> bool:
    return symbol.size > 0 and symbol.value + symbol.size <= section.size


def _vars(types: ObjectTypes, section: Section) -> dict[str, int]:
    """Numbers of the section's VARs by name."""
    btf = types.btf
    type_id = btf.find(kinds.DATASEC, section.name)
    if type_id is None:
        return {}
    return {btf.name(btf.type(var)): var for var, _offset, _size in btf.type(type_id).entries()}


def _fits(btf: Btf, each: _Placed) -> bool:
    """Whether the variable is as large as its type: clang may make a flag of an ``int`` that is only 0 or 1."""
    try:
        return bool(each.var) and btf.size(btf.type(each.var).size_or_type) == each.size
    except Malformed:
        return False


def _type_of(types: ObjectTypes, each: _Placed) -> int:
    if not _fits(types.btf, each):
        return 0
    return types.writer.take(types.btf.type(each.var).size_or_type)


def _section_type(types: ObjectTypes, section: Section, placed: list[_Placed]) -> int:
    """A DATASEC with the right offsets, as the kernel wants it; 0 where the object's BTF does not know the section."""
    if types.btf.find(kinds.DATASEC, section.name) is None:
        return 0
    typed = [(types.writer.take(each.var), each.offset, each.size) for each in placed if _fits(types.btf, each)]
    return types.writer.add_section(section.name, section.size, typed)
