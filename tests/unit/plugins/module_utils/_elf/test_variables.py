# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program's variables, as maps of one value and as what may be set before loading."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.variables import variable_sections
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MOST_VARIABLES, MapSpec, VariableSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    CODE,
    CONSTANT,
    DATA,
    FUNC,
    LOCAL,
    NOBITS,
    NOTYPE,
    ObjectFile,
    start_of,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import made

MMAPABLE, RDONLY_PROG = 1 << 10, 1 << 7


def read(file: ObjectFile) -> tuple[dict[int, MapSpec], list[VariableSpec]]:
    elf = Elf(file.data())
    maps, constants = variable_sections(elf, ObjectTypes(elf))
    return made(maps), constants


def map_of(file: ObjectFile) -> MapSpec:
    (found,) = list(read(file)[0].values())
    return found


def constants(file: ObjectFile) -> list[tuple[str, int, int]]:
    return [(each.name, each.offset, each.size) for each in read(file)[1]]


@pytest.mark.parametrize(
    ("section", "name"),
    [
        (".rodata", "rodata"),
        (".data", "data"),
        (".bss", "bss"),
        (".rodata.str1.1", "rodata_str1_1"),
        (".rodata.cst16", "rodata_cst16"),
        (".data.config", "data_config"),
        (".bss.scratch", "bss_scratch"),
        (".data.rel.ro", "data_rel_ro"),
    ],
)
def test_the_map_is_called_as_the_section(section: str, name: str) -> None:
    file = ObjectFile().section(section, b"\1\2\3\4", flags=CONSTANT if section.startswith(".rodata") else DATA)
    assert map_of(file).name == name


@pytest.mark.parametrize(
    "section", [".rodata1", ".database", ".bssx", "rodata", "x.data", ".sdata", "license", ".BTFx"]
)
def test_other_sections_are_no_variables(section: str) -> None:
    assert read(ObjectFile().section(section, b"\1\2\3\4")) == ({}, [])


def test_an_empty_section_is_no_map() -> None:
    file = ObjectFile().section(".data").section(".bss", section_type=NOBITS).section(".rodata", flags=CONSTANT)
    assert read(file) == ({}, [])


def test_code_is_no_variable() -> None:
    assert read(ObjectFile().section(".data", bytes(8), flags=CODE)) == ({}, [])


def test_variables_that_may_be_written() -> None:
    assert map_of(ObjectFile().variable("count", b"\1\2\3\4", ".data")) == MapSpec(
        "data", "array", 4, 4, 1, 0, variables=b"\1\2\3\4"
    )


def test_variables_that_are_zero() -> None:
    file = ObjectFile().section(".bss", section_type=NOBITS, size=100).symbol("count", ".bss", 0, 100)
    assert map_of(file) == MapSpec("bss", "array", 4, 100, 1, 0, variables=b"")


def test_variables_that_may_only_be_read() -> None:
    file = ObjectFile().variable("port", b"\7\0\0\0")
    assert map_of(file) == MapSpec("rodata", "array", 4, 4, 1, RDONLY_PROG, variables=b"\7")
    assert map_of(file).is_constant


def test_zeros_at_the_end_are_left_out() -> None:
    assert map_of(ObjectFile().variable("table", b"\0\1\0\2\0\0\0\0", ".data")).variables == b"\0\1\0\2"


def test_each_section_is_a_map_of_its_own() -> None:
    file = ObjectFile().variable("a", b"\1").variable("b", b"\2", ".data").variable("c", b"\3", ".rodata.c")
    found = read(file)[0]
    assert {number: map_spec.name for number, map_spec in found.items()} == {
        file.number(".rodata"): "rodata",
        file.number(".data"): "data",
        file.number(".rodata.c"): "rodata_c",
    }


def test_constants_are_where_the_symbols_say() -> None:
    file = ObjectFile().section(".rodata", bytes(64), flags=CONSTANT)
    file.symbol("last", ".rodata", 40, 8).symbol("first", ".rodata", 4, 1).symbol("middle", ".rodata", 8, 32)
    assert constants(file) == [("first", 4, 1), ("middle", 8, 32), ("last", 40, 8)]
    assert {each.map for each in read(file)[1]} == {"rodata"}


def test_a_static_constant_may_be_set_too() -> None:
    assert constants(ObjectFile().variable("port", b"\7\0\0\0", binding=LOCAL)) == [("port", 0, 4)]


def test_constants_of_several_sections() -> None:
    file = ObjectFile().variable("a", b"\1").variable("b", b"\2\3", ".rodata.b")
    assert [(each.name, each.map, each.offset) for each in read(file)[1]] == [("a", "rodata", 0), ("b", "rodata_b", 0)]


def test_what_may_be_written_is_no_constant() -> None:
    file = ObjectFile().variable("count", b"\1", ".data")
    file.section(".bss", section_type=NOBITS, size=4).symbol("total", ".bss", 0, 4)
    assert constants(file) == []


@pytest.mark.parametrize("section", [".rodata", ".rodata.wanted"])
def test_a_section_of_that_name_holds_constants_whatever_its_flags(section: str) -> None:
    """As soon as one of its variables is not const, clang says that it may be written."""
    file = ObjectFile().variable("port", b"\7", section, flags=DATA)
    assert constants(file) == [("port", 0, 1)]
    assert map_of(file).flags == RDONLY_PROG


@pytest.mark.parametrize(("linkages", "flags"), [([0], 0), ([1], MMAPABLE), ([0, 1], MMAPABLE), ([0, 0], 0), ([], 0)])
def test_variables_for_others_can_be_mapped(linkages: list[int], flags: int) -> None:
    btf = BtfFile()
    variables = [btf.var(f"v{number}", btf.u32(), linkage) for number, linkage in enumerate(linkages)]
    btf.datasec(".data", 0, [(var, 0, 4) for var in variables])
    file = ObjectFile().variable("v0", b"\1\0\0\0", ".data").types(btf)
    assert map_of(file).flags == flags


def test_a_name_that_several_constants_share_sets_none_of_them() -> None:
    file = ObjectFile().variable("limit", b"\1", binding=LOCAL).variable("port", b"\2")
    file.variable("limit", b"\3", binding=LOCAL).variable("limit", b"\4", ".rodata.x", binding=LOCAL)
    assert constants(file) == [("port", 1, 1)]


def test_of_two_names_of_one_constant_one_is_known() -> None:
    file = ObjectFile().variable("port", b"\7\0\0\0").symbol("alias", ".rodata", 0, 4)
    assert constants(file) == [("port", 0, 4)]


@pytest.mark.parametrize(
    ("value", "size"), [(0, 0), (0, 9), (8, 1), (4, 5), (1 << 63, 8), ((1 << 64) - 1, 1), (0, (1 << 64) - 1)]
)
def test_a_symbol_that_is_not_within_the_section_is_no_constant(value: int, size: int) -> None:
    file = ObjectFile().section(".rodata", b"\1\2\3\4\5\6\7\x08", flags=CONSTANT).symbol("port", ".rodata", value, size)
    assert constants(file) == []
    assert map_of(file).variables == b"\1\2\3\4\5\6\7\x08"


@pytest.mark.parametrize("symbol_type", [NOTYPE, FUNC])
def test_a_symbol_that_is_no_object_is_no_constant(symbol_type: int) -> None:
    file = ObjectFile().section(".rodata", b"text", flags=CONSTANT).symbol(".L.str", ".rodata", 0, 4, symbol_type)
    assert constants(file) == []


def test_a_symbol_without_a_name_is_no_constant() -> None:
    assert constants(ObjectFile().section(".rodata", b"text", flags=CONSTANT).symbol("", ".rodata", 0, 4)) == []


@pytest.mark.parametrize("section", [".rodata", ".data", ".rodata.table"])
def test_addresses_in_variables_are_refused(section: str) -> None:
    file = ObjectFile().variable("table", bytes(16), section).relocation(section, 8, start_of(section))
    with pytest.raises(XdpError) as caught:
        read(file)
    assert str(caught.value) == (
        f"has addresses in its variables (section {section}), such as a table of functions or a pointer to a map, "
        "which cannot be filled in"
    )


@pytest.mark.parametrize("more", [1, 1 << 40])
def test_more_than_a_map_can_hold_is_refused(more: int) -> None:
    file = ObjectFile().section(".bss", section_type=NOBITS, size=MOST_VARIABLES + more)
    with pytest.raises(XdpError, match=r"^has a section \.bss of more than 32 MiB$"):
        read(file)


def test_as_much_as_a_map_can_hold_is_taken() -> None:
    file = ObjectFile().section(".bss", section_type=NOBITS, size=MOST_VARIABLES)
    assert map_of(file).value_size == 32 << 20
