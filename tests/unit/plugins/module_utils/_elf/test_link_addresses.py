# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of maps and variables, which only the loader knows."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapReference
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    LOCAL,
    NOBITS,
    ObjectFile,
    Piece,
    call,
    leave,
    load,
    mov,
    start_of,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import (
    is_refused,
    program,
    read,
    why_left_out,
    words,
)


def example(*pieces: Piece) -> ObjectFile:
    """``main`` among maps ``first`` and ``second``, and variables of each sort."""
    file = ObjectFile().section("maps", struct.pack("=10I", 1, 4, 8, 10, 0, 2, 4, 8, 10, 0))
    file.symbol("first", "maps", 0, 20).symbol("second", "maps", 20, 20)
    file.section(".bss", section_type=NOBITS, size=64).symbol("total", ".bss", 8, 8).symbol("lost", ".bss", 64, 8)
    file.variable("count", bytes(8), ".data").variable("table", bytes(40), ".data")
    file.variable("port", b"\7\0\0\0").variable("tag", b"abc\0")
    return file.function("main", *pieces, leave())


@pytest.mark.parametrize(
    ("piece", "word"),
    [
        (load("first"), "map first"),
        (load("second"), "map second"),
        # Static maps are known by their section.
        (load(start_of("maps")), "map first"),
        (load(start_of("maps"), 20), "map second"),
        (load("first", 20), "map second"),
        (load("port"), "rodata+0"),
        (load("tag"), "rodata+4"),
        (load("tag", 3), "rodata+7"),
        (load("tag", -4), "rodata+0"),
        (load(start_of(".rodata"), 4), "rodata+4"),
        (load("count"), "data+0"),
        (load("table"), "data+8"),
        (load("table", 39), "data+47"),
        (load(start_of(".data"), 47), "data+47"),
        (load("total"), "bss+8"),
        (load(start_of(".bss")), "bss+0"),
        (load(start_of(".bss"), 63), "bss+63"),
    ],
)
def test_an_address(piece: Piece, word: str) -> None:
    assert words(program(example(piece))) == [word, "", "exit"]


def test_the_register_is_kept() -> None:
    registers = [program(example(load("first", register=number))).instructions[1] for number in range(10)]
    assert len(set(registers)) == 10


def test_what_the_compiler_had_put_in_makes_no_difference() -> None:
    assert program(example(load("first", source=1, second=-1))) == program(example(load("first")))._replace(name="main")


def test_references_are_where_the_instructions_are() -> None:
    spec = program(example(mov(0, 1), load("first"), mov(0, 2), load("port"), load("first")))
    assert spec.references == (MapReference(1, "first"), MapReference(4, "rodata"), MapReference(6, "first"))


def test_references_of_called_functions_count_from_the_program_s_start() -> None:
    file = example(call("help"), load("second"))
    file.function("help", mov(0, 1), load("first"), leave(), section=".text", binding=LOCAL)
    assert words(program(file)) == ["call 4", "map second", "", "exit", "1", "map first", "", "exit"]
    assert sorted(program(file).references) == [MapReference(1, "second"), MapReference(5, "first")]


def test_a_function_in_two_programs_has_its_references_in_both() -> None:
    file = example(call("help")).function("other", mov(0, 1), call("help"), leave())
    file.function("help", load("first"), leave(), section=".text", binding=LOCAL)
    assert program(file).references == (MapReference(2, "first"),)
    assert program(file, "other").references == (MapReference(3, "first"),)


def test_maps_that_no_program_uses_are_in_the_object_all_the_same() -> None:
    assert [map_spec.name for map_spec in read(example()).maps] == ["bss", "data", "first", "rodata", "second"]


@pytest.mark.parametrize(
    ("piece", "name"),
    [
        (load("lost"), "bss"),
        (load("port", 8), "rodata"),
        (load("port", -1), "rodata"),
        (load(start_of(".data"), 48), "data"),
        (load(start_of(".data"), -(1 << 31)), "data"),
        (load("table", (1 << 31) - 1), "data"),
    ],
)
def test_an_address_outside_of_the_variables_is_refused(piece: Piece, name: str) -> None:
    assert why_left_out(example(piece)) == f"main uses a variable outside of {name}"


@pytest.mark.parametrize("addend", [1, 4, 19, 21, 40, -1])
def test_an_address_within_or_beyond_a_map_is_refused(addend: int) -> None:
    assert is_refused(example(load("first", addend)))


def test_an_address_in_another_section_is_refused() -> None:
    assert is_refused(example(load("_license")).license().symbol("_license", "license", 0, 4))


@pytest.mark.parametrize("name", ["first", "port", "count"])
def test_a_map_or_variable_that_is_called_is_refused(name: str) -> None:
    assert why_left_out(example(call(name))) == "main calls something that is no function of the object"


def test_a_setting_of_the_kernel_is_refused() -> None:
    file = example(load("LINUX_KERNEL_VERSION")).undefined("LINUX_KERNEL_VERSION")
    assert why_left_out(file).startswith(
        "main in section xdp uses LINUX_KERNEL_VERSION, which the object does not define"
    )
