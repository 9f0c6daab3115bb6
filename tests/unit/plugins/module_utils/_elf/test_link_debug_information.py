# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel is told of a program's functions and lines, after linking."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import STATIC, BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    DEFAULT,
    GLOBAL,
    HIDDEN,
    INTERNAL,
    LOCAL,
    Extension,
    ObjectFile,
    call,
    leave,
    mov,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import read


class Example:
    """``main`` (3 instructions, behind another function) calls ``help`` (2) and ``deep`` (2), in the shared code."""

    def __init__(self, binding: int = LOCAL, visibility: int = DEFAULT) -> None:
        self.file = ObjectFile()
        self.file.function("deep", mov(0, 3), leave(), section=".text", binding=binding, visibility=visibility)
        self.file.function("help", call("deep"), leave(), section=".text", binding=binding, visibility=visibility)
        self.file.function("other", mov(0, 1), leave())
        self.file.function("main", mov(0, 2), call("help"), leave())
        self.btf = BtfFile()
        proto = self.btf.proto(self.btf.u32(), [("ctx", self.btf.ptr(0))])
        linkage = STATIC if binding == LOCAL else GLOBAL
        self.ids = {
            name: self.btf.func(name, proto, linkage if name in ("deep", "help") else GLOBAL)
            for name in ("deep", "help", "other", "main")
        }
        self.extension = Extension(self.btf)

    def functions(self) -> Example:
        for name, section, place in (
            ("deep", ".text", 0),
            ("help", ".text", 16),
            ("other", "xdp", 0),
            ("main", "xdp", 16),
        ):
            self.extension.function(section, place, self.ids[name])
        return self

    def lines(self) -> Example:
        self.extension.line(".text", 0, "int deep()", 1).line(".text", 8, "return 3;", 2)
        self.extension.line(".text", 16, "int help()", 3)
        self.extension.line("xdp", 0, "int other()", 4).line("xdp", 8, "return 1;", 5)
        self.extension.line("xdp", 16, "int main()", 6, 7).line("xdp", 24, "help();", 8)
        return self

    def read(self) -> ObjectSpec:
        extension = self.extension.blob()
        return read(self.file.types(self.btf, extension))


def functions(spec: ObjectSpec, name: str = "main") -> list[tuple[int, str, int]]:
    """Instruction, name and linkage."""
    btf = Btf(spec.btf)
    program = next(each for each in spec.programs if each.name == name)
    found = [(place, btf.type(type_id)) for place, type_id in struct.iter_unpack("=2I", program.func_info)]
    assert {btf_type.kind for _place, btf_type in found} == {kinds.FUNC}
    return [(place, btf.name(btf_type), btf_type.vlen) for place, btf_type in found]


def lines(spec: ObjectSpec, name: str = "main") -> list[tuple[int, str, int]]:
    """Instruction, text and number."""
    btf = Btf(spec.btf)
    program = next(each for each in spec.programs if each.name == name)
    found = list(struct.iter_unpack("=4I", program.line_info))
    assert {btf.string(file) for _place, file, _text, _position in found} <= {"prog.c"}
    return [(place, btf.string(text), position >> 10) for place, _file, text, position in found]


def test_functions_are_where_they_came_to_stand() -> None:
    spec = Example().functions().read()
    assert functions(spec) == [(0, "main", GLOBAL), (3, "help", STATIC), (5, "deep", STATIC)]
    assert functions(spec, "other") == [(0, "other", GLOBAL)]


def test_lines_are_where_their_instructions_came_to_stand() -> None:
    spec = Example().functions().lines().read()
    assert lines(spec) == [
        (0, "int main()", 6),
        (1, "help();", 8),
        (3, "int help()", 3),
        (5, "int deep()", 1),
        (6, "return 3;", 2),
    ]
    assert lines(spec, "other") == [(0, "int other()", 4), (1, "return 1;", 5)]


def test_a_line_keeps_its_column() -> None:
    spec = Example().functions().lines().read()
    (main,) = [each for each in spec.programs if each.name == "main"]
    assert struct.unpack_from("=4I", main.line_info)[3] == 6 << 10 | 7


def test_lines_in_any_order_are_put_in_order() -> None:
    example = Example().functions().lines()
    for found in example.extension.lines.values():
        found.reverse()
    assert [place for place, _text, _number in lines(example.read())] == [0, 1, 3, 5, 6]


def test_of_several_lines_of_one_instruction_one_is_told() -> None:
    example = Example().functions().lines()
    example.extension.line("xdp", 16, "int main() /* again */", 6)
    assert [place for place, _text, _number in lines(example.read())] == [0, 1, 3, 5, 6]


def test_the_types_are_those_of_the_programs_alone() -> None:
    example = Example().functions()
    example.btf.structure("unneeded", 4, [("x", 1, 0)])
    assert Btf(example.read().btf).find(kinds.STRUCT, "unneeded") is None


@pytest.mark.parametrize("visibility", [HIDDEN, INTERNAL])
def test_a_hidden_function_is_told_to_be_static(visibility: int) -> None:
    # As libbpf does: it is then verified where it is called, and not by itself for any argument.
    spec = Example(GLOBAL, visibility).functions().read()
    assert functions(spec) == [(0, "main", GLOBAL), (3, "help", STATIC), (5, "deep", STATIC)]


def test_a_global_function_stays_global() -> None:
    spec = Example(GLOBAL).functions().read()
    assert functions(spec) == [(0, "main", GLOBAL), (3, "help", GLOBAL), (5, "deep", GLOBAL)]


def test_a_hidden_function_s_parameters_are_kept() -> None:
    spec = Example(GLOBAL, HIDDEN).functions().read()
    btf = Btf(spec.btf)
    (main,) = [each for each in spec.programs if each.name == "main"]
    protos = {btf.type(type_id).size_or_type for _place, type_id in struct.iter_unpack("=2I", main.func_info)}
    assert [btf.string(name) for name, _type in btf.type(protos.pop()).entries()] == ["ctx"]
    assert not protos


def test_an_object_without_types_tells_nothing() -> None:
    spec = read(Example().file)
    assert [(each.func_info, each.line_info) for each in spec.programs] == [(b"", b""), (b"", b"")]
    assert spec.btf == b""


def test_types_alone_tell_nothing_of_instructions() -> None:
    spec = Example().read()
    assert [(each.func_info, each.line_info) for each in spec.programs] == [(b"", b""), (b"", b"")]


@pytest.mark.parametrize("section", [".text", "xdp"])
def test_unless_all_functions_are_known_nothing_is_told(section: str) -> None:
    example = Example().functions().lines()
    del example.extension.functions[section]
    spec = example.read()
    (main,) = [each for each in spec.programs if each.name == "main"]
    assert (main.func_info, main.line_info) == (b"", b"")


def test_another_program_is_told_of_all_the_same() -> None:
    example = Example().functions().lines()
    del example.extension.functions[".text"]
    assert functions(example.read(), "other") == [(0, "other", GLOBAL)]


def test_a_function_whose_type_is_none_tells_nothing() -> None:
    example = Example().functions()
    example.extension.functions["xdp"] = [(0, example.ids["other"]), (16, 1)]
    (main,) = [each for each in example.read().programs if each.name == "main"]
    assert main.func_info == b""


@pytest.mark.parametrize("place", [0, 16])
def test_unless_every_function_begins_with_a_line_no_lines_are_told(place: int) -> None:
    # The kernel refuses lines of some functions only (check_btf_line in kernel/bpf/verifier.c).
    example = Example().functions().lines()
    example.extension.lines[".text"] = [line for line in example.extension.lines[".text"] if line[0] != place]
    spec = example.read()
    assert len(functions(spec)) == 3
    assert lines(spec) == []
    assert len(lines(spec, "other")) == 2


def test_a_function_s_type_that_is_not_there_is_refused() -> None:
    example = Example().functions()
    example.extension.functions["xdp"] = [(0, example.ids["other"]), (16, 4000)]
    with pytest.raises(XdpError, match=r"^The object prog\.o has a damaged section \.BTF: there is no type 4000$"):
        example.read()


@pytest.mark.parametrize("length", [100, 4096, 20_000])
def test_a_line_of_the_source_may_be_long(length: int) -> None:
    # Generated tables and macros have such.
    example = Example().functions().lines()
    example.extension.line("xdp", 32, "x" * length, 9)
    assert lines(example.read())[2] == (2, "x" * length, 9)
