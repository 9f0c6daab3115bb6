# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What bcc makes of a C text, as an object spec."""

from __future__ import annotations

import ctypes
import struct
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.write import Writer
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._source import compiler_limits
from ansible_collections.ebpf.xdp.plugins.module_utils._source.bcc_hooks import meant_for_interfaces, not_for_xdp
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import reasons
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import usable_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CALL,
    INSTRUCTION,
    INSTRUCTION_SIZE,
    LD_IMM64,
    PSEUDO_CALL,
    PSEUDO_MAP_FD,
    LeftOut,
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
    source_register,
)

# How many of the maps that take most are named.
_MOST_NAMED = 3


class CannotCompile(Exception):
    """The text says why, for the user."""


def _map_spec(name: str, fd: int, types: Writer) -> MapSpec:
    known = info.map_info(fd)
    if known.type.endswith("_of_maps"):
        raise CannotCompile(f"the map {name} is a map of maps, which cannot be pinned from a spec yet")
    return MapSpec(
        name,
        known.type,
        known.key_size,
        known.value_size,
        known.max_entries,
        info.settable_flags(known),
        types.take(known.btf_key_type_id),
        types.take(known.btf_value_type_id),
    )


def program_spec(name: str, code: bytes, map_names: dict[int, str], licence: str) -> ProgramSpec:
    """Turn bcc's instructions, which hold live descriptors, into a spec without them."""
    instructions = bytearray(code)
    references = []
    second_half = False
    for number, (opcode, registers, _offset, value) in enumerate(struct.iter_unpack(f"={INSTRUCTION}", code)):
        if second_half:
            second_half = False
            continue
        second_half = opcode == LD_IMM64
        if _calls_function(opcode, registers):
            raise CannotCompile(
                "it calls a function that was not inlined, which bcc cannot do. Declare that one static inline"
            )
        if opcode == LD_IMM64 and source_register(registers) == PSEUDO_MAP_FD:
            references.append(MapReference(number, map_names[value]))
            struct.pack_into("=i", instructions, number * INSTRUCTION_SIZE + 4, 0)
    return ProgramSpec(name, bytes(instructions), tuple(references), licence)


def _calls_function(opcode: int, registers: int) -> bool:
    """Whether an instruction calls a function of the program, or is what bcc has left of such a call.

    bcc 0.18 (Debian 11, LLVM 11) writes the function's address over it. That is
    a multiple of 8, so that the opcode comes to the class BPF_LD, of which
    LD_IMM64 is all that an XDP program may have.
    """
    return (opcode == CALL and source_register(registers) == PSEUDO_CALL) or (opcode % 8 == 0 and opcode != LD_IMM64)


class _NothingAttached:
    """Comes before bcc's own class: that attaches functions by their names (``kprobe__…``) as soon as they are compiled."""

    def _trace_autoload(self) -> None:
        pass


def compile_text(bcc: Any, text: str, flags: list[str], maps_mib: int = 0) -> ObjectSpec:
    """Compile, with ``maps_mib`` as a limit to the memory of all maps (0 for none). Raises ``CannotCompile``, or what bcc raises."""
    compiler = type("Compiler", (_NothingAttached, bcc.BPF), {})
    module = compiler(text=text.encode(), cflags=flags)
    library, handle = bcc.lib, module.module
    library.bpf_table_name.restype = ctypes.c_char_p
    descriptors = {
        library.bpf_table_name(handle, index).decode(): library.bpf_table_fd_id(handle, index)
        for index in range(library.bpf_num_tables(handle))
    }
    check_map_memory({name: compiler_limits.map_memory(fd) for name, fd in descriptors.items()}, maps_mib)
    for name in descriptors:
        if not usable_name(name):
            raise CannotCompile(f"declares the map {short(name)}, whose name has more than 200 characters")
    map_names = {fd: name for name, fd in descriptors.items()}
    licence = (library.bpf_module_license(handle) or b"GPL").decode()
    names = sorted(
        library.bpf_function_name(handle, index).decode() for index in range(library.bpf_num_functions(handle))
    )
    if not names:
        raise CannotCompile("defines no function that could be a program")
    # Only the types of keys and values: what else there is differs by compiler, and the same instructions
    # over the same maps are to be the same object.
    btf_ids = {info.map_info(fd).btf_id for fd in descriptors.values()} - {0}
    btf = Btf(info.btf_blob(btf_ids.pop()) if btf_ids else b"")
    types = Writer(btf)
    maps = tuple(_map_spec(name, fd, types) for name, fd in sorted(descriptors.items()))
    other_hooks = not_for_xdp(names, btf)
    for_interfaces = meant_for_interfaces(text)
    programs, left_out = [], []
    for name in names:
        if name in other_hooks:
            left_out.append(other_hooks[name])
            continue
        try:
            if not usable_name(name):
                raise CannotCompile("its name has more than 200 characters, which a pin cannot have")
            programs.append(program_spec(name, module.dump_func(name.encode()), map_names, licence))
        except CannotCompile as error:
            left_out.append(LeftOut(short(name), str(error), candidate=name in for_interfaces))
    if not programs:
        raise CannotCompile(f"has no function that can be loaded as an XDP program. {reasons(left_out)}")
    return ObjectSpec(tuple(programs), maps, types.blob(), left_out=tuple(left_out))


def check_map_memory(sizes: dict[str, int], limit_mib: int) -> None:
    """Refuse maps that take more memory than that together; ``sizes`` are bytes by map."""
    total = sum(sizes.values())
    if limit_mib and total > limit_mib << 20:
        largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:_MOST_NAMED]
        named = ", ".join(f"{short(name)} ({sizes[name] / (1 << 20):.1f} MiB)" for name in largest)
        raise CannotCompile(
            f"declares maps of {total / (1 << 20):.1f} MiB in all: {named}. "
            f"compiler_maps_mib allows {limit_mib} MiB. Make them smaller, or raise it"
        )
