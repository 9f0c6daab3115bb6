# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What several steps of loading tell the user."""

from __future__ import annotations

from typing import Callable

#: Is told, in whole sentences, whatever the kernel did not take and the program was loaded without.
Warn = Callable[[str], None]

# bpf_map_offload_map_alloc (kernel/bpf/offload.c) knows these two. Before Linux 6.3 nobody can ask a driver beforehand.
OFFLOADING = (
    "It was to run on a network card (mode: offload): few drivers can do that, and only maps of type hash and array. "
    "Set mode: generic, or mode: native"
)
