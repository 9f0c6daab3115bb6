# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading an object spec, and setting constants, takes time and memory in proportion to what is given."""

from __future__ import annotations

import json
from typing import Any, Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import choose_program
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    LeftOut,
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
    VariableSpec,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils import growth
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import BARE

LONGEST_MESSAGE = 20_000

EXIT = b"\x95" + bytes(7)
LOAD = b"\x18" + bytes(15)


def text(spec: ObjectSpec) -> bytes:
    return spec_text.to_text(spec).encode()


def many_programs_and_maps(size: int) -> bytes:
    maps = tuple(MapSpec(f"m{each}", "hash", 4, 4, 1, 0) for each in range(size // 2 // 170))
    programs = tuple(ProgramSpec(f"p{each}", EXIT, (), "") for each in range(size // 2 // 110))
    return text(ObjectSpec(programs, maps))


def many_references(size: int) -> bytes:
    count = size // 40
    references = tuple(MapReference(2 * each, "m") for each in range(count))
    return text(ObjectSpec((ProgramSpec("p", LOAD * count, references, ""),), (MapSpec("m", "hash", 4, 4, 1, 0),)))


def many_variables(size: int) -> bytes:
    variables = tuple(VariableSpec(f"v{each}", "rodata", 0, 1, 0) for each in range(size // 75))
    return text(BARE._replace(maps=(MapSpec("rodata", "array", 4, 8, 1, 0x480, variables=b"\1"),), variables=variables))


def many_that_were_left_out(size: int) -> bytes:
    return text(BARE._replace(left_out=tuple(LeftOut(f"p{each}", "y" * 20, True) for each in range(size // 60))))


def one_long_reason(size: int) -> bytes:
    return text(BARE._replace(left_out=(LeftOut("p" * (size // 2), "y" * (size // 2), True),)))


def many_long_reasons(size: int) -> bytes:
    return text(BARE._replace(left_out=(LeftOut("p" * (size // 40), "y" * (size // 40), True),) * 20))


def one_long_name(size: int) -> bytes:
    return text(BARE._replace(programs=(ProgramSpec("x" * size, EXIT, (), ""),)))


def one_long_licence(size: int) -> bytes:
    return text(BARE._replace(programs=(ProgramSpec("x", EXIT, (), "G" * size),)))


def many_empty_lists(size: int) -> bytes:
    return json.dumps({"format": [[]] * (size // 4)}).encode()


def many_deep_lists(size: int) -> bytes:
    return b'{"format":' + b"[" * size


def one_long_number(size: int) -> bytes:
    return b'{"format":' + b"1" * size + b"}"


def many_zeros_in_base64(size: int) -> bytes:
    return text(BARE._replace(btf=bytes(size * 3 // 4)))


def outcome(data: bytes) -> ObjectSpec | None:
    try:
        spec = spec_text.from_text("spec.json", data)
    except XdpError as error:
        assert len(str(error)) < LONGEST_MESSAGE
        return None
    for wanted in (None, "nothing"):
        try:
            choose_program(tuple(each.name for each in spec.programs), wanted, spec.left_out)
        except XdpError as error:
            assert len(str(error)) < LONGEST_MESSAGE
    return spec


@pytest.mark.parametrize(
    "build",
    [
        many_programs_and_maps,
        many_references,
        many_variables,
        many_that_were_left_out,
        one_long_reason,
        many_long_reasons,
        one_long_name,
        one_long_licence,
        many_empty_lists,
        many_deep_lists,
        one_long_number,
        many_zeros_in_base64,
    ],
)
def test_twice_the_spec_is_twice_the_work(build: Callable[[int], bytes]) -> None:
    assert 0.5 * growth.LARGE < len(build(growth.LARGE)) < 1.6 * growth.LARGE
    growth.check(outcome, build)


def with_constant(
    btf: BtfFile, type_id: int, size: int, value: Any, name: str = "x"
) -> tuple[ObjectSpec, dict[str, Any]]:
    map_spec = MapSpec("rodata", "array", 4, size, 1, 0x480, variables=b"")
    return BARE._replace(
        maps=(map_spec,), btf=btf.blob(), variables=(VariableSpec(name, "rodata", 0, size, type_id),)
    ), {name: value}


def many_structures_of_many_members(size: int) -> tuple[ObjectSpec, dict[str, Any]]:
    btf = BtfFile()
    number = btf.u32()
    members = [(f"m{each}", number, 0) for each in range(size // 2 // 20)]
    count = size // 2 // 15
    return with_constant(btf, btf.array(btf.structure("s", 4, members), count), 4 * count, [{"m7": 1}] * count)


def many_values_of_many_enumerators(size: int) -> tuple[ObjectSpec, dict[str, Any]]:
    btf = BtfFile()
    values = {f"e{each}": each for each in range(size // 2 // 16)}
    count = size // 2 // 5
    return with_constant(btf, btf.array(btf.enum("e", values), count), 4 * count, ["e7"] * count)


def many_numbers_of_a_long_chain(size: int) -> tuple[ObjectSpec, dict[str, Any]]:
    btf = BtfFile()
    type_id = btf.u32()
    for _step in range(size // 2 // 12):
        type_id = btf.typedef("t", type_id)
    count = size // 2 // 5
    return with_constant(btf, btf.array(type_id, count), 4 * count, ["192.0.2.1", 7] * (count // 2) + [1] * (count % 2))


def many_addresses_of_a_wide_union(size: int) -> tuple[ObjectSpec, dict[str, Any]]:
    btf = BtfFile()
    number = btf.u32()
    members = [(f"m{each}", number, 0) for each in range(size // 2 // 20)]
    count = size // 2 // 12
    return with_constant(btf, btf.array(btf.union("u", 4, members), count), 4 * count, ["192.0.2.1"] * count)


def many_constants_of_one_section(size: int) -> tuple[ObjectSpec, dict[str, Any]]:
    count = size // 40
    variables = tuple(VariableSpec(f"v{each}", "rodata", 4 * each, 4, 0) for each in range(count))
    map_spec = MapSpec("rodata", "array", 4, 4 * count, 1, 0x480, variables=b"\1" * (4 * count))
    return BARE._replace(maps=(map_spec,), variables=variables), {variable.name: 7 for variable in variables}


def many_numbers_within_one_long_name(size: int) -> tuple[ObjectSpec, dict[str, Any]]:
    """A message would name each of them by its path."""
    btf = BtfFile()
    name, count = "m" * (size // 2), size // 2 // 2
    table = btf.array(btf.integer("unsigned char", 1), count)
    return with_constant(btf, btf.structure("s", count, [(name, table, 0)]), count, {name: [1] * count}, name)


def one_long_name_of_a_wrong_size(size: int) -> tuple[ObjectSpec, dict[str, Any]]:
    btf = BtfFile()
    return with_constant(btf, btf.u32(), 5, 1, "v" * size)


def one_value_within_many_lists(size: int) -> tuple[ObjectSpec, dict[str, Any]]:
    """As many as Python's stack would not take."""
    btf = BtfFile()
    type_id, value = btf.u32(), 1
    for _each in range(size // 20):
        type_id, value = btf.array(type_id, 1), [value]  # type: ignore[assignment]
    return with_constant(btf, type_id, 4, value)


def one_value_that_is_wrong(size: int) -> tuple[ObjectSpec, dict[str, Any]]:
    btf = BtfFile()
    return with_constant(btf, btf.integer("int", 4, kinds.SIGNED), 4, ["x" * size])


def set_all(task: tuple[ObjectSpec, dict[str, Any]]) -> ObjectSpec | None:
    try:
        return set_constants(*task)
    except XdpError as error:
        assert len(str(error)) < LONGEST_MESSAGE
        return None


@pytest.mark.parametrize(
    "build",
    [
        many_structures_of_many_members,
        many_values_of_many_enumerators,
        many_numbers_of_a_long_chain,
        many_addresses_of_a_wide_union,
        many_constants_of_one_section,
        many_numbers_within_one_long_name,
        one_long_name_of_a_wrong_size,
        one_value_within_many_lists,
        one_value_that_is_wrong,
    ],
)
def test_twice_the_values_are_twice_the_work(build: Callable[[int], tuple[ObjectSpec, dict[str, Any]]]) -> None:
    growth.check(set_all, build)


def test_a_small_value_in_a_large_section_takes_no_more_than_it_has() -> None:
    map_spec = MapSpec("rodata", "array", 4, 1 << 25, 1, 0x480, variables=b"")
    spec = BARE._replace(maps=(map_spec,), variables=(VariableSpec("x", "rodata", 8, 4, 0),))
    assert growth.memory(lambda task: set_constants(*task), (spec, {"x": 1})) < 1 << 20
