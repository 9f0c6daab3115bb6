# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an ELF object to an object spec."""

from __future__ import annotations

import hashlib
import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import LeftOut, MapSpec, ObjectSpec, VariableSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    CODE,
    CONSTANT,
    FUNC,
    LOCAL,
    NOBITS,
    ObjectFile,
    call,
    code,
    leave,
    load,
    mov,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.examples import rich
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import program, read, words

HASH = struct.pack("=5I", 1, 4, 8, 10, 0)


def refusal(file: ObjectFile) -> str:
    with pytest.raises(XdpError) as caught:
        read_object("files/prog.o", file.data())
    return str(caught.value)


def test_the_least_object() -> None:
    data = ObjectFile().function("main", leave()).data()
    spec = read_object("prog.o", data)
    assert spec == ObjectSpec(spec.programs, (), b"", hashlib.sha256(data).hexdigest())
    assert [(each.name, each.instructions, each.license) for each in spec.programs] == [("main", code(leave()), "")]


def test_an_object_with_all_there_is() -> None:
    spec = read(rich())
    assert [each.name for each in spec.programs] == ["first", "second"]
    assert [(map_spec.name, map_spec.type, map_spec.value_size) for map_spec in spec.maps] == [
        ("bss", "array", 8),
        ("data", "array", 4),
        ("rodata", "array", 16),
        ("stats", "percpu_array", 16),
    ]
    assert [(each.name, each.map, each.offset, each.size) for each in spec.variables] == [
        ("port", "rodata", 0, 4),
        ("tag", "rodata", 4, 8),
    ]
    assert [left.name for left in spec.left_out] == ["ingress"]
    assert words(spec.programs[1]) == [
        "map stats",
        "",
        "bss+0",
        "",
        "call 6",
        "exit",
        "data+0",
        "",
        "address of 11",
        "",
        "exit",
        "exit",
    ]
    assert [len(each.func_info) // 8 for each in spec.programs] == [3, 3]
    assert spec.btf != b""


def test_the_source_is_the_digest_of_the_file() -> None:
    data = rich().data()
    assert read_object("a.o", data).source == hashlib.sha256(data).hexdigest()


def test_where_the_file_is_makes_no_difference() -> None:
    data = rich().data()
    assert read_object("a.o", data) == read_object("/elsewhere/b.o", data)


def test_the_same_object_is_the_same_text_each_time() -> None:
    data = rich().data()
    assert spec_text.to_text(read_object("a.o", data)) == spec_text.to_text(read_object("a.o", data))


def test_the_object_s_digest_does_not_depend_on_what_is_not_loaded() -> None:
    plain, debug = rich(), rich().section(".debug_info", bytes(100), flags=0).section(".llvm_addrsig", b"\1", flags=0)
    one, other = read(plain), read(debug)
    assert one.source != other.source
    assert one._replace(source="") == other._replace(source="")


@pytest.mark.parametrize("file", [rich(), ObjectFile().function("main", leave())])
def test_what_was_read_can_travel(file: ObjectFile) -> None:
    assert spec_text.from_json(spec_text.to_json(read(file))) == read(file)


def test_programs_are_in_the_order_of_their_names() -> None:
    file = ObjectFile().function("b", leave()).function("c", leave(), section="xdp/c").function("a", leave())
    assert [each.name for each in read(file).programs] == ["a", "b", "c"]


def test_what_cannot_be_loaded_is_left_out_with_the_reason() -> None:
    file = ObjectFile().function("main", leave()).function("ingress", leave(), section="tc")
    file.function("kfunc", call("bpf_x"), leave()).undefined("bpf_x")
    assert read(file).left_out == (
        LeftOut("ingress", "it is in section tc, which is not for XDP programs"),
        LeftOut(
            "kfunc",
            "kfunc in section xdp uses bpf_x, which the object does not define, and does not "
            "declare as the kernel's (__ksym, __kconfig) with a type that this can have",
            candidate=True,
        ),
    )


def test_functions_that_are_in_no_section_for_programs_are_named() -> None:
    file = ObjectFile().function("b", leave(), section=".text").function("a", leave(), section=".text")
    file.function("c", leave(), section=".text", binding=LOCAL)
    assert refusal(file) == (
        "The object files/prog.o has no program that can be loaded. a, b: in section .text, which is for functions that "
        'others call. Put the program into a section of its own, with SEC("xdp") before it'
    )


def test_what_belongs_to_something_else_is_not_linked() -> None:
    file = ObjectFile().function("main", leave()).function("ingress", call("bpf_x"), leave(), section="tc")
    assert [left.why for left in read(file.undefined("bpf_x")).left_out] == [
        "it is in section tc, which is not for XDP programs"
    ]


@pytest.mark.parametrize("name", ["a.b", "_ZN3foo4mainE.llvm.1", "x" * 201, "a b", "größe", ".."])
def test_a_program_that_could_not_be_pinned_is_left_out(name: str) -> None:
    file = ObjectFile().function("main", leave()).function(name, leave())
    assert read(file).left_out == (LeftOut(short(name), "its name cannot be one in the BPF file system", True),)


@pytest.mark.parametrize("name", ["main$1", "x" * 200, "1", "a-b", "_"])
def test_a_program_that_can_be_pinned_is_not_left_out(name: str) -> None:
    assert [each.name for each in read(ObjectFile().function(name, leave())).programs] == [name]


def test_a_function_that_is_called_may_have_any_name() -> None:
    file = ObjectFile().function("help.llvm.1", leave(), section=".text").function("main", call("help.llvm.1"), leave())
    assert words(program(file)) == ["call 2", "exit", "exit"]


def test_without_any_function_the_object_is_refused() -> None:
    assert refusal(ObjectFile().license()) == (
        "The object files/prog.o has no program that can be loaded. No section has any function to start at"
    )


def test_with_static_functions_alone_the_object_is_refused() -> None:
    assert "No section has any function to start at" in refusal(ObjectFile().function("main", leave(), binding=LOCAL))


def test_without_any_program_that_can_be_loaded_the_object_is_refused_with_all_reasons() -> None:
    file = ObjectFile().function("ingress", leave(), section="tc").function("other", leave(), section="socket")
    assert refusal(file) == (
        "The object files/prog.o has no program that can be loaded. "
        "ingress: it is in section tc, which is not for XDP programs; "
        "other: it is in section socket, which is not for XDP programs"
    )


@pytest.mark.parametrize(
    ("contents", "licence"),
    [
        (b"GPL\0", "GPL"),
        (b"GPL", "GPL"),
        (b"Dual MIT/GPL\0", "Dual MIT/GPL"),
        (b"GPL\0rest", "GPL"),
        (b"\0", ""),
        (b"\0GPL\0", ""),
        (b"L\xffGPL\0", "L\ufffdGPL"),
    ],
)
def test_the_licence(contents: bytes, licence: str) -> None:
    file = ObjectFile().function("main", leave()).license(contents)
    assert program(file).license == licence


def test_no_licence_is_an_empty_one() -> None:
    assert program(ObjectFile().function("main", leave())).license == ""
    assert program(ObjectFile().function("main", leave()).section("license", section_type=NOBITS, size=4)).license == ""


def left_out_maps(file: ObjectFile) -> list[tuple[str, str]]:
    """The maps that cannot be made, of an object whose program uses none of them."""
    spec = read(file)
    assert [each.name for each in spec.programs] == ["main"]
    return [(left.name, left.why) for left in spec.left_out if left.is_map]


def test_the_second_map_of_one_name_is_left_out() -> None:
    file = ObjectFile().section("maps/a", HASH).section("maps/b", HASH).function("main", leave())
    file.symbol("stats", "maps/a", 0, 20).symbol("stats", "maps/b", 0, 20, binding=LOCAL)
    why = "this map cannot be made: the object has two things that would be pinned as stats"
    assert left_out_maps(file) == [("stats", why)]
    assert [map_spec.name for map_spec in read(file).maps] == ["stats"]


@pytest.mark.parametrize("section", [".rodata", ".data", ".bss"])
def test_variables_that_are_called_as_a_map_is_are_left_out(section: str) -> None:
    name = section[1:]
    file = ObjectFile().section("maps", HASH).symbol(name, "maps", 0, 20).function("main", leave())
    file.variable("x", b"\1", section)
    why = f"this map cannot be made: the object has two things that would be pinned as {name}"
    assert left_out_maps(file) == [(name, why)]
    assert [map_spec.type for map_spec in read(file).maps] == ["hash"]
    assert read(file).variables == ()


def test_the_second_of_sections_that_become_one_name_is_left_out() -> None:
    file = ObjectFile().variable("x", b"\1", ".data.a.b").variable("y", b"\1", ".data.a_b").function("main", leave())
    why = "this map cannot be made: the object has two things that would be pinned as data_a_b"
    assert left_out_maps(file) == [(".data.a_b", why)]


def test_only_programs_that_use_what_cannot_be_made_are_left_out() -> None:
    file = ObjectFile().section("maps", HASH + HASH[:8]).symbol("good", "maps", 0, 20).symbol("bad", "maps", 20, 8)
    file.function("fine", load("good"), mov(0, 2), leave()).function("uses_it", load("bad"), mov(0, 2), leave())
    file.section(".data", bytes(8)).symbol("address", ".data", 0, 8).relocation(".data", 0, "good")
    file.function("uses_data", load("address"), mov(0, 2), leave())
    spec = read(file)
    assert [each.name for each in spec.programs] == ["fine"]
    assert [map_spec.name for map_spec in spec.maps] == ["good"]
    reasons = {left.name: left for left in spec.left_out}
    assert sorted(reasons) == [".data", "bad", "uses_data", "uses_it"]
    assert reasons["uses_it"].why.startswith(
        "uses_it uses the map bad, which cannot be made: the object declares the map bad"
    )
    assert reasons["uses_data"].why.startswith(
        "uses_data uses the map .data, which cannot be made: the object has addresses"
    )
    assert [reasons[name].is_map for name in ("bad", ".data", "uses_it", "uses_data")] == [True, True, False, False]


def test_constants_that_no_instruction_refers_to_are_bound() -> None:
    file = ObjectFile().variable("port", b"\7").variable("text", b"\1", ".rodata.text").variable("x", b"\1", ".data")
    file.function("main", load("port"), mov(0, 2), leave())
    assert program(file).bound_maps == ("rodata_text",)
    assert program(ObjectFile().function("main", leave())).bound_maps == ()


@pytest.mark.parametrize("section", ["?xdp", "?xdp.frags", "?xdp/name"])
def test_a_program_on_request_is_no_default(section: str) -> None:
    file = ObjectFile().function("main", leave()).function("other", leave(), section=section)
    file.undefined("nothing").function("broken", load("nothing"), leave(), section=section)
    spec = read(file)
    assert {each.name: each.on_request for each in spec.programs} == {"main": False, "other": True}
    assert [(left.name, left.candidate) for left in spec.left_out] == [("broken", False)]


def test_two_programs_of_one_name_are_refused() -> None:
    file = ObjectFile().function("main", leave()).function("main", leave(), section="xdp/main")
    assert refusal(file) == "The object files/prog.o has two things that would be pinned as main"


def test_a_map_and_a_program_may_have_the_same_name() -> None:
    file = ObjectFile().section("maps", HASH).symbol("main", "maps", 0, 20, binding=LOCAL).function("main", leave())
    assert ([each.name for each in read(file).maps], [each.name for each in read(file).programs]) == (
        ["main"],
        ["main"],
    )


@pytest.mark.parametrize("name", ["a.b", "x" * 201, "größe"])
def test_a_map_that_could_not_be_pinned_is_left_out(name: str) -> None:
    file = ObjectFile().section("maps", HASH).symbol(name, "maps", 0, 20).function("main", leave())
    why = (
        f"this map cannot be made: the object has a map or program {short(name)!r}, which cannot be a name in the BPF "
        f"file system"
    )
    assert left_out_maps(file) == [(short(name), why)]


def test_every_refusal_names_the_file() -> None:
    assert refusal(ObjectFile().types(b"\1")).startswith("The object files/prog.o has a damaged section .BTF: ")
    file = ObjectFile().section("xdp", bytes(4), flags=CODE)
    assert refusal(file).startswith("The object files/prog.o has a section xdp that is not made of whole ")
    with pytest.raises(XdpError, match=r"^The object x\.o is not an ELF object, or was cut off$"):
        read_object("x.o", b"")


def test_maps_alone_are_no_object() -> None:
    file = ObjectFile().section("maps", HASH).symbol("stats", "maps", 0, 20)
    assert "has no program that can be loaded" in refusal(file)


def test_variables_and_maps_of_the_spec() -> None:
    file = ObjectFile().variable("port", b"\7\0\0\0").function("main", load("port"), mov(0, 2), leave())
    spec = read(file)
    assert spec.maps == (MapSpec("rodata", "array", 4, 4, 1, 0x80, variables=b"\7"),)
    assert spec.variables == (VariableSpec("port", "rodata", 0, 4, 0),)


def test_an_alias_of_a_program_is_no_second_one() -> None:
    file = ObjectFile().function("main", leave()).symbol("other", "xdp", 0, 8, FUNC)
    assert len(read(file).programs) == 1


def test_constants_that_no_program_uses_are_there_all_the_same() -> None:
    file = ObjectFile().function("main", leave()).section(".rodata.cst8", bytes(8), flags=CONSTANT)
    assert [map_spec.name for map_spec in read(file).maps] == ["rodata_cst8"]
