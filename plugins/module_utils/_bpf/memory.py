# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the kernel lets this process have for maps and programs."""

from __future__ import annotations

import os
import resource

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.host import parse_release


def lift_limit() -> None:
    """Before 5.11 maps and programs count against RLIMIT_MEMLOCK, by default too small for them."""
    if parse_release(os.uname().release) < (5, 11):
        try:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (OSError, ValueError):
            pass  # The kernel then says EPERM when memory really is short.
