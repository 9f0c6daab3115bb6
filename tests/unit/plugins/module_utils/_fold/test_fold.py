# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Constants in the instructions that read them: the program does the same, and is what the kernel takes."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any, NamedTuple

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._fold.fold import fold
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.assembler import Assembler
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CORE_RELOCATION,
    KernelReference,
    MapReference,
    ProgramSpec,
)
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._fold.machine import Machine, TooLong
from hypothesis import assume, given, settings
from hypothesis import strategies as st

_SIZE = 24
_EXIT, _CALL, _GO = 0x95, 0x85, 0x05
# Few of each kind, so that what one instruction does matters to another: a result, two arguments, one that calls keep.
_REGISTER = st.sampled_from((0, 1, 2, 6))
_NUMBER = st.sampled_from((0, 1, -1, 2, 31, 33, 63, (1 << 31) - 1, -(1 << 31)))
_SECOND = st.one_of(_REGISTER.map(lambda register: (register,)), _NUMBER)
_CONSTANTS = st.lists(st.sampled_from((0, 1, 33, 128, 255)), min_size=_SIZE, max_size=_SIZE).map(bytes)


class Written(NamedTuple):
    """A program, and how the test reads it."""

    code: bytes
    pointers: dict[int, str]

    def spec(self) -> ProgramSpec:
        """Each instruction is a line of its own, whose number is its place."""
        references = tuple(MapReference(place, name) for place, name in self.pointers.items())
        places = _places(self.code)
        called = {
            place + 1 + value
            for place in places
            for opcode, registers, _offset, value in [_instruction(self.code, place)]
            if opcode == _CALL and registers >> 4 == 1
        }
        return ProgramSpec(
            "program",
            self.code,
            references,
            "GPL",
            func_info=b"".join(struct.pack("=2I", place, place) for place in sorted({0, *called})),
            line_info=b"".join(struct.pack("=4I", place, 0, 0, place) for place in places),
        )


def _instruction(code: bytes, place: int) -> tuple[int, int, int, int]:
    found: tuple[int, int, int, int] = struct.unpack_from("=BBhi", code, place * 8)
    return found


def _places(code: bytes) -> list[int]:
    """Of instructions, without the second halves of those that have two."""
    found, place = [], 0
    while place < len(code) // 8:
        found.append(place)
        place += 2 if code[place * 8] == 0x18 else 1
    return found


def _written(*functions: list[tuple[Any, ...]]) -> Written:
    """Functions, each of statements; the first is the program, and calls the others by their numbers."""
    code, pointers = Assembler(), {}
    calls: list[tuple[int, int]] = []
    starts = []
    for number, statements in enumerate(functions):
        starts.append(len(code))
        for index, (what, *rest) in enumerate([*statements, ("exit",)]):
            code.label(f"{number}/{index}")
            if what == "constant":
                to, offset, size = rest
                pointers[code.load(to, 2)] = "rodata"
                code.add({4: 0x61, 2: 0x69, 1: 0x71, 8: 0x79}[size], to, to, offset)
            elif what == "address":
                pointers[code.load(rest[0], 2)] = "rodata"
            elif what == "read":
                to, source, offset = rest
                code.add(0x79, to, source, offset)
            elif what == "set":
                code.add(0xB7, rest[0], value=rest[1])
            elif what == "calculate":
                opcode, to, second = rest
                _with_second(code, opcode, to, second)
            elif what in ("if", "go"):
                opcode, to, second, distance = rest
                there = min(max(index + 1 + distance, 0), len(statements))
                by_register = isinstance(second, tuple)
                code.jump(
                    f"{number}/{there}",
                    opcode | (8 if by_register else 0),
                    to,
                    second[0] if by_register else 0,
                    0 if by_register else second,
                )
            elif what == "store":
                code.add(0x7B, 10, rest[1], rest[0])
            elif what == "helper":
                code.add(_CALL, value=rest[0])
            elif what == "call":
                calls.append((code.add(_CALL, source=1), rest[0]))
            else:
                code.add(_EXIT)
    for place, called in calls:
        code.call(place, starts[called])
    return Written(code.bytes(), pointers)


def _with_second(code: Assembler, opcode: int, to: int, second: Any) -> None:
    if isinstance(second, tuple):
        code.add(opcode | 8, to, second[0])
        return
    bits = 64 if opcode & 7 == 7 else 32
    if opcode & 0xF0 in (0x60, 0x70, 0xC0):
        second %= bits
    if opcode & 0xF0 in (0x30, 0x90):
        second = second or 1
    code.add(opcode, to, value=second)


def _opcodes(kinds: tuple[int, int], operations: tuple[int, ...]) -> st.SearchStrategy[int]:
    return st.sampled_from([kind | operation for kind in kinds for operation in operations])


_ARITHMETIC = _opcodes((4, 7), (0, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xA0, 0xB0, 0xC0))
_COMPARISONS = _opcodes((5, 6), (0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xA0, 0xB0, 0xC0, 0xD0))
_DISTANCE = st.one_of(st.integers(0, 6), st.integers(-3, 6))
_CONSTANT = st.tuples(st.just("constant"), _REGISTER, st.integers(0, 16), st.sampled_from((1, 2, 4, 8)))
_STORE = st.tuples(st.just("store"), st.sampled_from((-8, -16)), _REGISTER)
_SIMPLE = st.one_of(
    _CONSTANT,
    _CONSTANT,
    st.tuples(st.just("address"), _REGISTER),
    st.tuples(st.just("read"), _REGISTER, _REGISTER, st.sampled_from((-8, 0, 8, 16, 24))),
    st.tuples(st.just("set"), _REGISTER, _NUMBER),
    st.tuples(st.just("calculate"), _ARITHMETIC, _REGISTER, _SECOND),
    st.tuples(st.just("calculate"), st.just(0x84), _REGISTER, st.just(0)),
    st.tuples(st.just("if"), _COMPARISONS, _REGISTER, _SECOND, _DISTANCE),
    st.tuples(st.just("go"), st.just(_GO), st.just(0), st.just(0), _DISTANCE),
    _STORE,
    st.tuples(st.just("helper"), st.integers(1, 5)),
)
_PROGRAMS = st.builds(
    lambda main, stores, function: _written([*main, *stores], function),
    st.lists(st.one_of(_SIMPLE, _SIMPLE, _SIMPLE, st.just(("call", 1))), min_size=2, max_size=20),
    st.lists(_STORE, max_size=3),
    st.lists(_SIMPLE, max_size=4),
)
_INPUTS = st.lists(st.one_of(st.integers(0, 3), st.integers(0, (1 << 64) - 1)), min_size=10, max_size=10)


def _run(code: bytes, pointers: dict[int, str], constants: bytes, inputs: list[int]) -> tuple[Machine, object]:
    machine = Machine(code, pointers, {"rodata": constants})
    return machine, machine.run(list(inputs))


@settings(max_examples=250)
@given(_PROGRAMS, _CONSTANTS, _INPUTS)
def test_it_does_the_same(written: Written, constants: bytes, inputs: list[int]) -> None:
    try:
        _run(*written, constants, inputs)
    except TooLong:
        assume(False)
    _does_the_same(written, constants, inputs)


def _does_the_same(written: Written, constants: bytes, inputs: list[int]) -> None:
    before, result = _run(*written, constants, inputs)
    program, places = fold(written.spec(), {"rodata": constants})
    pointers = {each.instruction: each.map for each in program.references}
    after, folded_result = _run(program.instructions, pointers, constants, inputs)
    assert (folded_result, after.trace) == (result, before.trace)
    assert len(after.executed) <= len(before.executed)
    assert places[-1] == len(program.instructions) // 8


_ADD, _IF_EQUAL = 0x07, 0x15
_CASES: dict[str, list[tuple[Any, ...]]] = {
    "two ways meet": [("if", _IF_EQUAL, 1, 0, 2), ("set", 0, 5), ("go", _GO, 0, 0, 1), ("set", 0, 6), ("store", -8, 0)],
    "a loop": [("set", 6, 0), ("calculate", _ADD, 6, 1), ("store", -8, 6), ("if", 0xA5, 6, 4, -3)],
    "a register that a helper reads": [("constant", 5, 0, 8), ("constant", 3, 8, 8), ("helper", 1)],
    "a register that a call keeps": [("constant", 6, 0, 8), ("call", 1), ("store", -8, 6)],
    "a register that a call does not keep": [("constant", 2, 16, 8), ("call", 1), ("calculate", _ADD, 0, (2,))],
    "half of an address": [("address", 1), ("calculate", 0xB4, 2, (1,)), ("read", 0, 2, 16)],
    "an address that moves": [
        ("address", 1),
        ("calculate", _ADD, 1, 16),
        ("calculate", _ADD, 1, -8),
        ("read", 0, 1, 0),
    ],
    "an address less a register": [("address", 1), ("set", 2, -8), ("calculate", _ADD, 1, (2,)), ("read", 0, 1, 16)],
    "numbers of 33 bits, of which 32 are compared": [("constant", 1, 0, 8), ("if", 0x16, 2, (1,), 1), ("set", 0, 1)],
    "numbers of 33 bits": [("constant", 1, 0, 8), ("if", _IF_EQUAL, 2, (1,), 1), ("set", 0, 1)],
    "32 bits whose highest is set": [("constant", 1, 8, 4), ("calculate", _ADD, 0, (1,))],
    "the same in 32 bits": [("constant", 1, 8, 4), ("calculate", 0x04, 0, (1,))],
    "a carry beyond 32 bits": [
        ("constant", 1, 8, 4),
        ("calculate", 0x04, 1, (1,)),
        ("if", _IF_EQUAL, 1, 2, 1),
        ("set", 0, 1),
    ],
    "a negated number": [("set", 6, 5), ("calculate", 0x84, 6, 0), ("store", -8, 6)],
    "a negated register": [("calculate", 0x87, 6, 0), ("store", -8, 6)],
    "a shift with a sign": [("set", 1, -8), ("calculate", 0xC4, 1, 1), ("store", -8, 1)],
    "a shift by more than there are": [
        ("set", 1, 40),
        ("calculate", 0x64, 0, (1,)),
        ("calculate", 0x67, 6, (1,)),
        ("store", -8, 6),
    ],
    "a shift by less than none": [("set", 1, -1), ("calculate", 0x67, 0, (1,))],
    "divided by nothing": [("set", 1, 0), ("calculate", 0x37, 0, (1,)), ("calculate", 0x97, 6, (1,)), ("store", -8, 6)],
    "compared with a sign": [("set", 1, -1), ("set", 2, 1), ("if", 0x65, 1, (2,), 1), ("set", 0, 3)],
    "a jump back to what is ruled out": [
        ("constant", 1, 16, 1),
        ("if", _IF_EQUAL, 1, 0, 2),
        ("set", 0, 1),
        ("go", _GO, 0, 0, -4),
    ],
}


@pytest.mark.parametrize("case", _CASES)
@pytest.mark.parametrize("inputs", [[0] * 10, [1] * 10, [5, 4, 0x80000005, 3, 2, 1, 7, 8, 9, 10]])
def test_it_does_the_same_in_this_case(case: str, inputs: list[int]) -> None:
    written = _written(_CASES[case], [("set", 0, 1), ("set", 6, 2)])
    constants = struct.pack("=QIIQ", 0x180000005, 0x80000001, 7, 0)
    _does_the_same(written, constants, inputs)
    _has_its_form(written, constants)


@settings(max_examples=250)
@given(_PROGRAMS, _CONSTANTS)
def test_the_kernel_takes_its_form(written: Written, constants: bytes) -> None:
    _has_its_form(written, constants)


def _has_its_form(written: Written, constants: bytes) -> None:
    """check_cfg, check_subprogs, check_btf_func and check_btf_line of kernel/bpf/verifier.c."""
    spec = written.spec()
    program, places = fold(spec, {"rodata": constants})
    code = program.instructions
    assert _unreachable(code) == set()
    functions = [place for place, _type in struct.iter_unpack("=2I", program.func_info)]
    assert functions == sorted(_functions(code))
    for end in (*functions[1:], len(code) // 8):
        assert _instruction(code, end - 1)[0] in (_EXIT, _GO)
    for opcode, _registers, _offset, value in (_instruction(code, place) for place in _places(code)):
        if opcode & 15 in (4, 7):
            assert opcode & 0xF0 not in (0x30, 0x90) or value != 0
            assert opcode & 0xF0 not in (0x60, 0x70, 0xC0) or 0 <= value < (64 if opcode & 7 == 7 else 32)
    # The last line that came to a place is the instruction's own.
    lines = dict(
        struct.unpack("=4I", program.line_info[start : start + 16])[0::3]
        for start in range(0, len(program.line_info), 16)
    )
    assert list(lines) == sorted(lines)
    kept = {new: max(old for old, place in enumerate(places[:-1]) if place == new) for new in _places(code)}
    assert {place: lines[place] for place in kept if place in lines} == {
        place: old if _instruction(spec.instructions, old)[0] else old - 1 for place, old in kept.items()
    }


def _functions(code: bytes) -> set[int]:
    found = {0}
    for place in _places(code):
        opcode, registers, _offset, value = _instruction(code, place)
        if opcode == _CALL and registers >> 4 == 1:
            found.add(place + 1 + value)
    return found


def _unreachable(code: bytes) -> set[int]:
    """Places that no way leads to, whatever the values are."""
    waiting, reached = [0], set()
    while waiting:
        place = waiting.pop()
        if place in reached:
            continue
        reached.add(place)
        opcode, registers, offset, value = _instruction(code, place)
        if opcode == _EXIT:
            continue
        if opcode == _CALL and registers >> 4 == 1:
            waiting.append(place + 1 + value)
        if opcode & 7 in (5, 6) and opcode != _CALL:
            waiting.append(place + 1 + offset)
        if opcode != _GO:
            waiting.append(place + (2 if opcode == 0x18 else 1))
    return set(_places(code)) - reached


def test_what_a_constant_rules_out_is_gone() -> None:
    written = _written(
        [
            ("constant", 1, 0, 8),
            ("set", 0, 2),
            ("if", 0x15, 1, 0, 2),
            ("constant", 2, 8, 8),
            ("store", -8, 2),
            ("set", 3, 1),
        ]
    )
    program, _places_of = fold(written.spec(), {"rodata": bytes(8) + b"\7" + bytes(15)})
    # r0 = 2; exit
    assert program.instructions == struct.pack("=BBhiBBhi", 0xB7, 0, 0, 2, _EXIT, 0, 0, 0)
    assert program.references == ()
    # So that one still sees which maps the program is over.
    assert program.bound_maps == ("rodata",)

    program, _places_of = fold(written.spec(), {"rodata": b"\1" + bytes(7) + b"\7" + bytes(15)})
    opcodes = [_instruction(program.instructions, place) for place in _places(program.instructions)]
    assert [(opcode, value) for opcode, _registers, _offset, value in opcodes] == [
        (0xB7, 2),
        (0xB7, 7),
        (0x7B, 0),
        (_EXIT, 0),
    ]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (5, [(0xB7, 5)]),
        ((1 << 64) - 1, [(0xB7, -1)]),
        (0xFFFFFFFF, [(0xB4, -1)]),
        (0x100000001, [(0x18, 0), (0x79, 0)]),
        # No instruction of one place sets such a number.
        (1 << 40, [(0x18, 0), (0x79, 0)]),
    ],
)
def test_a_number_of_each_size(number: int, expected: list[tuple[int, int]]) -> None:
    written = _written([("constant", 0, 0, 8)])
    program, _places_of = fold(written.spec(), {"rodata": struct.pack("=Q", number)})
    found = [_instruction(program.instructions, place) for place in _places(program.instructions)]
    assert [(opcode, value) for opcode, _registers, _offset, value in found] == [*expected, (_EXIT, 0)]


def test_the_map_itself_is_no_address_of_its_value() -> None:
    code = (
        struct.pack("=BBhi", 0x18, 0x11, 0, 0) + bytes(8) + struct.pack("=BBhiBBhi", 0x79, 0x10, 0, 0, _EXIT, 0, 0, 0)
    )
    spec = Written(code, {0: "rodata"}).spec()
    assert fold(spec, {"rodata": bytes(_SIZE)})[0] == spec


def test_lines_of_no_instruction_are_for_the_kernel() -> None:
    spec = _written([("constant", 0, 0, 8)]).spec()._replace(line_info=struct.pack("=4I", 9, 0, 0, 0))
    assert fold(spec, {"rodata": bytes(_SIZE)})[0] == spec


def test_maps_whose_values_may_change_are_left_alone() -> None:
    written = _written([("constant", 0, 0, 8)])
    assert fold(written.spec(), {"other": bytes(8)})[0] == written.spec()


def test_what_is_beyond_a_value_is_for_the_verifier() -> None:
    written = _written([("constant", 0, 17, 8)])
    assert fold(written.spec(), {"rodata": bytes(_SIZE)})[0] == written.spec()


def test_a_function_that_nobody_calls_any_more_goes() -> None:
    written = _written([("constant", 0, 0, 1), ("if", 0x15, 0, 0, 1), ("call", 1)], [("set", 0, 1)])
    assert len(fold(written.spec(), {"rodata": b"\1"})[0].func_info) == 16
    assert len(fold(written.spec(), {"rodata": b"\0"})[0].func_info) == 8


def test_a_function_that_only_types_name_stays() -> None:
    written = _written([("constant", 0, 0, 1)], [("set", 0, 1)])
    spec = written.spec()._replace(func_info=struct.pack("=4I", 0, 1, 4, 2))
    program, _places_of = fold(spec, {"rodata": b"\1"})
    assert struct.unpack("=4I", program.func_info) == (0, 1, 2, 2)


def test_what_the_kernel_decides_is_not_known() -> None:
    """A CO-RE relocation changes the instruction when the program is loaded."""
    written = _written(
        [("set", 1, 0), ("if", 0x15, 1, 0, 1), ("set", 0, 7), ("constant", 0, 0, 1), ("constant", 0, 0, 1)]
    )
    relocation = struct.pack(f"={CORE_RELOCATION}", 0, 1, 2, 3)
    gone = struct.pack(f"={CORE_RELOCATION}", 2 * 8, 1, 2, 3)
    spec = written.spec()._replace(core_relocations=relocation + gone)
    program, _places_of = fold(spec, {"rodata": b"\1"})
    assert _instruction(program.instructions, 1)[0] == 0x15
    assert program.core_relocations == spec.core_relocations
    # An instruction that is ruled out takes its relocation along.
    written = _written([("constant", 1, 0, 1), ("if", 0x15, 1, 1, 1), ("set", 0, 7), ("set", 0, 1)])
    spec = written.spec()._replace(core_relocations=struct.pack(f"={CORE_RELOCATION}", 4 * 8, 1, 2, 3))
    assert fold(spec, {"rodata": b"\1"})[0].core_relocations == b""


def test_references_to_the_kernel_move_along() -> None:
    written = _written([("constant", 1, 0, 1), ("helper", 4), ("if", 0x15, 1, 0, 1), ("helper", 3), ("helper", 5)])
    spec = written.spec()._replace(
        kernel_references=tuple(KernelReference(place, str(place), "function") for place in (3, 5, 6))
    )
    program, _places_of = fold(spec, {"rodata": b"\1"})
    for each in program.kernel_references:
        assert _instruction(program.instructions, each.instruction)[3] == {"3": 4, "5": 3, "6": 5}[each.name]


@pytest.mark.parametrize(
    "code",
    [
        struct.pack("=BBhi", 0x0D, 0, 0, 0),
        struct.pack("=BBhi", 0x05, 0, 5, 0),
        struct.pack("=BBhi", 0x18, 0, 0, 0),
        struct.pack("=BBhi", 0x30, 0, 0, 0),
        struct.pack("=BBhi", 0xB7, 0, 0, 0),
    ],
    ids=["go to a register", "beyond the end", "half an instruction", "a packet's byte, as in old filters", "no exit"],
)
def test_a_program_that_it_does_not_know_is_left_alone(code: bytes) -> None:
    spec = ProgramSpec("program", code, (), "GPL")
    program, places = fold(spec, {})
    assert program is spec
    assert places == [0, 1]


def test_the_filter_gets_shorter() -> None:
    """By what no rule asks for, which the verifier would leave in."""
    data = json.loads((ROOT / "plugins/plugin_utils/programs/xdp_filter.json").read_text(encoding="utf-8"))
    (rodata,) = (each for each in data["maps"] if each["name"] == "rodata")
    for program in data["programs"]:
        spec = ProgramSpec(
            program["name"],
            base64.b64decode(program["instructions"]),
            tuple(MapReference(*each) for each in program["references"]),
            "GPL",
        )
        folded, _places_of = fold(spec, {"rodata": bytes(rodata["value_size"])})
        assert len(folded.instructions) < len(spec.instructions) / 2
        assert _unreachable(folded.instructions) == set()
