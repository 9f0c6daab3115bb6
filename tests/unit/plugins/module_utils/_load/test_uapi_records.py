# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""CO-RE relocations on a kernel that does not say which types it has."""

from __future__ import annotations

import random
import struct
import sys
from collections.abc import Sequence

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load.uapi_records import RECORDS, members, require
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils import growth
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile

OFFSET, SIZE, EXISTS, SIGNED, LSHIFT, RSHIFT = range(6)


def refusal(file: BtfFile, root: int, path: str, kind: int = OFFSET) -> str:
    """What is said of one relocation; empty when there is nothing to say."""
    relocations = struct.pack("=4I", 8, root, file.string(path), kind)
    try:
        require("filter", relocations, file.blob())
    except XdpError as error:
        return str(error)
    return ""


def ethernet(file: BtfFile, first: int = 0, name: str = "ethhdr", kind: int = kinds.STRUCT) -> int:
    address = file.array(file.integer("unsigned char", 1), 6)
    protocol = file.typedef("__be16", file.integer("unsigned short", 2))
    placed = [("h_dest", address, first), ("h_source", address, first + 48), ("h_proto", protocol, first + 96)]
    return file.structure(name, 14 + first // 8, placed, kind=kind)


def addresses(file: BtfFile, start: int = 96) -> int:
    """``iphdr`` as kernels from 6.1 on have it, cut down to its last members."""
    word = file.integer("unsigned int", 4)
    inner = file.structure("", 8, [("saddr", word, 0), ("daddr", word, 32)])
    named = file.structure("", 8, [("saddr", word, 0), ("daddr", word, 32)])
    both = file.union("", 8, [("", inner, 0), ("addrs", named, 0)])
    return file.structure("iphdr", 20, [("", both, start)])


@pytest.mark.parametrize("kind", [OFFSET, SIZE, SIGNED, LSHIFT, RSHIFT])
@pytest.mark.parametrize("path", ["0:0", "0:1", "0:2", "0:1:5"])
def test_members_that_are_where_linux_has_them_are_known(path: str, kind: int) -> None:
    file = BtfFile()
    assert refusal(file, ethernet(file), path, kind) == ""
    assert refusal(file, file.const(ethernet(file)), path, kind) == ""


def test_unnamed_structures_are_looked_into() -> None:
    file = BtfFile()
    root = addresses(file)
    assert refusal(file, root, "0:0:0:0") == refusal(file, root, "0:0:0:1") == ""
    # Newer kernels alone have these.
    assert "on struct iphdr.addrs.daddr. This kernel does not show" in refusal(file, root, "0:0:1:1")


@pytest.mark.parametrize("kind", [EXISTS, 6, 7, 8, 9, 10, 11, 12, 13, 1 << 31])
def test_nothing_else_can_be_known(kind: int) -> None:
    file = BtfFile()
    said = refusal(file, ethernet(file), "0:0", kind)
    assert said.startswith("The program filter depends on the kernel's types (CO-RE): on ")
    assert "struct ethhdr. This kernel" in said and "{" not in said


@pytest.mark.parametrize(
    ("name", "kind", "first", "path", "expected"),
    [
        (
            "ethhdr",
            kinds.STRUCT,
            8,
            "0:2",
            "struct ethhdr.h_proto, which it declares with another place, size or sign than Linux does",
        ),
        ("ethhdr", kinds.UNION, 0, "0:2", "union ethhdr.h_proto"),
        ("ethhdr___mine", kinds.STRUCT, 0, "0:2", "struct ethhdr___mine.h_proto"),
        ("sk_buff", kinds.STRUCT, 0, "0:2", "struct sk_buff.h_proto"),
        ("ethhdr", kinds.STRUCT, 0, "1:2", "struct ethhdr"),
        ("ethhdr", kinds.STRUCT, 0, "0", "struct ethhdr"),
    ],
)
def test_other_records_are_not_known(name: str, kind: int, first: int, path: str, expected: str) -> None:
    file = BtfFile()
    assert f"on {expected}. This kernel" in refusal(file, ethernet(file, first, name, kind), path)


@pytest.mark.parametrize(("size", "encoding"), [(8, 0), (2, 0), (4, kinds.SIGNED)])
def test_a_context_of_other_widths_is_not_linux_s(size: int, encoding: int) -> None:
    file = BtfFile()
    word = file.integer("word", size, encoding)
    root = file.structure("xdp_md", 2 * size, [("data", word, 0), ("data_end", word, 8 * size)])
    assert "on struct xdp_md.data, which it declares with another" in refusal(file, root, "0:0")


def test_an_array_has_elements_of_linux_s_size() -> None:
    file = BtfFile()
    pairs = file.array(file.integer("unsigned short", 2), 3)
    root = file.structure("ethhdr", 14, [("h_dest", pairs, 0)])
    assert "struct ethhdr.h_dest, which" in refusal(file, root, "0:0")


@pytest.mark.parametrize(("start", "bits", "fits"), [(100, 4, True), (96, 4, False), (100, 3, False)])
def test_bit_fields_are_those_of_little_endian_machines(start: int, bits: int, fits: bool) -> None:
    file = BtfFile()
    half = file.integer("unsigned short", 2)
    root = file.structure("tcphdr", 20, [("doff", half, start | bits << 24)], flag=True)
    for kind in (OFFSET, SIZE, SIGNED, LSHIFT, RSHIFT):
        assert (refusal(file, root, "0:0", kind) == "") == (fits and sys.byteorder == "little")


@pytest.mark.parametrize("path", ["0:3", "0:0:6", "0:2:0", "0:0:0:0"])
def test_an_access_to_what_the_object_s_own_types_lack_is_damage(path: str) -> None:
    file = BtfFile()
    assert refusal(file, ethernet(file), path).startswith("The program filter has damaged CO-RE relocations: ")


@pytest.mark.parametrize("path", ["", ":", "0:", "0:-1", "0:999999", "x", "0" + ":0" * 40])
def test_an_access_that_is_none_is_not_known(path: str) -> None:
    file = BtfFile()
    assert "on struct ethhdr. " in refusal(file, ethernet(file), path)


def test_types_and_texts_that_are_not_there_are_damage() -> None:
    file = BtfFile()
    root = ethernet(file)
    for record in ((8, 99, 0, OFFSET), (8, root, 1 << 30, OFFSET)):
        with pytest.raises(XdpError, match="damaged"):
            require("filter", struct.pack("=4I", *record), file.blob())


@pytest.mark.parametrize("member", ["mtu_result", "tbid"])
def test_what_came_after_linux_5_10_is_not_known(member: str) -> None:
    file = BtfFile()
    word = file.integer("unsigned int", 4)
    half = file.integer("unsigned short", 2)
    placed = {"mtu_result": ("mtu_result", half, 48), "tbid": ("tbid", word, 384), "ifindex": ("ifindex", word, 64)}
    root = file.structure("bpf_fib_lookup", 64, [placed["ifindex"], placed[member]])
    assert refusal(file, root, "0:0") == ""
    assert f"on struct bpf_fib_lookup.{member}. This kernel" in refusal(file, root, "0:1")


def test_each_member_of_the_table_is_in_its_record() -> None:
    for record in RECORDS:
        found = members(record)
        assert len(found) == RECORDS[record].count("@")
        assert all(each.bits and each.start + each.bits <= 64 * 8 for each in found.values())


def test_damage_is_refused_or_passed_on() -> None:
    file = BtfFile()
    root = addresses(file)
    place = file.string("0:0:0:1")
    blob, relocations = file.blob(), struct.pack("=4I", 8, root, place, OFFSET)
    chance = random.Random(14)
    for _round in range(2000):
        damaged = [bytearray(blob), bytearray(relocations)]
        for _byte in range(chance.randint(1, 3)):
            which = chance.choice(damaged)
            which[chance.randrange(len(which))] = chance.randrange(256)
        try:
            require("filter", bytes(damaged[1]), bytes(damaged[0]))
        except XdpError:
            pass


def test_it_takes_time_in_proportion() -> None:
    def large(size: int) -> tuple[bytes, bytes]:
        file = BtfFile()
        count = size // 100
        roots: Sequence[int] = [ethernet(file) for _number in range(count)]
        path = file.string("0:1:5")
        return b"".join(struct.pack("=4I", 8 * n, root, path, OFFSET) for n, root in enumerate(roots)), file.blob()

    growth.check(lambda both: require("filter", *both), large)
