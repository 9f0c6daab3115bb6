# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What the kernel's types decide of a program (CO-RE), after linking."""

from __future__ import annotations

import struct
from typing import Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import is_refused, read
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.test_link_debug_information import Example


def example(*accesses: tuple[str, int, str, int]) -> Example:
    """``main`` (from instruction 0) calls ``help`` (3), which calls ``deep`` (5); each access is of ``struct iphdr``.

    An access is a section, a byte in it, the path to a member, and the kind.
    """
    made = Example().functions().lines()
    type_id = made.btf.typedef("iphdr_t", made.btf.structure("iphdr", 20, [("ttl", 1, 64)]))
    for section, place, path, kind in accesses:
        made.extension.access(section, place, type_id, path, kind)
    made.file.types(made.btf, made.extension.blob())
    return made


def relocations(spec: ObjectSpec, name: str = "main") -> list[tuple[int, str, str, int]]:
    """Byte, type, access and kind of each."""
    btf = Btf(spec.btf)
    program = next(each for each in spec.programs if each.name == name)
    found = struct.iter_unpack("=4I", program.core_relocations)
    return [(place, btf.name(btf.type(type_id)), btf.string(access), kind) for place, type_id, access, kind in found]


def test_places_are_counted_from_the_program_s_start() -> None:
    # "main" stands behind another function in its section, and the functions that it calls are put behind it.
    spec = read(example(("xdp", 16, "0:8", 0), ("xdp", 32, "0:1", 2), (".text", 24, "0", 8), (".text", 0, "0", 9)).file)
    assert relocations(spec) == [
        (0, "iphdr_t", "0:8", 0),
        (16, "iphdr_t", "0:1", 2),
        (32, "iphdr_t", "0", 8),
        (40, "iphdr_t", "0", 9),
    ]
    assert spec.left_out == ()


def test_a_type_comes_with_what_it_refers_to() -> None:
    btf = Btf(read(example(("xdp", 16, "0:0", 0)).file).btf)
    structure = btf.find(kinds.STRUCT, "iphdr")
    assert structure is not None
    assert btf.size(structure) == 20


@pytest.mark.parametrize("place", [0, 8])
def test_those_of_another_program_are_its_own(place: int) -> None:
    spec = read(example(("xdp", place, "0:0", 0)).file)
    assert relocations(spec, "other") == [(place, "iphdr_t", "0:0", 0)]
    assert relocations(spec, "main") == []


def test_one_that_is_said_twice_is_applied_once() -> None:
    # The second time the instruction would not be what the compiler made of it.
    assert len(relocations(read(example(*[("xdp", 16, "0:0", 0)] * 3).file))) == 1


def _without_function(made: Example) -> None:
    made.extension.functions[".text"].pop()


def _without_line(made: Example) -> None:
    made.extension.lines[".text"].clear()


@pytest.mark.parametrize("spoil", [_without_function, _without_line])
def test_without_all_types_and_lines_the_kernel_would_ignore_them(spoil: Callable[[Example], None]) -> None:
    made = Example().functions().lines()
    made.extension.access("xdp", 16, made.btf.structure("iphdr", 20, []), "0", 8)
    spoil(made)
    spec = read(made.file.types(made.btf, made.extension.blob()))
    assert [each.name for each in spec.programs] == ["other"]
    assert [(left.name, left.why, left.candidate) for left in spec.left_out] == [
        (
            "main",
            "main depends on the running kernel's types (CO-RE), and its debug information is incomplete. "
            "Build the object with clang -g, and do not strip it",
            True,
        )
    ]


def test_numbers_of_the_object_s_own_types_are_those_of_its_file() -> None:
    # bpf_core_type_id_local(): a program writes the number beside its packets, and others look it up in the object.
    made = Example().functions().lines()
    for _each in range(3):
        made.btf.structure("unused", 4, [])
    metadata = made.btf.structure("metadata", 8, [])
    made.btf.datasec(".unused", 0, [(made.btf.var("undefined", metadata, kinds.EXTERN), 0, 8)])
    made.extension.access("xdp", 16, metadata, "0", 6)
    spec = read(made.file.types(made.btf, made.extension.blob()))
    written, original = Btf(spec.btf), Btf(made.btf.blob())
    assert written.name(written.type(metadata)) == "metadata"
    assert struct.unpack("=4I", spec.programs[0].core_relocations)[1] == metadata
    for type_id, each in enumerate(original.types):
        if each.kind in (kinds.DATASEC, kinds.VAR):
            now = written.type(type_id)
            assert now == (kinds.CONST, 0, 0, False, 0, ())
        else:
            assert (written.type(type_id).kind, written.name(written.type(type_id))) == (each.kind, original.name(each))


def test_a_type_that_is_not_there_is_refused() -> None:
    made = Example().functions().lines()
    made.extension.access("xdp", 16, 4000)
    assert is_refused(made.file.types(made.btf, made.extension.blob()))
