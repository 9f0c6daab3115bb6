# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The few kernel headers that bcc wants to see, in a tree of our own.

bcc compiles inside a kernel source tree. An XDP program needs none of the
kernel's own headers, only the user API in /usr/include; so BCC_KERNEL_SOURCE
points at this tree. That spares hosts the kernel's header packages, makes the
bytecode the same on every kernel, and keeps bcc before 0.30 away from
/tmp/kheaders-*, which anybody can plant (bcc issues 4928 and 4985).
"""

from __future__ import annotations

import glob
import os

_USER_API = "/usr/include"

# What bcc's helpers.h includes or expects of linux/types.h, beyond the user API.
_FILES = {
    "include/linux/kconfig.h": "#define CONFIG_BPF_SYSCALL 1\n",
    "include/linux/types.h": """\
#ifndef EBPF_XDP_TYPES_H
#define EBPF_XDP_TYPES_H
#include_next <linux/types.h>
#include <asm/byteorder.h>
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef __kernel_size_t size_t;
typedef __kernel_ssize_t ssize_t;
typedef unsigned long uintptr_t;
typedef _Bool bool;
enum { false, true };
#define htons(x) __cpu_to_be16(x)
#define ntohs(x) __be16_to_cpu(x)
#define htonl(x) __cpu_to_be32(x)
#define ntohl(x) __be32_to_cpu(x)
#define cpu_to_be16 __cpu_to_be16
#define cpu_to_be32 __cpu_to_be32
#define cpu_to_be64 __cpu_to_be64
#define be16_to_cpu __be16_to_cpu
#define be32_to_cpu __be32_to_cpu
#define be64_to_cpu __be64_to_cpu
#define cpu_to_le16 __cpu_to_le16
#define cpu_to_le32 __cpu_to_le32
#define cpu_to_le64 __cpu_to_le64
#define le16_to_cpu __le16_to_cpu
#define le32_to_cpu __le32_to_cpu
#define le64_to_cpu __le64_to_cpu
#endif
""",
    # bcc forces its own copy of this one in; a second copy would clash with it.
    "include/uapi/linux/bpf.h": "",
    "include/linux/bpf.h": "",
    "include/linux/log2.h": "",
    "include/linux/string.h": "",
    # The user API has struct vlan_hdr nowhere; it is IEEE 802.1Q's tag.
    "include/linux/if_vlan.h": """\
#ifndef EBPF_XDP_IF_VLAN_H
#define EBPF_XDP_IF_VLAN_H
#include <linux/types.h>
struct vlan_hdr {
\t__be16 h_vlan_TCI;
\t__be16 h_vlan_encapsulated_proto;
};
#endif
""",
    "include/asm/page.h": "",
    "include/sys/socket.h": "struct sockaddr { unsigned short sa_family; char sa_data[14]; };\n",
    # Sources written for libbpf or user space ask for these; the types are above.
    "include/stddef.h": "#include <linux/types.h>\n#ifndef NULL\n#define NULL ((void *)0)\n#endif\n"
    "#ifndef offsetof\n#define offsetof(type, member) __builtin_offsetof(type, member)\n#endif\n",
    "include/stdbool.h": "#include <linux/types.h>\n",
    "include/stdint.h": """\
#ifndef EBPF_XDP_STDINT_H
#define EBPF_XDP_STDINT_H
#include <linux/types.h>
typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
typedef __s8 int8_t;
typedef __s16 int16_t;
typedef __s32 int32_t;
typedef __s64 int64_t;
#endif
""",
}


class Missing(Exception):
    """The host has no user API headers."""


def write_tree(directory: str) -> None:
    """Make the tree in an empty directory; the user API is linked, not copied."""
    for name, text in _FILES.items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    generated = os.path.join(directory, "include/generated/uapi")
    os.makedirs(os.path.join(generated, "uapi"))
    absent = missing()
    if absent is not None:
        raise Missing(absent)
    for target, names in _user_api().items():
        for name in names:
            os.symlink(target, os.path.join(generated, name))


def missing() -> str | None:
    """The first directory of the user API that the host lacks; ``None`` when it has all."""
    return next((directory for directory in _user_api() if not os.path.isdir(directory)), None)


def _user_api() -> dict[str, tuple[str, ...]]:
    """The directories that the tree links to, and the names of the links."""
    return {
        os.path.join(_USER_API, "linux"): ("linux", "uapi/linux"),
        _architecture_headers(): ("asm",),
        os.path.join(_USER_API, "asm-generic"): ("asm-generic",),
    }


def _architecture_headers() -> str:
    """/usr/include/asm, or where distributions with several architectures keep it."""
    machine = os.uname().machine
    for pattern in (f"{_USER_API}/{machine}-linux-gnu/asm", f"{_USER_API}/asm", f"{_USER_API}/*-linux-gnu*/asm"):
        for found in sorted(glob.glob(pattern)):
            return found
    return f"{_USER_API}/asm"
