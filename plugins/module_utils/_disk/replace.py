# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Replace a file in one step: whoever opens it, and whenever, finds the old content or the new one."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from contextlib import suppress
from typing import Callable


def replace(path: str, text: str, set_attributes: Callable[[str], None]) -> None:
    """Write ``text`` to ``path``, which keeps its owner and mode. Raises ``OSError``; then the old file is still there.

    ``set_attributes`` may change those of the new file, whose temporary path it gets, before that takes the old one's place.
    """
    directory, name = os.path.split(os.path.abspath(path))
    # With room for what mkstemp adds: a name may have 255 bytes.
    prefix = f".{name[:200]}.xdp-compile-"
    remove_left_over(directory, prefix)
    fd, temporary = _made(directory, prefix)
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(fd)
            _copy_attributes(path, temporary)
            set_attributes(temporary)
            os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _made(directory: str, prefix: str) -> tuple[int, str]:
    """A temporary file, locked, and its path. Another run may take it for left over before it is locked."""
    while True:
        fd, temporary = tempfile.mkstemp(dir=directory, prefix=prefix)
        with suppress(OSError):  # there are file systems without locks
            fcntl.flock(fd, fcntl.LOCK_EX)
        if os.fstat(fd).st_nlink:
            return fd, temporary
        os.close(fd)


def remove_left_over(directory: str, prefix: str) -> None:
    """Remove temporary files of runs that were killed. A run that is at work holds the lock of its own."""
    left_over: list[str] = []
    with suppress(OSError):  # a directory that may be written to and not read
        left_over = [os.path.join(directory, name) for name in os.listdir(directory) if name.startswith(prefix)]
    for path in left_over:
        with suppress(OSError), open(path, "rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)


def _copy_attributes(path: str, temporary: str) -> None:
    """Owner and mode of the old file; of a new one, the mode that the umask leaves."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
    else:
        os.chmod(temporary, stat.S_IMODE(status.st_mode))
        with suppress(PermissionError):  # only root can give files away, and Ansible's own modules do not insist either
            os.chown(temporary, status.st_uid, status.st_gid)
