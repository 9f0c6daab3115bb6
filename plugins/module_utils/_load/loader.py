# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an object spec to descriptors: BTF, maps, a program and its helpers, in the kernel and held by nobody else."""

from __future__ import annotations

import errno
import os
import struct
from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf_change, host, memory
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.type_names import MAP_TYPES, type_number
from ansible_collections.ebpf.xdp.plugins.module_utils._load import nested
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    F_XDP_HAS_FRAGS,
    INSTRUCTION_SIZE,
    OF_MAPS,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team

# The most that Linux 5.10 takes is 2^30; older verifiers fail with ENOSPC when the log does not fit.
_VERIFIER_LOG_BYTES = 1 << 24
_VERIFIER_LOG_LINES = 20

# bpf_map_offload_map_alloc (kernel/bpf/offload.c) knows these two. Before Linux 6.3 nobody can ask a driver beforehand.
_OFFLOADING = (
    "It was to run on a network card (mode: offload): few drivers can do that, and only maps of type hash and array. "
    "Set mode: generic, or mode: native"
)


class Loaded(NamedTuple):
    """Descriptors by name."""

    maps: dict[str, int]
    #: The chosen program, and its helpers; none for maps alone.
    programs: dict[str, int]


def load(spec: ObjectSpec, team: Team, reuse: dict[str, int], held: ExitStack, ifindex: int = 0) -> Loaded:
    """Make the maps of an object, and load the programs of ``team``.

    Maps in ``reuse`` are taken as they are, the others made anew and filled. What
    is made here is closed with ``held``. ``ifindex`` is for programs that run on
    a network card's own processor. Without a program, its variables and program
    arrays are not made either: they mean nothing without it.
    """
    memory.lift_limit()
    btf_fd = _load_btf(spec.btf, held)
    maps = dict(reuse)
    wanted = [map for map in spec.maps if map.name not in maps and team.needs(map)]
    # Maps that hold maps come last: what they hold has to be there.
    for map in sorted(wanted, key=lambda map: map.type in OF_MAPS):
        fd = nested.create(map, btf_fd, ifindex, _create) if map.type in OF_MAPS else _create(map, btf_fd, ifindex)
        held.callback(os.close, fd)
        maps[map.name] = fd
        if map.variables is not None:
            _set_variables(map, fd)
    for map in wanted:
        if map.type in OF_MAPS:
            nested.fill(map, maps)
    programs = {}
    by_name = {program.name: program for program in spec.programs}
    for name in team.programs:
        programs[name] = _load_program(by_name[name], maps, btf_fd, ifindex)
        held.callback(os.close, programs[name])
    for map in wanted:
        if map.type == "prog_array":
            nested.fill_programs(map, maps[map.name], programs)
    return Loaded(maps, programs)


def _load_btf(blob: bytes, held: ExitStack) -> int:
    """A descriptor, or 0: an older kernel may not know a newer kind of type, and everything works without."""
    if not blob:
        return 0
    try:
        fd = bpf_change.btf_load(blob)
    except OSError:
        return 0
    held.callback(os.close, fd)
    return fd


def actual_entries(map: MapSpec) -> int:
    """``max_entries`` on this host, as libbpf has it.

    A perf event array without a size has one entry for each CPU. A ring buffer
    is rounded up to what the kernel takes: a power of two of this host's pages.
    """
    if map.type == "perf_event_array" and map.max_entries == 0:
        return len(host.possible_cpus())
    if map.type in ("ringbuf", "user_ringbuf") and map.max_entries:
        return _ring_size(map.max_entries, os.sysconf("SC_PAGE_SIZE"))
    return map.max_entries


def _ring_size(wanted: int, page: int) -> int:
    """Bytes of a ring buffer (adjust_ringbuf_sz in libbpf.c); one that cannot be rounded stays as it is."""
    pages = -(-wanted // page)
    size = page << (pages - 1).bit_length()
    return size if size < 1 << 32 else wanted


def _create(map: MapSpec, btf_fd: int, ifindex: int, inner_map_fd: int = 0) -> int:
    try:
        number = type_number(MAP_TYPES, map.type)
    except ValueError:
        raise XdpError(f"The map {map.name} is of a type that is not known: {short(map.type)}") from None
    create = partial(
        bpf_change.map_create,
        map.name,
        number,
        map.key_size,
        map.value_size,
        actual_entries(map),
        map.flags,
        ifindex=ifindex,
        numa_node=map.numa_node,
        extra=map.extra,
        inner_map_fd=inner_map_fd,
    )
    # Maps of maps take no types (bpf_object__create_map in libbpf.c).
    if btf_fd and map.type not in OF_MAPS and (map.btf_key_type_id or map.btf_value_type_id):
        try:
            return create(btf_fd=btf_fd, btf_key_type_id=map.btf_key_type_id, btf_value_type_id=map.btf_value_type_id)
        except OSError:
            pass  # Some types of maps take none, and which ones differs by kernel (map_check_btf in syscall.c).
    try:
        return create()
    except OSError as error:
        raise KernelError(
            f"Cannot create the map {map.name} ({map.type}, key {map.key_size} bytes, "
            f"value {map.value_size} bytes, {actual_entries(map)} entries, flags {map.flags:#x})",
            error.errno or 0,
            _OFFLOADING if ifindex else _broken_rules(map, error.errno or 0),
        ) from None


def _broken_rules(map: MapSpec, refusal: int) -> str:
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec import map_rules

    return map_rules.broken_here(map._replace(max_entries=actual_entries(map)), refusal)


def _set_variables(map: MapSpec, fd: int) -> None:
    try:
        if map.variables:
            bpf_change.map_update(fd, bytes(4), map.variables.ljust(map.value_size, b"\0"))
        if map.is_constant:
            bpf_change.map_freeze(fd)
    except OSError as error:
        raise KernelError(f"Cannot set the variables {map.name}", error.errno or 0) from None


def _load_program(program: ProgramSpec, maps: dict[str, int], btf_fd: int, ifindex: int) -> int:
    """Load one program over these maps."""
    code = bytearray(program.instructions)
    for reference in program.references:
        struct.pack_into("=i", code, reference.instruction * INSTRUCTION_SIZE + 4, maps[reference.map])
    load = partial(bpf_change.prog_load, program.name, bytes(code), program.license, program.flags, ifindex)
    load = partial(load, attach_type=program.attach_type)
    # An older kernel may not take what newer compilers say of functions and lines; the program works without.
    ways: list[dict[str, Any]] = [{}]
    if btf_fd and program.func_info:
        ways.insert(0, {"btf_fd": btf_fd, "func_info": program.func_info, "line_info": program.line_info})
    for way in ways:
        try:
            return load(**way)
        except OSError as error:
            refusal = error.errno or 0
    if refusal in (errno.EMFILE, errno.ENFILE):
        # The verifier has accepted it, and its log says so: there was no descriptor for the program.
        raise KernelError(f"Cannot load the program {program.name}", refusal)
    lines: list[str] = []
    for way in ways:
        try:
            return load(log_size=_VERIFIER_LOG_BYTES, **way)
        except OSError as error:
            lines = (error.strerror or "").strip().splitlines() or lines
        # A kernel that does not take what is said of functions has not come to the program itself.
        if lines and not any("processed 0 insns" in line for line in lines):
            break
    if lines:
        last = "\n".join(lines[-_VERIFIER_LOG_LINES:])
        raise XdpError(f"The verifier rejects the program {program.name}. The last lines of its log:\n{last}")
    raise KernelError(f"Cannot load the program {program.name}", refusal, _advice(program, ifindex))


def _advice(program: ProgramSpec, ifindex: int) -> str:
    if ifindex:
        return _OFFLOADING
    if program.flags & F_XDP_HAS_FRAGS and host.parse_release(os.uname().release) < (5, 18):
        return "It is for packets in several fragments (xdp.frags), which need Linux 5.18 or later"
    return ""
