# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What .BTF.ext says of single instructions."""

from __future__ import annotations

import struct
import sys

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import KernelAccess, Line, ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import NOBITS, Extension, ObjectFile


def example() -> tuple[BtfFile, Extension]:
    btf = BtfFile()
    main = btf.func("main", btf.proto(btf.u32()))
    extension = Extension(btf)
    extension.function("xdp", 0, main).function("xdp", 16, main).function(".text", 0, main)
    extension.line("xdp", 0, "int main()", 7, 5).line(".text", 8, "return 2;", 9, 1, "help.h")
    extension.access("xdp", 8, 1, "0:1", 2)
    return btf, extension


def read(btf: BtfFile | bytes, extension: bytes) -> ObjectTypes:
    return ObjectTypes(Elf(ObjectFile().types(btf, extension).data()))


def refusal(extension: bytes, btf: BtfFile | None = None) -> str:
    with pytest.raises(XdpError) as caught:
        read(btf or example()[0], extension)
    return str(caught.value)


def test_functions_lines_and_accesses_by_section() -> None:
    btf, extension = example()
    types = read(btf, extension.blob())
    assert types.functions == {"xdp": {0: 3, 16: 3}, ".text": {0: 3}}
    names = {
        section: [
            (line.offset, types.btf.string(line.file), types.btf.string(line.text), line.position) for line in found
        ]
        for section, found in types.lines.items()
    }
    assert names == {
        "xdp": [(0, "prog.c", "int main()", 7 << 10 | 5)],
        ".text": [(8, "help.h", "return 2;", 9 << 10 | 1)],
    }
    assert types.accesses == {"xdp": [KernelAccess(8, 1, types.accesses["xdp"][0].access, 2)]}
    assert types.btf.string(types.accesses["xdp"][0].access) == "0:1"


def test_an_object_without_types() -> None:
    types = ObjectTypes(Elf(ObjectFile().license().data()))
    assert not types.known
    assert (len(types.btf.types), types.writer.blob()) == (1, b"")
    assert (types.functions, types.lines, types.accesses) == ({}, {}, {})


def test_types_alone() -> None:
    types = ObjectTypes(Elf(ObjectFile().types(example()[0]).data()))
    assert types.known
    assert len(types.btf.types) == 4
    assert (types.functions, types.lines, types.accesses) == ({}, {}, {})


def test_what_is_said_of_instructions_means_nothing_without_types() -> None:
    _btf, extension = example()
    types = ObjectTypes(Elf(ObjectFile().section(".BTF.ext", extension.blob()).data()))
    assert (types.known, types.functions) == (False, {})


@pytest.mark.parametrize("header", [32, 40, 100])
def test_a_longer_header_is_taken(header: int) -> None:
    btf, extension = example()
    types = read(btf, extension.blob(header))
    assert [len(part) for part in (types.functions, types.lines, types.accesses)] == [2, 2, 1]


def test_a_header_from_before_accesses_to_kernel_types() -> None:
    btf, extension = example()
    extension.accesses.clear()
    types = read(btf, extension.blob(header=24))
    assert [len(part) for part in (types.functions, types.lines, types.accesses)] == [2, 2, 0]


def test_longer_records_are_taken() -> None:
    btf, extension = example()
    short, long = read(btf, extension.blob()), read(btf, extension.blob(more=12))
    assert (short.functions, short.lines, short.accesses) == (long.functions, long.lines, long.accesses)


def test_several_parts_of_one_section_are_put_together() -> None:
    btf, _extension = example()
    section = btf.string("xdp")
    part = struct.pack("=I", 8) + 2 * struct.pack("=4I", section, 1, 8, 3) + struct.pack("=4I", section, 1, 24, 3)
    types = read(btf, struct.pack("=HBBI6I", 0xEB9F, 1, 0, 32, 0, len(part), 0, 0, 0, 0) + part)
    assert types.functions == {"xdp": {8: 3, 24: 3}}


def test_a_line_is_in_the_order_of_the_kernel_s_record() -> None:
    assert Line._fields == ("offset", "file", "text", "position")


@pytest.mark.parametrize(
    "blob",
    [
        struct.pack("=HBBI", 0x9FEB, 1, 0, 32) + bytes(24),
        struct.pack("=HBBI", 0, 1, 0, 32) + bytes(24),
        struct.pack("=HBBI", 0xEB9F, 1, 0, 0) + bytes(24),
        struct.pack("=HBBI", 0xEB9F, 1, 0, 23) + bytes(24),
        struct.pack("=HBBI", 0xEB9F, 1, 0, 33) + bytes(24),
        struct.pack("=HBBI", 0xEB9F, 1, 0, 0xFFFFFFFF) + bytes(24),
    ],
)
def test_a_header_that_is_none_is_refused(blob: bytes) -> None:
    assert refusal(blob) == "has a damaged section .BTF.ext: it does not begin as it should"


@pytest.mark.parametrize("length", [1, 4, 7])
def test_less_than_a_header_is_refused(length: int) -> None:
    assert refusal(example()[1].blob()[:length]).startswith("has a damaged section .BTF.ext: ")


@pytest.mark.parametrize("field", [8, 12, 16, 20, 24, 28])
@pytest.mark.parametrize("value", [0x10000, 0xFFFFFFFF])
def test_a_part_that_is_not_there_is_refused(field: int, value: int) -> None:
    # An access to a kernel type that is overlooked would be a wrong program.
    btf, extension = example()
    blob = bytearray(extension.blob())
    struct.pack_into("=I", blob, field, value)
    assert refusal(bytes(blob), btf).startswith("has a damaged section .BTF.ext: ")


@pytest.mark.parametrize(("part", "size"), [(0, 0), (0, 1), (0, 7), (1, 0), (1, 8), (1, 15), (2, 0), (2, 15)])
def test_records_that_are_too_short_are_refused(part: int, size: int) -> None:
    btf, extension = example()
    blob = bytearray(extension.blob())
    start = struct.unpack_from("=I", blob, 8 + 8 * part)[0] + 32
    struct.pack_into("=I", blob, start, size)
    assert refusal(bytes(blob), btf) == "has a damaged section .BTF.ext: its records are too short"


@pytest.mark.parametrize("count", [2, 1000, 0xFFFFFFFF])
def test_more_records_than_there_are_are_refused(count: int) -> None:
    btf, extension = example()
    blob = bytearray(extension.blob())
    start = struct.unpack_from("=I", blob, 24)[0] + 32
    struct.pack_into("=I", blob, start + 8, count)
    assert refusal(bytes(blob), btf) == "has a damaged section .BTF.ext: it speaks of more records than there are"


@pytest.mark.parametrize("cut", [1, 8, 11, 15])
def test_a_part_that_ends_within_a_record_is_refused(cut: int) -> None:
    btf, extension = example()
    blob = bytearray(extension.blob())
    (size,) = struct.unpack_from("=I", blob, 28)
    struct.pack_into("=I", blob, 28, size - cut)
    assert refusal(bytes(blob), btf).startswith("has a damaged section .BTF.ext: ")


def test_records_of_a_section_without_a_name_are_refused() -> None:
    btf, extension = example()
    blob = bytearray(extension.blob())
    blob[36:40] = (1 << 30).to_bytes(4, sys.byteorder)
    assert "there is no string at" in refusal(bytes(blob), btf)


@pytest.mark.parametrize("blob", [b"\x9f", bytes(24), example()[0].blob()[:-1]])
def test_damaged_types_are_refused(blob: bytes) -> None:
    with pytest.raises(XdpError, match=r"^has a damaged section \.BTF: "):
        read(blob, b"")


def test_a_section_of_types_without_contents_has_none() -> None:
    types = ObjectTypes(Elf(ObjectFile().section(".BTF", section_type=NOBITS, size=100).data()))
    assert len(types.btf.types) == 1
