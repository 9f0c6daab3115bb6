# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What this host must have before anything is tried: a kernel and privileges."""

from __future__ import annotations

import errno
import os
import re
import resource
from contextlib import suppress

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError

OLDEST_KERNEL = (5, 10)

# include/uapi/linux/capability.h
_CAP_NET_ADMIN = 12
_CAP_SYS_ADMIN = 21


def parse_release(release: str) -> tuple[int, int]:
    """Major and minor number of a kernel release such as ``6.1.0-13-amd64``."""
    match = re.match(r"(\d+)\.(\d+)", release)
    return (int(match.group(1)), int(match.group(2))) if match else (0, 0)


def missing_capabilities(status: str) -> list[str]:
    """Which capabilities the process lacks, from the text of /proc/self/status.

    CAP_SYS_ADMIN is for BPF_*_GET_FD_BY_ID, which CAP_BPF does not allow.
    """
    match = re.search(r"^CapEff:\s*([0-9a-f]+)", status, re.MULTILINE)
    held = int(match.group(1), 16) if match else 0
    wanted = {"CAP_SYS_ADMIN": _CAP_SYS_ADMIN, "CAP_NET_ADMIN": _CAP_NET_ADMIN}
    return [name for name, bit in wanted.items() if not held >> bit & 1]


#: Of open files that are asked for: what the kernel itself allows a process by default (fs.nr_open).
_MOST_FILES = 1 << 20


def require() -> None:
    """Refuse a kernel that is too old and a process that lacks the privileges; see ``allow_files`` as well."""
    release = os.uname().release
    if parse_release(release) < OLDEST_KERNEL:
        oldest = ".".join(map(str, OLDEST_KERNEL))
        raise XdpError(f"The kernel of this host is {release}; Linux {oldest} or later is needed")
    require_privileges()
    refused = bpf_refusal()
    if refused is not None:
        raise refused
    allow_files()


def allow_files() -> None:
    """Let the process have as many files open as its hard limit allows: every pin is one, and services may have 1,024.

    Where that is refused, as for a hard limit above fs.nr_open, the limit stays, and EMFILE says what to do.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def bpf_refusal() -> XdpError | None:
    """Why this process cannot use bpf(2) although it holds the capabilities; ``None`` when it can."""
    try:
        next(bpf.link_ids(), None)
        return None
    except OSError as error:
        code = error.errno or 0
        if code in (errno.ENOSYS, errno.EINVAL):
            return XdpError(f"The kernel {os.uname().release} has no usable bpf(2) system call: {error.strerror}")
        if code not in (errno.EPERM, errno.EACCES):
            raise
        # Imported here, because hardly any run needs it.
        from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import denied

        return KernelError(
            "bpf(2) is refused to this process (tried: BPF_LINK_GET_NEXT_ID), although it has CAP_SYS_ADMIN",
            code,
            denied.advice(),
        )


def require_privileges() -> None:
    """Refuse a process that may not look at, or change, what the kernel runs."""
    with open("/proc/self/status", encoding="utf-8") as status:
        missing = missing_capabilities(status.read())
    if missing:
        raise XdpError(
            f"Not privileged: {' and '.join(missing)} missing. Run the task as root, for example with become: true"
        )


def possible_cpus() -> list[int]:
    """The CPUs that a per-CPU map has values of, in their order.

    bpf_percpu_array_copy (kernel/bpf/arraymap.c) goes over the possible CPUs,
    online or not, and leaves no room for numbers that are skipped.
    """
    with open("/sys/devices/system/cpu/possible", encoding="ascii") as possible:
        return parse_cpus(possible.read())


def parse_cpus(ranges: str) -> list[int]:
    """The numbers in a list such as ``0-3,8``."""
    numbers: list[int] = []
    for part in ranges.strip().split(","):
        first, _hyphen, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers
