# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Why bpf(2) is refused to a process that holds the capabilities for it, as far as the process can tell.

Capabilities count in the user namespace of their process. bpf(2) asks for them in
the initial one (``capable``, kernel/bpf/syscall.c), and before it comes to that,
seccomp, lockdown (in the kernels of some distributions) and security modules may
say no. The kernel gives the same EPERM for all of them.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress

# PROC_USER_INIT_INO of include/linux/proc_ns.h: the initial user namespace has the same number on every Linux since 3.8.
_INITIAL_USER_NAMESPACE = 0xEFFFFFFD

_SECCOMP_FILTER = 2


def causes(user_namespace: int | None, status: str, lockdown: str) -> list[str]:
    """What could be the reason and what to do about it, the surest one first.

    ``user_namespace`` is the inode number of /proc/self/ns/user, ``status`` the text of
    /proc/self/status, ``lockdown`` that of /sys/kernel/security/lockdown; all may be
    unknown (``None`` or empty).
    """
    found = []
    if user_namespace not in (None, _INITIAL_USER_NAMESPACE):
        found.append(
            "This process is in a user namespace, as in an unprivileged or rootless container, where its capabilities do not "
            "count for bpf(2). Run the task on the host itself, or in a container without a user namespace of its own"
        )
    mode = re.search(r"^Seccomp:\s*(\d+)", status, re.MULTILINE)
    if mode and int(mode.group(1)) == _SECCOMP_FILTER:
        found.append(
            "A seccomp filter is in force, of a container runtime or a systemd unit. Allow bpf in it "
            "(--security-opt seccomp=PROFILE, SystemCallFilter=), or run the task on the host itself"
        )
    locked = re.search(r"\[(integrity|confidentiality)\]", lockdown)
    if locked:
        found.append(
            f"The kernel is locked down ({locked.group(1)}), mostly because of Secure Boot, and the kernels of some distributions "
            f"then refuse bpf(2). Boot it without lockdown"
        )
    return found or [
        "No user namespace, seccomp filter or lockdown is visible, so a security module (SELinux, a "
        "BPF LSM program) or the sandbox that this runs in may refuse it. Look at the kernel log and the audit log"
    ]


def advice() -> str:
    """``causes`` of this process, as sentences without the last full stop."""
    namespace = None
    with suppress(OSError):
        namespace = os.stat("/proc/self/ns/user").st_ino
    return ". ".join(causes(namespace, _text("/proc/self/status"), _text("/sys/kernel/security/lockdown")))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
