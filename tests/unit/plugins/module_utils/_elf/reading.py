# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects read whole, and their instructions in words."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TypeVar

from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.unmakeable import Declared, Unmakeable
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CALL,
    INSTRUCTION,
    LD_IMM64,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
    source_register,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import ObjectFile, leave

K = TypeVar("K")


def read(file: ObjectFile) -> ObjectSpec:
    return read_object("prog.o", file.data())


def made(declared: Mapping[K, Declared]) -> dict[K, MapSpec]:
    """All of them; raises ``XdpError`` with the reason of the first that cannot be made."""
    for map_spec in declared.values():
        if isinstance(map_spec, Unmakeable):
            raise XdpError(map_spec.why)
    return {place: map_spec for place, map_spec in declared.items() if isinstance(map_spec, MapSpec)}


def program(file: ObjectFile, name: str = "main") -> ProgramSpec:
    return next(each for each in read(file).programs if each.name == name)


def why_left_out(file: ObjectFile, name: str = "main") -> str:
    """Why the program cannot be loaded; the object gets another one that can be."""
    spec = read(file.function("bystander", leave()))
    assert [each.name for each in spec.programs] == ["bystander"]
    return next(left.why for left in spec.left_out if left.name == name)


def is_refused(file: ObjectFile, name: str = "main") -> bool:
    """Whether the program is not loaded as it is, be it that the whole object is not."""
    try:
        return all(each.name != name for each in read(file).programs)
    except XdpError:
        return True


def words(spec: ProgramSpec) -> list[str]:
    """One for each place: calls by where they go, addresses by what they are of."""
    maps = {reference.instruction: reference.map for reference in spec.references}
    found: list[str] = []
    unpacked = list(struct.iter_unpack(f"={INSTRUCTION}", spec.instructions))
    for number, (opcode, registers, _offset, value) in enumerate(unpacked):
        source = source_register(registers)
        if opcode == CALL:
            found.append(f"call {number + 1 + value}" if source else f"helper {value}")
        elif opcode == LD_IMM64 and source == 4:
            found.append(f"address of {number + 1 + value}")
            assert unpacked[number + 1][3] == 0
        elif opcode == LD_IMM64 and number in maps:
            second = unpacked[number + 1][3]
            assert value == 0
            found.append(f"map {maps[number]}" if source == 1 else f"{maps[number]}+{second}")
            assert source == 2 or second == 0
        elif opcode == LD_IMM64:
            found.append(f"number {value}")
            assert source == 0
        else:
            found.append({0: "", 0x95: "exit", 0xB7: f"{value}"}.get(opcode, f"{opcode:#x}"))
    return found
