# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Write a file for the textfile collector of Prometheus' node_exporter.

The directory belongs as a rule to the exporter's user (Debian's /var/lib/prometheus/node-exporter does), who could put a
symbolic link anywhere in it, or in the place of it. Root writes there, so no link is followed that somebody else can have made.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError

#: The collector reads files that end in .prom, so that it never sees this one.
_TEMPORARY = ".new"

_DIRECTORY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_LINKS = 40  # as in the kernel: MAXSYMLINKS of include/linux/namei.h


class _Missing(XdpError):
    """The directory is not there."""


def write(path: str, text: str) -> None:
    """Replace the file in one step, readable for all: whoever reads it finds the old text or the new one, whole."""
    with _opened(path) as (directory, name):
        temporary = name + _TEMPORARY
        try:
            with suppress(FileNotFoundError):  # of a run that was killed, or planted there
                os.unlink(temporary, dir_fd=directory)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            fd = os.open(temporary, flags, 0o600, dir_fd=directory)
            try:
                with os.fdopen(fd, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fchmod(fd, 0o644)
                    os.fsync(fd)
                os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
            except OSError:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=directory)
                raise
        except OSError as error:
            raise KernelError(f"Cannot write {path}", error.errno or 0) from error


def remove(path: str) -> bool:
    """Remove the file; returns whether there was one."""
    try:
        with _opened(path) as (directory, name):
            os.unlink(name, dir_fd=directory)
    except (FileNotFoundError, _Missing):
        return False
    except OSError as error:
        raise KernelError(f"Cannot remove {path}", error.errno or 0) from error
    return True


@contextmanager
def _opened(path: str) -> Iterator[tuple[int, str]]:
    """A descriptor of the directory, and the file's name in it."""
    directory, name = os.path.split(path)
    if not path.startswith("/") or name in ("", ".", ".."):
        raise XdpError(f"{path!r} is not the absolute path of a file")
    waiting = _parts(directory)
    links = 0
    at = os.open("/", _DIRECTORY)
    try:
        while waiting:
            part = waiting.pop()
            try:
                into = os.open(part, _DIRECTORY, dir_fd=at)
            except FileNotFoundError as error:
                raise _Missing(f"The directory {directory} is not there. Make it, or name another file") from error
            except NotADirectoryError as error:
                links += 1
                target = _link(part, at)
                if target is None or links > _MOST_LINKS:
                    raise XdpError(f"{directory} leads over {part}, which is no directory") from error
                _require_ours(part, at, path)
                if target.startswith("/"):
                    _replace(at, os.open("/", _DIRECTORY))
                waiting += _parts(target)
                continue
            _replace(at, into)
        yield at, name
    finally:
        os.close(at)


def _parts(path: str) -> list[str]:
    """Last one first."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def _replace(old: int, new: int) -> None:
    """Let the number of a descriptor mean another directory."""
    os.dup2(new, old, inheritable=False)
    os.close(new)


def _link(name: str, directory: int) -> str | None:
    try:
        return os.readlink(name, dir_fd=directory)
    except OSError:
        return None


def _require_ours(name: str, directory: int, path: str) -> None:
    """Refuse a link that is somebody else's, or in a directory where somebody else may put one."""
    trusted = {0, os.geteuid()}
    link = os.stat(name, dir_fd=directory, follow_symlinks=False)
    there = os.stat(f"/proc/self/fd/{directory}")
    if link.st_uid in trusted and there.st_uid in trusted and not stat.S_IMODE(there.st_mode) & 0o022:
        return
    raise XdpError(
        f"{path}: {name} in it is a symbolic link that somebody other than root may have made. Nothing was written. "
        f"Name the directory that it leads to"
    )
