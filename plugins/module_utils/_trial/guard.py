# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The program that is on the interfaces during a trial: it reads the clock, and runs the old program or the new one.

Tail calls are its only way to either: they leave no trace in the stack, and cost some nanoseconds. What was loaded in
another way than the guard cannot be called from it (bpf_prog_map_compatible in kernel/bpf/core.c), and the kernel says so
by EINVAL when it is put into the guard's array.
"""

from __future__ import annotations

import errno
import os
import struct
from contextlib import ExitStack
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import F_XDP_HAS_FRAGS, XDP
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.guard_code import NEW, OLD, code

#: What the kernel calls a guard, and its array.
NAME = "xdp_trial"

_PROG_ARRAY = 3  # BPF_MAP_TYPE_PROG_ARRAY

# Ways in which programs are loaded, the likeliest first: flags, and the type of attachment that they expect.
_WAYS = (0, F_XDP_HAS_FRAGS)


class Refused(Exception):
    """The kernel lets no guard run these programs; the text says what it answered."""


class Guard(NamedTuple):
    """A guard that was loaded: it hands each packet to the old program or the new one."""

    #: Descriptors of the program and of its array.
    program: int
    array: int


def make(when: int, old: int | None, new: int | None, held: ExitStack) -> Guard:
    """Load a guard for two programs by their descriptors; ``None`` stands for no program, and passes all packets on.

    ``when`` is the map of clock.py. Raises ``Refused``.
    """
    refusal = 0
    for flags in _WAYS:
        try:
            with ExitStack() as attempt:
                array = bpf_change.map_create(NAME, _PROG_ARRAY, 4, 4, 2, 0)
                attempt.callback(os.close, array)
                program = bpf_change.prog_load(NAME, code(when, array), "GPL", flags, attach_type=XDP)
                attempt.callback(os.close, program)
                for slot, fd in ((OLD, old), (NEW, new)):
                    if fd is not None:
                        bpf_change.map_update(array, struct.pack("=I", slot), struct.pack("=i", fd))
                held.push(attempt.pop_all())
                return Guard(program, array)
        except OSError as error:
            refusal = refusal or error.errno or 0
            if error.errno not in (errno.EINVAL, errno.EBUSY, errno.EOPNOTSUPP):
                break
    raise Refused(f"the kernel does not let a guard run both programs: {os.strerror(refusal)}")
