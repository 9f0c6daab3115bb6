# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""CO-RE relocations against the types of another kernel."""

from __future__ import annotations

import struct
import sys
from typing import Callable, Tuple

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.lazy import LazyBtf
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._load import core_types
from ansible_collections.ebpf.xdp.plugins.module_utils._load.core_fallback import relocate
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils import growth
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile

(
    OFFSET,
    SIZE,
    EXISTS,
    SIGNED,
    LSHIFT,
    RSHIFT,
    ID_LOCAL,
    ID_TARGET,
    TYPE_EXISTS,
    TYPE_SIZE,
    ENUM_EXISTS,
    ENUM_VALUE,
    MATCHES,
) = range(13)
INVALID = struct.pack("=BBhi", 0x85, 0, 0, 195896080)

Build = Callable[[BtfFile], int]


def move(value: int) -> bytes:
    """r1 = value"""
    return struct.pack("=BBhI", 0xB7, 1, 0, value & 0xFFFFFFFF)


def load(offset: int, size: int = 4) -> bytes:
    """r1 = *(size *)(r2 + offset)"""
    return struct.pack("=BBhi", 0x61 & ~0x18 | {4: 0, 2: 8, 1: 16, 8: 24}[size], 0x21, offset, 0)


def wide(value: int) -> bytes:
    """r1 = value, 64 bits"""
    return struct.pack("=BBhIBBhI", 0x18, 1, 0, value & 0xFFFFFFFF, 0, 0, 0, value >> 32 & 0xFFFFFFFF)


def relocated(code: bytes, kind: int, path: str, local: Build, kernel: Build) -> tuple[bytes, dict[int, str]]:
    """One relocation of the first instruction; the builders give the number of the type."""
    mine, theirs = BtfFile(), BtfFile()
    theirs.integer("something else", 16)
    root = local(mine)
    kernel(theirs)
    records = struct.pack("=4I", 0, root, mine.string(path), kind)
    done = relocate(code, records, mine.blob(), theirs.blob())
    return done.instructions, done.missing


def record(*members: tuple[str, int], name: str = "s", start: int = 0) -> Build:
    """A structure of unsigned members, each with its bytes."""

    def build(btf: BtfFile) -> int:
        types = {size: btf.integer(f"u{8 * size}", size) for size in (1, 2, 4, 8)}
        place, placed = 8 * start, []
        for each, size in members:
            placed.append((each, types[size], place))
            place += 8 * size
        return btf.structure(name, place // 8, placed)

    return build


HERE = record(("a", 4), ("b", 4))
ELSEWHERE = record(("x", 8), ("b", 4), ("a", 4))


@pytest.mark.parametrize(
    ("code", "kind", "path", "expected"),
    [
        (load(4), OFFSET, "0:1", load(8)),
        (move(4), OFFSET, "0:1", move(8)),
        (load(12), OFFSET, "1:1", load(24)),
        (move(4), SIZE, "0:0", move(4)),
        (move(8), TYPE_SIZE, "0", move(16)),
        (move(1), EXISTS, "0:1", move(1)),
        (move(1), TYPE_EXISTS, "0", move(1)),
        (move(0), SIGNED, "0:1", move(0)),
        (move(32), RSHIFT, "0:1", move(32)),
        (wide(9), ID_TARGET, "0", wide(6)),
        (move(9), ID_LOCAL, "0", move(5)),
    ],
)
def test_a_member_is_found_by_its_name(code: bytes, kind: int, path: str, expected: bytes) -> None:
    assert relocated(code, kind, path, HERE, ELSEWHERE) == (expected, {})


@pytest.mark.parametrize("name", ["s___mine", "s___mine___too"])
def test_a_flavour_of_a_type_is_the_type(name: str) -> None:
    kernel = record(("x", 4), ("a", 4), name=core_types.essential(name))
    assert relocated(load(0), OFFSET, "0:0", record(("a", 4), name=name), kernel) == (load(4), {})


@pytest.mark.parametrize(
    ("name", "expected"),
    [("s", "s"), ("s___x", "s"), ("a___b___c", "a___b"), ("___s", "___s"), ("s____x", "s____x"), ("s___", "s___")],
)
def test_what_is_no_flavour_is_part_of_the_name(name: str, expected: str) -> None:
    assert core_types.essential(name) == expected


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (record(("b", 8), ("a", 8)), load(8, 8)),
        (record(("b", 8), ("a", 2)), load(8, 2)),
        (record(("b", 8), ("a", 1)), load(8, 1)),
    ],
)
def test_a_load_is_as_wide_as_the_kernel_s_member(kernel: Build, expected: bytes) -> None:
    assert relocated(load(0), OFFSET, "0:0", HERE, kernel) == (expected, {})


def signed(size: int) -> Build:
    return lambda btf: btf.structure("s", 8, [("a", btf.integer(f"s{size}", size, kinds.SIGNED), 0)])


def test_a_load_with_a_sign_cannot_become_another() -> None:
    assert relocated(load(0), OFFSET, "0:0", signed(4), signed(8)) == (INVALID, {0: "struct s.a"})
    # As an operand it can: nothing is loaded.
    assert relocated(move(0), OFFSET, "0:0", signed(4), signed(8)) == (move(0), {})


@pytest.mark.parametrize("kernel", [record(("x", 4)), record(("a", 4), name="t")])
def test_what_the_kernel_lacks_is_made_invalid_and_named(kernel: Build) -> None:
    assert relocated(load(0), OFFSET, "0:0", HERE, kernel) == (INVALID, {0: "struct s.a"})
    assert relocated(move(4), SIZE, "0:0", HERE, kernel) == (INVALID, {0: "struct s.a"})
    assert relocated(move(1), EXISTS, "0:0", HERE, kernel) == (move(0), {})


def test_a_type_that_the_kernel_lacks_is_zero() -> None:
    kernel = record(("a", 4), name="t")
    assert relocated(move(8), TYPE_SIZE, "0", HERE, kernel) == (move(0), {})
    assert relocated(move(1), TYPE_EXISTS, "0", HERE, kernel) == (move(0), {})
    assert relocated(wide(5), ID_TARGET, "0", HERE, kernel) == (wide(0), {})


def nested(*around: str) -> Build:
    """Member "a" behind 8 bytes, within unnamed structures and unions."""

    def build(btf: BtfFile) -> int:
        inner = btf.structure("", 12, [("x", btf.integer("u64", 8), 0), ("a", btf.u32(), 64)])
        for kind in around:
            make = btf.union if kind == "union" else btf.structure
            inner = make("", 12, [("", inner, 0)])
        return btf.structure("s", 16, [("before", btf.u32(), 0), ("", inner, 32)])

    return build


@pytest.mark.parametrize("around", [(), ("union",), ("union", "struct", "union")])
def test_a_member_within_unnamed_ones(around: tuple[str, ...]) -> None:
    assert relocated(load(0), OFFSET, "0:0", HERE, nested(*around)) == (load(12), {})
    path = "0:1:" + "0:" * len(around) + "1"
    assert relocated(load(12), OFFSET, path, nested(*around), HERE) == (load(0), {})


def table(count: int, before: int, last: bool = True, size: int = 4) -> Build:
    def build(btf: BtfFile) -> int:
        element = btf.array(btf.integer("u", size), count)
        members = [("t", element, 8 * before), *([] if last else [("z", btf.u32(), 8 * (before + count * size))])]
        return btf.structure("s", before + count * size + 4, members)

    return build


def test_an_element_of_a_table() -> None:
    assert relocated(load(8), OFFSET, "0:0:2", table(4, 0), table(8, 4)) == (load(12), {})
    assert relocated(load(8), OFFSET, "0:0:2", table(4, 0), table(8, 4, size=2)) == (load(8, 2), {})
    assert relocated(load(8), OFFSET, "0:0:2", table(4, 0), table(2, 4)) == (INVALID, {0: "struct s.t[2]"})


@pytest.mark.parametrize(("last", "found"), [(True, True), (False, False)])
def test_a_table_without_a_size_is_one_at_the_end(last: bool, found: bool) -> None:
    expected = (load(12), {}) if found else (INVALID, {0: "struct s.t[2]"})
    assert relocated(load(8), OFFSET, "0:0:2", table(4, 0), table(0, 4, last)) == expected


def bits(*members: tuple[str, int]) -> Build:
    """Bit fields of an unsigned int, each with its bits."""

    def build(btf: BtfFile) -> int:
        place, placed = 0, []
        for name, width in members:
            placed.append((name, btf.u32(), place | width << 24))
            place += width
        return btf.structure("s", 8, placed, flag=True)

    return build


@pytest.mark.skipif(sys.byteorder != "little", reason="the shifts are those of the other byte order there")
@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [
        (load(0), OFFSET, load(4)),
        (move(4), SIZE, move(4)),
        (move(64 - 3 - 5), LSHIFT, move(64 - 11 - 5)),
        (move(64 - 5), RSHIFT, move(64 - 5)),
        (move(0), SIGNED, move(0)),
        (move(1), EXISTS, move(1)),
    ],
)
def test_a_bit_field(code: bytes, kind: int, expected: bytes) -> None:
    here, there = bits(("a", 3), ("b", 5)), bits(("x", 32), ("y", 11), ("b", 5))
    assert relocated(code, kind, "0:1", here, there) == (expected, {})


@pytest.mark.skipif(sys.byteorder != "little", reason="the shifts are those of the other byte order there")
def test_a_bit_field_across_a_word_is_loaded_in_a_wider_one() -> None:
    here, there = bits(("b", 5)), bits(("x", 30), ("b", 5))
    assert relocated(move(4), SIZE, "0:0", here, there) == (move(8), {})
    assert relocated(move(64 - 5), LSHIFT, "0:0", here, there) == (move(64 - 35), {})


def enumeration(**values: int) -> Build:
    return lambda btf: btf.enum("e", values)


def enumeration64(**values: int) -> Build:
    return lambda btf: btf.enum64("e", values)


def test_an_enumerator_s_value_is_the_kernel_s() -> None:
    here = enumeration(A=1, B=2)
    assert relocated(wide(2), ENUM_VALUE, "1", here, enumeration(A=1, X=2, B=3)) == (wide(3), {})
    assert relocated(wide(2), ENUM_VALUE, "1", here, enumeration64(B=1 << 40)) == (wide(1 << 40), {})
    assert relocated(wide(1), ENUM_EXISTS, "1", here, enumeration(A=1)) == (wide(0), {})
    assert relocated(wide(2), ENUM_VALUE, "1", here, enumeration(A=1)) == (INVALID * 2, {0: "enum e::B"})


def test_an_enumerator_below_zero_has_64_bits() -> None:
    here, there = enumeration(A=0xFFFFFFFF), enumeration(A=0xFFFFFFFE)
    assert relocated(wide((1 << 64) - 1), ENUM_VALUE, "0", here, there) == (wide((1 << 64) - 2), {})


def test_several_types_of_one_name() -> None:
    def two(first: Build, second: Build) -> Build:
        def build(btf: BtfFile) -> int:
            first(btf)
            return second(btf)

        return build

    assert relocated(load(4), OFFSET, "0:1", HERE, two(ELSEWHERE, ELSEWHERE)) == (load(8), {})
    # One that lacks the member does not count.
    assert relocated(load(4), OFFSET, "0:1", HERE, two(record(("x", 4)), ELSEWHERE)) == (load(8), {})
    with pytest.raises(Malformed, match=r"^the kernel has several types struct s\.b, which differ$"):
        relocated(load(4), OFFSET, "0:1", HERE, two(HERE, ELSEWHERE))


def test_whether_all_that_is_said_of_a_type_is_so() -> None:
    assert relocated(move(1), MATCHES, "0", HERE, ELSEWHERE) == (move(1), {})
    assert relocated(move(1), MATCHES, "0", HERE, record(("a", 4), ("b", 8))) == (move(0), {})
    assert relocated(move(1), MATCHES, "0", HERE, record(("a", 4), ("c", 4))) == (move(0), {})
    assert relocated(move(1), MATCHES, "0", enumeration(A=1), enumeration(B=2, A=7)) == (move(1), {})
    assert relocated(move(1), MATCHES, "0", enumeration(A=1), enumeration(B=2)) == (move(0), {})


@pytest.mark.parametrize(
    ("code", "kind", "path"),
    [
        (load(8), OFFSET, "0:1"),
        (move(8), OFFSET, "0:1"),
        (wide(7), TYPE_SIZE, "0"),
        (b"\x95" + bytes(7), OFFSET, "0:1"),
        (load(0), OFFSET, "0:2"),
        (load(0), OFFSET, "0:0:0"),
        (load(0), OFFSET, ""),
        (load(0), OFFSET, "0:x"),
        (load(0), OFFSET, "0:" + "0:" * 70 + "0"),
        (move(1), ENUM_VALUE, "0"),
        (move(1), 13, "0:0"),
        (load(0, 8), OFFSET, "0:0"),
    ],
)
def test_what_does_not_fit_its_types_is_refused(code: bytes, kind: int, path: str) -> None:
    with pytest.raises(Malformed):
        relocated(code, kind, path, HERE, record(("b", 8), ("a", 8)))


def test_types_of_a_kernel_are_the_same_read_whole_and_where_they_are_looked_at() -> None:
    btf = BtfFile()
    ELSEWHERE(btf)
    nested("union")(btf)
    enumeration64(A=1)(btf)
    btf.func("f", btf.proto(btf.u32(), [("x", btf.u32())]))
    btf.datasec(".data", 4, [(btf.var("v", btf.u32()), 0, 4)])
    whole, lazy = Btf(btf.blob()), LazyBtf(btf.blob(), ["s", "f", "nothing"])
    assert [lazy.type(type_id) for type_id in range(len(lazy.types))] == whole.types
    assert lazy.named("s") == [type_id for type_id, btf_type in enumerate(whole.types) if whole.name(btf_type) == "s"]
    assert lazy.named("f") == [whole.find(kinds.FUNC, "f")]
    assert lazy.named("nothing") == []


KERNEL = BtfFile()
ELSEWHERE(KERNEL)
record(("a", 4), ("b", 4), name="wide")(KERNEL)

Task = Tuple[bytes, bytes, bytes]


def many_of_one_wide_type(size: int) -> Task:
    btf = BtfFile()
    number = btf.u32()
    root = btf.structure("wide", 4, [(f"m{each}", number, 0) for each in range(size // 2 // 20)])
    path = btf.string("0")
    count = size // 2 // 24
    records = b"".join(struct.pack("=4I", 8 * each, root, path, MATCHES) for each in range(count))
    return move(1) * count, records, btf.blob()


def many_members_of_one_wide_type(size: int) -> Task:
    btf = BtfFile()
    number = btf.u32()
    count = size // (20 + 24 + 8)
    root = btf.structure("wide", 4, [(f"m{each}", number, 0) for each in range(count)])
    records = b"".join(struct.pack("=4I", 8 * each, root, btf.string(f"0:{each}"), OFFSET) for each in range(count))
    return move(0) * count, records, btf.blob()


def many_enumerators(size: int) -> Task:
    btf = BtfFile()
    count = size // (14 + 24 + 8)
    root = btf.enum("wide", {f"e{each}": each for each in range(count)})
    records = b"".join(struct.pack("=4I", 8 * each, root, btf.string(str(each)), ENUM_EXISTS) for each in range(count))
    return move(1) * count, records, btf.blob()


@pytest.mark.parametrize("build", [many_of_one_wide_type, many_members_of_one_wide_type, many_enumerators])
def test_twice_the_relocations_are_twice_the_work(build: Callable[[int], Task]) -> None:
    growth.check(lambda task: relocate(*task, KERNEL.blob()), build)
