# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What compiling with clang takes from a host: the compiler, libbpf's headers, and bpftool for ``vmlinux.h``."""

from __future__ import annotations

import os
import shutil

_HEADER = "/usr/include/bpf/bpf_helpers.h"

# bpftool is in an sbin, which is not on everybody's PATH.
_USUAL = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def find(tool: str) -> str | None:
    """The path of ``clang`` or ``bpftool``: on PATH, or else where distributions install them."""
    return shutil.which(tool, path=f"{os.environ.get('PATH', '')}:{_USUAL}")


def has_libbpf_headers() -> bool:
    """Whether libbpf's headers, such as bpf/bpf_helpers.h, are installed."""
    return os.path.isfile(_HEADER)
