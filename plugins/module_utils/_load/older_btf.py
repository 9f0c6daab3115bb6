# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""An object's types in a kernel that is older than the compiler: without the kinds that the kernel does not know."""

from __future__ import annotations

import errno
import os

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds

# The kernel prints every type up to the one that it refuses. Before Linux 5.17, it accepts no larger buffer
# for that (btf_parse in kernel/bpf/btf.c), and answers EINVAL without a message; fixes of 5.10 and 5.15 may accept one.
_LOG_BYTES = (1 << 24) - 1

_WORDS = {
    kinds.FLOAT: "floating-point types",
    kinds.DECL_TAG: "tags of declarations",
    kinds.TYPE_TAG: "tags of types",
    kinds.ENUM64: "signed and 64-bit enumerations",
}


def load(blob: bytes, refusal: OSError) -> tuple[int, str]:
    """Load ``blob``, which the kernel has refused with ``refusal``, without the kinds of types that the kernel lacks.

    Returns a descriptor, or 0 if the kernel takes nothing of it, and in whole sentences what is lost; no text if nothing is.
    Where something is lost, CO-RE relocations must not be left to the kernel, because it would compare the replacements with
    its own types.
    """
    if refusal.errno != errno.EINVAL:
        return 0, _without(os.strerror(refusal.errno or 0))
    from ansible_collections.ebpf.xdp.plugins.module_utils._btf import sanitize
    from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Malformed

    try:
        lacking = sorted(kind for kind in sanitize.newer_kinds(blob) if not _knows(sanitize.example(kind)))
        sanitized = sanitize.sanitized(blob, lacking)
    except Malformed as error:
        return 0, _without(str(error))
    except OSError as error:
        # The kernel did not come to look at an example.
        return 0, _without(os.strerror(error.errno or 0))
    try:
        descriptor = bpf_change.btf_load(sanitized)
    except OSError as error:
        return 0, _without(_reason(sanitized) or os.strerror(error.errno or 0))
    if not lacking:
        # The types are the same; the kernel did not like how they were packed.
        return descriptor, ""
    names = ", ".join(f"{_WORDS[kind]} (since Linux {sanitize.SINCE[kind]})" for kind in lacking)
    return descriptor, (
        f"The types (BTF) of the object were loaded without those that are newer than this kernel: {names}. "
        f"The program runs as it would with them; bpftool shows other types in their places"
    )


def _without(why: str) -> str:
    return (
        f"The object was loaded without its types (BTF), which the kernel refuses: {why}. It works, but bpftool "
        f"shows its maps and programs without names of fields and lines of the source"
    )


def _knows(example: bytes) -> bool:
    """Whether the kernel takes these types; raises ``OSError`` where it refuses for another reason than what they are."""
    try:
        os.close(bpf_change.btf_load(example))
    except OSError as error:
        if error.errno == errno.EINVAL:
            return False
        raise
    return True


def _reason(blob: bytes) -> str:
    """What the kernel says of types that it refuses. A log of those that it takes may be too long, and fail for that."""
    try:
        os.close(bpf_change.btf_load(blob, _LOG_BYTES))
    except OSError as error:
        lines = (error.strerror or "").strip().splitlines()
        return lines[-1] if lines and error.errno != errno.ENOSPC else ""
    return ""
