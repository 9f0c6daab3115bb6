# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an object spec to descriptors: BTF, maps and one program, in the kernel and held by nobody else."""

from __future__ import annotations

import os
import struct
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf, host, info
from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import MapSpec, ObjectSpec, ProgramSpec

# The most that Linux 5.10 takes is 2^30; older verifiers fail with ENOSPC when the log does not fit.
_VERIFIER_LOG_BYTES = 1 << 24
_VERIFIER_LOG_LINES = 20


def load_maps(spec: ObjectSpec, reuse: dict[str, int], held: ExitStack, ifindex: int = 0) -> dict[str, int]:
    """Descriptors of all maps by name: those in ``reuse`` as they are, the others made anew.

    What is made here is closed with ``held``. ``ifindex`` is for programs that
    run on a network card's own processor.
    """
    host.lift_memory_limit()
    btf_fd = 0
    if spec.btf and not all(map.name in reuse for map in spec.maps):
        try:
            btf_fd = bpf.btf_load(spec.btf)
            held.callback(os.close, btf_fd)
        except OSError:
            btf_fd = 0  # An older kernel may not know a newer kind of type; the map works without.
    descriptors = dict(reuse)
    for map in spec.maps:
        if map.name not in descriptors:
            fd = _create(map, btf_fd, ifindex)
            held.callback(os.close, fd)
            descriptors[map.name] = fd
    return descriptors


def _create(map: MapSpec, btf_fd: int, ifindex: int) -> int:
    number = info.MAP_TYPES.index(map.type) if map.type in info.MAP_TYPES else int(map.type)
    shape = (map.name, number, map.key_size, map.value_size, map.max_entries, map.flags)
    types = (btf_fd, map.btf_key_type_id, map.btf_value_type_id) if btf_fd else (0, 0, 0)
    try:
        return bpf.map_create(*shape, *types, ifindex=ifindex)
    except OSError as error:
        raise KernelError(
            f"Cannot create the map {map.name} ({map.type}, key {map.key_size} bytes, "
            f"value {map.value_size} bytes, {map.max_entries} entries)",
            error.errno or 0,
        ) from None


def load_program(program: ProgramSpec, maps: dict[str, int], held: ExitStack, ifindex: int = 0) -> int:
    """Load one program over these maps; closed with ``held``."""
    code = bytearray(program.instructions)
    for reference in program.references:
        struct.pack_into("=i", code, reference.instruction * 8 + 4, maps[reference.map])
    try:
        fd = bpf.prog_load(program.name, bytes(code), program.license, ifindex=ifindex)
    except OSError as error:
        raise _refusal(program, bytes(code), ifindex, error) from None
    held.callback(os.close, fd)
    return fd


def _refusal(program: ProgramSpec, code: bytes, ifindex: int, first: OSError) -> XdpError:
    """Load once more, this time with the verifier's log."""
    try:
        os.close(bpf.prog_load(program.name, code, program.license, ifindex=ifindex, log_size=_VERIFIER_LOG_BYTES))
    except OSError as error:
        lines = (error.strerror or "").strip().splitlines()
        if lines:
            last = "\n".join(lines[-_VERIFIER_LOG_LINES:])
            return XdpError(f"The verifier rejects the program {program.name}. The last lines of its log:\n{last}")
    return KernelError(f"Cannot load the program {program.name}", first.errno or 0)
