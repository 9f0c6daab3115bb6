# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps that an object declares by structures, as before libbpf 1.0."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.maps import declared_maps
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile, seen
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    FUNC,
    NOBITS,
    NOTYPE,
    ObjectFile,
    start_of,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import made


def words(*numbers: int) -> bytes:
    return struct.pack(f"={len(numbers)}I", *numbers)


LIBBPF = words(6, 4, 16, 5, 0)
# id and pinning
AYA = words(1, 4, 8, 1024, 1, 0, 1)
# size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx
IPROUTE2 = words(2, 4, 8, 64, 0, 42, 2, 0, 0)


def read(file: ObjectFile) -> tuple[dict[tuple[int, int], MapSpec], ObjectTypes]:
    elf = Elf(file.data())
    types = ObjectTypes(elf)
    return made(declared_maps(elf, types)), types


def declared(data: bytes, section: str = "maps", size: int | None = None, map_type: int = 1) -> MapSpec:
    file = ObjectFile().section(section, data)
    (found,) = list(read(file.symbol("stats", section, 0, len(data) if size is None else size, map_type))[0].values())
    return found


def refusal(file: ObjectFile) -> str:
    with pytest.raises(XdpError) as caught:
        read(file)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "map_spec"),
    [
        (LIBBPF, MapSpec("stats", "percpu_array", 4, 16, 5, 0)),
        (AYA, MapSpec("stats", "hash", 4, 8, 1024, 1)),
        (IPROUTE2, MapSpec("stats", "array", 4, 8, 64, 0)),
    ],
)
def test_each_structure(data: bytes, map_spec: MapSpec) -> None:
    assert declared(data) == map_spec


@pytest.mark.parametrize("section", ["maps", "maps/stats", "maps/a/b"])
def test_each_section(section: str) -> None:
    assert declared(LIBBPF, section).type == "percpu_array"


@pytest.mark.parametrize("section", ["mapses", "my/maps", "MAPS", ".maps/x", "map"])
def test_other_sections_are_no_maps(section: str) -> None:
    assert read(ObjectFile().section(section, LIBBPF).symbol("stats", section, 0, 20))[0] == {}


def test_a_type_newer_than_the_table_is_its_number() -> None:
    assert declared(words(1000, 4, 4, 1, 0)).type == "1000"


def test_all_fields_may_be_as_large_as_they_get() -> None:
    top = (1 << 32) - 1
    assert declared(words(1, top, top, top, top)) == MapSpec("stats", "hash", top, top, top, top)


def test_several_maps_are_by_their_places() -> None:
    file = ObjectFile().section("maps", LIBBPF + AYA).section("maps/third", IPROUTE2)
    file.symbol("second", "maps", 20, 28).symbol("first", "maps", 0, 20).symbol("third", "maps/third", 0, 36)
    found = read(file)[0]
    assert {place: (map_spec.name, map_spec.type) for place, map_spec in found.items()} == {
        (file.number("maps"), 0): ("first", "percpu_array"),
        (file.number("maps"), 20): ("second", "hash"),
        (file.number("maps/third"), 0): ("third", "array"),
    }


@pytest.mark.parametrize("map_type", [1, NOTYPE])
def test_a_map_without_a_size_goes_to_the_next_one_or_to_the_end(map_type: int) -> None:
    # As an assembler leaves it.
    file = ObjectFile().section("maps", AYA + LIBBPF)
    file.symbol("first", "maps", 0, 0, map_type).symbol("second", "maps", 28, 0, map_type)
    assert [map_spec.name for map_spec in read(file)[0].values()] == ["first", "second"]


def test_functions_among_the_maps_are_none() -> None:
    file = ObjectFile().section("maps", LIBBPF).symbol("stats", "maps", 0, 20).symbol("f", "maps", 0, 8, FUNC)
    assert [map_spec.name for map_spec in read(file)[0].values()] == ["stats"]


def test_relocations_among_them_do_not_matter() -> None:
    file = ObjectFile().section("maps", LIBBPF).symbol("stats", "maps", 0, 20)
    assert len(read(file.relocation("maps", 0, start_of("maps")))[0]) == 1


@pytest.mark.parametrize("count", [1, 4, 6, 8, 10])
def test_a_structure_of_another_size_is_refused(count: int) -> None:
    file = ObjectFile().section("maps", words(*range(count))).symbol("stats", "maps", 0, 4 * count)
    assert refusal(file) == (
        f"declares the map stats in section maps by a structure of {4 * count} bytes. "
        "Known are those of 20, 28, 36 bytes"
    )


@pytest.mark.parametrize("size", [1, 19, 21, 22, 23])
def test_a_structure_of_odd_size_is_refused(size: int) -> None:
    file = ObjectFile().section("maps", bytes(24)).symbol("stats", "maps", 0, size)
    assert refusal(file).startswith(f"declares the map stats in section maps by a structure of {size} bytes")


@pytest.mark.parametrize(("value", "size"), [(4, 20), (20, 20), (1 << 63, 20), ((1 << 64) - 1, 20), (0, 36)])
def test_a_map_that_is_not_within_its_section_is_refused(value: int, size: int) -> None:
    file = ObjectFile().section("maps", LIBBPF).symbol("stats", "maps", value, size)
    assert refusal(file).startswith(f"declares the map stats in section maps by a structure of {size} bytes")


def test_a_section_without_contents_is_refused() -> None:
    file = ObjectFile().section("maps", section_type=NOBITS, size=20).symbol("stats", "maps", 0, 20)
    assert refusal(file).startswith("declares the map stats in section maps by a structure of 20 bytes")


@pytest.mark.parametrize("map_type", [12, 13])
def test_a_map_of_maps_is_refused(map_type: int) -> None:
    file = ObjectFile().section("maps", words(map_type, 4, 4, 2, 0)).symbol("outer", "maps", 0, 20)
    assert refusal(file) == (
        "declares the map of maps outer in section maps by a structure, which does not say what it holds. "
        'Declare it in SEC(".maps"), with __array(values, ...)'
    )


def annotated(name: str, members: list[str]) -> tuple[MapSpec, ObjectTypes]:
    btf = BtfFile()
    u32 = btf.typedef("__u32", btf.u32())
    pair = btf.structure("pair", 16, [("packets", btf.integer("long", 8), 0)])
    btf.structure(name, 24, [(title, type_id, 0) for title, type_id in zip(members, (u32, pair, u32))])
    file = ObjectFile().section("maps", LIBBPF).symbol("stats", "maps", 0, 20).types(btf)
    maps, types = read(file)
    (found,) = list(maps.values())
    return found, types


def test_the_types_of_key_and_value_by_annotation() -> None:
    found, types = annotated("____btf_map_stats", ["key", "value"])
    assert found._replace(btf_key_type_id=0, btf_value_type_id=0) == MapSpec("stats", "percpu_array", 4, 16, 5, 0)
    written = Btf(types.writer.blob())
    assert seen(written, found.btf_key_type_id)[:2] == ("typedef", "__u32")
    assert seen(written, found.btf_value_type_id)[:2] == ("struct", "pair")


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("____btf_map_other", ["key", "value"]),
        ("btf_map_stats", ["key", "value"]),
        ("____btf_map_stats", ["key"]),
        ("____btf_map_stats", ["key", "value", "more"]),
    ],
)
def test_without_an_annotation_there_are_no_types(name: str, members: list[str]) -> None:
    found, types = annotated(name, members)
    assert (found.btf_key_type_id, found.btf_value_type_id) == (0, 0)
    assert types.writer.blob() == b""
