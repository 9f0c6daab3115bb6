# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instructions with live descriptors become a spec without them."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._source.bcc_compile import (
    CannotCompile,
    check_map_memory,
    program_spec,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapReference

# The byte that holds both registers is the other way round elsewhere, and so are the numbers.
pytestmark = pytest.mark.skipif(sys.byteorder != "little", reason="the instructions are written out for little endian")

MOV_R0_2 = bytes.fromhex("b700000002000000")
EXIT = bytes.fromhex("9500000000000000")
CALL_HELPER_1 = bytes.fromhex("8500000001000000")
CALL_FUNCTION = bytes.fromhex("85100000ffffffff")
# The same call by bcc 0.18 on Debian 11: over its first half stands the function's address.
OVERWRITTEN_CALL = bytes.fromhex("c88a14b8ffffffff")
# r1 = map with descriptor 5, and r2 = map with descriptor 260
LOAD_MAP_5 = bytes.fromhex("18110000050000000000000000000000")
LOAD_MAP_260 = bytes.fromhex("18120000040100000000000000000000")
LOAD_MAP_R1 = bytes.fromhex("18110000000000000000000000000000")
LOAD_MAP_R2 = bytes.fromhex("18120000000000000000000000000000")


def test_descriptors_become_references_and_zeros() -> None:
    code = MOV_R0_2 + LOAD_MAP_5 + LOAD_MAP_260 + CALL_HELPER_1 + LOAD_MAP_5 + EXIT
    spec = program_spec("f", code, {5: "stats", 260: "ports"}, "GPL")
    assert spec.references == (MapReference(1, "stats"), MapReference(3, "ports"), MapReference(6, "stats"))
    assert spec.instructions == MOV_R0_2 + LOAD_MAP_R1 + LOAD_MAP_R2 + CALL_HELPER_1 + LOAD_MAP_R1 + EXIT
    assert (spec.name, spec.license) == ("f", "GPL")


def test_equal_programs_over_other_descriptors_are_equal_specs() -> None:
    load_map_9 = bytes.fromhex("18110000090000000000000000000000")
    one = program_spec("f", LOAD_MAP_5 + EXIT, {5: "stats"}, "GPL")
    assert one == program_spec("f", load_map_9 + EXIT, {5: "ports", 9: "stats"}, "GPL")


@pytest.mark.parametrize(
    "code",
    [
        # r1 = 5, a number as it is
        bytes.fromhex("18010000050000000000000000000000"),
        # r1 = value at offset 5 of a map (BPF_PSEUDO_MAP_VALUE), kernel symbol (BPF_PSEUDO_BTF_ID)
        bytes.fromhex("18210000050000000000000005000000"),
        bytes.fromhex("18310000050000000000000000000000"),
        # r1 = 0x1118_0000_0000: the upper half is no instruction
        bytes.fromhex("18010000000000000000000018110000"),
        # a store whose number is that of a descriptor
        bytes.fromhex("7a1a000005000000"),
        CALL_HELPER_1,
        b"",
    ],
)
def test_other_instructions_stay_as_they_are(code: bytes) -> None:
    spec = program_spec("f", code + EXIT, {5: "stats"}, "GPL")
    assert (spec.instructions, spec.references) == (code + EXIT, ())


@pytest.mark.parametrize("call", [CALL_FUNCTION, OVERWRITTEN_CALL], ids=["as it is", "overwritten"])
def test_a_function_that_was_not_inlined_is_refused(call: bytes) -> None:
    with pytest.raises(CannotCompile) as caught:
        program_spec("filter", MOV_R0_2 + LOAD_MAP_5 + call + EXIT, {5: "stats"}, "GPL")
    assert str(caught.value) == (
        "it calls a function that was not inlined, which bcc cannot do. Declare that one static inline"
    )


def test_maps_that_take_too_much_together_are_named() -> None:
    sizes = {"small": 1 << 19, "large": 3 << 20, "medium": 1 << 20}
    check_map_memory(sizes, 5)
    check_map_memory(sizes, 0)
    with pytest.raises(CannotCompile) as caught:
        check_map_memory(sizes, 4)
    assert str(caught.value) == (
        "declares maps of 4.5 MiB in all: large (3.0 MiB), medium (1.0 MiB), small (0.5 MiB). "
        "compiler_maps_mib allows 4 MiB. Make them smaller, or raise it"
    )
