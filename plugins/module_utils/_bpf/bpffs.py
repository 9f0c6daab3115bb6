# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The BPF file system: where it is mounted, its lock, and what is in its directories."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError

USUAL_MOUNT_POINT = "/sys/fs/bpf"

#: Seconds to wait for another run on the same host.
_LOCK_PATIENCE = 60


class Patience:
    """How long a run waits for others in all: time spent on one lock is not available for the next."""

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = _LOCK_PATIENCE if seconds is None else seconds
        self.left = self.seconds


def mount_point(path: str, mountinfo: Iterable[str]) -> str | None:
    """The bpffs mount that ``path`` (absolute, without links) lies in, or ``None``.

    ``mountinfo`` are the lines of /proc/self/mountinfo (proc_pid_mountinfo(5)).
    The last mount that the path is in counts: it hides those before it.
    """
    best, best_type = "", ""
    for line in mountinfo:
        before, _separator, after = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), before.split(" ")[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside:
            best, best_type = point, after.split()[0]
    return best if best_type == "bpf" else None


def require_absolute(path: str) -> None:
    """Refuse a relative path, which another run could resolve differently."""
    if not path.startswith("/"):
        raise XdpError(
            f"{path!r} is not an absolute path. Name a directory in a BPF file system, such as {USUAL_MOUNT_POINT}/ansible"
        )


def require(path: str) -> str:
    """Refuse a directory that is not, or could not be made, in a BPF file system; returns its mount point."""
    require_absolute(path)
    if "\0" in path:
        raise XdpError(f"{path} has a character in it that no path can have")
    real = os.path.realpath(path)
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        point = mount_point(real, lines)
    if point is None:
        where = USUAL_MOUNT_POINT if (real + "/").startswith(USUAL_MOUNT_POINT + "/") else "DIRECTORY"
        raise XdpError(
            f"{path} is not in a BPF file system. Mount one there first (mount -t bpf -o mode=0700 bpf {where}), "
            f"or name a directory in one that is mounted"
        )
    if "." in real[len(point) :]:
        raise XdpError(
            f"{path} has a dot in its name below {point}. The BPF file system has no such names: use one without a dot"
        )
    return point


def awaited(path: str, point: str) -> bool:
    """Whether ``path`` is in no BPF file system now, and will be when one is mounted at ``point``."""
    real, end = os.path.realpath(path), os.path.realpath(point)
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        mounted = mount_point(real, lines) is not None
    return not mounted and real.startswith(end + "/") and "." not in real[len(end) :]


def mount_of(path: str, assumed: bool) -> str | None:
    """The mount point of the BPF file system that ``path`` is in (see ``require``); ``None`` where check mode only assumes one."""
    return None if assumed else require(path)


def entered(mount: str | None, patience: Patience | None) -> AbstractContextManager[object]:
    """The lock of a BPF file system; nothing for one that check mode only assumes."""
    return nullcontext() if mount is None else locked(mount, patience)


def lock_holder(status: os.stat_result, locks: Iterable[str]) -> int | None:
    """The process that holds the lock of a file; ``locks`` are the lines of /proc/locks (proc_locks(5))."""
    device = status.st_dev
    file = f"{os.major(device):02x}:{os.minor(device):02x}:{status.st_ino}"
    for line in locks:
        fields = line.split()
        if fields[1] == "FLOCK" and fields[5] == file:
            return int(fields[4])
    return None


@contextmanager
def locked(directory: str, patience: Patience | None = None) -> Iterator[int]:
    """Hold the one lock of a bpffs mount, or of any directory; the kernel releases it when the process dies.

    Yields the directory's descriptor, for those who need to know that it has not been replaced meanwhile.
    """
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(fd, directory, patience or Patience())
        yield fd
    finally:
        os.close(fd)


def _lock(fd: int, directory: str, patience: Patience) -> None:
    deadline = time.monotonic() + patience.left
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                patience.left = 0
                with open("/proc/locks", encoding="ascii") as lines:
                    holder = lock_holder(os.fstat(fd), lines)
                raise XdpError(
                    f"Another run is at work on {directory}"
                    + (f", as the process {holder}" if holder else "")
                    + f", and this one has waited {patience.seconds:g} seconds in all. Try again when it is done"
                ) from error
            time.sleep(0.02)
        except OSError as error:
            raise KernelError(f"Cannot lock {directory}", error.errno or 0) from error
    patience.left = max(0.0, deadline - time.monotonic())


def missing(directory: str) -> list[str]:
    """The directories that have to be made for this one to exist, the topmost first."""
    found: list[str] = []
    while not os.path.isdir(directory):
        found.insert(0, directory)
        directory = os.path.dirname(directory)
    return found


def names(directory: str) -> list[str]:
    """What is in a directory, sorted; nothing when it is not there, or no directory."""
    try:
        return sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last for a zero byte, which no name has
        return []
    except OSError as error:
        raise KernelError(f"Cannot list {directory}", error.errno or 0) from error
