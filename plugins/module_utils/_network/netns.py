# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Entering another network namespace, and finding one that is on record.

Only the network changes: the mount namespace, and with it every BPF file system and /proc, stays as it is. Children inherit it.
Imported only where another namespace matters.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import namespace
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace

#: Where ``ip netns`` keeps namespaces that have names (ip-netns(8)).
DIRECTORY = "/run/netns"

# include/uapi/linux/nsfs.h and sched.h: _IO(0xb7, 3), as the architectures of bpf.py encode it, since Linux 4.11.
_NS_GET_NSTYPE = 0xB703
_CLONE_NEWNET = 0x40000000


def path_of(given: str) -> str:
    """The file of a namespace: of a name as ``ip netns`` has it, or the absolute path itself."""
    if given.startswith("/"):
        return given
    if not is_name(given):
        raise XdpError(
            f"netns: {given!r} is neither the name of a network namespace, as ip netns lists them, nor an absolute path such as "
            f"/proc/PID/ns/net"
        )
    return os.path.join(DIRECTORY, given)


def is_name(given: str) -> bool:
    """Whether ``ip netns`` could have made a namespace of this name."""
    return given not in ("", ".", "..") and "/" not in given and "\0" not in given and len(os.fsencode(given)) <= 255


def named() -> list[str]:
    """The names that ``ip netns list`` would print, sorted."""
    try:
        return sorted(os.listdir(DIRECTORY))
    except OSError:
        return []


def enter(given: str) -> None:
    """Make this process, and the children that it starts from now on, see the network of that namespace."""
    fd = _opened(given, path_of(given))
    namespace.leave_home()
    try:
        _set(fd, given)
    finally:
        os.close(fd)


def _opened(given: str, path: str) -> int:
    """A descriptor of a network namespace; refuses anything else before it is opened for good."""
    try:
        # Opening a device or a pipe could do something.
        regular = stat.S_ISREG(os.stat(path).st_mode)
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK) if regular else -1
    except FileNotFoundError as error:
        if given.startswith("/"):
            raise XdpError(f"netns: there is no {path}. Name a network namespace that exists (lsns -t net)") from error
        raise XdpError(
            f"netns: there is no network namespace {given} ({path}). {unknown_name(given, named(), 'There are')}"
        ) from error
    except OSError as error:
        raise KernelError(f"netns: cannot open {path}", error.errno or 0) from error
    if fd >= 0:
        with suppress(OSError):  # ENOTTY if it is not a namespace at all
            if fcntl.ioctl(fd, _NS_GET_NSTYPE) == _CLONE_NEWNET:
                return fd
        os.close(fd)
    advice = "" if given.startswith("/") else f". If it was left behind, remove it with ip netns delete {given}"
    raise XdpError(f"netns: {path} is not a network namespace{advice}")


def _set(fd: int, given: str) -> None:
    # os.setns is there since Python 3.12.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, _CLONE_NEWNET):
        raise KernelError(f"Cannot enter the network namespace {given} (tried: setns)", ctypes.get_errno())


@contextmanager
def inside(path: str) -> Iterator[None]:
    """In the namespace of this file for a while, and then again where the process was."""
    name = os.readlink("/proc/self/ns/net")
    before = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(path)
        try:
            yield
        finally:
            _set(before, name)
    finally:
        os.close(before)


def find(wanted: NetworkNamespace) -> str | None:
    """A file of the namespace, by preference the one below /run/netns; ``None`` where nothing visible from here leads to it."""
    for path in _files():
        with suppress(OSError, XdpError):  # it, or its process, has gone meanwhile
            status = os.stat(path)
            # The inode says which it is as long as it lives, and the cookie whether it is still that one.
            if (status.st_dev, status.st_ino) == (wanted.device, wanted.inode):
                with inside(path):
                    if namespace.current().same(wanted):
                        return path
    return None


def visit(look: Callable[[str, int], bool]) -> None:
    """Call ``look`` with a file and a descriptor of each namespace that can be seen from here, once, until it returns true.

    Seen are those that have a file (``ip netns``, or any bind mount in this mount namespace) and those of processes, by
    preference under the former. Not seen is what only a thread, a descriptor or a socket of some process keeps alive.
    """
    looked: set[tuple[int, int]] = set()
    for path in _files():
        with suppress(OSError, XdpError):  # it, or its process, has gone meanwhile
            status = os.stat(path)
            which = status.st_dev, status.st_ino
            if which not in looked:
                looked.add(which)
                fd = _opened(path, path)
                try:
                    if look(path, fd):
                        return
                finally:
                    os.close(fd)


def _files() -> Iterator[str]:
    for name in named():
        yield os.path.join(DIRECTORY, name)
    with suppress(OSError), open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            before, _dash, after = line.partition(" - ")
            if after.startswith("nsfs "):
                # proc_pid_mountinfo(5): blanks in paths are octal.
                yield os.fsdecode(os.fsencode(before.split(" ")[4]).replace(rb"\040", b" "))
    with suppress(OSError):
        for each in os.listdir("/proc"):
            if each.isdigit():
                yield f"/proc/{each}/ns/net"


def name_of(wanted: NetworkNamespace) -> str | None:
    """What ``netns`` takes for it: its name, or a path; ``None`` where it cannot be found."""
    path = find(wanted)
    if path is not None and os.path.dirname(path) == DIRECTORY:
        return os.path.basename(path)
    return path


def names_of(wanted: NetworkNamespace) -> list[str]:
    """All its names; none where nobody has given it one."""
    found = []
    for name in named():
        with suppress(OSError):
            status = os.stat(os.path.join(DIRECTORY, name))
            if (status.st_dev, status.st_ino) == (wanted.device, wanted.inode):
                found.append(name)
    return found


def advice(name: str) -> str:
    """How to reach the namespace with that ``name_of``."""
    # The first process has the network that a module has unless it is told otherwise.
    return "Leave netns out" if name.startswith("/proc/1/") else f"Give netns: {name}"
