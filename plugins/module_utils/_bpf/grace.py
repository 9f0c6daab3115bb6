# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Waiting until a program that no interface runs any more has finished with its last packet."""

from __future__ import annotations

import ctypes
import os
import time

# arch/*/entry/syscalls and include/uapi/asm-generic/unistd.h
_MEMBARRIER = {
    "x86_64": 324,
    "aarch64": 283,
    "riscv64": 283,
    "loongarch64": 283,
    "s390x": 356,
    "ppc64le": 365,
    "armv7l": 389,
    "armv8l": 389,
}

#: MEMBARRIER_CMD_GLOBAL: synchronize_rcu, in kernel/sched/membarrier.c.
_GLOBAL = 1

#: Seconds to wait where the kernel has no such call, or refuses it because of nohz_full: many polls of a driver.
_PAUSE = 0.1


def wait_for_programs() -> None:
    """Return when no CPU runs a program any more that was detached or replaced before this call.

    Switching an interface does not wait for packets that the old program has
    begun (generic_xdp_install in net/core/dev.c). Programs run under RCU.
    """
    number = _MEMBARRIER.get(os.uname().machine)
    if number is None or ctypes.CDLL(None).syscall(number, _GLOBAL, 0, 0) != 0:
        time.sleep(_PAUSE)
