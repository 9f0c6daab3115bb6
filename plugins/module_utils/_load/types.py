# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""From an object's types (BTF) to a descriptor of those that the kernel knows."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._load.messages import Warn


class Types(NamedTuple):
    """An object's types, and what the kernel has of them."""

    blob: bytes
    #: A descriptor; 0 if the kernel has none.
    fd: int
    #: Whether the kernel has other types than the object, or none.
    differ: bool


def load(blob: bytes, held: ExitStack, warn: Warn) -> Types:
    """Give the kernel an object's types, as far as it takes them."""
    if not blob:
        return Types(blob, 0, True)
    try:
        fd, lost = bpf_change.btf_load(blob), ""
    except OSError as error:
        from ansible_collections.ebpf.xdp.plugins.module_utils._load import older_btf

        fd, lost = older_btf.load(blob, error)
        if lost:
            warn(lost)
    if fd:
        held.callback(os.close, fd)
    return Types(blob, fd, bool(lost))
