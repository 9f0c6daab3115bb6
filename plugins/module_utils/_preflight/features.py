# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the kernel can do for XDP, asked of the kernel itself rather than of its version.

Distributions take features over into older kernels (RHEL's do), and leave
some out. BTF, the kernel's description of its own types, has the names of what
was built. Only a kernel without BTF is judged by its version.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host
from ansible_collections.ebpf.xdp.plugins.module_utils._network import drivers

_BTF = "/sys/kernel/btf/vmlinux"


class KernelFeatures(NamedTuple):
    """What this kernel has of what not every supported one has. The names are keys in what xdp_host_info returns."""

    #: /sys/kernel/btf/vmlinux is there (since 5.4, with CONFIG_DEBUG_INFO_BTF).
    btf: bool
    #: Links for XDP: ``struct bpf_xdp_link`` of net/core/dev.c, since 5.9.
    xdp_link: bool
    #: Programs may say that they take packets in several buffers (BPF_F_XDP_HAS_FRAGS):
    #: ``xdp_has_frags`` of ``struct bpf_prog_aux``, include/linux/bpf.h, since 5.18.
    xdp_frags: bool
    #: The generic netlink family ``netdev`` reports the features of drivers, since 6.3.
    driver_features: bool


def kernel_features() -> KernelFeatures:
    """The features of the running kernel."""
    version = host.parse_release(os.uname().release)
    return judge(version, _read(_BTF), drivers.tells_driver_features())


def judge(version: tuple[int, int], btf: bytes | None, driver_features: bool) -> KernelFeatures:
    """By the names in ``btf``, the content of /sys/kernel/btf/vmlinux, or without that by the version."""
    if btf is None:
        return KernelFeatures(False, version >= (5, 9), version >= (5, 18), driver_features)
    return KernelFeatures(True, has_name(btf, "bpf_xdp_link"), has_name(btf, "xdp_has_frags"), driver_features)


def has_name(btf: bytes, name: str) -> bool:
    """Whether a type or member is so named: the string section has each name once, between two NULs."""
    return b"\0" + name.encode() + b"\0" in btf


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
