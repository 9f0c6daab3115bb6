# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Checks of paths on the host's disk that options name, before anything is done."""

from __future__ import annotations

import errno
import os
import stat
import tempfile

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError

#: Bytes of the largest file whose content is compared or shown. xdp_compile writes no larger object.
_LARGEST = 64 << 20

# The answers to O_TMPFILE of file systems (with EISDIR, of kernels) that do not support it: open(2).
_NO_UNNAMED_FILES = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL)


def require_file(option: str, path: str) -> None:
    """Refuse a relative path, and one at which there is something other than a regular file."""
    _require_absolute(option, path)
    status = _status(option, path)
    if (status is not None and stat.S_ISDIR(status.st_mode)) or path.endswith("/"):
        raise XdpError(f"{option}: {path} is a directory. Give the name of a file")
    if status is not None and not stat.S_ISREG(status.st_mode):
        # Root could replace it: /dev/null would be a regular file from then on.
        raise XdpError(f"{option}: {path} exists, and is not a regular file. Give the name of a file")


def require_directory(option: str, path: str) -> None:
    """Refuse a relative path, and one at which there is something other than a directory."""
    _require_absolute(option, path)
    status = _status(option, path)
    if status is not None and not stat.S_ISDIR(status.st_mode):
        raise XdpError(f"{option}: {path} exists, and is not a directory")


def require_writable(option: str, path: str) -> None:
    """Refuse the path of a file that cannot be written there; leaves nothing behind."""
    require_file(option, path)
    directory = os.path.dirname(path)
    there = _status(option, directory)
    if there is None:
        raise XdpError(f"{option}: the directory {directory} is missing. Make it first")
    if not stat.S_ISDIR(there.st_mode):
        raise XdpError(f"{option}: {directory} is not a directory, so there can be no file in it")
    try:
        _try(directory)
    except OSError as error:
        denied = error.errno in (errno.EACCES, errno.EPERM)
        raise KernelError(
            f"{option}: cannot write a file in {directory}",
            error.errno or 0,
            "Run the task as a user who may (become), or choose another directory" if denied else "",
        ) from error


def content(option: str, path: str) -> bytes | None:
    """What is in the file; ``None`` when there is none, or one that is too large to be an object."""
    try:
        with open(path, "rb") as file:
            return file.read() if os.fstat(file.fileno()).st_size <= _LARGEST else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KernelError(f"{option}: cannot read {path}", error.errno or 0) from error


def _require_absolute(option: str, path: str) -> None:
    if not os.path.isabs(path):
        raise XdpError(
            f"{option}: {path!r} is not an absolute path. Where a relative path leads depends on how Ansible connects to this host"
        )


def _status(option: str, path: str) -> os.stat_result | None:
    """Of what exists, with links followed; ``None`` if nothing exists."""
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise KernelError(f"{option}: cannot look at {path}", error.errno or 0) from error


def _try(directory: str) -> None:
    """Make a file in the directory and remove it; without a name, where the file system can do that."""
    try:
        os.close(os.open(directory, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        if error.errno not in _NO_UNNAMED_FILES:
            raise
        fd, name = tempfile.mkstemp(dir=directory, prefix=".ebpf-xdp-")
        os.close(fd)
        os.unlink(name)
