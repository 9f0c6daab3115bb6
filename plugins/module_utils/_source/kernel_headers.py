# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

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

_COMMON = "include/ebpf_xdp/common.h"

# linux/types.h of the kernel brings, beyond the user API's: short names of types, those of stdint.h, byte order as
# functions of the C library have it, and what linux/compiler.h and linux/stddef.h define. Not noinline and fallthrough:
# programs write these as attributes, __attribute__((noinline)), which macros of that name would spoil.
_TYPES = """\
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
typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
typedef __s8 int8_t;
typedef __s16 int16_t;
typedef __s32 int32_t;
typedef __s64 int64_t;
typedef __u8 u_int8_t;
typedef __u16 u_int16_t;
typedef __u32 u_int32_t;
typedef __u64 u_int64_t;
typedef unsigned char u_char;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef __kernel_size_t size_t;
typedef __kernel_ssize_t ssize_t;
typedef __kernel_ptrdiff_t ptrdiff_t;
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
#define swab16 __swab16
#define swab32 __swab32
#define swab64 __swab64
#ifndef NULL
#define NULL ((void *)0)
#endif
#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#endif
#ifndef unlikely
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif
#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#ifndef __aligned
#define __aligned(x) __attribute__((__aligned__(x)))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif
#ifndef barrier
#define barrier() __asm__ __volatile__("" : : : "memory")
#endif
#ifndef READ_ONCE
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#endif
#ifndef WRITE_ONCE
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
#endif
#ifndef BIT
#define BIT(n) (1UL << (n))
#endif
#ifndef static_assert
#define static_assert(condition, ...) _Static_assert(condition, "" #condition)
#endif
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), "BUILD_BUG_ON(" #condition ")")
#endif
"""

# What every header of the network stack brings along, by way of linux/kernel.h.
_KERNEL = """\
#ifndef EBPF_XDP_COMMON_H
#define EBPF_XDP_COMMON_H
#include <linux/types.h>
#include <linux/errno.h>
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define min(a, b) ({ __typeof__(a) _min_a = (a); __typeof__(b) _min_b = (b); _min_a < _min_b ? _min_a : _min_b; })
#define max(a, b) ({ __typeof__(a) _max_a = (a); __typeof__(b) _max_b = (b); _max_a > _max_b ? _max_a : _max_b; })
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define clamp(value, low, high) min((__typeof__(value))max(value, low), high)
#define container_of(pointer, type, member) ((type *)((void *)(pointer) - offsetof(type, member)))
#define U8_MAX ((u8)~0U)
#define S8_MAX ((s8)(U8_MAX >> 1))
#define U16_MAX ((u16)~0U)
#define S16_MAX ((s16)(U16_MAX >> 1))
#define U32_MAX ((u32)~0U)
#define S32_MAX ((s32)(U32_MAX >> 1))
#define U64_MAX ((u64)~0ULL)
#define S64_MAX ((s64)(U64_MAX >> 1))
#define INT_MAX ((int)(~0U >> 1))
#define UINT_MAX (~0U)
#define NSEC_PER_USEC 1000L
#define NSEC_PER_MSEC 1000000L
#define NSEC_PER_SEC 1000000000L
#define AF_UNSPEC 0
#define AF_INET 2
#define AF_INET6 10
#define PF_INET AF_INET
#define PF_INET6 AF_INET6
#endif
"""

# Bob Jenkins' lookup3 (https://burtleburtle.net/bob/c/lookup3.c, public domain), under the kernel's names and with its
# results, which depend on the length and the initial value as those of hashlittle() and hashword() do.
_JHASH = """\
#ifndef EBPF_XDP_JHASH_H
#define EBPF_XDP_JHASH_H
#include <linux/types.h>
#define JHASH_INITVAL 0xdeadbeef
#define jhash_size(n) ((u32)1 << (n))
#define jhash_mask(n) (jhash_size(n) - 1)
static inline __attribute__((__always_inline__)) u32 ebpf_xdp_rotate(u32 word, unsigned int by)
{
\treturn (word << by) | (word >> (32 - by));
}
#ifndef rol32
#define rol32(word, by) ebpf_xdp_rotate(word, by)
#endif
#define EBPF_XDP_MIX_ONE(x, y, z, by) { x -= z; x ^= ebpf_xdp_rotate(z, by); z += y; }
#define __jhash_mix(a, b, c) { \\
\tEBPF_XDP_MIX_ONE(a, b, c, 4) EBPF_XDP_MIX_ONE(b, c, a, 6) EBPF_XDP_MIX_ONE(c, a, b, 8) \\
\tEBPF_XDP_MIX_ONE(a, b, c, 16) EBPF_XDP_MIX_ONE(b, c, a, 19) EBPF_XDP_MIX_ONE(c, a, b, 4) }
#define EBPF_XDP_FINAL_ONE(x, y, by) { x ^= y; x -= ebpf_xdp_rotate(y, by); }
#define __jhash_final(a, b, c) { \\
\tEBPF_XDP_FINAL_ONE(c, b, 14) EBPF_XDP_FINAL_ONE(a, c, 11) EBPF_XDP_FINAL_ONE(b, a, 25) EBPF_XDP_FINAL_ONE(c, b, 16) \\
\tEBPF_XDP_FINAL_ONE(a, c, 4) EBPF_XDP_FINAL_ONE(b, a, 14) EBPF_XDP_FINAL_ONE(c, b, 24) }
struct ebpf_xdp_unaligned { u32 word; } __attribute__((__packed__));
#define EBPF_XDP_WORD_AT(p) (((const struct ebpf_xdp_unaligned *)(p))->word)
static inline __attribute__((__always_inline__)) u32 jhash(const void *key, u32 length, u32 initval)
{
\tconst u8 *k = key;
\tu32 a, b, c;
\ta = b = c = JHASH_INITVAL + length + initval;
\tfor (; length > 12; length -= 12, k += 12) {
\t\ta += EBPF_XDP_WORD_AT(k);
\t\tb += EBPF_XDP_WORD_AT(k + 4);
\t\tc += EBPF_XDP_WORD_AT(k + 8);
\t\t__jhash_mix(a, b, c)
\t}
\tif (length == 0)
\t\treturn c;
\tif (length >= 12) c += (u32)k[11] << 24;
\tif (length >= 11) c += (u32)k[10] << 16;
\tif (length >= 10) c += (u32)k[9] << 8;
\tif (length >= 9) c += k[8];
\tif (length >= 8) b += (u32)k[7] << 24;
\tif (length >= 7) b += (u32)k[6] << 16;
\tif (length >= 6) b += (u32)k[5] << 8;
\tif (length >= 5) b += k[4];
\tif (length >= 4) a += (u32)k[3] << 24;
\tif (length >= 3) a += (u32)k[2] << 16;
\tif (length >= 2) a += (u32)k[1] << 8;
\ta += k[0];
\t__jhash_final(a, b, c)
\treturn c;
}
static inline __attribute__((__always_inline__)) u32 jhash2(const u32 *k, u32 length, u32 initval)
{
\tu32 a, b, c;
\ta = b = c = JHASH_INITVAL + (length << 2) + initval;
\tfor (; length > 3; length -= 3, k += 3) {
\t\ta += k[0];
\t\tb += k[1];
\t\tc += k[2];
\t\t__jhash_mix(a, b, c)
\t}
\tif (length == 0)
\t\treturn c;
\tif (length >= 3) c += k[2];
\tif (length >= 2) b += k[1];
\ta += k[0];
\t__jhash_final(a, b, c)
\treturn c;
}
static inline __attribute__((__always_inline__)) u32 __jhash_nwords(u32 a, u32 b, u32 c, u32 initval)
{
\ta += initval;
\tb += initval;
\tc += initval;
\t__jhash_final(a, b, c)
\treturn c;
}
static inline __attribute__((__always_inline__)) u32 jhash_3words(u32 a, u32 b, u32 c, u32 initval)
{
\treturn __jhash_nwords(a, b, c, initval + JHASH_INITVAL + (3 << 2));
}
static inline __attribute__((__always_inline__)) u32 jhash_2words(u32 a, u32 b, u32 initval)
{
\treturn __jhash_nwords(a, b, 0, initval + JHASH_INITVAL + (2 << 2));
}
static inline __attribute__((__always_inline__)) u32 jhash_1word(u32 a, u32 initval)
{
\treturn __jhash_nwords(a, 0, 0, initval + JHASH_INITVAL + (1 << 2));
}
#endif
"""

_PAGE = f"""\
#define PAGE_SHIFT {os.sysconf("SC_PAGE_SIZE").bit_length() - 1}
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
"""

# The user API has VLAN tags (IEEE 802.1Q) nowhere.
_IF_VLAN = """\
struct vlan_hdr {
\t__be16 h_vlan_TCI;
\t__be16 h_vlan_encapsulated_proto;
};
struct vlan_ethhdr {
\tunsigned char h_dest[ETH_ALEN];
\tunsigned char h_source[ETH_ALEN];
\t__be16 h_vlan_proto;
\t__be16 h_vlan_TCI;
\t__be16 h_vlan_encapsulated_proto;
};
#define VLAN_HLEN 4
#define VLAN_ETH_HLEN 18
#define VLAN_PRIO_MASK 0xe000
#define VLAN_PRIO_SHIFT 13
#define VLAN_CFI_MASK 0x1000
#define VLAN_VID_MASK 0x0fff
#define VLAN_N_VID 4096
"""


def _with(name: str, *others: str, include_next: bool = True, more: str = "") -> str:
    """A header that has what the user API's of that name has, and brings others along as the kernel's does."""
    guard = "EBPF_XDP_" + name.upper().replace("/", "_").replace(".", "_")
    lines = [f"#ifndef {guard}", f"#define {guard}", "#include <ebpf_xdp/common.h>"]
    lines += [f"#include_next <{name}>"] if include_next else []
    lines += [f"#include <linux/{other}.h>" for other in others]
    return "\n".join(lines) + "\n" + more + "#endif\n"


_STACK = ("if_ether", "in", "in6", "icmpv6")

_FILES = {
    "include/linux/kconfig.h": "#define CONFIG_BPF_SYSCALL 1\n",
    "include/linux/types.h": _TYPES,
    _COMMON: _KERNEL,
    # bcc forces its own copy of this one in; a second copy would clash with it.
    "include/uapi/linux/bpf.h": "",
    "include/linux/bpf.h": "",
    "include/linux/log2.h": "",
    "include/linux/string.h": _with("linux/string.h", include_next=False),
    "include/linux/kernel.h": _with("linux/kernel.h"),
    "include/linux/compiler.h": _with("linux/compiler.h", include_next=False),
    "include/linux/bitops.h": _with("linux/bitops.h", include_next=False),
    "include/linux/minmax.h": _with("linux/minmax.h", include_next=False),
    "include/linux/bug.h": _with("linux/bug.h", include_next=False),
    "include/linux/jhash.h": _JHASH,
    "include/linux/if_ether.h": _with("linux/if_ether.h", "in6"),
    "include/linux/in.h": _with("linux/in.h"),
    "include/linux/ip.h": _with("linux/ip.h", "if_ether", "in6"),
    "include/linux/icmp.h": _with("linux/icmp.h", "if_ether", "in6"),
    "include/linux/tcp.h": _with("linux/tcp.h", *_STACK),
    "include/linux/udp.h": _with("linux/udp.h", *_STACK),
    "include/linux/ipv6.h": _with("linux/ipv6.h", "tcp", "udp", *_STACK),
    "include/linux/icmpv6.h": _with("linux/icmpv6.h", "ipv6"),
    "include/linux/if_arp.h": _with("linux/if_arp.h", *_STACK),
    "include/linux/if_vlan.h": _with("linux/if_vlan.h", *_STACK, include_next=False, more=_IF_VLAN),
    # Programs include these for what they bring along; there is no struct sk_buff in XDP.
    "include/linux/skbuff.h": _with("linux/skbuff.h", "if_ether", "in6", include_next=False),
    "include/linux/netdevice.h": _with("linux/netdevice.h", *_STACK, include_next=False),
    "include/linux/etherdevice.h": _with("linux/etherdevice.h", *_STACK, include_next=False),
    "include/net/ip.h": _with("net/ip.h", "ip", *_STACK, include_next=False),
    "include/net/ipv6.h": _with("net/ipv6.h", "ipv6", *_STACK, include_next=False),
    # BPF_RINGBUF_OUTPUT counts pages.
    "include/asm/page.h": _PAGE,
    "include/sys/socket.h": "struct sockaddr { unsigned short sa_family; char sa_data[14]; };\n",
    # Sources written for libbpf or user space ask for these; the types are above.
    "include/stddef.h": "#include <linux/types.h>\n",
    "include/stdbool.h": "#include <linux/types.h>\n",
    "include/stdint.h": "#include <linux/types.h>\n",
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
