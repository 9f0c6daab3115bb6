# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the kernel tells of a map, a program or a link, as data.

The layouts are ``struct bpf_map_info``, ``bpf_prog_info``, ``bpf_link_info``
and ``bpf_btf_info`` of include/uapi/linux/bpf.h, Linux 6.18. They only ever
grew at the end; an older kernel leaves the rest of the zeroed buffer alone.
"""

from __future__ import annotations

import ctypes
import os
import struct
import time
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.type_names import (
    LINK_TYPES,
    MAP_TYPES,
    PROG_TYPES,
    type_name,
)

_F_RDONLY_PROG = 1 << 7


class MapInfo(NamedTuple):
    """``struct bpf_map_info`` of include/uapi/linux/bpf.h. Sizes are in bytes. Modules return the fields under their names."""

    id: int
    name: str
    type: str
    key_size: int
    value_size: int
    max_entries: int
    flags: int
    btf_id: int
    btf_key_type_id: int
    btf_value_type_id: int
    #: The network card that it is on; 0 for the host.
    offload_ifindex: int
    #: What a type has of its own, such as a Bloom filter's number of hash functions (Linux 5.16).
    map_extra: int


class ProgramInfo(NamedTuple):
    """``struct bpf_prog_info`` of the same header. Modules return the fields under their names."""

    id: int
    name: str
    type: str
    tag: str
    map_ids: tuple[int, ...]
    #: When it was loaded, seconds since the epoch.
    loaded_at: int
    uid: int
    gpl_compatible: bool
    #: Bytes of the instructions after the verifier, and of the machine code (0 when not compiled).
    xlated_size: int
    jited_size: int
    btf_id: int
    verified_instructions: int
    #: The network card that runs it; 0 for the host.
    offload_ifindex: int
    #: How often it ran, and for how long altogether, while ``kernel.bpf_stats_enabled`` was set.
    run_count: int = 0
    run_time_ns: int = 0


class LinkInfo(NamedTuple):
    """``struct bpf_link_info`` of the same header. Modules return the fields under their names."""

    id: int
    type: str
    program_id: int
    #: The interface's index for a link of type xdp; 0 when the interface is gone.
    ifindex: int


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("ascii", "replace")


def map_info(fd: int) -> MapInfo:
    """What the kernel says of the map; fields that an older kernel lacks are 0."""
    raw = bpf.obj_info(fd, bytes(88)).ljust(88, b"\0")
    map_type, map_id, key_size, value_size, max_entries, flags, name = struct.unpack_from("=6I16s", raw)
    btf_id, btf_key, btf_value = struct.unpack_from("=3I", raw, 64)
    return MapInfo(
        map_id,
        _text(name),
        type_name(MAP_TYPES, map_type),
        key_size,
        value_size,
        max_entries,
        flags,
        btf_id,
        btf_key,
        btf_value,
        struct.unpack_from("=I", raw, 40)[0],
        struct.unpack_from("=Q", raw, 80)[0],
    )


def settable_flags(facts: MapInfo) -> int:
    """The flags that the map was asked for: without what the kernel adds by itself.

    dev_map_init_map (kernel/bpf/devmap.c) sets BPF_F_RDONLY_PROG, and refuses
    it from outside.
    """
    return facts.flags & ~_F_RDONLY_PROG if facts.type in ("devmap", "devmap_hash") else facts.flags


def _boot_time() -> float:
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


def program_info(fd: int) -> ProgramInfo:
    """What the kernel says of the program; fields that an older kernel lacks are 0."""
    # First how many maps it uses, then, with room for so many, which.
    map_count = struct.unpack_from("=I", bpf.obj_info(fd, bytes(232)).ljust(232, b"\0"), 52)[0]
    ids = (ctypes.c_uint32 * map_count)()
    question = bytearray(232)
    struct.pack_into("=IQ", question, 52, map_count, ctypes.addressof(ids) if map_count else 0)
    raw = bpf.obj_info(fd, bytes(question)).ljust(232, b"\0")
    program_type, program_id, tag, jited_size, xlated_size = struct.unpack_from("=2I8s2I", raw)
    loaded_ns, uid = struct.unpack_from("=QI", raw, 40)
    name, ifindex, bits = struct.unpack_from("=16s2I", raw, 64)
    return ProgramInfo(
        program_id,
        _text(name),
        type_name(PROG_TYPES, program_type),
        tag.hex(),
        tuple(ids),
        int(_boot_time() + loaded_ns / 1e9),
        uid,
        bool(bits),  # the first bit of a field whose other bits are unused
        xlated_size,
        jited_size,
        struct.unpack_from("=I", raw, 128)[0],
        struct.unpack_from("=I", raw, 216)[0],
        ifindex,
        *struct.unpack_from("=Q", raw, 200),
        *struct.unpack_from("=Q", raw, 192),
    )


def memory(fd: int) -> int | None:
    """Bytes of kernel memory that a map or a program takes, as the kernel reckons it; ``None`` where it does not say."""
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as lines:
        for line in lines:
            name, _colon, value = line.partition(":")
            if name == "memlock":
                return int(value)
    return None


def link_info(fd: int) -> LinkInfo:
    """What the kernel says of the link."""
    raw = bpf.obj_info(fd, bytes(64)).ljust(64, b"\0")
    link_type, link_id, program_id = struct.unpack_from("=3I", raw)
    ifindex = struct.unpack_from("=I", raw, 16)[0] if link_type == bpf.LINK_TYPE_XDP else 0
    return LinkInfo(link_id, type_name(LINK_TYPES, link_type), program_id, ifindex)


def object_id(fd: int) -> int:
    """The id of a map, a program or a link: each info structure begins with the type and the id."""
    return int(struct.unpack_from("=I", bpf.obj_info(fd, bytes(8)), 4)[0])


def btf_blob(btf_id: int) -> bytes:
    """The BTF object with this id, as it was loaded."""
    fd = bpf.btf_by_id(btf_id)
    try:
        size = struct.unpack_from("=I", bpf.obj_info(fd, bytes(32)), 8)[0]
        blob = ctypes.create_string_buffer(size)
        bpf.obj_info(fd, struct.pack("=QI20x", ctypes.addressof(blob), size))
        return blob.raw
    finally:
        os.close(fd)


def kind(fd: int) -> str | None:
    """``map``, ``program`` or ``link``: what a descriptor that came from a pin is.

    The info structures do not say; the name of the anonymous inode does
    (kernel/bpf/syscall.c: ``bpf-map``, ``bpf-prog``, ``bpf_link``; since 6.9
    links that can be polled have the same inode name).
    """
    target = os.readlink(f"/proc/self/fd/{fd}")
    for word, name in (("bpf-map", "map"), ("bpf-prog", "program"), ("bpf_link", "link"), ("bpf-link", "link")):
        if word in target:
            return name
    return None


def as_dict(info: Any) -> dict[str, Any]:
    """The facts as a module returns them: plain data, sequences as lists."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in info._asdict().items()}
