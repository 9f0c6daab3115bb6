# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is in a file, it is an object or it is refused: an object comes from anywhere."""

from __future__ import annotations

import random
import struct
import time
from typing import Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import ObjectFile, place_of
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.examples import old, rich

#: Seconds of the processor.
LONGEST = 1.0

NUMBERS = (0, 1, 2, 3, 7, 8, 0x18, 0x7F, 0x80, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFF)


def outcome(data: bytes) -> ObjectSpec | None:
    """The spec, or ``None`` for what is refused; any other end is the test's."""
    start = time.process_time()
    try:
        return read_object("prog.o", data)
    except XdpError as error:
        assert str(error).startswith("The object prog.o ")
        return None
    finally:
        assert time.process_time() - start < LONGEST


def with_bits(rng: random.Random, data: bytearray) -> None:
    for _change in range(rng.choice((1, 1, 2, 5))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def with_bytes(rng: random.Random, data: bytearray) -> None:
    for _change in range(rng.choice((1, 1, 2, 5))):
        data[rng.randrange(len(data))] = rng.randrange(256)


def with_numbers(rng: random.Random, data: bytearray) -> None:
    for _change in range(rng.choice((1, 1, 2))):
        at = rng.randrange(0, len(data) - 4, 4)
        (before,) = struct.unpack_from("=I", data, at)
        near = (before + rng.choice((-8, -1, 1, 8))) & 0xFFFFFFFF
        struct.pack_into("=I", data, at, rng.choice((*NUMBERS, near, len(data))))


def with_pieces_elsewhere(rng: random.Random, data: bytearray) -> None:
    length = rng.choice((8, 16, 24, 64))
    source, target = rng.randrange(len(data) - length), rng.randrange(len(data) - length)
    data[target : target + length] = data[source : source + length]


def with_other_length(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data))
    data[at : at + rng.choice((0, 1, 8))] = bytes(rng.choice((0, 1, 8)))


DAMAGES = [with_bits, with_bytes, with_numbers, with_pieces_elsewhere, with_other_length]


@pytest.mark.parametrize("make", [rich, old])
def test_the_whole_object_is_read(make: Callable[[], ObjectFile]) -> None:
    assert outcome(make().data()) is not None


@pytest.mark.parametrize("make", [rich, old])
def test_an_object_that_was_cut_off_anywhere_is_refused(make: Callable[[], ObjectFile]) -> None:
    data = make().data()
    for length in range(len(data)):
        assert outcome(data[:length]) is None, length


@pytest.mark.parametrize("make", [rich, old])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_object_is_read_or_refused(
    make: Callable[[], ObjectFile], damage: Callable[[random.Random, bytearray], None]
) -> None:
    rng = random.Random(23)
    good = make().data()
    found = []
    for _round in range(800):
        data = bytearray(good)
        damage(rng, data)
        found.append(outcome(bytes(data)) is not None)
    # Both outcomes must have been seen, or this has proved nothing.
    assert {True, False} == set(found)


@pytest.mark.parametrize("section", [".BTF", ".BTF.ext", ".symtab", ".relxdp", ".maps", "xdp", ".strtab"])
def test_a_damaged_section_is_read_or_refused(section: str) -> None:
    rng = random.Random(29)
    file = rich()
    good = file.data()
    start, size = place_of(good, file.number(section))
    for _round in range(500):
        part = bytearray(good[start : start + size])
        rng.choice(DAMAGES[:3])(rng, part)
        outcome(good[:start] + bytes(part) + good[start + size :])


@pytest.mark.parametrize("make", [rich, old])
def test_what_is_read_of_a_damaged_object_can_travel(make: Callable[[], ObjectFile]) -> None:
    rng = random.Random(31)
    good = make().data()
    for _round in range(800):
        data = bytearray(good)
        rng.choice(DAMAGES)(rng, data)
        spec = outcome(bytes(data))
        if spec is not None:
            assert spec_text.from_json(spec_text.to_json(spec)) == spec


@pytest.mark.parametrize("seed", range(3))
def test_noise_behind_the_magic_is_refused(seed: int) -> None:
    rng = random.Random(seed)
    for _round in range(200):
        noise = bytes(rng.randrange(256) for _byte in range(rng.randrange(200)))
        assert outcome(b"\x7fELF\x02\x01\x01" + noise) is None
