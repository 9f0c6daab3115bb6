# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""From a program spec to the descriptor of a program, as the kernel's types want it."""

from __future__ import annotations

import errno
import os
import re
import struct
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change, host
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load.device_bound import F_XDP_DEV_BOUND_ONLY
from ansible_collections.ebpf.xdp.plugins.module_utils._load.messages import OFFLOADING, Warn
from ansible_collections.ebpf.xdp.plugins.module_utils._load.types import Types
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    F_XDP_HAS_FRAGS,
    INSTRUCTION_SIZE,
    LinkedMember,
    ProgramSpec,
)

# The most that Linux 5.10 takes is 2^30; older verifiers fail with ENOSPC when the log does not fit.
_VERIFIER_LOG_BYTES = 1 << 24
_VERIFIER_LOG_LINES = 20

# Where a kernel that was built with types of its own shows them.
# A line of the log about an instruction: ``17: (bf) r1 = r6``.
_INSTRUCTION = re.compile(r"(\d+): \(")

_KERNEL_TYPES = "/sys/kernel/btf/vmlinux"
_SYSFS = "/sys/kernel"


def uses(program: ProgramSpec) -> set[str]:
    """The names of the maps that the program cannot do without."""
    return {*(reference.map for reference in program.references), *program.bound_maps}


class Device(NamedTuple):
    """The interface that a program is loaded for."""

    ifindex: int = 0
    #: It runs there, in the driver, and not on the network card's own processor.
    is_bound: bool = False


def load(
    program: ProgramSpec,
    types: Types,
    maps: dict[str, int],
    constants: dict[str, bytes],
    device: Device,
    warn: Warn,
    held: ExitStack,
    members: Sequence[LinkedMember] = (),
) -> int:
    """Load one program over these maps; ``members`` are those of a chain.

    ``constants`` are the values of maps that nobody may change any more, by name.
    """
    if program.fold_constants and constants:
        from ansible_collections.ebpf.xdp.plugins.module_utils._fold import fold

        folded, places = fold.fold(program, constants)
        if folded is program:
            warn(
                f"The constants of the program {program.name} stay in their maps, because it has instructions that this version "
                f"does not know. It works as well, but takes longer for each packet"
            )
        program, members = folded, [each._replace(start=places[each.start]) for each in members]
    missing: dict[int, str] = {}
    if program.core_relocations and (types.differ or not _kernel_relocates()):
        program, missing = _relocated(program, types.blob, warn)
    fd = _load(program, maps, types.fd, device, warn, missing, members)
    held.callback(os.close, fd)
    _bind_maps(program, maps, fd, warn)
    return fd


def _kernel_relocates() -> bool:
    """Whether the kernel applies CO-RE relocations, which takes types of its own.

    Where sysfs is not mounted, only the kernel can tell whether it has them.
    """
    return (os.path.exists(_KERNEL_TYPES) or not os.path.exists(_SYSFS)) and bpf_change.knows_core_relocations()


def _bind_maps(program: ProgramSpec, maps: dict[str, int], fd: int, warn: Warn) -> None:
    for name in program.bound_maps:
        try:
            bpf_change.prog_bind_map(fd, maps[name])
        except OSError as error:
            warn(
                f"The map {name} was not bound to the program {program.name} ({os.strerror(error.errno or 0)}; this needs "
                f"Linux 5.10): bpftool does not show it with the program"
            )


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
        raise XdpError(f"The program {program.name} cannot be adapted to the running kernel: {error}") from error
    return program._replace(instructions=done.instructions, core_relocations=b""), done.missing


def _load(
    program: ProgramSpec,
    maps: dict[str, int],
    btf_fd: int,
    device: Device,
    warn: Warn,
    missing: dict[int, str],
    members: Sequence[LinkedMember] = (),
) -> int:
    """Load one program over these maps; ``missing`` is what the kernel lacks, by the instructions that are invalid for it."""
    code = bytearray(program.instructions)
    for reference in program.references:
        struct.pack_into("=i", code, reference.instruction * INSTRUCTION_SIZE + 4, maps[reference.map])
    if program.kernel_references:
        from ansible_collections.ebpf.xdp.plugins.module_utils._load import kernel_symbols

        kernel_symbols.fill_in(program, code)
    flags = program.flags | (F_XDP_DEV_BOUND_ONLY if device.is_bound else 0)
    load = partial(bpf_change.prog_load, program.name, bytes(code), program.license, flags, device.ifindex)
    load = partial(load, attach_type=program.attach_type)
    # An older kernel may not take what newer compilers say of functions and lines; the program works without, unless
    # the kernel's types decide about it: without these it would be loaded with wrong offsets.
    ways: list[dict[str, Any]] = [{}]
    if btf_fd and program.func_info:
        ways.insert(0, {"btf_fd": btf_fd, "func_info": program.func_info, "line_info": program.line_info})
    if program.core_relocations:
        ways = [{**ways[0], "core_relocations": program.core_relocations}]
    if members:
        # Without types, members would be static functions, whose results kernels trusted too much until December 2024
        # ("bpf: Don't trust r0 bounds after BPF to BPF calls with abnormal returns").
        ways = ways[:1]
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
        if refusal == errno.EINVAL and len(lines) == 1 and lines[0].startswith("processed "):
            # bpf_check_tail_call in kernel/bpf/core.c, which comes after the verifier.
            raise KernelError(
                f"The verifier accepts the program {program.name}, and the kernel refuses it",
                refusal,
                "Usually a map that it reuses (devmap, cpumap, prog_array) already serves programs of "
                "another kind: all programs with such a map are for packets in several fragments (xdp.frags), or none. "
                "Give the map another name, or remove the pin set first",
            )
        where = _member(lines, members)
        if any("GPL-restricted" in line for line in lines):  # check_helper_call in kernel/bpf/verifier.c
            where += f", as it calls what only programs compatible with the GPL may call, and its licence is {program.license!r}"
            where += " (by the members that are not compatible)" if members else ""
        raise XdpError(f"The verifier rejects the program {program.name}{where}. The last lines of its log:\n{last}")
    raise KernelError(f"Cannot load the program {program.name}", refusal, _advice(program, device))


def _member(log: list[str], members: Sequence[LinkedMember]) -> str:
    """Which member of a chain the verifier was at in the end, as part of a sentence; empty where the log does not say."""
    places = [int(found.group(1)) for found in map(_INSTRUCTION.match, log) if found]
    if not members or not places or places[-1] < members[0].start:
        return ""
    member = members[bisect_right([each.start for each in members], places[-1]) - 1]
    return f", in its member {member.name} (program {member.program})"


def _lacking(log: list[str], missing: dict[int, str]) -> str | None:
    from ansible_collections.ebpf.xdp.plugins.module_utils._load import core_log

    return core_log.missing(log, missing)


def _without_debug_information(program: ProgramSpec, said: str) -> str:
    return (
        f"The program {program.name} was loaded without the types of its functions and the lines of its source, which the "
        f"kernel refuses ({said}). It works, but bpftool and the verifier's log do not show the source"
    )


def _advice(program: ProgramSpec, device: Device) -> str:
    if device.is_bound:
        return (
            "It reads packet metadata from the network card, and was to be loaded for one interface: this needs Linux 6.3, a "
            "driver that offers some, and on some kernels a program that is not for packets in several "
            'fragments (SEC("xdp"), not SEC("xdp.frags"))'
        )
    if device.ifindex:
        return OFFLOADING
    if program.flags & F_XDP_HAS_FRAGS and host.parse_release(os.uname().release) < (5, 18):
        return "It is for packets in several fragments (xdp.frags), which need Linux 5.18 or later"
    return ""
