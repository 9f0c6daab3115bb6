# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Object specs to make chains of."""

from __future__ import annotations

import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    LD_IMM64,
    XDP,
    InitialValue,
    KernelReference,
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.examples import rich
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import read

EXIT = struct.pack("=BBhi", 0x95, 0, 0, 0)


def simple(
    *maps: str,
    licence: str = "GPL",
    flags: int = 0,
    attach_type: str = XDP,
    proceed_on: tuple[str, ...] | None = None,
    kernel: tuple[KernelReference, ...] = (),
    name: str = "main",
    source: str = "",
) -> ObjectSpec:
    """A program that refers to these maps, without any types."""
    load = struct.pack("=BBhi8x", LD_IMM64, 0x11, 0, 0)
    code = load * len(maps) + b"".join(struct.pack("=BBhi", 0x85, 0x20, 0, 0) for _each in kernel) + EXIT
    program = ProgramSpec(
        name,
        code,
        tuple(MapReference(2 * number, map_name) for number, map_name in enumerate(maps)),
        licence,
        flags,
        kernel_references=tuple(
            each._replace(instruction=2 * len(maps) + number) for number, each in enumerate(kernel)
        ),
        attach_type=attach_type,
        proceed_on=proceed_on,
    )
    return ObjectSpec((program,), tuple(MapSpec(map_name, "array", 4, 4, 1, 0) for map_name in maps), source=source)


def with_tails() -> ObjectSpec:
    """One that jumps to another by an array, beside a third one that nothing leads to."""
    base = simple("jumps", "kept")
    tail, other = simple("kept", name="tail").programs[0], simple("others", name="other").programs[0]
    maps = (
        MapSpec("jumps", "prog_array", 4, 4, 2, 0, values=(InitialValue(1, "tail"),)),
        MapSpec("kept", "array", 4, 4, 1, 0),
        MapSpec("others", "prog_array", 4, 4, 2, 0, values=(InitialValue(0, "other"),)),
    )
    return ObjectSpec((base.programs[0], tail, other), maps)


def of_compiler() -> ObjectSpec:
    """With types, lines, variables and functions; its programs are first and second."""
    return read(rich())
