# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A function and all that it calls become one program."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._elf import link
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    ABSOLUTE,
    CODE,
    FUNC,
    LOCAL,
    WEAK,
    ObjectFile,
    Piece,
    call,
    code,
    helper,
    instruction,
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


def helped(*pieces: Piece, binding: int = LOCAL) -> ObjectFile:
    """``one`` and ``two`` among the shared code, at 0 and 2, and ``main`` made of these."""
    file = ObjectFile().function("one", mov(0, 1), leave(), section=".text", binding=binding)
    file.function("two", mov(0, 2), leave(), section=".text", binding=binding)
    return file.function("main", *pieces)


def test_a_program_that_calls_nothing_is_as_it_is() -> None:
    pieces = [mov(0, 2), helper(5), instruction(0x15, 0, offset=1), mov(0, 1), leave()]
    assert program(ObjectFile().function("main", *pieces)).instructions == code(*pieces)


def test_helpers_of_the_kernel_are_no_functions() -> None:
    assert words(program(helped(helper(1), helper(1 << 20), leave()))) == ["helper 1", f"helper {1 << 20}", "exit"]


@pytest.mark.parametrize(
    "piece",
    [
        # clang: against the section for static functions, against the function for others
        call(start_of(".text"), 1),
        call("two", -1),
        # by way of another function's name
        call("one", 1),
    ],
)
def test_a_call_by_each_kind_of_symbol(piece: Piece) -> None:
    assert words(program(helped(mov(1, 7), piece, leave()))) == ["7", "call 3", "exit", "2", "exit"]


@pytest.mark.parametrize("binding", [LOCAL, 1, WEAK])
def test_a_call_of_a_function_that_others_may_call_too(binding: int) -> None:
    assert words(program(helped(call("one"), leave(), binding=binding))) == ["call 2", "exit", "1", "exit"]


def test_a_call_within_the_section_may_have_no_symbol() -> None:
    # The assembler fills in what it knows itself.
    file = ObjectFile().function("help", mov(0, 1), leave(), binding=LOCAL)
    file.function("main", mov(1, 7), call(value=-4), leave())
    assert words(program(file)) == ["7", "call 3", "exit", "1", "exit"]


def test_a_call_forward_within_the_section() -> None:
    file = ObjectFile().function("main", call(value=2), leave()).function("between", leave(), binding=LOCAL)
    file.function("help", mov(0, 1), leave(), binding=LOCAL)
    assert words(program(file)) == ["call 2", "exit", "1", "exit"]


def test_functions_stand_in_the_order_in_which_they_are_come_upon() -> None:
    assert words(program(helped(call("two"), call("one"), call("two"), leave()))) == [
        *("call 4", "call 6", "call 4", "exit"),
        *("2", "exit"),
        *("1", "exit"),
    ]


def test_calls_within_calls() -> None:
    file = ObjectFile().function("inner", mov(0, 3), leave(), section=".text", binding=LOCAL)
    file.function("outer", call(start_of(".text")), leave(), section=".text", binding=LOCAL)
    file.function("main", call(start_of(".text"), 1), call(start_of(".text")), leave())
    assert words(program(file)) == [
        *("call 3", "call 5", "exit"),
        *("call 5", "exit"),
        *("3", "exit"),
    ]


def test_functions_stand_where_libbpf_puts_them() -> None:
    # So that the kernel's tag of the program is the same. What a function calls comes before its caller's next call.
    file = ObjectFile()
    for name, number in (("inner", 3), ("last", 4)):
        file.function(name, mov(0, number), leave(), section=".text", binding=LOCAL)
    file.function("outer", call("inner"), call("last"), leave(), section=".text", binding=LOCAL)
    file.function("other", mov(0, 5), call("last"), leave(), section=".text", binding=LOCAL)
    file.function("main", call("outer"), call("other"), call("inner"), leave())
    assert words(program(file)) == [
        *("call 4", "call 11", "call 7", "exit"),
        # outer, inner, last, other
        *("call 7", "call 9", "exit"),
        *("3", "exit"),
        *("4", "exit"),
        *("5", "call 9", "exit"),
    ]


def test_calls_may_go_deeper_than_the_interpreter_s_stack() -> None:
    file = ObjectFile().function("main", call("f0"), leave())
    for number in range(3000):
        file.function(f"f{number}", call(f"f{number + 1}"), leave(), section=".text", binding=LOCAL)
    file.function("f3000", leave(), section=".text", binding=LOCAL)
    assert len(words(program(file))) == 2 * 3001 + 1


def test_a_function_that_calls_itself() -> None:
    # The verifier refuses it; that is not for the linker to say.
    file = ObjectFile().function("again", call("again"), leave(), section=".text", binding=LOCAL)
    assert words(program(file.function("main", call("again"), leave()))) == ["call 2", "exit", "call 2", "exit"]


def test_functions_that_call_each_other() -> None:
    file = ObjectFile().function("ping", call("pong"), leave(), section=".text", binding=LOCAL)
    file.function("pong", call("ping"), leave(), section=".text", binding=LOCAL)
    assert words(program(file.function("main", call("ping"), leave()))) == [
        *("call 2", "exit"),
        *("call 4", "exit"),
        *("call 2", "exit"),
    ]


def test_a_program_may_call_another_one() -> None:
    file = (
        ObjectFile().function("main", call("other"), leave()).function("other", mov(0, 1), leave(), section="xdp/other")
    )
    assert words(program(file)) == ["call 2", "exit", "1", "exit"]
    assert words(program(file, "other")) == ["1", "exit"]


def test_a_function_that_two_programs_call_is_in_both() -> None:
    file = ObjectFile().function("help", mov(0, 1), call("deep"), leave(), section=".text", binding=LOCAL)
    file.function("deep", mov(0, 3), leave(), section=".text", binding=LOCAL)
    file.function("first", call("help"), leave()).function("second", mov(0, 2), call("help"), leave())
    assert words(program(file, "first")) == ["call 2", "exit", "1", "call 5", "exit", "3", "exit"]
    assert words(program(file, "second")) == ["2", "call 3", "exit", "1", "call 6", "exit", "3", "exit"]


def test_functions_in_several_sections() -> None:
    file = ObjectFile().function("cold", mov(0, 1), leave(), section=".text.unlikely", binding=LOCAL)
    file.function("warm", call(start_of(".text.unlikely")), leave(), section=".text", binding=LOCAL)
    assert words(program(file.function("main", call(start_of(".text")), leave()))) == [
        *("call 2", "exit"),
        *("call 4", "exit"),
        *("1", "exit"),
    ]


@pytest.mark.parametrize("piece", [load("two"), load("one", 16), load(start_of(".text"), 16)])
def test_the_address_of_a_function(piece: Piece) -> None:
    # Such as a callback for bpf_for_each_map_elem.
    assert words(program(helped(piece, helper(164), leave()))) == [
        "address of 4",
        "",
        "helper 164",
        "exit",
        "2",
        "exit",
    ]


def test_the_address_of_a_function_that_is_called_too() -> None:
    assert words(program(helped(load("one"), call("one"), leave()))) == [
        "address of 4",
        "",
        "call 4",
        "exit",
        "1",
        "exit",
    ]


def test_a_program_s_flags_licence_and_name_are_kept() -> None:
    file = ObjectFile().function("main", leave(), section="xdp.frags").license(b"Dual BSD/GPL\0")
    assert (program(file).flags, program(file).license, program(file).name) == (1 << 5, "Dual BSD/GPL", "main")


@pytest.mark.parametrize("piece", [call("one", 0), call(start_of(".text"), 0), call(start_of(".text"), 100), call()])
def test_a_call_of_what_is_no_function_is_refused(piece: Piece) -> None:
    assert why_left_out(helped(mov(0, 0), piece, leave())) == "main calls something that is no function of the object"


@pytest.mark.parametrize("value", [-100, -(1 << 31), (1 << 31) - 1])
def test_a_call_out_of_the_section_is_refused(value: int) -> None:
    assert why_left_out(helped(call(value=value), leave())) == "main calls something that is no function of the object"


@pytest.mark.parametrize("piece", [load("one", 8), load(start_of(".text"), 1000), load(start_of(".text"), -16)])
def test_the_address_of_what_is_no_function_is_refused(piece: Piece) -> None:
    assert is_refused(helped(piece, leave()))


@pytest.mark.parametrize("addend", [1, 4, 7])
def test_an_address_within_an_instruction_is_refused(addend: int) -> None:
    assert is_refused(helped(load("one", addend), leave()))


def test_a_symbol_that_is_in_no_section_is_refused() -> None:
    file = helped(call("nowhere"), leave()).symbol("nowhere", ABSOLUTE, 0, 0, FUNC)
    assert why_left_out(file) == "main calls something that is no function of the object"


@pytest.mark.parametrize("piece", [call("bpf_kfunc"), load("bpf_kfunc")])
def test_what_the_object_does_not_define_is_refused(piece: Piece) -> None:
    assert why_left_out(helped(piece, leave()).undefined("bpf_kfunc")) == (
        "main in section xdp uses bpf_kfunc, which the object does not define, and does not "
        "declare as the kernel's (__ksym, __kconfig) with a type that this can have"
    )


def test_the_function_that_lacks_something_is_named() -> None:
    file = ObjectFile().function("help", call("missing"), leave(), section=".text", binding=LOCAL).undefined("missing")
    assert why_left_out(file.function("main", call("help"), leave())).startswith("help in section .text uses missing, ")


def test_an_address_without_its_second_half_is_refused() -> None:
    assert why_left_out(ObjectFile().function("main", leave(), instruction(0x18))) == "main ends within an instruction"


@pytest.mark.parametrize("source", [1, 2, 3, 4, 5, 6])
def test_an_address_of_something_without_a_name_is_refused(source: int) -> None:
    # A descriptor of whoever made the object, such as bcc.
    file = ObjectFile().function("main", load(addend=7, source=source), leave())
    assert why_left_out(file) == "main refers to something that the object does not name"


@pytest.mark.parametrize("number", [0, 7, -1, (1 << 31) - 1])
def test_a_number_of_64_bits_is_left_as_it_is(number: int) -> None:
    pieces = [load(addend=number, second=-5), leave()]
    assert program(ObjectFile().function("main", *pieces)).instructions == code(*pieces)


def test_the_second_half_of_a_number_is_no_instruction() -> None:
    second = instruction(0x85, source=1, value=-1).data
    pieces = [Piece(instruction(0x18, 1).data + second), leave()]
    assert program(ObjectFile().function("main", *pieces)).instructions == code(*pieces)


@pytest.mark.parametrize("piece", [mov(1, 0), leave(), instruction(0x61, 1, 2), instruction(0x05)])
def test_a_symbol_in_another_instruction_is_refused(piece: Piece) -> None:
    file = ObjectFile().function("main", piece._replace(symbol="one"), leave())
    file.function("one", leave(), section=".text", binding=LOCAL)
    assert why_left_out(file) == "main uses one in a way that is not known"


@pytest.mark.parametrize("place", [1, 4, 7, 8, 12, 15])
def test_a_symbol_that_is_for_no_instruction_is_refused(place: int) -> None:
    # What is to be filled in there would stay zero.
    file = ObjectFile().function("main", load(), leave()).function("bystander", leave(), section="xdp/bystander")
    file.relocation("xdp", place, start_of("xdp"))
    assert is_refused(file)


def test_more_instructions_than_any_kernel_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "MOST_INSTRUCTIONS", 5)
    file = ObjectFile().function("large", *[mov(0, 0)] * 5, leave(), section="xdp/large")
    file.function("fits", *[mov(0, 0)] * 4, leave(), section="xdp/fits")
    spec = read(file)
    assert [each.name for each in spec.programs] == ["fits"]
    assert [(left.name, left.why) for left in spec.left_out] == [
        ("large", "it and the programs before it have more than 5 instructions")
    ]


def test_many_programs_over_one_large_function_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "MOST_INSTRUCTIONS", 100)
    file = ObjectFile().function("help", *[mov(0, 0)] * 28, leave(), section=".text", binding=LOCAL)
    for number in range(5):
        file.function(f"main{number}", call("help"), leave())
    spec = read(file)
    assert [each.name for each in spec.programs] == ["main0", "main1", "main2"]
    assert [left.name for left in spec.left_out] == ["main3", "main4"]


def test_a_call_of_instructions_that_are_of_no_function_is_refused() -> None:
    file = ObjectFile().section(".text", code(leave(), leave()), flags=CODE).symbol("one", ".text", 0, 8, FUNC)
    assert why_left_out(file.function("main", call(start_of(".text"), 0), leave())) == (
        "main calls something that is no function of the object"
    )
