# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The SSH connection that this process was started over, if it was."""

from __future__ import annotations

import ipaddress
import os
import re
from contextlib import suppress
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._process.ancestors import ancestors

_VARIABLE = b"SSH_CONNECTION="


class Session(NamedTuple):
    """The SSH connection that this run came over."""

    #: Addresses as sshd has them, an interface after % left out.
    peer: str
    peer_port: int
    server: str
    #: Where sshd listens.
    port: int
    #: The interface of a link-local peer; ``None`` for any other.
    scope: str | None = None
    #: Whether it comes to the network namespace of this process, and not to the one that a task has left by ``netns``.
    here: bool = True


def parse(text: str) -> Session | None:
    """The value of SSH_CONNECTION, which sshd(1) describes; ``None`` for anything else."""
    words = text.split(" ")
    if len(words) != 4 or not all(re.fullmatch(r"[0-9]{1,5}", words[place]) for place in (1, 3)):
        return None
    peer, _percent, scope = words[0].partition("%")
    server = words[2].partition("%")[0]
    try:
        versions = {ipaddress.ip_address(address).version for address in (peer, server)}
    except ValueError:
        return None
    ports = int(words[1]), int(words[3])
    if len(versions) != 1 or not all(0 < port < 65536 for port in ports):
        return None
    return Session(peer, ports[0], server, ports[1], scope or None)


def find(proc: str = "/proc") -> Session | None:
    """That of the nearest ancestor that has one.

    sudo and others clear the environment of what they start, but not their own.
    """
    for process in ancestors(proc):
        # Another user's cannot be read in a namespace where we are not root.
        with suppress(OSError), open(os.path.join(process.path, "environ"), "rb") as file:
            for line in file.read().split(b"\0"):
                if line.startswith(_VARIABLE):
                    found = parse(line[len(_VARIABLE) :].decode(errors="replace"))
                    if found is not None:
                        return found._replace(here=_is_here(process.path))
    return None


def _is_here(process: str) -> bool:
    try:
        return os.path.samefile(os.path.join(process, "ns", "net"), "/proc/self/ns/net")
    except OSError:  # what cannot be told is taken as it is without netns
        return True
