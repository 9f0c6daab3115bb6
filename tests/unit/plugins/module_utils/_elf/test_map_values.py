# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps of maps and program arrays, and what they are filled with."""

from __future__ import annotations

from typing import Any, Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import InitialValue, MapSpec, ObjectSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    LOCAL,
    ObjectFile,
    leave,
    load,
    start_of,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import read

HASH, ARRAY, PROG_ARRAY, ARRAY_OF_MAPS, HASH_OF_MAPS = 1, 2, 3, 12, 13
Member = Callable[[BtfFile], int]


def uint(number: int) -> Member:
    return lambda btf: btf.uint(number)


def structure(btf: BtfFile, members: dict[str, Member]) -> int:
    types = [(title, make(btf)) for title, make in members.items()]
    return btf.structure("", 8 * len(types), [(title, type_id, 64 * at) for at, (title, type_id) in enumerate(types)])


def values_of(*, size: int = 0, **members: Member) -> Member:
    """``__array(values, struct { members })``"""
    return lambda btf: btf.array(btf.ptr(structure(btf, members)), size)


def functions(btf: BtfFile) -> int:
    return btf.array(btf.ptr(btf.proto(0)), 0)


INNER = values_of(type=uint(ARRAY), key_size=uint(4), value_size=uint(8), max_entries=uint(5))


def file_of(maps: dict[str, dict[str, Member]], slots: int = 4) -> ObjectFile:
    """The maps one after the other, each with room for so many values behind its members."""
    btf = BtfFile()
    file = ObjectFile()
    file.function("main", *[load(name) for name in maps], leave()).function("second", leave())
    place = 0
    for name, members in maps.items():
        btf.var(name, structure(btf, members))
        size = 8 * len(members) + 8 * (slots - 1)
        file.section(".maps", bytes(size)).symbol(name, ".maps", place, size)
        place += size
    return file.types(btf)


OUTER: dict[str, Member] = {
    "type": uint(HASH_OF_MAPS),
    "key_size": uint(4),
    "max_entries": uint(3),
    "values": INNER,
}
CALLS: dict[str, Member] = {
    "type": uint(PROG_ARRAY),
    "key_size": uint(4),
    "max_entries": uint(3),
    "values": functions,
}
PLAIN: dict[str, Member] = {
    "type": uint(ARRAY),
    "key_size": uint(4),
    "value_size": uint(8),
    "max_entries": uint(5),
}


def map_of(spec: ObjectSpec, name: str) -> MapSpec:
    return next(map_spec for map_spec in spec.maps if map_spec.name == name)


def refusal(file: ObjectFile, name: str) -> str:
    """Why the map cannot be made; the program that uses it is left out with it."""
    spec = read(file)
    assert [program.name for program in spec.programs] == ["second"]
    (why,) = [left.why for left in spec.left_out if left.is_map and left.name == name]
    return why.replace("this map cannot be made: the object ", "")


@pytest.mark.parametrize(("number", "map_type"), [(ARRAY_OF_MAPS, "array_of_maps"), (HASH_OF_MAPS, "hash_of_maps")])
def test_a_map_of_maps_has_its_template(number: int, map_type: str) -> None:
    found = map_of(read(file_of({"outer": {**OUTER, "type": uint(number)}})), "outer")
    assert found == MapSpec("outer", map_type, 4, 4, 3, 0, inner=MapSpec("", "array", 4, 8, 5, 0))


def test_slots_are_where_the_compiler_has_put_the_addresses() -> None:
    file = file_of({"blue": PLAIN, "outer": OUTER})
    start = 8 * 4 + 24 + 24
    file.relocation(".maps", start + 16, "blue", 2).relocation(".maps", start, "blue", 2)
    assert map_of(read(file), "outer").values == (InitialValue(0, "blue"), InitialValue(2, "blue"))


def test_programs_fill_a_program_array() -> None:
    file = file_of({"calls": CALLS}).relocation(".maps", 24 + 8, "second", 2)
    assert map_of(read(file), "calls") == MapSpec(
        "calls", "prog_array", 4, 4, 3, 0, values=(InitialValue(1, "second"),)
    )


def test_an_address_may_be_against_the_section() -> None:
    file = file_of({"blue": PLAIN, "outer": OUTER}).relocation(".maps", 80, start_of(".maps"), 2)
    assert map_of(read(file), "outer").values == (InitialValue(0, "blue"),)


def test_a_program_that_cannot_be_loaded_keeps_those_out_that_use_its_array() -> None:
    file = file_of({"calls": CALLS, "blue": PLAIN}).function("ingress", leave(), section="tc")
    spec = read(file.relocation(".maps", 24, "ingress", 2))
    assert [program.name for program in spec.programs] == ["second"]
    assert [map_spec.name for map_spec in spec.maps] == ["blue"]
    assert {left.name: (left.why, left.candidate) for left in spec.left_out}["main"] == (
        "it uses the program array calls, which is to hold ingress, and that program cannot be loaded",
        True,
    )


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({**PLAIN, "values": INNER}, "with values, which only maps of maps and program arrays have"),
        ({**OUTER, "value_size": uint(8)}, "with value_size after values, which have to come last"),
        ({"type": uint(HASH_OF_MAPS), "value_size": uint(8), "values": INNER}, "with values of 8 bytes"),
        ({**OUTER, "values": values_of(size=1, type=uint(ARRAY))}, "as an array without a size"),
        ({**OUTER, "values": functions}, "as pointers to a map's structure"),
        ({**CALLS, "values": INNER}, "as pointers to functions"),
        ({**OUTER, "values": values_of(type=uint(ARRAY), pinning=uint(1))}, "with pinning, and it has no name"),
        ({**OUTER, "values": values_of(type=uint(ARRAY_OF_MAPS))}, "maps have at most two levels"),
        ({**OUTER, "values": values_of(type=uint(ARRAY), values=INNER)}, "maps have at most two levels"),
        ({**OUTER, "values": values_of(max_entries=uint(1))}, "the map within the map outer in section .maps without"),
    ],
)
def test_declarations_that_libbpf_refuses_as_well(members: dict[str, Member], says: str) -> None:
    assert says in refusal(file_of({"outer": members}), "outer")


def test_maps_with_one_wrong_map_within_have_one_reason() -> None:
    btf = BtfFile()
    inner = btf.array(btf.ptr(structure(btf, {"type": uint(ARRAY), "nonsense": uint(1)})), 0)
    file = ObjectFile().function("main", load("a"), load("b"), leave()).function("second", leave())
    file.section(".maps", bytes(48))
    for at, name in enumerate("ab"):
        btf.var(
            name,
            structure(btf, {"type": uint(HASH_OF_MAPS), "max_entries": uint(at + 1), "values": lambda _btf: inner}),
        )
        file.symbol(name, ".maps", 24 * at, 24)
    reason = "declares the map within the map a in section .maps with nonsense, which is not known"
    assert refusal(file.types(btf), "a") == reason
    assert (
        refusal(file, "b")
        == f"declares the map b in section .maps with the same map within as another map, and {reason}"
    )


@pytest.mark.parametrize(
    ("maps", "place", "symbol", "says"),
    [
        ({"outer": OUTER}, 16, "outer", "that is not in one of its slots"),
        ({"outer": OUTER}, 27, "outer", "that is not in one of its slots"),
        ({"outer": OUTER}, 24, "main", "with main, which is no map"),
        ({"outer": {**OUTER, "key_size": uint(8)}}, 24, "outer", "whose keys have 8 bytes, not 4"),
        ({"calls": CALLS}, 24, "calls", "with calls, which is no program of the object"),
        ({"calls": CALLS}, 24, "elsewhere", "with elsewhere, which the object does not define"),
        ({"blue": PLAIN}, 24, "blue", "for the map blue, which is declared without values"),
    ],
)
def test_values_that_cannot_be_filled_in(maps: dict[str, Any], place: int, symbol: str, says: str) -> None:
    file = file_of(maps).undefined("elsewhere").relocation(".maps", place, symbol, 2)
    assert says in refusal(file, next(iter(maps)))


def test_a_static_function_that_is_no_program_is_named() -> None:
    file = file_of({"calls": CALLS}).function("quiet", leave(), section="more", binding=LOCAL)
    file.relocation(".maps", 24, start_of("more"), 2)
    assert "fills the program array calls with quiet, which is no program of the object" in refusal(file, "calls")


@pytest.mark.parametrize("place", [56, 1 << 60])
def test_a_value_where_no_map_is_makes_the_object_a_damaged_one(place: int) -> None:
    with pytest.raises(XdpError, match=f"an initial value at byte {place} of section .maps, where no map is declared"):
        read(file_of({"outer": OUTER}).relocation(".maps", place, "outer", 2))


def test_values_concern_no_other_map() -> None:
    file = file_of({"calls": CALLS, "blue": PLAIN}).relocation(".maps", 24, "blue", 2)
    assert [map_spec.name for map_spec in read(file).maps] == ["blue"]


def test_a_map_that_cannot_be_made_keeps_out_the_one_that_is_to_hold_it() -> None:
    file = file_of({"blue": {**PLAIN, "nonsense": uint(1)}, "outer": OUTER})
    start = 8 * 5 + 24 + 24
    assert refusal(file.relocation(".maps", start, "blue", 2), "outer") == (
        "fills the map of maps outer with blue, and declares the map blue in section .maps with nonsense, "
        "which is not known"
    )


def test_two_values_for_one_slot_are_refused() -> None:
    file = file_of({"calls": CALLS}).relocation(".maps", 24, "main", 2).relocation(".maps", 24, "second", 2)
    assert refusal(file, "calls") == "has two initial values for slot 0 of the map calls"
