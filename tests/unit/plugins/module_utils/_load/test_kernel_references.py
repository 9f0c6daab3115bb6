# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Functions and variables of the kernel, in a program's instructions."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._load.kernel_references import Lacking, fill_in
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import KernelReference, ProgramSpec

# r1 = &something; call something
_LOAD = bytes.fromhex("1831000000000000 0000000000000000")
_CALL = bytes.fromhex("8520000000000000")


def filled(code: bytes, kind: str, known: int | None, weak: bool = False, instruction: int = 0) -> bytes:
    data = bytearray(bytes(8 * instruction) + code)
    program = ProgramSpec(
        "p", bytes(data), (), "GPL", kernel_references=(KernelReference(instruction, "x", kind, weak),)
    )
    fill_in(program, data, {} if known is None else {(kind, "x"): known})
    return bytes(data[8 * instruction :])


@pytest.mark.parametrize("instruction", [0, 3])
def test_a_call(instruction: int) -> None:
    assert filled(_CALL, "function", 70001, instruction=instruction) == _CALL[:4] + struct.pack("=i", 70001)


@pytest.mark.parametrize("kind", ["function", "variable"])
def test_the_address_of_what_has_a_type_is_the_kernel_s_to_find(kind: str) -> None:
    assert filled(_LOAD, kind, 70001) == _LOAD[:4] + struct.pack("=i", 70001) + _LOAD[8:]


def test_the_address_of_what_has_none_is_a_number() -> None:
    expected = "180100007856341200000000f0debc9a"
    assert filled(_LOAD, "address", 0x9ABCDEF012345678).hex() == expected


@pytest.mark.parametrize("kind", ["function", "variable", "address"])
def test_a_weak_one_that_is_missing_is_at_zero(kind: str) -> None:
    assert filled(_LOAD, kind, None, weak=True).hex() == "18010000000000000000000000000000"


def test_a_weak_function_that_is_missing_is_no_helper_either() -> None:
    opcode, registers, _offset, number = struct.unpack("=BBhi", filled(_CALL, "function", None, weak=True))
    assert (opcode, registers) == (0x85, 0)
    assert number >= 2002000000


@pytest.mark.parametrize("code", [_LOAD, _CALL])
def test_one_that_is_missing(code: bytes) -> None:
    with pytest.raises(Lacking, match=r"^x$"):
        filled(code, "function", None)
