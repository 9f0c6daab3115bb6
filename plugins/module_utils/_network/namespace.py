# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which network namespace this process is in."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from typing import NamedTuple

# include/uapi/asm-generic/socket.h, since Linux 5.14; the architectures of bpf.py have this number.
_SO_NETNS_COOKIE = 71


class NetworkNamespace(NamedTuple):
    """What tells a network namespace from others."""

    #: A number that no other namespace gets before a reboot; 0 where the kernel does not tell it (before Linux 5.14).
    cookie: int
    #: Of /proc/self/ns/net. The inode is what ``lsns -t net`` shows. The kernel reuses it once the namespace is gone.
    device: int
    inode: int

    def same(self, other: NetworkNamespace) -> bool:
        """Whether both are one namespace; by device and inode where a cookie is missing, which is weaker."""
        if self.cookie and other.cookie:
            return self.cookie == other.cookie
        return (self.device, self.inode) == (other.device, other.inode)


def current() -> NetworkNamespace:
    """The namespace that this process is in now."""
    cookie = device = inode = 0
    with suppress(OSError):  # a kernel without network namespaces has one network, and no such file
        status = os.stat("/proc/self/ns/net")
        device, inode = status.st_dev, status.st_ino
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        cookie = int.from_bytes(sock.getsockopt(socket.SOL_SOCKET, _SO_NETNS_COOKIE, 8), sys.byteorder)
    return NetworkNamespace(cookie, device, inode)


#: The namespace that this process began in, once it has entered another one.
_HOME: list[NetworkNamespace] = []


def leave_home() -> None:
    """To be called before another namespace is entered."""
    if not _HOME:
        _HOME.append(current())


def home() -> NetworkNamespace:
    """The namespace that this process was started in, wherever it is now."""
    return _HOME[0] if _HOME else current()
