# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The commands of bpf(2) that make or change something.

Apart from those that look: on the hosts Python compiles every module anew in
every task, and most tasks change nothing. Of layouts, descriptors and refusals
holds what bpf.py says.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf

_PROG_TYPE_XDP = 6

# Type of a program, and of what it is attached to, by bpftool's names for the latter (include/uapi/linux/bpf.h).
_ATTACH_TYPE_XDP = 37
_PROG_TYPE_TRACING = 26
_TYPES = {
    "xdp": (_PROG_TYPE_XDP, _ATTACH_TYPE_XDP),
    "xdp_devmap": (_PROG_TYPE_XDP, 33),
    "xdp_cpumap": (_PROG_TYPE_XDP, 35),
    "trace_raw_tp": (_PROG_TYPE_TRACING, 23),
}

_MAP_CREATE = 0
_MAP_UPDATE_ELEM = 2
_MAP_DELETE_ELEM = 3
_PROG_LOAD = 5
_RAW_TRACEPOINT_OPEN = 17
_BTF_LOAD = 18
_MAP_FREEZE = 22
_LINK_CREATE = 28
_LINK_UPDATE = 29
_LINK_DETACH = 34
_PROG_BIND_MAP = 35
_F_REPLACE = 4


def map_create(
    name: str,
    map_type: int,
    key_size: int,
    value_size: int,
    max_entries: int,
    flags: int,
    btf_fd: int = 0,
    btf_key_type_id: int = 0,
    btf_value_type_id: int = 0,
    ifindex: int = 0,
    numa_node: int = 0,
    extra: int = 0,
    inner_map_fd: int = 0,
) -> int:
    """Make a map; returns its descriptor. Each map in a map of maps will be like that of ``inner_map_fd``."""
    attr = struct.pack(
        "=7I16s4I",
        map_type,
        key_size,
        value_size,
        max_entries,
        flags,
        inner_map_fd,
        numa_node,
        bpf.object_name(name).encode("ascii"),
        ifindex,
        btf_fd,
        btf_key_type_id,
        btf_value_type_id,
    )
    if extra:  # since Linux 5.16, as are the maps that want it
        attr += struct.pack("=IQ", 0, extra)
    return bpf.call(_MAP_CREATE, attr)[0]


def map_update(fd: int, key: bytes, value: bytes, flags: int = 0) -> None:
    """Set the value under ``key``, new or not; ``flags`` are BPF_NOEXIST and the like."""
    key_buffer = ctypes.create_string_buffer(key, len(key))
    buffer = ctypes.create_string_buffer(value, len(value))
    bpf.call(_MAP_UPDATE_ELEM, struct.pack("=IIQQQ", fd, 0, bpf.address(key_buffer), bpf.address(buffer), flags))


def map_delete(fd: int, key: bytes) -> None:
    """Remove the entry; raises ``FileNotFoundError`` without one, and other ``OSError`` for types that refuse it."""
    key_buffer = ctypes.create_string_buffer(key, len(key))
    bpf.call(_MAP_DELETE_ELEM, struct.pack("=IIQ8x", fd, 0, bpf.address(key_buffer)))


def map_freeze(fd: int) -> None:
    """Allow no more changes from user space; what programs may not change either is a constant from then on."""
    attr = struct.pack("=I", fd)
    try:
        bpf.call(_MAP_FREEZE, attr)
    except InterruptedError:
        # It was not frozen before: EBUSY says that it is now (map_freeze in kernel/bpf/syscall.c).
        try:
            bpf.call(_MAP_FREEZE, attr)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise


def prog_load(
    name: str,
    instructions: bytes,
    licence: str,
    flags: int = 0,
    ifindex: int = 0,
    log_size: int = 0,
    btf_fd: int = 0,
    func_info: bytes = b"",
    line_info: bytes = b"",
    core_relocations: bytes = b"",
    attach_type: str = "xdp",
    attach_btf_id: int = 0,
) -> int:
    """Load an XDP program, or one for a tracepoint (``trace_raw_tp``, Linux 5.5); returns its descriptor.

    ``attach_btf_id`` is the number of the tracepoint's typedef (``btf_trace_NAME``) in the kernel's BTF.
    ``func_info`` and ``line_info`` are records of 8 and 16 bytes over the types
    of ``btf_fd``, as are ``core_relocations`` of 16, which need both of them.
    Before Linux 5.17 the kernel answers E2BIG to the latter. With ``log_size`` the verifier writes a log of at most so many
    bytes, which a refusal carries as ``OSError.strerror``.
    """
    code = ctypes.create_string_buffer(instructions, len(instructions))
    terms = ctypes.create_string_buffer(licence.encode())
    log = ctypes.create_string_buffer(log_size) if log_size else None
    attr = struct.pack(
        "=2I2Q2IQ2I16s2I",
        _TYPES[attach_type][0],
        len(instructions) // 8,
        bpf.address(code),
        bpf.address(terms),
        1 if log_size else 0,
        log_size,
        bpf.address(log),
        0,
        flags,
        bpf.object_name(name).encode("ascii"),
        ifindex,
        _TYPES[attach_type][1],
    )
    if btf_fd:
        functions = ctypes.create_string_buffer(func_info, len(func_info))
        lines = ctypes.create_string_buffer(line_info, len(line_info))
        counts = len(func_info) // 8, len(line_info) // 16
        attr += struct.pack("=2IQ2IQI", btf_fd, 8, bpf.address(functions), counts[0], 16, bpf.address(lines), counts[1])
        if core_relocations:
            records = ctypes.create_string_buffer(core_relocations, len(core_relocations))
            # attach_btf_id, attach_prog_fd, core_relo_cnt, fd_array, core_relos, core_relo_rec_size
            attr += struct.pack("=3I2QI", 0, 0, len(core_relocations) // 16, 0, bpf.address(records), 16)
    elif attach_btf_id:
        # No types of its own, and attach_btf_id.
        attr += struct.pack("=36xI", attach_btf_id)
    # The verifier gives up with EAGAIN when a signal arrives; libbpf tries five times too.
    for attempts_left in reversed(range(5)):
        try:
            return bpf.call(_PROG_LOAD, attr)[0]
        except OSError as error:
            if error.errno == errno.EAGAIN and attempts_left:
                continue
            if log is not None:
                raise OSError(error.errno, log.value.decode(errors="replace")) from error
            raise
    raise AssertionError("not reached")


def knows_core_relocations() -> bool:
    """Whether BPF_PROG_LOAD takes CO-RE relocations (since Linux 5.17, commit fbd94c7afcf9; some have it backported).

    The kernel refuses fields that it does not know, unless they are zero; the size of a record is enough.
    """
    code = ctypes.create_string_buffer(struct.pack("=BBhiBBhi", 0xB7, 0, 0, 0, 0x95, 0, 0, 0), 16)  # return 0
    terms = ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("=2I2Q", _PROG_TYPE_XDP, 2, bpf.address(code), bpf.address(terms)).ljust(136, b"\0")
    try:
        os.close(bpf.call(_PROG_LOAD, attr + struct.pack("=I", 16))[0])
    except OSError as error:
        if error.errno == errno.E2BIG:
            return False
        raise
    return True


def prog_bind_map(prog_fd: int, map_fd: int) -> None:
    """Let the map live as long as the program, and be listed with it (since Linux 5.10); no matter if it uses it already."""
    bpf.call(_PROG_BIND_MAP, struct.pack("=3I", prog_fd, map_fd, 0))


def btf_load(blob: bytes, log_size: int = 0) -> int:
    """Load types; returns their descriptor. With ``log_size``, a refusal carries the kernel's log as ``OSError.strerror``."""
    data = ctypes.create_string_buffer(blob, len(blob))
    log = ctypes.create_string_buffer(log_size) if log_size else None
    attr = struct.pack("=2Q3I", bpf.address(data), bpf.address(log), len(blob), log_size, 1 if log_size else 0)
    try:
        return bpf.call(_BTF_LOAD, attr)[0]
    except OSError as error:
        if log is None:
            raise
        raise OSError(error.errno, log.value.decode(errors="replace")) from error


def raw_tracepoint_open(prog_fd: int) -> int:
    """Have the program run at the tracepoint that it was loaded for; returns the link that holds it there."""
    return bpf.call(_RAW_TRACEPOINT_OPEN, struct.pack("=QI4x", 0, prog_fd))[0]


def link_create(prog_fd: int, ifindex: int, flags: int) -> int:
    """Attach the program by a link, and return the link's descriptor (Linux 5.9 for XDP). ``flags`` are XDP_FLAGS_*."""
    return bpf.call(_LINK_CREATE, struct.pack("=4I", prog_fd, ifindex, _ATTACH_TYPE_XDP, flags))[0]


def link_update(link_fd: int, new_prog_fd: int, old_prog_fd: int) -> None:
    """Put another program behind the link, in one step, if ``old_prog_fd`` is the present one."""
    bpf.call(_LINK_UPDATE, struct.pack("=4I", link_fd, new_prog_fd, _F_REPLACE, old_prog_fd))


def link_detach(link_fd: int) -> None:
    """Take the link from what it is attached to, whoever else holds it."""
    bpf.call(_LINK_DETACH, struct.pack("=I", link_fd))
