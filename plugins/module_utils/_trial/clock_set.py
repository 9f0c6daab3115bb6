# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Making and setting the clock of a trial; apart from clock.py, which those need as well that only look."""

from __future__ import annotations

import os
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.clock import ENTRY, KEY, When

#: BPF_MAP_TYPE_ARRAY and BPF_F_RDONLY_PROG of include/uapi/linux/bpf.h.
_ARRAY = 2
_READ_ONLY_FOR_PROGRAMS = 1 << 7


def make(held: ExitStack) -> int:
    """A map with an entry that lets the old program decide; returns its descriptor."""
    try:
        fd = bpf_change.map_create("xdp_trial_when", _ARRAY, 4, ENTRY.size, 1, _READ_ONLY_FOR_PROGRAMS)
    except OSError as error:
        raise KernelError("Cannot make the map that says how long a program is on trial", error.errno or 0) from error
    held.callback(os.close, fd)
    return fd


def write(fd: int, when: When) -> None:
    """Set the entry.

    From no trial (0, 0) to one: with the begin alone the span is 0 still; with the span alone the begin is 0, which is
    longer ago than any trial takes, unless the host has only just started. At the end only the span changes.
    """
    bpf_change.map_update(fd, KEY, ENTRY.pack(*when))
