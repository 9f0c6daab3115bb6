# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command behind a seccomp filter that answers bpf(2) with EPERM, as container runtimes do.

without_bpf.py COMMAND...
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

_PR_SET_SECCOMP, _FILTER = 22, 2  # include/uapi/linux/prctl.h, seccomp.h
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000

_BPF = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "s390x": 351, "ppc64le": 361}[os.uname().machine]


def main() -> None:
    # struct sock_filter: load the call's number, jump over the refusal unless it is bpf(2).
    instructions = (
        (0x20, 0, 0, 0),
        (0x15, 0, 1, _BPF),
        (0x06, 0, 0, _ERRNO | errno.EPERM),
        (0x06, 0, 0, _ALLOW),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in instructions))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(instructions), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
