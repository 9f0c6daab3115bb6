# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are no ELF object for BPF, or a damaged one."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._elf import container
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf import elf_files
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import ObjectFile, leave, mov, start_of

FILE = ObjectFile().function("pass", mov(0, 2), leave()).license().relocation("license", 0, start_of("license"))
GOOD = FILE.data()

TOP = (1 << 64) - 1


def refusal(data: bytes) -> str:
    with pytest.raises(XdpError) as caught:
        Elf(data)
    return str(caught.value)


def changed(section: str, **fields: int) -> bytes:
    return elf_files.with_section(GOOD, FILE.number(section), **fields)


def test_the_object_that_the_others_are_made_from_is_good() -> None:
    assert len(Elf(GOOD).symbols) == 4


@pytest.mark.parametrize("data", [b"", b"\x7fELF", GOOD[:63], b"\x7fELG" + GOOD[4:], b"int a;\n" * 40, bytes(100)])
def test_no_elf_header(data: bytes) -> None:
    assert refusal(data) == "is not an ELF object, or was cut off"


@pytest.mark.parametrize("number", [0, 1, 3])
def test_an_object_of_another_width(number: int) -> None:
    header = elf_files.with_header(GOOD, **{"class": number})
    assert refusal(header) == "is not a 64-bit ELF object, as all BPF objects are"


@pytest.mark.parametrize("number", [0, 2 if sys.byteorder == "little" else 1, 3])
def test_an_object_of_another_byte_order(number: int) -> None:
    assert refusal(elf_files.with_header(GOOD, byte_order=number)) == (
        f"is for machines of another byte order; build it for {sys.byteorder}-endian BPF"
    )


@pytest.mark.parametrize(
    ("elf_type", "machine"),
    [
        # x86-64 and AArch64, as the compiler without -target bpf makes them; a program; a library; a core
        (1, 62),
        (1, 183),
        (2, 247),
        (3, 247),
        (4, 247),
        (3, 62),
    ],
)
def test_an_object_for_another_machine(elf_type: int, machine: int) -> None:
    assert refusal(elf_files.with_header(GOOD, type=elf_type, machine=machine)) == (
        f"is an ELF file for another machine (type {elf_type}, machine {machine}) and not a BPF object. "
        "Build it with clang -target bpf -c"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"section_headers": len(GOOD)},
        {"section_headers": len(GOOD) - 64},
        {"section_headers": TOP},
        {"section_headers": 1 << 63},
        {"section_header_size": 0},
        {"section_header_size": 63},
        {"section_header_size": 0xFFFF},
        {"section_count": 0},
        {"section_count": 7},
        {"section_count": 0xFFFF},
    ],
)
def test_section_headers_that_are_not_there(fields: dict[str, int]) -> None:
    assert refusal(elf_files.with_header(GOOD, **fields)) == (
        "has no section headers where its header says, or was cut off"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"offset": len(GOOD)},
        {"size": len(GOOD)},
        {"offset": TOP},
        {"size": TOP},
        {"offset": TOP, "size": 1},
        {"offset": TOP, "size": TOP},
        {"offset": 1 << 63, "size": 1 << 63},
    ],
)
def test_a_section_beyond_the_end(fields: dict[str, int]) -> None:
    assert refusal(changed("license", **fields)) == "has sections beyond its end, or on top of each other"


def test_sections_on_top_of_each_other() -> None:
    file = ObjectFile()
    for number in range(4):
        file.section(f".data.{number}", bytes(512))
    data = file.data()
    start, _size = elf_files.place_of(data, 1)
    for number in range(1, 5):
        data = elf_files.with_section(data, number, offset=start, size=len(data) - start)
    assert refusal(data) == "has sections beyond its end, or on top of each other"


@pytest.mark.parametrize("number", [0, 1, 6, 0xFFFF])
def test_names_of_sections_in_no_table_of_strings(number: int) -> None:
    assert refusal(elf_files.with_header(GOOD, section_names=number)) == "has no table of section names"


@pytest.mark.parametrize("place", [1 << 31, 0xFFFFFFFF, elf_files.place_of(GOOD, FILE.number(".strtab"))[1]])
@pytest.mark.parametrize("section", ["license", ".symtab"])
def test_a_section_s_name_beyond_the_table(section: str, place: int) -> None:
    assert refusal(changed(section, name=place)) == "has names beyond the end of their table, or without an end"


@pytest.mark.parametrize("size", [0, 1, 5])
def test_a_table_of_names_that_ends_too_early(size: int) -> None:
    assert refusal(changed(".strtab", size=size)) == "has names beyond the end of their table, or without an end"


def test_names_that_together_are_much_more_than_the_file() -> None:
    # Each begins one byte further within the same long one.
    file = ObjectFile().section("license", b"GPL\0").symbol("x" * 2000, "license")
    file.symbols += [file.symbols[0]._replace(name="")] * 1000
    data = bytearray(file.data())
    start, _size = elf_files.place_of(bytes(data), file.number(".symtab"))
    # Behind the empty symbol and that of the section.
    first = int.from_bytes(data[start + 48 : start + 52], sys.byteorder)
    for number in range(1, 1001):
        data[start + 48 + 24 * number : start + 52 + 24 * number] = (first + number).to_bytes(4, sys.byteorder)
    assert refusal(bytes(data)) == "has names beyond the end of their table, or without an end"


def test_no_table_of_symbols() -> None:
    assert refusal(changed(".symtab", type=elf_files.PROGBITS)) == "has 0 symbol tables in place of one"


def test_two_tables_of_symbols() -> None:
    assert refusal(changed("license", type=elf_files.SYMTAB)) == "has 2 symbol tables in place of one"


@pytest.mark.parametrize("link", [0, 6, 0xFFFFFFFF])
def test_names_of_symbols_in_no_section(link: int) -> None:
    assert refusal(changed(".symtab", link=link)) == f"refers to section {link}, which does not exist"


def test_names_of_symbols_in_no_table_of_strings() -> None:
    assert refusal(changed(".symtab", link=FILE.number("license"))) == "has no table of symbol names"


@pytest.mark.parametrize("size", [1, 23, 25, 95])
def test_a_table_of_symbols_that_ends_within_one(size: int) -> None:
    assert refusal(changed(".symtab", size=size)) == "has a section .symtab of odd size"


def test_a_symbol_whose_name_is_beyond_the_table() -> None:
    data = bytearray(GOOD)
    start, _size = elf_files.place_of(GOOD, FILE.number(".symtab"))
    data[start + 24 : start + 28] = b"\xff\xff\xff\x7f"
    assert refusal(bytes(data)) == "has names beyond the end of their table, or without an end"


def test_relocations_that_end_within_one() -> None:
    elf = Elf(changed(".rellicense", size=15))
    with pytest.raises(XdpError, match=r"^has a section \.rellicense of odd size$"):
        elf.relocations(elf.sections[FILE.number("license")])


@pytest.mark.parametrize("symbol", [4, 1 << 31, (1 << 32) - 1])
def test_a_relocation_against_a_symbol_that_is_not_there(symbol: int) -> None:
    data = bytearray(GOOD)
    start, _size = elf_files.place_of(GOOD, FILE.number(".rellicense"))
    data[start + 8 : start + 16] = (symbol << 32 | 1).to_bytes(8, sys.byteorder)
    elf = Elf(bytes(data))
    with pytest.raises(XdpError) as caught:
        elf.relocations(elf.sections[FILE.number("license")])
    assert str(caught.value) == "has a relocation of section license against a symbol that is not there"


def test_a_file_larger_than_any_object() -> None:
    assert refusal(GOOD.ljust(container.LARGEST_FILE + 1, b"\0")) == "is larger than 64 MiB"


def test_what_follows_the_object_is_not_looked_at() -> None:
    assert Elf(GOOD + bytes(1000)).symbols == Elf(GOOD).symbols
