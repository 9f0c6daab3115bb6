# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of functions and variables in the running kernel's BTF, by name.

A kernel has some 130,000 types (5.5 MB). They are numbered by their place, so
that all of them are walked over, once, by their headers alone: some 50 ms.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

_DIRECTORY = "/sys/kernel/btf"
_KERNEL = "vmlinux"


def kernel_btf() -> bytes:
    """The content of /sys/kernel/btf/vmlinux; raises ``XdpError`` on a kernel that was built without it."""
    path = os.path.join(_DIRECTORY, _KERNEL)
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise XdpError(
            f"The program uses functions or variables of the kernel, and this kernel does not say which it has: cannot "
            f"read {path}: {error.strerror}. Run a kernel that is built with CONFIG_DEBUG_INFO_BTF"
        ) from None


def find(btf: bytes, kind: int, names: Iterable[str]) -> dict[str, int]:
    """Numbers of the types of this kind (FUNC, VAR) that have these names; those that are not there are left out."""
    _magic, _version, _flags, header, type_start, type_size, string_start, string_size = struct.unpack_from(
        kinds.HEADER, btf
    )
    start, end = header + string_start, header + string_start + string_size
    wanted = {}
    for name in names:
        # Each string stands there once (btf_dedup in libbpf), between two zero bytes.
        place = btf.find(b"\0" + name.encode() + b"\0", start, end)
        if place >= 0:
            wanted[place + 1 - start] = name
    found: dict[str, int] = {}
    words = memoryview(btf)[header + type_start : header + type_start + type_size].cast("I")
    steps: dict[int, int] = {}
    position, id, count = 0, 0, len(words)
    while position < count:
        info = words[position + 1]
        id += 1
        if words[position] in wanted and info >> 24 & 0x1F == kind:
            found.setdefault(wanted[words[position]], id)
        step = steps.get(info)
        if step is None:
            layout = kinds.LAYOUTS[info >> 24 & 0x1F]
            step = steps[info] = 3 + layout.fixed + layout.entry * (info & 0xFFFF)
        position += step
    return found


def module_with(name: str) -> str | None:
    """The loaded module that has this name among its types, as far as the kernel says."""
    try:
        modules = sorted(os.listdir(_DIRECTORY))
    except OSError:
        return None
    for module in modules:
        if module == _KERNEL:
            continue
        try:
            with open(os.path.join(_DIRECTORY, module), "rb") as file:
                if b"\0" + name.encode() + b"\0" in file.read():
                    return module
        except OSError:
            continue
    return None
