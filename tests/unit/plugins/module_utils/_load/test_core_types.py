# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which types of an object and of a kernel are the same."""

from __future__ import annotations

from typing import Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._load import core_types
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile

Build = Callable[[BtfFile], int]
Compare = Callable[[Btf, int, Btf, int], bool]


def integer(size: int = 4, encoding: int = 0) -> Build:
    return lambda btf: btf.integer(f"i{size}", size, encoding)


def pointer(to: Build) -> Build:
    return lambda btf: btf.ptr(to(btf))


def table(of: Build, count: int = 4) -> Build:
    return lambda btf: btf.array(of(btf), count)


def record(name: str, *members: Build, union: bool = False) -> Build:
    def build(btf: BtfFile) -> int:
        placed = [(f"m{number}", member(btf), 64 * number) for number, member in enumerate(members)]
        return (btf.union if union else btf.structure)(name, 8 * len(placed), placed)

    return build


def declared(name: str, union: bool = False) -> Build:
    return lambda btf: btf.add(kinds.FWD, name, 0, flag=union)


def enumeration(name: str, *values: str) -> Build:
    return lambda btf: btf.enum(name, {value: number for number, value in enumerate(values)})


def function(returns: Build, *parameters: Build) -> Build:
    return lambda btf: btf.proto(returns(btf), [("p", parameter(btf)) for parameter in parameters])


def real(size: int = 4) -> Build:
    return lambda btf: btf.real("float", size)


def section() -> Build:
    return lambda btf: btf.datasec(".x", 0, [])


def void(_btf: BtfFile) -> int:
    return 0


def old_bit_field(btf: BtfFile) -> int:
    return btf.add(kinds.INT, "i4", 4, [3 << 16 | 5])


def old_bits() -> Build:
    return old_bit_field


def itself(btf: BtfFile) -> int:
    """A pointer to itself."""
    return btf.ptr(len(btf.types) + 1)


def compared(compare: Compare, one: Build, other: Build) -> bool:
    mine, theirs = BtfFile(), BtfFile()
    theirs.u32()
    own, opposite = one(mine), other(theirs)
    return compare(Btf(mine.blob()), own, Btf(theirs.blob()), opposite)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (integer(4), integer(8), True),
        (integer(4), old_bits(), False),
        (integer(4), real(), False),
        (real(4), real(8), True),
        (pointer(integer()), pointer(real()), True),
        (record("a"), record("b", union=True), True),
        (declared("a"), declared("a"), True),
        (declared("a"), declared("b"), False),
        (enumeration("a", "X"), enumeration("a___old"), True),
        (enumeration("a"), enumeration("b"), False),
        (enumeration(""), enumeration("b"), True),
        (table(integer(4)), table(integer(8), 9), True),
        (table(integer(4)), table(pointer(integer())), False),
        (function(integer()), function(integer()), False),
    ],
)
def test_members_that_may_stand_for_each_other(one: Build, other: Build, same: bool) -> None:
    assert compared(core_types.fields_compatible, one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (void, void, True),
        (void, integer(), False),
        (integer(4), integer(8), True),
        (integer(4), old_bits(), False),
        (record("a"), record("b", integer()), True),
        (record("a"), record("a", union=True), False),
        (declared("a"), declared("b"), True),
        (enumeration("a", "X"), enumeration("b"), True),
        (pointer(record("a")), pointer(record("b")), True),
        (pointer(record("a")), pointer(integer()), False),
        (table(record("a")), table(record("b"), 9), True),
        (function(integer(), pointer(void)), function(integer(8), pointer(void)), True),
        (function(integer(), integer()), function(integer()), False),
        (function(integer(), integer()), function(integer(), record("a")), False),
        (function(record("a")), function(integer()), False),
        (real(), real(), False),
        (itself, itself, False),
    ],
)
def test_types_of_one_kind(one: Build, other: Build, same: bool) -> None:
    assert compared(core_types.compatible, one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (void, void, True),
        (integer(4), integer(4), True),
        (integer(4), integer(4, kinds.SIGNED), False),
        (integer(4), integer(8), False),
        (integer(4), real(), False),
        (real(), real(), False),
        (record("a", integer(4)), record("a", integer(4), integer(8)), True),
        (record("a", integer(4), integer(8)), record("a", integer(4)), False),
        (record("a", integer(4)), record("a", integer(8)), False),
        (record("a___x", integer(4)), record("a", integer(4)), True),
        (record("a", integer(4)), record("b", integer(4)), False),
        (record("a", integer(4)), record("a", integer(4), union=True), False),
        (record("a", record("b", integer(4))), record("a", record("b", integer(8))), False),
        (record("a", pointer(record("b", integer(4)))), record("a", pointer(record("b", integer(8)))), True),
        (pointer(record("b")), pointer(declared("b")), True),
        (pointer(record("b", union=True)), pointer(declared("b")), False),
        (pointer(declared("b")), pointer(record("b")), True),
        (pointer(declared("b", union=True)), pointer(declared("b")), False),
        (pointer(record("b")), pointer(enumeration("b")), False),
        (declared("a"), declared("a"), True),
        (declared("a"), declared("a", union=True), False),
        (declared("a"), record("a"), False),
        (table(integer(4)), table(integer(4)), True),
        (table(integer(4)), table(integer(4), 9), False),
        (table(integer(4)), table(integer(8)), False),
        (function(integer(), integer()), function(integer(), integer()), True),
        (function(integer(), integer()), function(integer()), False),
        (function(integer(), integer(8)), function(integer(), integer()), False),
        (function(integer(8)), function(integer()), False),
        (enumeration("a", "X"), enumeration("a", "Y", "X"), True),
        (enumeration("a", "X", "Z"), enumeration("a", "Y", "X"), False),
        (enumeration("a", "X"), integer(), False),
        (enumeration("a", "X"), record("a"), False),
        (itself, itself, False),
    ],
)
def test_all_that_is_said_is_so(one: Build, other: Build, same: bool) -> None:
    assert compared(core_types.match, one, other) is same
