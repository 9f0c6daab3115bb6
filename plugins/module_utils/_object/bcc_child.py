# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compiles one C text with bcc; runs as a child under an interpreter that has bcc.

A process of its own, because LLVM may crash, takes 100 MB, writes to standard
output, changes the working directory, and because bcc creates the maps in the
kernel at once: all of that ends with the child. Request (JSON, standard input):
``text``, ``flags``, ``directory`` (empty, private). Answer: ``object`` (an
object spec), or ``error`` with what the compiler said, or ``not_usable``.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import child, info
from ansible_collections.ebpf.xdp.plugins.module_utils._object import kernel_headers, spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._object.btf import Btf, Writer
from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import (
    CALL,
    INSTRUCTION,
    INSTRUCTION_SIZE,
    LD_IMM64,
    PSEUDO_CALL,
    PSEUDO_MAP_FD,
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
    source_register,
)

#: The file in the request's directory that has what the compiler said.
LOG = "log"


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


def program_spec(name: str, code: bytes, map_names: dict[int, str], license: str) -> ProgramSpec:
    """Turn bcc's instructions, which hold live descriptors, into a spec without them."""
    instructions = bytearray(code)
    references = []
    for number, (opcode, registers, _offset, value) in enumerate(struct.iter_unpack(f"={INSTRUCTION}", code)):
        if opcode == CALL and source_register(registers) == PSEUDO_CALL:
            raise CannotCompile(
                f"{name} calls a function that was not inlined, which bcc cannot do. Declare it static inline"
            )
        if opcode == LD_IMM64 and source_register(registers) == PSEUDO_MAP_FD:
            references.append(MapReference(number, map_names[value]))
            struct.pack_into("=i", instructions, number * INSTRUCTION_SIZE + 4, 0)
    return ProgramSpec(name, bytes(instructions), tuple(references), license)


def compile_text(bcc: Any, text: str, flags: list[str]) -> ObjectSpec:
    module = bcc.BPF(text=text.encode(), cflags=flags)
    library, handle = bcc.lib, module.module
    library.bpf_table_name.restype = ctypes.c_char_p
    descriptors = {
        library.bpf_table_name(handle, index).decode(): library.bpf_table_fd_id(handle, index)
        for index in range(library.bpf_num_tables(handle))
    }
    map_names = {fd: name for name, fd in descriptors.items()}
    license = (library.bpf_module_license(handle) or b"GPL").decode()
    functions = sorted(library.bpf_function_name(handle, index) for index in range(library.bpf_num_functions(handle)))
    if not functions:
        raise CannotCompile("defines no function that could be a program")
    # Only the types of keys and values: what else there is differs by compiler, and the same instructions
    # over the same maps are to be the same object.
    btf_ids = {info.map_info(fd).btf_id for fd in descriptors.values()} - {0}
    types = Writer(Btf(info.btf_blob(btf_ids.pop()) if btf_ids else b""))
    maps = tuple(_map_spec(name, fd, types) for name, fd in sorted(descriptors.items()))
    return ObjectSpec(
        tuple(program_spec(name.decode(), module.dump_func(name), map_names, license) for name in functions),
        maps,
        types.blob(),
    )


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    try:
        import bcc
    except Exception as error:  # a library that is there may still fail to load
        return {"not_usable": f"{type(error).__name__}: {error}"}
    if not hasattr(bcc, "BPF"):
        return {"not_usable": "its module bcc is not the BPF Compiler Collection"}
    log_path = os.path.join(request["directory"], LOG)
    try:
        tree = os.path.join(request["directory"], "linux")
        kernel_headers.write_tree(tree)
        os.environ["BCC_KERNEL_SOURCE"] = tree
        log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        return {"object": spec_text.to_json(compile_text(bcc, request["text"], request["flags"]))}
    except kernel_headers.Missing as missing:
        return {"missing_headers": str(missing)}
    except CannotCompile as error:
        return {"error": str(error)}
    except Exception as error:  # bcc raises bare Exception for everything
        with open(log_path, encoding="utf-8", errors="replace") as file:
            return {"error": file.read().strip() or str(error)}


if __name__ == "__main__":
    child.serve(answer_to)
