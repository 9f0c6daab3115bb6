# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The named network namespaces that sets are kept for, and waiting until their interfaces are there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink

#: Seconds to wait for the interfaces of a namespace: whoever makes one puts them into it a little later.
PATIENCE = 30

_LOOK_EVERY = 0.1


def kept_for(directory: str, names: Iterable[str]) -> dict[str, str]:
    """The namespace of each of these sets that has one. A damaged set says nothing, and is reported by whoever restores all."""
    found = {}
    for name in names:
        with suppress(XdpError):
            header = kept.header(directory, name)
            if header is not None and header.netns is not None:
                found[name] = header.netns
    return found


def elsewhere(name: str, netns: str | None) -> str:
    """Why a set that was named is not one of those that are meant."""
    if netns is None:
        return f"{name} is kept for no network namespace. Leave --netns out"
    return f"{name} is kept for the network namespace {netns}. Give --netns {netns}"


def enter(netns: str, directory: str, wait: bool) -> None:
    """Enter it, and wait until what is kept for it can be attached, or the time is over."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns as network

    if not network.is_name(netns):
        raise XdpError(f"--netns: {netns!r} is not the name of a network namespace, as ip netns lists them")
    network.enter(netns)
    deadline = time.monotonic() + (PATIENCE if wait else 0)
    while not _is_complete(netns, directory) and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY)


@contextmanager
def inside(name: str) -> Iterator[None]:
    """In it for a while."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns as network

    with network.inside(network.path_of(name)):
        yield


def appeared(directory: str) -> Iterator[str]:
    """Each existing namespace that sets are kept for: as soon as its interfaces exist, or when its time is over.

    One that is made meanwhile counts as well, and has as much time: the path unit says nothing while its service runs.
    """
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns as network

    deadlines: dict[tuple[str, int], float] = {}
    done: set[tuple[str, int]] = set()
    while True:
        wanted = set(kept_for(directory, kept.names(directory)).values())
        now = {(name, _inode(name)) for name in wanted.intersection(network.named())}
        # The number of one that has gone is soon that of another one, of the same name perhaps.
        done &= now
        deadlines = {each: deadline for each, deadline in deadlines.items() if each in now}
        there = sorted(now - done)
        if not there:
            return
        for each in there:
            deadline = deadlines.setdefault(each, time.monotonic() + PATIENCE)
            if time.monotonic() >= deadline or _can_begin(each[0], directory):
                done.add(each)
                yield each[0]
        time.sleep(_LOOK_EVERY)


def _inode(name: str) -> int:
    """What tells it from a later one of the same name."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns as network

    with suppress(OSError):
        return os.stat(network.path_of(name)).st_ino
    return 0


def _can_begin(name: str, directory: str) -> bool:
    from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns as network

    # The file is there a moment before it becomes the namespace.
    with suppress(XdpError), network.inside(network.path_of(name)):
        return _is_complete(name, directory)
    return False


def _is_complete(netns: str, directory: str) -> bool:
    """Whether this namespace has all the interfaces that are wanted in it."""
    present = {each.name for each in netlink.interfaces()}
    for name, its in kept_for(directory, kept.names(directory)).items():
        with suppress(XdpError):  # whoever restores it reports that
            header = kept.header(directory, name) if its == netns else None
            if header is not None and not present.issuperset(header.awaits()):
                return False
    return True
