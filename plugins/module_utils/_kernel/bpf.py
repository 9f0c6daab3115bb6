# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bpf(2) system call, one function for each command that is used here.

Layouts of ``union bpf_attr`` are those of include/uapi/linux/bpf.h, Linux 6.18;
each command passes only the fields that Linux 5.10 knows already, and the
kernel takes the missing tail as zero. Descriptors come back with close-on-exec
set (the kernel does that) and belong to the caller. A refusal is an ``OSError``
that carries the kernel's errno.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import struct
import time
from collections.abc import Iterator

PROG_TYPE_XDP = 6
ATTACH_TYPE_XDP = 37
LINK_TYPE_XDP = 6
OBJ_NAME_LEN = 16

_MAP_CREATE = 0
_MAP_LOOKUP_ELEM = 1
_MAP_UPDATE_ELEM = 2
_PROG_LOAD = 5
_OBJ_PIN = 6
_OBJ_GET = 7
_PROG_GET_FD_BY_ID = 13
_MAP_GET_FD_BY_ID = 14
_OBJ_GET_INFO_BY_FD = 15
_BTF_LOAD = 18
_BTF_GET_FD_BY_ID = 19
_MAP_FREEZE = 22
_LINK_CREATE = 28
_LINK_UPDATE = 29
_LINK_GET_FD_BY_ID = 30
_LINK_GET_NEXT_ID = 31
_LINK_DETACH = 34

_F_REPLACE = 4
_F_RDONLY = 8

# arch/*/entry/syscalls and include/uapi/asm-generic/unistd.h
_SYSCALL_NUMBERS = {
    "x86_64": 321,
    "aarch64": 280,
    "riscv64": 280,
    "loongarch64": 280,
    "s390x": 351,
    "ppc64le": 361,
    "armv7l": 386,
    "armv8l": 386,
}

_libc = ctypes.CDLL(None, use_errno=True)


def _number() -> int:
    machine = os.uname().machine
    # A 32-bit process on a 64-bit kernel has other numbers than the kernel's own.
    if machine not in _SYSCALL_NUMBERS or struct.calcsize("P") != (4 if machine.startswith("armv") else 8):
        raise OSError(errno.ENOSYS, f"bpf(2) is not known for a {struct.calcsize('P') * 8}-bit process on {machine}")
    return _SYSCALL_NUMBERS[machine]


def _call(command: int, attr: bytes) -> tuple[int, bytes]:
    """Return what bpf(2) returned and the attributes as the kernel left them."""
    buffer = ctypes.create_string_buffer(attr, len(attr))
    result = _libc.syscall(_number(), command, buffer, len(attr))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result, buffer.raw


def _address(buffer: ctypes.Array[ctypes.c_char] | None) -> int:
    return ctypes.addressof(buffer) if buffer is not None else 0


def object_name(name: str) -> str:
    """A name as the kernel keeps it: 15 characters of ``[A-Za-z0-9_.]`` (bpf_obj_name_cpy)."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", name)[: OBJ_NAME_LEN - 1]


def map_create(
    name: str,
    type: int,
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
) -> int:
    attr = struct.pack(
        "=7I16s4I",
        type,
        key_size,
        value_size,
        max_entries,
        flags,
        0,
        numa_node,
        object_name(name).encode("ascii"),
        ifindex,
        btf_fd,
        btf_key_type_id,
        btf_value_type_id,
    )
    if extra:  # since Linux 5.16, as are the maps that want it
        attr += struct.pack("=IQ", 0, extra)
    return _call(_MAP_CREATE, attr)[0]


def map_lookup(fd: int, key: bytes, value_length: int) -> bytes:
    """The value under ``key``; ``value_length`` is what the kernel writes.

    For a per-CPU map that is the value size rounded up to 8, times the number
    of possible CPUs.
    """
    key_buffer = ctypes.create_string_buffer(key, len(key))
    value = ctypes.create_string_buffer(value_length)
    _call(_MAP_LOOKUP_ELEM, struct.pack("=IIQQQ", fd, 0, _address(key_buffer), _address(value), 0))
    return value.raw


def map_update(fd: int, key: bytes, value: bytes) -> None:
    """Set the value under ``key``, new or not."""
    key_buffer = ctypes.create_string_buffer(key, len(key))
    buffer = ctypes.create_string_buffer(value, len(value))
    _call(_MAP_UPDATE_ELEM, struct.pack("=IIQQQ", fd, 0, _address(key_buffer), _address(buffer), 0))


def map_freeze(fd: int) -> None:
    """Allow no more changes from user space; what programs may not change either is a constant from then on."""
    _call(_MAP_FREEZE, struct.pack("=I", fd))


def prog_load(
    name: str,
    instructions: bytes,
    license: str,
    flags: int = 0,
    ifindex: int = 0,
    log_size: int = 0,
    btf_fd: int = 0,
    func_info: bytes = b"",
    line_info: bytes = b"",
) -> int:
    """Load an XDP program; returns its descriptor.

    ``func_info`` and ``line_info`` are records of 8 and 16 bytes over the types
    of ``btf_fd``. With ``log_size`` the verifier writes a log of at most so many
    bytes, which a refusal carries as ``OSError.strerror``.
    """
    code = ctypes.create_string_buffer(instructions, len(instructions))
    terms = ctypes.create_string_buffer(license.encode())
    log = ctypes.create_string_buffer(log_size) if log_size else None
    attr = struct.pack(
        "=2I2Q2IQ2I16s2I",
        PROG_TYPE_XDP,
        len(instructions) // 8,
        _address(code),
        _address(terms),
        1 if log_size else 0,
        log_size,
        _address(log),
        0,
        flags,
        object_name(name).encode("ascii"),
        ifindex,
        ATTACH_TYPE_XDP,
    )
    if btf_fd:
        functions = ctypes.create_string_buffer(func_info, len(func_info))
        lines = ctypes.create_string_buffer(line_info, len(line_info))
        counts = len(func_info) // 8, len(line_info) // 16
        attr += struct.pack("=2IQ2IQI", btf_fd, 8, _address(functions), counts[0], 16, _address(lines), counts[1])
    # The verifier gives up with EAGAIN when a signal arrives; libbpf tries five times too.
    for attempts_left in reversed(range(5)):
        try:
            return _call(_PROG_LOAD, attr)[0]
        except OSError as error:
            if error.errno == errno.EAGAIN and attempts_left:
                continue
            if log is not None:
                raise OSError(error.errno, log.value.decode(errors="replace")) from None
            raise
    raise AssertionError("not reached")


def btf_load(blob: bytes) -> int:
    data = ctypes.create_string_buffer(blob, len(blob))
    return _call(_BTF_LOAD, struct.pack("=2Q3I", _address(data), 0, len(blob), 0, 0))[0]


def obj_pin(fd: int, path: str) -> None:
    name = ctypes.create_string_buffer(os.fsencode(path))
    _call(_OBJ_PIN, struct.pack("=Q2I", _address(name), fd, 0))


def obj_get(path: str, read_only: bool = False) -> int:
    """Open a pin. ``read_only`` serves maps and programs; links refuse it with EINVAL."""
    name = ctypes.create_string_buffer(os.fsencode(path))
    return _call(_OBJ_GET, struct.pack("=Q2I", _address(name), 0, _F_RDONLY if read_only else 0))[0]


def obj_info(fd: int, info: bytes) -> bytes:
    """Fill the info structure of a map, program, link or BTF object.

    ``info`` is the structure as the kernel shall find it, zero but for the
    places that ask for something; the length that comes back is how much of it
    this kernel knows.
    """
    buffer = ctypes.create_string_buffer(info, len(info))
    attr = _call(_OBJ_GET_INFO_BY_FD, struct.pack("=2IQ", fd, len(info), _address(buffer)))[1]
    return buffer.raw[: struct.unpack_from("=I", attr, 4)[0]]


def prog_by_id(id: int) -> int:
    return _call(_PROG_GET_FD_BY_ID, struct.pack("=3I", id, 0, 0))[0]


def map_by_id(id: int) -> int:
    return _call(_MAP_GET_FD_BY_ID, struct.pack("=3I", id, 0, 0))[0]


def btf_by_id(id: int) -> int:
    return _call(_BTF_GET_FD_BY_ID, struct.pack("=3I", id, 0, 0))[0]


def link_by_id(id: int) -> int:
    # A link that is just being made answers EAGAIN (bpf_link_by_id), whoever makes it.
    for _attempt in range(100):
        try:
            return _call(_LINK_GET_FD_BY_ID, struct.pack("=3I", id, 0, 0))[0]
        except BlockingIOError:
            time.sleep(0.001)
    return _call(_LINK_GET_FD_BY_ID, struct.pack("=3I", id, 0, 0))[0]


def link_ids() -> Iterator[int]:
    """The ids of all links of the running kernel, of every type."""
    id = 0
    while True:
        try:
            attr = _call(_LINK_GET_NEXT_ID, struct.pack("=3I", id, 0, 0))[1]
        except OSError as error:
            if error.errno == errno.ENOENT:
                return
            raise
        id = struct.unpack_from("=I", attr, 4)[0]
        yield id


def link_create(prog_fd: int, ifindex: int, flags: int) -> int:
    return _call(_LINK_CREATE, struct.pack("=4I", prog_fd, ifindex, ATTACH_TYPE_XDP, flags))[0]


def link_update(link_fd: int, new_prog_fd: int, old_prog_fd: int) -> None:
    """Put another program behind the link, in one step, if ``old_prog_fd`` is the present one."""
    _call(_LINK_UPDATE, struct.pack("=4I", link_fd, new_prog_fd, _F_REPLACE, old_prog_fd))


def link_detach(link_fd: int) -> None:
    """Take the link from what it is attached to, whoever else holds it."""
    _call(_LINK_DETACH, struct.pack("=I", link_fd))
