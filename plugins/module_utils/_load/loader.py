# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an object spec to descriptors: BTF, maps and one program, in the kernel and held by nobody else."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Collection
from contextlib import ExitStack
from functools import partial
from typing import Any, Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf_change, host, memory
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel.type_names import MAP_TYPES, type_number
from ansible_collections.ebpf.xdp.plugins.module_utils._load.map_names import kernel_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    F_XDP_HAS_FRAGS,
    INSTRUCTION_SIZE,
    XDP,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
)

# The most that Linux 5.10 takes is 2^30; older verifiers fail with ENOSPC when the log does not fit.
_VERIFIER_LOG_BYTES = 1 << 24
_VERIFIER_LOG_LINES = 20

# Where a kernel that was built with types of its own shows them.
_KERNEL_TYPES = "/sys/kernel/btf/vmlinux"
_SYSFS = "/sys/kernel"

# bpf_map_offload_map_alloc (kernel/bpf/offload.c) knows these two. Before Linux 6.3 nobody can ask a driver beforehand.
_OFFLOADING = (
    "It was to run on a network card (mode: offload): few drivers can do that, and only maps of type hash and array. "
    "Set mode: generic, or mode: native"
)


#: Is told, in whole sentences, whatever the kernel did not take and the program was loaded without.
Warn = Callable[[str], None]


def load(
    spec: ObjectSpec,
    program: str | None,
    reuse: dict[str, int],
    held: ExitStack,
    ifindex: int = 0,
    warn: Warn = lambda text: None,
    required: Collection[str] = (),
) -> tuple[dict[str, int], int | None]:
    """Descriptors of all maps by name, and of the one program (``None`` for maps alone).

    Maps in ``reuse`` are taken as they are, the others made anew. What is made
    here is closed with ``held``. ``ifindex`` is for programs that run on a
    network card's own processor. Without a program, its variables are not
    made either: they mean nothing without it.

    A map that the kernel refuses is an error when the program uses it, when its
    name is in ``required``, and without a program; otherwise it is left out,
    and ``warn`` is told.
    """
    chosen = next((each for each in spec.programs if each.name == program), None)
    if chosen is not None and chosen.attach_type != XDP:
        raise XdpError(
            f"The program {chosen.name} is for packets that a map redirects ({chosen.attach_type}), not for an interface, "
            f"which this version of the collection cannot load. Use the version that made the object"
        )
    memory.lift_limit()
    btf_fd, is_adapted = _load_types(spec.btf, held, warn)
    needed = {*required, *(uses(chosen) if chosen is not None else ())}
    maps = dict(reuse)
    for map in spec.maps:
        if (map.name not in maps or _is_beyond(map)) and (chosen is not None or map.variables is None):
            try:
                fd = _create(map, btf_fd, ifindex, chosen, warn)
            except XdpError as error:
                if chosen is None or map.name in needed or not _is_about_the_map(error):
                    raise
                warn(f"The map {map.name} was left out, because the program {chosen.name} does not use it: {error}")
                continue
            held.callback(os.close, fd)
            maps[map.name] = fd
            if map.variables is not None:
                _set_variables(map, fd)
    if chosen is None:
        return maps, None
    missing: dict[int, str] = {}
    if chosen.core_relocations and (is_adapted or not _kernel_relocates()):
        chosen, missing = _relocated(chosen, spec.btf, warn)
    fd = _load_program(chosen, maps, btf_fd, ifindex, warn, missing)
    held.callback(os.close, fd)
    _bind_maps(chosen, maps, fd, warn)
    return maps, fd


# What the kernel answers because of the map's type, shape or size, and not because of who asks.
_REFUSALS = (errno.EINVAL, errno.E2BIG, errno.ENOMEM, errno.EOPNOTSUPP)


def _is_about_the_map(error: XdpError) -> bool:
    return not isinstance(error, KernelError) or error.errno in _REFUSALS


def _load_types(blob: bytes, held: ExitStack, warn: Warn) -> tuple[int, bool]:
    """A descriptor, 0 if there is none; and whether the kernel has other types than the object, or none."""
    if not blob:
        return 0, True
    try:
        fd, lost = bpf_change.btf_load(blob), ""
    except OSError as error:
        from ansible_collections.ebpf.xdp.plugins.module_utils._load import older_btf

        fd, lost = older_btf.load(blob, error)
        if lost:
            warn(lost)
    if fd:
        held.callback(os.close, fd)
    return fd, bool(lost)


def _kernel_relocates() -> bool:
    """Whether the kernel applies CO-RE relocations, which takes types of its own.

    Where sysfs is not mounted, only the kernel can tell whether it has them.
    """
    return (os.path.exists(_KERNEL_TYPES) or not os.path.exists(_SYSFS)) and bpf_change.knows_core_relocations()


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


def _is_beyond(map: MapSpec) -> bool:
    """Whether the spec says of the map what is not done here: made or taken over without, it would be another map."""
    return map.inner is not None or bool(map.values)


def _create(map: MapSpec, btf_fd: int, ifindex: int, program: ProgramSpec | None, warn: Warn) -> int:
    if _is_beyond(map):
        raise XdpError(
            f"The map {map.name} holds other maps or programs, or has initial values, which this version of the collection "
            f"cannot make. Use the version that made the object"
        )
    try:
        number = type_number(MAP_TYPES, map.type)
    except ValueError:
        raise XdpError(f"The map {map.name} is of a type that is not known: {short(map.type)}") from None
    create = partial(
        bpf_change.map_create,
        kernel_name(map, program),
        number,
        map.key_size,
        map.value_size,
        actual_entries(map),
        map.flags,
        ifindex=ifindex,
        numa_node=map.numa_node,
        extra=map.extra,
    )
    refused_types: str | None = None
    # Maps on a network card have none either (bpf_map_offload_ops in kernel/bpf/offload.c).
    takes_types = map.type not in _WITHOUT_TYPES and not ifindex
    if btf_fd and takes_types and (map.btf_key_type_id or map.btf_value_type_id):
        try:
            return create(btf_fd=btf_fd, btf_key_type_id=map.btf_key_type_id, btf_value_type_id=map.btf_value_type_id)
        except OSError as error:
            refused_types = os.strerror(error.errno or 0)
    try:
        fd = create()
        if refused_types is not None:
            warn(
                f"The map {map.name} ({map.type}) was made without the types of its key and value, which the kernel "
                f"refuses ({refused_types}). It works, but bpftool shows bytes in place of fields"
            )
        return fd
    except OSError as error:
        raise KernelError(
            f"Cannot create the map {map.name} ({map.type}, key {map.key_size} bytes, "
            f"value {map.value_size} bytes, {actual_entries(map)} entries, flags {map.flags:#x})",
            error.errno or 0,
            _OFFLOADING if ifindex else _broken_rules(map, error.errno or 0),
        ) from None


# The kernel takes no types of keys and values for these, and libbpf gives it none (bpf_object__create_map in libbpf.c).
_WITHOUT_TYPES = frozenset(
    (
        "perf_event_array",
        "cgroup_array",
        "stack_trace",
        "array_of_maps",
        "hash_of_maps",
        "devmap",
        "devmap_hash",
        "cpumap",
        "xskmap",
        "sockmap",
        "sockhash",
        "queue",
        "stack",
    )
)


def uses(program: ProgramSpec) -> set[str]:
    """The names of the maps that the program cannot do without."""
    return {*(reference.map for reference in program.references), *program.bound_maps}


def _bind_maps(program: ProgramSpec, maps: dict[str, int], fd: int, warn: Warn) -> None:
    for name in program.bound_maps:
        try:
            bpf_change.prog_bind_map(fd, maps[name])
        except OSError as error:
            warn(
                f"The map {name} was not bound to the program {program.name} ({os.strerror(error.errno or 0)}; this needs "
                f"Linux 5.10): bpftool does not show it with the program"
            )


def _broken_rules(map: MapSpec, refusal: int) -> str:
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec import map_rules

    return map_rules.broken_here(map._replace(max_entries=actual_entries(map)), refusal)


def _set_variables(map: MapSpec, fd: int) -> None:
    variables = map.variables or b""
    if map.settings:
        from ansible_collections.ebpf.xdp.plugins.module_utils._load import kernel_configuration

        variables = kernel_configuration.values(map)
    try:
        if variables:
            bpf_change.map_update(fd, bytes(4), variables.ljust(map.value_size, b"\0"))
        if map.is_constant:
            bpf_change.map_freeze(fd)
    except OSError as error:
        raise KernelError(f"Cannot set the variables {map.name}", error.errno or 0) from None


def _relocated(program: ProgramSpec, types: bytes, warn: Warn) -> tuple[ProgramSpec, dict[int, str]]:
    """The program as the running kernel's types want it, and what of them it lacks by instruction."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Malformed
    from ansible_collections.ebpf.xdp.plugins.module_utils._load import core_fallback, kernel_ids

    if not os.path.exists(_KERNEL_TYPES):
        from ansible_collections.ebpf.xdp.plugins.module_utils._load import uapi_records

        uapi_records.require(program.name, program.core_relocations, types)
        warn(
            f"The CO-RE relocations of the program {program.name} were not compared with the types of the running kernel, which "
            f"does not show them ({_KERNEL_TYPES}). It was loaded as it was compiled: it relocates only members of packet headers "
            f"and of struct xdp_md, which are the same on every Linux"
        )
        return program._replace(core_relocations=b""), {}
    kernel = kernel_ids.kernel_btf(f"The program {program.name} depends on the kernel's types (CO-RE)")
    try:
        done = core_fallback.relocate(program.instructions, program.core_relocations, types, kernel)
    except Malformed as error:
        raise XdpError(f"The program {program.name} cannot be adapted to the running kernel: {error}") from None
    return program._replace(instructions=done.instructions, core_relocations=b""), done.missing


def _load_program(
    program: ProgramSpec, maps: dict[str, int], btf_fd: int, ifindex: int, warn: Warn, missing: dict[int, str]
) -> int:
    """Load one program over these maps; ``missing`` is what the kernel lacks, by the instructions that are invalid for it."""
    code = bytearray(program.instructions)
    for reference in program.references:
        struct.pack_into("=i", code, reference.instruction * INSTRUCTION_SIZE + 4, maps[reference.map])
    if program.kernel_references:
        from ansible_collections.ebpf.xdp.plugins.module_utils._load import kernel_symbols

        kernel_symbols.fill_in(program, code)
    load = partial(bpf_change.prog_load, program.name, bytes(code), program.license, program.flags, ifindex)
    # An older kernel may not take what newer compilers say of functions and lines; the program works without, unless
    # the kernel's types decide about it: without these it would be loaded with wrong offsets.
    ways: list[dict[str, Any]] = [{}]
    if btf_fd and program.func_info:
        ways.insert(0, {"btf_fd": btf_fd, "func_info": program.func_info, "line_info": program.line_info})
    if program.core_relocations:
        ways = [{**ways[0], "core_relocations": program.core_relocations}]
    lines: list[str] = []
    refusal = 0
    for way in ways:
        try:
            fd = load(**way)
        except OSError as error:
            refusal = error.errno or 0
        else:
            if way is not ways[0]:
                warn(_without_debug_information(program, lines[0] if lines else os.strerror(refusal)))
            return fd
        if refusal in (errno.EMFILE, errno.ENFILE):
            # The verifier has accepted it, and its log says so: there was no descriptor for the program.
            raise KernelError(f"Cannot load the program {program.name}", refusal)
        try:
            return load(log_size=_VERIFIER_LOG_BYTES, **way)
        except OSError as error:
            lines = (error.strerror or "").strip().splitlines() or lines
        # Only a kernel that has not come to the program itself may take it with less said of it. Otherwise this is the
        # answer: without its functions' types, a program may pass that libbpf would not load.
        if lines and not any("processed 0 insns" in line for line in lines):
            break
    if lines:
        last = "\n".join(lines[-_VERIFIER_LOG_LINES:])
        lacking = _lacking(lines, missing) if program.core_relocations or missing else None
        if lacking:
            raise XdpError(
                f"The program {program.name} needs {lacking}, which the types of the running kernel do not have. "
                f"Guard its use with bpf_core_field_exists() or bpf_core_type_exists(), or run a kernel that has it. "
                f"The last lines of the verifier's log:\n{last}"
            )
        raise XdpError(f"The verifier rejects the program {program.name}. The last lines of its log:\n{last}")
    raise KernelError(f"Cannot load the program {program.name}", refusal, _advice(program, ifindex))


def _lacking(log: list[str], missing: dict[int, str]) -> str | None:
    from ansible_collections.ebpf.xdp.plugins.module_utils._load import core_log

    return core_log.missing(log, missing)


def _without_debug_information(program: ProgramSpec, said: str) -> str:
    return (
        f"The program {program.name} was loaded without the types of its functions and the lines of its source, which the "
        f"kernel refuses ({said}). It works, but bpftool and the verifier's log do not show the source"
    )


def _advice(program: ProgramSpec, ifindex: int) -> str:
    if ifindex:
        return _OFFLOADING
    if program.flags & F_XDP_HAS_FRAGS and host.parse_release(os.uname().release) < (5, 18):
        return "It is for packets in several fragments (xdp.frags), which need Linux 5.18 or later"
    return ""
