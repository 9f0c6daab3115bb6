# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The bpf(2) system call, one function for each command that looks at something, or pins it.

Those that make or change something are in bpf_change.py.

Layouts of ``union bpf_attr`` are those of include/uapi/linux/bpf.h, Linux 6.18;
each command passes only the fields that Linux 5.10 knows already, and the
kernel takes the missing tail as zero. Descriptors come back with close-on-exec
set (the kernel does that) and belong to the caller. A refusal is an ``OSError``
with the kernel's errno, and with the name of the command in place of a file's.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import struct
import time
from collections.abc import Iterator
from functools import lru_cache

LINK_TYPE_XDP = 6
OBJ_NAME_LEN = 16

_MAP_LOOKUP_ELEM = 1
_OBJ_PIN = 6
_OBJ_GET = 7
_PROG_GET_FD_BY_ID = 13
_MAP_GET_FD_BY_ID = 14
_OBJ_GET_INFO_BY_FD = 15
_BTF_GET_FD_BY_ID = 19
_LINK_GET_FD_BY_ID = 30
_LINK_GET_NEXT_ID = 31

# Of those that look. Each that changes something has better words for its refusal.
_COMMANDS = {
    1: "BPF_MAP_LOOKUP_ELEM",
    4: "BPF_MAP_GET_NEXT_KEY",
    7: "BPF_OBJ_GET",
    13: "BPF_PROG_GET_FD_BY_ID",
    14: "BPF_MAP_GET_FD_BY_ID",
    15: "BPF_OBJ_GET_INFO_BY_FD",
    19: "BPF_BTF_GET_FD_BY_ID",
    24: "BPF_MAP_LOOKUP_BATCH",
    30: "BPF_LINK_GET_FD_BY_ID",
    31: "BPF_LINK_GET_NEXT_ID",
}

_F_RDONLY = 8

# BPF_OBJ_PIN, MAP_FREEZE, LINK_CREATE, LINK_UPDATE, LINK_DETACH: once the first call has acted, a second one fails or acts twice.
_NOT_REPEATED = frozenset({6, 22, 28, 29, 34})

#: What BPF_OBJ_GET answers where there is no pin: for what is gone, a directory, a symbolic link, an iterator's or any other
#: file, a device, a path that is too long, or one that leads through what is not a directory.
NOT_A_PIN = (
    errno.ENOENT,
    errno.EACCES,
    errno.EINVAL,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.ELOOP,
    errno.ENXIO,
)

# How often an interrupted call is made.
_ATTEMPTS = 100

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


@lru_cache(maxsize=None)
def _number() -> int:
    machine = os.uname().machine
    # A 32-bit process on a 64-bit kernel has other numbers than the kernel's own.
    if machine not in _SYSCALL_NUMBERS or struct.calcsize("P") != (4 if machine.startswith("armv") else 8):
        raise OSError(errno.ENOSYS, f"bpf(2) is not known for a {struct.calcsize('P') * 8}-bit process on {machine}")
    return _SYSCALL_NUMBERS[machine]


def call(command: int, attr: bytes) -> tuple[int, bytes]:
    """Return what bpf(2) returned and the attributes as the kernel left them."""
    buffer = ctypes.create_string_buffer(attr, len(attr))
    return call_with(command, buffer), buffer.raw


def call_with(command: int, attr: ctypes.Array[ctypes.c_char]) -> int:
    """Like ``call``, for callers that need the attributes as the kernel left them when it refused.

    Python repeats interrupted calls of its own (PEP 475), but not those through
    ctypes. Commands that may have acted and cannot be repeated raise
    ``InterruptedError``, and the caller finds out the present state.
    """
    asked = attr.raw
    for attempts_left in reversed(range(_ATTEMPTS)):
        result: int = _libc.syscall(_number(), command, attr, len(attr))
        if result >= 0:
            return result
        code = ctypes.get_errno()
        if code != errno.EINTR or command in _NOT_REPEATED or not attempts_left:
            # In place of a path: what was tried, for those who have no better words for it.
            raise OSError(code, os.strerror(code), f"bpf(2), {_COMMANDS.get(command, f'command {command}')}")
        attr.raw = asked
    raise AssertionError("not reached")


def address(buffer: ctypes.Array[ctypes.c_char] | None) -> int:
    """Where the buffer is in memory, for a field of an attribute; 0 without one."""
    return ctypes.addressof(buffer) if buffer is not None else 0


def object_name(name: str) -> str:
    """A name as the kernel keeps it: 15 characters of ``[A-Za-z0-9_.]`` (bpf_obj_name_cpy)."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", name)[: OBJ_NAME_LEN - 1]


def map_lookup(fd: int, key: bytes, value_length: int) -> bytes:
    """The value under ``key``; ``value_length`` is what the kernel writes.

    For a per-CPU map that is the value size rounded up to 8, times the number
    of possible CPUs.
    """
    key_buffer = ctypes.create_string_buffer(key, len(key))
    value = ctypes.create_string_buffer(value_length)
    call(_MAP_LOOKUP_ELEM, struct.pack("=IIQQQ", fd, 0, address(key_buffer), address(value), 0))
    return value.raw


def obj_pin(fd: int, path: str) -> None:
    """Pin a map, program or link at ``path`` (Linux 4.4; links 5.7). Raises ``OSError``, EEXIST where something is there."""
    name = ctypes.create_string_buffer(os.fsencode(path))
    call(_OBJ_PIN, struct.pack("=Q2I", address(name), fd, 0))


def obj_get(path: str, read_only: bool = False) -> int:
    """Open a pin. ``read_only`` serves maps and programs; links refuse it with EINVAL."""
    name = ctypes.create_string_buffer(os.fsencode(path))
    return call(_OBJ_GET, struct.pack("=Q2I", address(name), 0, _F_RDONLY if read_only else 0))[0]


def obj_info(fd: int, info: bytes) -> bytes:
    """Fill the info structure of a map, program, link or BTF object.

    ``info`` is the structure that the kernel gets, zero except for the
    fields that ask for something; the length that comes back is how much of it
    this kernel knows.
    """
    buffer = ctypes.create_string_buffer(info, len(info))
    attr = call(_OBJ_GET_INFO_BY_FD, struct.pack("=2IQ", fd, len(info), address(buffer)))[1]
    return buffer.raw[: struct.unpack_from("=I", attr, 4)[0]]


#: Seconds that the making of a link may take.
_MADE_IN = 10


def prog_by_id(program_id: int) -> int:
    """A descriptor of the program; raises ``FileNotFoundError`` when it is gone. The caller closes it, as for all of these."""
    return call(_PROG_GET_FD_BY_ID, struct.pack("=3I", program_id, 0, 0))[0]


def map_by_id(map_id: int) -> int:
    """A descriptor of the map; raises ``FileNotFoundError`` when it is gone."""
    return call(_MAP_GET_FD_BY_ID, struct.pack("=3I", map_id, 0, 0))[0]


def btf_by_id(btf_id: int) -> int:
    """A descriptor of the BTF object; raises ``FileNotFoundError`` when it is gone."""
    return call(_BTF_GET_FD_BY_ID, struct.pack("=3I", btf_id, 0, 0))[0]


def link_by_id(link_id: int) -> int:
    """A descriptor of the link (Linux 5.8); raises ``FileNotFoundError`` when it is gone."""
    # A link that is just being made answers EAGAIN (bpf_link_by_id), whoever makes it. One that traces many functions takes long.
    deadline = time.monotonic() + _MADE_IN
    pause = 0.001
    while True:
        try:
            return call(_LINK_GET_FD_BY_ID, struct.pack("=3I", link_id, 0, 0))[0]
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 0.05)


def link_ids() -> Iterator[int]:
    """The ids of all links of the running kernel, of every type."""
    link_id = 0
    while True:
        try:
            attr = call(_LINK_GET_NEXT_ID, struct.pack("=3I", link_id, 0, 0))[1]
        except OSError as error:
            if error.errno == errno.ENOENT:
                return
            raise
        link_id = struct.unpack_from("=I", attr, 4)[0]
        yield link_id
