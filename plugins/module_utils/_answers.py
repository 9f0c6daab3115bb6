# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the system's answers mean whatever was tried, and what helps."""

from __future__ import annotations

import errno as _errno
import os

# Linux has one number for two names, of which Python picks the other one; and one of
# its own that escapes to users all the same (include/linux/errno.h).
_NAMES = {_errno.EOPNOTSUPP: "EOPNOTSUPP", 524: "ENOTSUPP"}


def errno_name(errno: int) -> str:
    """The answer's name, such as ``EINVAL``; the number as text where it has none."""
    return _NAMES.get(errno) or _errno.errorcode.get(errno, str(errno))


def general_advice(errno: int) -> str:
    """What to do about an answer that means the same for every call; empty for the others."""
    if errno == _errno.EMFILE:
        # Imported here, because hardly any run needs it.
        import resource

        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return (
            f"This process may have {limit} files open, and every pin that it looks at is one. "
            f"Raise the limit (ulimit -n, LimitNOFILE= of a systemd unit)"
        )
    if errno == _errno.ENFILE:
        return "The host has as many files open as it allows (sysctl fs.file-max)"
    if errno == _errno.ENOMEM:
        return "The host, or the control group that this runs in (memory.max), is short of memory"
    if errno in (_errno.ENOSPC, _errno.EDQUOT):
        return "The file system is full, or a quota is. Free some space or inodes (df, df -i)"
    if errno == _errno.EROFS:
        return "The file system is mounted read-only. Choose another directory, or mount it for writing"
    if errno == _errno.ENAMETOOLONG:
        return "A name may have 255 bytes, and a path 4095"
    return ""


def refusal(error: OSError) -> str:
    """The system's refusal, with the path where there is one, for errors without a message of their own."""
    places = [os.fsdecode(place) for place in (error.filename, error.filename2) if isinstance(place, (str, bytes))]
    text = "".join(f"{place}: " for place in (" to ".join(places),) if place)
    if error.errno is None:
        return f"{text}{error}"
    # Some callers raise it with better words in strerror than those for the number.
    text += f"{error.strerror or os.strerror(error.errno)} ({errno_name(error.errno)})"
    advice = general_advice(error.errno)
    return f"{text}. {advice}" if advice else text


def out_of_memory() -> str:
    """For a ``MemoryError``, which has no text of its own."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    bound = "" if limit == resource.RLIM_INFINITY else f", of which it may have {limit >> 20} MiB (ulimit -v)"
    return (
        f"This process ran out of memory{bound}. "
        f"Free some on this machine, or raise the limit that it runs under, and run the task again"
    )
