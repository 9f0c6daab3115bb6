# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps that an object declares through BTF, in section .maps."""

from __future__ import annotations

import struct
from typing import Any, Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.maps import declared_maps
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.unmakeable import Unmakeable
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile, seen
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    LOCAL,
    NOTYPE,
    ObjectFile,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import made

#: Makes the type of a member.
Member = Callable[[BtfFile], int]

HASH, ARRAY, PROG_ARRAY, BLOOM_FILTER = 1, 2, 3, 30


def uint(number: int) -> Member:
    return lambda btf: btf.uint(number)


def ulong(number: int) -> Member:
    """``__ulong``: an enumerator, of 64 bits where it has to be."""
    return lambda btf: (btf.enum64 if number >> 32 else btf.enum)("", {"__unique_value1": number})


def pair(btf: BtfFile) -> int:
    return btf.structure("pair", 16, [("packets", btf.integer("long", 8), 0), ("bytes", 1, 64)])


def pointer_to(make: Member) -> Member:
    return lambda btf: btf.ptr(make(btf))


def u32(btf: BtfFile) -> int:
    return btf.typedef("__u32", btf.u32())


def declare(btf: BtfFile, name: str, **members: Member) -> int:
    """The VAR of a map."""
    types = [(title, make(btf)) for title, make in members.items()]
    placed = [(title, type_id, 64 * place) for place, (title, type_id) in enumerate(types)]
    return btf.var(name, btf.structure("", 8 * len(types), placed))


def file_of(btf: BtfFile, *names: str, size: int = 32) -> ObjectFile:
    file = ObjectFile().section(".maps", bytes(size * len(names)))
    for number, name in enumerate(names):
        file.symbol(name, ".maps", number * size, size)
    return file.types(btf)


def read(file: ObjectFile) -> tuple[dict[tuple[int, int], MapSpec], ObjectTypes]:
    elf = Elf(file.data())
    types = ObjectTypes(elf)
    return made(declared_maps(elf, types)), types


def declared(**members: Member) -> MapSpec:
    """The one map with these members."""
    btf = BtfFile()
    declare(btf, "stats", **members)
    (found,) = list(read(file_of(btf, "stats"))[0].values())
    return found


def refusal(file: ObjectFile) -> str:
    with pytest.raises((XdpError, Malformed)) as caught:
        read(file)
    return str(caught.value)


def test_a_map_of_numbers() -> None:
    found = declared(
        type=uint(ARRAY), key_size=uint(4), value_size=uint(40), max_entries=uint(100_000), map_flags=uint(0x400)
    )
    assert found == MapSpec("stats", "array", 4, 40, 100_000, 0x400)


def test_a_map_of_types() -> None:
    btf = BtfFile()
    declare(btf, "stats", type=uint(6), max_entries=uint(5), key=pointer_to(u32), value=pointer_to(pair))
    maps, types = read(file_of(btf, "stats"))
    (found,) = list(maps.values())
    assert found == MapSpec("stats", "percpu_array", 4, 16, 5, 0, found.btf_key_type_id, found.btf_value_type_id)
    written = Btf(types.writer.blob())
    assert seen(written, found.btf_key_type_id)[:2] == ("typedef", "__u32")
    assert seen(written, found.btf_value_type_id)[:2] == ("struct", "pair")


@pytest.mark.parametrize(
    ("member", "field", "value"),
    [
        ("key_size", "key_size", 1),
        ("value_size", "value_size", 1 << 20),
        ("max_entries", "max_entries", (1 << 32) - 1),
        ("map_flags", "flags", 1 << 31),
        ("map_extra", "extra", 5),
        ("numa_node", "numa_node", 1),
    ],
)
@pytest.mark.parametrize("declare_as", [uint, ulong])
def test_each_number(declare_as: Callable[[int], Member], member: str, field: str, value: int) -> None:
    found = declared(type=uint(HASH), **{member: declare_as(value)})
    assert getattr(found, field) == value
    nothing: dict[str, Any] = {field: 0}
    assert found._replace(**nothing) == MapSpec("stats", "hash", 0, 0, 0, 0)


def test_a_number_of_64_bits() -> None:
    found = declared(type=uint(33), map_extra=ulong(1 << 44 | 7))
    assert (found.type, found.extra) == ("arena", 1 << 44 | 7)


def test_a_bloom_filter() -> None:
    found = declared(type=uint(BLOOM_FILTER), value=pointer_to(u32), max_entries=uint(1000), map_extra=uint(3))
    assert (found.type, found.key_size, found.value_size, found.extra) == ("bloom_filter", 0, 4, 3)


@pytest.mark.parametrize("how", [0, 1])
def test_whether_it_asks_to_be_pinned_makes_no_difference(how: int) -> None:
    assert declared(type=uint(HASH), pinning=uint(how)) == declared(type=uint(HASH))


@pytest.mark.parametrize("members", ["key value type", "value max_entries key type", "type key max_entries value"])
def test_the_order_of_the_members_makes_no_difference(members: str) -> None:
    all_members = {"type": uint(HASH), "max_entries": uint(0), "key": pointer_to(u32), "value": pointer_to(pair)}
    found = declared(**{name: all_members[name] for name in members.split()})
    assert (found.type, found.key_size, found.value_size) == ("hash", 4, 16)


def test_a_declaration_behind_a_name_and_qualifiers() -> None:
    btf = BtfFile()
    type_id = btf.structure("stats_map", 8, [("type", btf.typedef("number", btf.uint(ARRAY)), 0)])
    btf.var("stats", btf.const_volatile(btf.typedef("stats_map_t", type_id)))
    (found,) = list(read(file_of(btf, "stats"))[0].values())
    assert found.type == "array"


def test_a_type_newer_than_the_table_is_its_number() -> None:
    assert declared(type=uint(1000)).type == "1000"


def test_maps_by_section_and_place() -> None:
    btf = BtfFile()
    declare(btf, "first", type=uint(HASH))
    declare(btf, "second", type=uint(ARRAY))
    file = file_of(btf, "first", "second")
    found = read(file)[0]
    section = file.number(".maps")
    assert {place: map_spec.name for place, map_spec in found.items()} == {
        (section, 0): "first",
        (section, 32): "second",
    }


def test_a_static_map() -> None:
    btf = BtfFile()
    declare(btf, "mine", type=uint(HASH))
    file = ObjectFile().section(".maps", bytes(32)).symbol("mine", ".maps", 0, 32, binding=LOCAL).types(btf)
    assert [map_spec.name for map_spec in read(file)[0].values()] == ["mine"]


def test_an_object_without_maps() -> None:
    assert read(ObjectFile().license().types(BtfFile()))[0] == {}


def test_maps_without_types_are_refused() -> None:
    file = ObjectFile().section(".maps", bytes(32)).symbol("stats", ".maps", 0, 32)
    assert refusal(file) == (
        "declares the map stats in section .maps through BTF, of which it has none. "
        "Build it with clang -g, and do not strip it"
    )


def test_a_map_that_the_types_do_not_know_is_refused() -> None:
    btf = BtfFile()
    declare(btf, "other", type=uint(HASH))
    assert refusal(file_of(btf, "stats")) == "declares the map stats in section .maps, and its BTF does not know it"


@pytest.mark.parametrize("members", [{}, {"max_entries": uint(5)}, {"type": uint(0)}])
def test_a_map_without_a_type_is_refused(members: dict[str, Member]) -> None:
    btf = BtfFile()
    declare(btf, "stats", **members)
    assert refusal(file_of(btf, "stats")) == "declares the map stats in section .maps without a type"


def test_a_map_that_is_no_structure_is_refused() -> None:
    btf = BtfFile()
    btf.var("stats", btf.u32())
    assert refusal(file_of(btf, "stats")) == "declares the map stats in section .maps without a type"


def test_a_member_that_is_not_known_is_refused() -> None:
    btf = BtfFile()
    declare(btf, "stats", type=uint(HASH), map_color=uint(3))
    assert (
        refusal(file_of(btf, "stats")) == "declares the map stats in section .maps with map_color, which is not known"
    )


def test_maps_of_one_wrong_structure_have_one_reason() -> None:
    btf = BtfFile()
    structure = btf.structure("", 8, [("nonsense", btf.u32(), 0)])
    for name in ("a", "b", "c"):
        btf.var(name, structure)
    elf = Elf(file_of(btf, "a", "b", "c").data())
    reasons = [
        map_spec.why for map_spec in declared_maps(elf, ObjectTypes(elf)).values() if isinstance(map_spec, Unmakeable)
    ]
    assert reasons[0] == "declares the map a in section .maps with nonsense, which is not known"
    assert reasons[1] == f"declares the map b in section .maps by the same structure as another map, and {reasons[0]}"
    assert reasons[2].endswith(f" as another map, and {reasons[0]}")


@pytest.mark.parametrize(
    "member",
    [
        u32,
        pair,
        lambda btf: btf.array(u32(btf), 5),
        lambda btf: btf.enum("", {"A": 1, "B": 2}),
        lambda btf: btf.enum64("", {}),
    ],
)
def test_a_number_that_is_not_declared_as_one_is_refused(member: Member) -> None:
    btf = BtfFile()
    declare(btf, "stats", type=uint(HASH), max_entries=member)
    assert refusal(file_of(btf, "stats")) == (
        "does not declare max_entries of the map stats in section .maps as a pointer to its type"
    )


@pytest.mark.parametrize("member", [pointer_to(u32), pointer_to(pointer_to(u32))])
def test_a_number_that_points_elsewhere_is_refused(member: Member) -> None:
    btf = BtfFile()
    declare(btf, "stats", type=uint(HASH), max_entries=member)
    assert (
        refusal(file_of(btf, "stats")) == "does not declare max_entries of the map stats in section .maps as a number"
    )


@pytest.mark.parametrize("what", ["key", "value"])
def test_a_type_that_is_not_pointed_to_is_refused(what: str) -> None:
    btf = BtfFile()
    declare(btf, "stats", type=uint(HASH), **{what: u32})
    assert refusal(file_of(btf, "stats")) == (
        f"does not declare {what} of the map stats in section .maps as a pointer to its type"
    )


@pytest.mark.parametrize(
    "target",
    [
        lambda btf: 0,
        lambda btf: 4000,
        lambda btf: btf.add(kinds.FWD, "later"),
        lambda btf: btf.func("main", btf.proto(0)),
    ],
)
def test_a_type_without_a_size_is_refused(target: Member) -> None:
    btf = BtfFile()
    declare(btf, "stats", type=uint(HASH), value=pointer_to(target))
    assert refusal(file_of(btf, "stats"))


@pytest.mark.parametrize("member", ["type", "key_size", "value_size", "max_entries", "map_flags", "numa_node"])
def test_a_number_that_the_kernel_s_field_cannot_hold_is_refused(member: str) -> None:
    btf = BtfFile()
    members: dict[str, Any] = {"type": uint(HASH), member: ulong(1 << 32)}
    declare(btf, "stats", **members)
    assert "stats" in refusal(file_of(btf, "stats"))


def test_a_type_that_the_kernel_s_field_cannot_hold_is_refused() -> None:
    btf = BtfFile()
    large = btf.array(btf.array(btf.u32(), 1 << 20), 1 << 20)
    declare(btf, "stats", type=uint(HASH), value=lambda btf: btf.ptr(large))
    assert refusal(file_of(btf, "stats"))


def test_symbols_that_are_no_objects_count_where_there_are_no_others() -> None:
    # As an assembler leaves them.
    btf = BtfFile()
    declare(btf, "stats", type=uint(HASH))
    file = ObjectFile().section(".maps", bytes(32)).symbol("stats", ".maps", 0, 0, NOTYPE).types(btf)
    assert [map_spec.name for map_spec in read(file)[0].values()] == ["stats"]


def test_other_sections_of_that_sort_of_name_are_no_maps() -> None:
    file = ObjectFile().section(".maps.old", struct.pack("=5I", 1, 4, 4, 1, 0)).symbol("stats", ".maps.old", 0, 20)
    assert read(file)[0] == {}
