# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs on tracepoints of the kernel, whose arguments the verifier knows by their types (BPF_TRACE_RAW_TP, Linux 5.5).

Layouts are those of ``union bpf_attr`` in include/uapi/linux/bpf.h, Linux 6.18.
"""

from __future__ import annotations

import ctypes
import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpf

_PROG_TYPE_TRACING = 26
_TRACE_RAW_TP = 23

_PROG_LOAD = 5
_RAW_TRACEPOINT_OPEN = 17

_LOG_SIZE = 1 << 16


def prog_load(name: str, instructions: bytes, btf_id: int) -> int:
    """Load a program for the tracepoint whose typedef (``btf_trace_NAME``) has this number in the kernel's BTF.

    The program must have GPL-compatible terms to be let near the kernel's structures. A refusal carries the verifier's
    log as ``OSError.strerror``.
    """
    code = ctypes.create_string_buffer(instructions, len(instructions))
    terms = ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(_LOG_SIZE)
    attr = struct.pack(
        "=2I2Q2IQ2I16s2I",
        _PROG_TYPE_TRACING,
        len(instructions) // 8,
        bpf.address(code),
        bpf.address(terms),
        1,
        _LOG_SIZE,
        bpf.address(log),
        0,
        0,
        bpf.object_name(name).encode("ascii"),
        0,
        _TRACE_RAW_TP,
    )
    # prog_btf_fd, and what goes with it; attach_btf_id, attach_prog_fd.
    attr += bytes(36) + struct.pack("=2I", btf_id, 0)
    try:
        return bpf.call(_PROG_LOAD, attr)[0]
    except OSError as error:
        raise OSError(error.errno, log.value.decode(errors="replace")) from None


def attach(prog_fd: int) -> int:
    """Have the program run at its tracepoint; returns the link that holds it there."""
    return bpf.call(_RAW_TRACEPOINT_OPEN, struct.pack("=QI4x", 0, prog_fd))[0]
