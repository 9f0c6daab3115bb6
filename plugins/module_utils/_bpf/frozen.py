# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Whether a map is frozen: closed to changes from user space for ever (BPF_MAP_FREEZE, Linux 5.2)."""

from __future__ import annotations


def is_frozen(fd: int) -> bool:
    """Only the descriptor's text tells (bpf_map_show_fdinfo in kernel/bpf/syscall.c, since Linux 5.2)."""
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii", errors="replace") as file:
        return says_frozen(file.read())


def says_frozen(fdinfo: str) -> bool:
    """Whether /proc/self/fdinfo of a map says that no process may write to it any more (BPF_MAP_FREEZE, Linux 5.2)."""
    words = [line.split() for line in fdinfo.splitlines()]
    return ["frozen:", "1"] in words
