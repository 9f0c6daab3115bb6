# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of variables: each by itself, and the section of them as the kernel wants it."""

from __future__ import annotations

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.variables import variable_sections
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile, seen
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    CONSTANT,
    LOCAL,
    NOBITS,
    ObjectFile,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import made


def read(file: ObjectFile) -> tuple[dict[str, MapSpec], dict[str, int], Btf]:
    """The maps by name, the types of the constants by name, and what these are numbers of."""
    elf = Elf(file.data())
    types = ObjectTypes(elf)
    maps, constants = variable_sections(elf, types)
    types.writer.add_section(".something", 4, [])
    written = Btf(types.writer.blob())
    return (
        {map_spec.name: map_spec for map_spec in made(maps).values()},
        {each.name: each.btf_type_id for each in constants},
        written,
    )


def places(btf: Btf, type_id: int) -> list[tuple[str, int, int]]:
    return [(btf.name(btf.type(var)), offset, size) for var, offset, size in btf.type(type_id).entries()]


def example(sizes: dict[str, int]) -> BtfFile:
    """Variables of these sizes, all in .rodata, where clang leaves places open."""
    btf = BtfFile()
    variables = [btf.var(name, btf.const_volatile(btf.integer(f"int{size}", size))) for name, size in sizes.items()]
    btf.datasec(".rodata", 0, [(var, 0, size) for var, size in zip(variables, sizes.values())])
    return btf


def type_of(btf: Btf, type_id: int) -> Any:
    return seen(btf, btf.resolve(type_id)[0])[1]


def test_constants_have_their_types() -> None:
    file = ObjectFile().variable("port", b"\1\2").variable("limit", b"\1\2\3\4")
    _maps, constants, btf = read(file.types(example({"limit": 4, "port": 2})))
    assert {name: type_of(btf, type_id) for name, type_id in constants.items()} == {"port": "int2", "limit": "int4"}


def test_the_section_has_the_places_of_the_symbols_in_their_order() -> None:
    file = ObjectFile().section(".rodata", bytes(range(1, 17)), flags=CONSTANT)
    file.symbol("limit", ".rodata", 8, 4).symbol("port", ".rodata", 2, 2)
    maps, _constants, btf = read(file.types(example({"limit": 4, "port": 2})))
    type_id = maps["rodata"].btf_value_type_id
    assert maps["rodata"].btf_key_type_id == 0
    assert seen(btf, type_id)[:3] == ("datasec", ".rodata", 16)
    assert places(btf, type_id) == [("port", 2, 2), ("limit", 8, 4)]


def test_a_variable_that_is_not_of_the_size_of_its_type_has_none() -> None:
    # clang makes one byte of a static int that is only ever 0 or 3.
    file = ObjectFile().variable("kept", b"\1").variable("port", b"\1\2")
    maps, constants, btf = read(file.types(example({"kept": 4, "port": 2})))
    assert constants["kept"] == 0
    assert type_of(btf, constants["port"]) == "int2"
    assert places(btf, maps["rodata"].btf_value_type_id) == [("port", 1, 2)]


def test_a_section_in_which_nothing_has_a_type_is_known_all_the_same() -> None:
    maps, constants, btf = read(ObjectFile().variable("kept", b"\1").types(example({"kept": 4})))
    assert (btf.name(btf.type(maps["rodata"].btf_value_type_id)), constants) == (".rodata", {"kept": 0})
    assert places(btf, maps["rodata"].btf_value_type_id) == []


def test_a_variable_that_the_types_do_not_know_has_none() -> None:
    maps, constants, btf = read(ObjectFile().variable("a", b"\1").variable("b", b"\2").types(example({"b": 1})))
    assert constants["a"] == 0
    assert places(btf, maps["rodata"].btf_value_type_id) == [("b", 1, 1)]


def test_a_section_that_the_types_do_not_know_has_none() -> None:
    file = ObjectFile().variable("port", b"\1\2", ".rodata.x").types(example({"port": 2}))
    maps, constants, _btf = read(file)
    assert (maps["rodata_x"].btf_value_type_id, constants) == (0, {"port": 0})


def test_equal_names_in_other_sections_are_other_variables() -> None:
    btf = example({"x": 2})
    btf.datasec(".data", 0, [(btf.var("x", btf.integer("int4", 4)), 0, 4)])
    file = ObjectFile().variable("x", b"\1\2").variable("x", b"\1\2\3\4", ".data", binding=LOCAL)
    maps, _constants, written = read(file.types(btf))
    assert places(written, maps["rodata"].btf_value_type_id) == [("x", 0, 2)]
    assert places(written, maps["data"].btf_value_type_id) == [("x", 0, 4)]


def test_a_type_without_a_size_is_none() -> None:
    btf = BtfFile()
    btf.datasec(".rodata", 0, [(btf.var("port", 0), 0, 4)])
    _maps, constants, _btf = read(ObjectFile().variable("port", b"\1\2\3\4").types(btf))
    assert constants == {"port": 0}


def test_what_is_zero_has_types_too() -> None:
    btf = BtfFile()
    btf.datasec(".bss", 0, [(btf.var("total", btf.u32()), 0, 4)])
    file = ObjectFile().section(".bss", section_type=NOBITS, size=12).symbol("total", ".bss", 8, 4).types(btf)
    maps, _constants, written = read(file)
    assert places(written, maps["bss"].btf_value_type_id) == [("total", 8, 4)]


def test_what_has_no_types_has_none() -> None:
    elf = Elf(ObjectFile().variable("port", b"\1\2").data())
    maps, constants = variable_sections(elf, ObjectTypes(elf))
    assert [map_spec.btf_value_type_id for map_spec in maps.values()] == [0]
    assert [each.btf_type_id for each in constants] == [0]
