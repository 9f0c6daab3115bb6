# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Who could change what is at a path: root alone, or somebody else as well."""

from __future__ import annotations

import os
import stat

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError

_MOST_LINKS = 40  # as many as the kernel follows (MAXSYMLINKS, include/linux/namei.h)


def weakness(path: str) -> str | None:
    """Why somebody other than root or the present user could put something else at an absolute path; or ``None``.

    Every directory on the way counts, and every symbolic link. In a directory
    with the sticky bit, others may create things, but not replace those of root:
    that is enough on the way, but not at the end. A path that does not exist yet is
    as safe as the last directory that exists.
    """
    trusted = {0, os.geteuid()}
    links = 0
    at = "/"
    waiting = _parts(path)
    while waiting:
        part = waiting.pop()
        if part == "..":
            at = os.path.dirname(at)
            continue
        at = os.path.join(at, part)
        try:
            status = os.lstat(at)
        except (FileNotFoundError, NotADirectoryError, ValueError):  # the last for a zero byte, which no name has
            return None
        except OSError as error:
            raise KernelError(f"Cannot look at {at}", error.errno or 0) from error
        if status.st_uid not in trusted:
            return f"{at} belongs to the user with the number {status.st_uid}"
        if stat.S_ISLNK(status.st_mode):
            links += 1
            if links > _MOST_LINKS:
                return f"{at} is one of too many symbolic links"
            target = os.readlink(at)
            waiting += _parts(target)
            at = "/" if target.startswith("/") else os.path.dirname(at)
        elif status.st_mode & 0o022 and not (status.st_mode & stat.S_ISVTX and waiting):
            return f"{at} can be written to by others (mode {stat.S_IMODE(status.st_mode):04o})"
    return None


def _parts(path: str) -> list[str]:
    """Last one first."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def require_safe(path: str) -> None:
    """Refuse a path at which somebody else could put something of their own."""
    why = weakness(path)
    if why is not None:
        raise XdpError(
            f"{path} is not safe: {why}, who could replace what root puts there. "
            f"Remove it or give it to root alone (chown root, chmod 0700), or choose another directory"
        )
