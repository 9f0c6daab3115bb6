# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.
"""The running kernel's BTF, and numbers of functions and variables in it."""

from __future__ import annotations

import os
from collections.abc import Collection

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.lazy import LazyBtf
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

_DIRECTORY = "/sys/kernel/btf"
_KERNEL = "vmlinux"


def kernel_btf(why: str) -> bytes:
    """The content of /sys/kernel/btf/vmlinux; raises ``XdpError`` on a kernel that was built without it.

    ``why`` is what needs it, a sentence without its full stop.
    """
    path = os.path.join(_DIRECTORY, _KERNEL)
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise XdpError(
            f"{why}, and this kernel does not say which types it has: cannot read {path}: {error.strerror}. "
            f"Run a kernel that is built with CONFIG_DEBUG_INFO_BTF"
        ) from error


def find(btf: bytes, wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Numbers of types by kind (FUNC, VAR) and name; those that are not there are left out."""
    kernel = LazyBtf(btf, {name for _kind, name in wanted})
    found = {}
    for kind, name in wanted:
        ids = [type_id for type_id in kernel.named(name) if kernel.type(type_id).kind == kind]
        if ids:
            found[kind, name] = ids[0]
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
