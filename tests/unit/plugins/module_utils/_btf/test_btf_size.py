# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a type is behind its names and qualifiers, and how many bytes its values take."""

from __future__ import annotations

from typing import Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile


@pytest.mark.parametrize("depth", [0, 1, 5, 20])
def test_behind_typedefs_and_qualifiers(depth: int) -> None:
    file = BtfFile()
    type_id = number = file.u32()
    wraps: list[Callable[[int], int]] = [
        file.const,
        file.volatile,
        lambda of: file.typedef("name", of),
        lambda of: file.add(kinds.RESTRICT, "", of),
        lambda of: file.add(kinds.TYPE_TAG, "user", of),
    ]
    for step in range(depth):
        type_id = wraps[step % len(wraps)](type_id)
    btf = Btf(file.blob())
    assert btf.resolve(type_id) == (number, btf.type(number))
    assert btf.size(type_id) == 4


def test_a_pointer_is_not_what_it_points_to() -> None:
    file = BtfFile()
    pointer = file.ptr(file.u32())
    assert Btf(file.blob()).resolve(pointer)[0] == pointer


def test_behind_a_const_void_is_void() -> None:
    file = BtfFile()
    file.const(0)
    assert Btf(file.blob()).resolve(1)[0] == 0


@pytest.mark.parametrize("kind", [kinds.TYPEDEF, kinds.CONST, kinds.VOLATILE, kinds.RESTRICT, kinds.TYPE_TAG])
def test_a_type_that_is_itself_without_end_is_malformed(kind: int) -> None:
    file = BtfFile()
    file.add(kind, "a", 2)
    file.add(kind, "b", 1)
    btf = Btf(file.blob())
    for ask in (btf.resolve, btf.size):
        with pytest.raises(Malformed, match=r"is qualified without end$"):
            ask(1)


@pytest.mark.parametrize("kind", [kinds.TYPEDEF, kinds.CONST])
def test_a_name_of_a_type_that_is_not_there_is_malformed(kind: int) -> None:
    file = BtfFile()
    file.add(kind, "a", 7)
    with pytest.raises(Malformed, match=r"^there is no type 7$"):
        Btf(file.blob()).resolve(1)


def integer(file: BtfFile) -> int:
    return file.integer("long", 8)


def pointer(file: BtfFile) -> int:
    return file.ptr(0)


def structure(file: BtfFile) -> int:
    return file.structure("s", 12, [])


def union(file: BtfFile) -> int:
    return file.union("u", 16, [])


def enum(file: BtfFile) -> int:
    return file.enum("e", {"A": 1}, size=1)


def enum64(file: BtfFile) -> int:
    return file.enum64("e", {"A": 1})


def real(file: BtfFile) -> int:
    return file.real("double", 8)


def section(file: BtfFile) -> int:
    return file.datasec(".data", 24, [])


def table(file: BtfFile) -> int:
    return file.array(file.u32(), 5)


def empty_table(file: BtfFile) -> int:
    return file.array(file.u32(), 0)


def table_of_tables(file: BtfFile) -> int:
    return file.array(file.typedef("row", file.const(file.array(file.integer("short", 2), 3))), 7)


def table_of_pointers(file: BtfFile) -> int:
    return file.array(file.ptr(0), 3)


def table_of_structures(file: BtfFile) -> int:
    return file.array(structure(file), 10)


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (integer, 8),
        (pointer, 8),
        (structure, 12),
        (union, 16),
        (enum, 1),
        (enum64, 8),
        (real, 8),
        (section, 24),
        (table, 20),
        (empty_table, 0),
        (table_of_tables, 42),
        (table_of_pointers, 24),
        (table_of_structures, 120),
    ],
)
def test_sizes(make: Callable[[BtfFile], int], size: int) -> None:
    file = BtfFile()
    type_id = make(file)
    qualified = file.const_volatile(type_id)
    btf = Btf(file.blob())
    assert btf.size(type_id) == btf.size(qualified) == size


def test_void_has_no_size() -> None:
    with pytest.raises(Malformed, match=r"^type 0 has no size$"):
        Btf(BtfFile().blob()).size(0)


@pytest.mark.parametrize("kind", [kinds.FWD, kinds.FUNC, kinds.FUNC_PROTO, kinds.DECL_TAG])
def test_what_is_no_value_has_no_size(kind: int) -> None:
    file = BtfFile()
    file.add(kind, "x", 0, [0] if kind == kinds.DECL_TAG else [])
    file.array(1, 4)
    btf = Btf(file.blob())
    for type_id in (1, 2):
        with pytest.raises(Malformed, match=r"^type 1 has no size$"):
            btf.size(type_id)


def test_a_table_of_itself_has_no_size() -> None:
    file = BtfFile()
    file.array(1, 4)
    with pytest.raises(Malformed, match=r"^type 1 has no size$"):
        Btf(file.blob()).size(1)


@pytest.mark.parametrize(("count", "size"), [((1 << 32) - 1, (1 << 32) - 1), (1 << 31, None), ((1 << 32) - 1, None)])
def test_what_is_larger_than_any_value_has_no_size(count: int, size: int | None) -> None:
    file = BtfFile()
    file.array(file.integer("x", 1 if size else 2), count)
    btf = Btf(file.blob())
    if size is None:
        with pytest.raises(Malformed, match=r"^type 2 is too large$"):
            btf.size(2)
    else:
        assert btf.size(2) == size


def test_tables_of_tables_without_end_have_no_size() -> None:
    file = BtfFile()
    type_id = file.u32()
    for _level in range(40):
        type_id = file.array(type_id, (1 << 32) - 1)
    with pytest.raises(Malformed):
        Btf(file.blob()).size(type_id)
