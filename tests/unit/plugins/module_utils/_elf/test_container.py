# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of an ELF object."""

from __future__ import annotations

import sys
import tracemalloc

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._elf import container
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf, Section
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf import elf_files
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    ObjectFile,
    call,
    code,
    leave,
    load,
    mov,
    start_of,
)


def named(elf: Elf, name: str) -> Section:
    section = elf.named(name)
    assert section is not None
    return section


def example() -> ObjectFile:
    file = ObjectFile()
    file.function("help", mov(0, 2), leave(), section=".text", binding=elf_files.LOCAL)
    file.function("second", leave(), visibility=elf_files.HIDDEN)
    file.function("first", load("port"), call(start_of(".text")), leave())
    file.variable("port", b"\7\0\0\0").variable("tag", b"abc\0", binding=elf_files.WEAK)
    file.section(".bss", section_type=elf_files.NOBITS, size=4096)
    return file


def test_sections_by_name_and_number() -> None:
    elf = Elf(example().data())
    names = [".text", "xdp", ".rodata", ".bss", ".strtab", ".symtab", ".relxdp"]
    assert [section.name for section in elf.sections] == ["", *names]
    for number, name in enumerate(names, 1):
        assert named(elf, name).number == number
    assert elf.named("maps") is None


def test_the_section_without_a_number_has_no_name() -> None:
    assert Elf(example().data()).named("") is None


def test_of_two_sections_of_one_name_the_first_is_found() -> None:
    file = ObjectFile().section("license", b"GPL\0").section("licence", b"MIT\0")
    elf = Elf(elf_files.with_section(file.data(), 2, name=1))
    assert [section.name for section in elf.sections[1:3]] == ["license", "license"]
    assert elf.contents(named(elf, "license")) == b"GPL\0"


def test_contents() -> None:
    elf = Elf(example().data())
    assert elf.contents(named(elf, ".rodata")) == b"\7\0\0\0abc\0"
    assert elf.contents(named(elf, ".text")) == code(mov(0, 2), leave())


def test_a_section_may_go_to_the_end_of_the_file() -> None:
    file = ObjectFile().section("license", b"GPL\0")
    data = file.data()
    elf = Elf(elf_files.with_section(data + b"MIT\0", file.number("license"), offset=len(data)))
    assert elf.contents(named(elf, "license")) == b"MIT\0"


def test_a_section_without_bytes_has_a_size_and_no_contents() -> None:
    elf = Elf(example().data())
    assert named(elf, ".bss").size == 4096
    assert elf.contents(named(elf, ".bss")) == b""


def test_a_section_without_bytes_may_be_anywhere_and_of_any_size() -> None:
    file = example()
    data = elf_files.with_section(file.data(), file.number(".bss"), offset=1 << 63, size=1 << 63)
    assert named(Elf(data), ".bss").size == 1 << 63


def test_symbols_have_all_that_the_table_says() -> None:
    elf = Elf(example().data())
    xdp, rodata = named(elf, "xdp"), named(elf, ".rodata")
    assert elf.section_symbols(xdp, container.STT_FUNC) == [
        container.Symbol("second", elf_files.FUNC, elf_files.GLOBAL, elf_files.HIDDEN, xdp.number, 0, 8),
        container.Symbol("first", elf_files.FUNC, elf_files.GLOBAL, elf_files.DEFAULT, xdp.number, 8, 32),
    ]
    assert elf.section_symbols(rodata, container.STT_OBJECT) == [
        container.Symbol("port", elf_files.OBJECT, elf_files.GLOBAL, elf_files.DEFAULT, rodata.number, 0, 4),
        container.Symbol("tag", elf_files.OBJECT, elf_files.WEAK, elf_files.DEFAULT, rodata.number, 4, 4),
    ]
    assert elf.section_symbols(named(elf, ".text"), container.STT_FUNC)[0].binding == elf_files.LOCAL


def test_symbols_of_a_section_are_in_the_order_of_their_addresses() -> None:
    file = ObjectFile().section(".data", bytes(12))
    for name, value in (("c", 8), ("a", 0), ("b", 4)):
        file.symbol(name, ".data", value, 4)
    elf = Elf(file.data())
    assert [each.name for each in elf.section_symbols(named(elf, ".data"), container.STT_OBJECT)] == ["a", "b", "c"]


def test_symbols_of_another_type_or_section_are_not_given() -> None:
    elf = Elf(example().data())
    assert elf.section_symbols(named(elf, ".rodata"), container.STT_FUNC) == []
    assert elf.section_symbols(named(elf, ".bss"), container.STT_OBJECT) == []


def test_relocations_of_a_section_with_their_symbols() -> None:
    elf = Elf(example().data())
    found = elf.relocations(named(elf, "xdp"))
    # Behind the function of one instruction that comes first.
    assert [(each.offset, each.symbol.name, each.symbol.type) for each in found] == [
        (8, "port", elf_files.OBJECT),
        (24, "", elf_files.SECTION),
    ]
    assert found[1].symbol.section == named(elf, ".text").number
    assert elf.relocations(named(elf, ".text")) == []


def test_relocations_in_several_tables_are_all_given() -> None:
    file = ObjectFile().section(".data", bytes(16)).section(".bss", section_type=elf_files.NOBITS, size=8)
    file.relocation(".data", 0, start_of(".data")).relocation(".bss", 8, start_of(".data"))
    data = elf_files.with_section(file.data(), file.number(".rel.bss"), info=file.number(".data"))
    elf = Elf(data)
    assert [each.offset for each in elf.relocations(named(elf, ".data"))] == [0, 8]


@pytest.mark.parametrize("machine", [0, 247])
def test_objects_from_before_bpf_had_a_number_are_taken_too(machine: int) -> None:
    assert Elf(elf_files.with_header(example().data(), machine=machine)).named("xdp") is not None


def test_names_need_not_be_utf_8() -> None:
    file = ObjectFile().section("license", b"GPL\0")
    elf = Elf(file.data().replace(b"license\0", b"lic\xffnse\0"))
    assert elf.sections[1].name == "lic\ufffdnse"


@pytest.mark.parametrize("length", [1, 1023, 1024, 20_000])
def test_names_may_be_long(length: int) -> None:
    # Those of Rust and C++ say all types.
    file = ObjectFile().section("x" * length, b"1").symbol("y" * length, "x" * length)
    elf = Elf(file.data())
    assert (elf.sections[1].name, elf.symbols[-1].name) == ("x" * length, "y" * length)


def test_names_may_share_their_ends() -> None:
    file = ObjectFile().function("xdp_main", leave())
    data = bytearray(file.data())
    start, _size = elf_files.place_of(bytes(data), file.number(".symtab"))
    name = int.from_bytes(data[start + 48 : start + 52], sys.byteorder)
    data[start + 48 : start + 52] = (name + 4).to_bytes(4, sys.byteorder)
    assert Elf(bytes(data)).symbols[-1].name == "main"


def test_a_name_that_all_symbols_share_takes_its_memory_once() -> None:
    file = ObjectFile().section(".data", bytes(4)).symbol("x" * 1000, ".data")
    count = 20_000
    file.symbols += [each._replace(name="") for each in file.symbols] * count
    data = bytearray(file.data())
    # All of them are called as the first one.
    start, size = elf_files.place_of(bytes(data), file.number(".symtab"))
    name = data[start + 48 : start + 52]
    for place in range(start + 48, start + size, 24):
        data[place : place + 4] = name
    tracemalloc.start()
    try:
        elf = Elf(bytes(data))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [len(each.name) for each in elf.symbols[2:]] == [1000] * (count + 1)
    assert peak < 30 * len(data)
