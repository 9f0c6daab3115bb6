# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Whether the connection that a run came over has begun after a program was attached.

A program that drops new connections alone leaves those that are there as they are, so that only a new one proves that
the host can be reached. The host finds out by the process of sshd that this run descends from.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._process.ancestors import ancestors
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import clock

# As the process calls itself: ``sshd``, and ``sshd-session`` since OpenSSH 9.8.
_NAMES = ("sshd", "sshd-session")


class Over(NamedTuple):
    """What is known of the connection."""

    #: Whether the controller came over SSH; ``None`` where nobody says.
    ssh: bool | None = None
    #: Refuse what cannot be verified.
    strict: bool = False


class Proof(NamedTuple):
    """What shows that the host could be reached after the new program was in force."""

    #: The sshd of this connection, and seconds from the new program's begin to its own.
    pid: int = 0
    began_after: float = 0.0
    warning: str | None = None

    def result(self) -> dict[str, Any]:
        """As modules return it."""
        if not self.pid:
            return {"confirmed_by": "unverified", "session": None}
        return {
            "confirmed_by": "connection",
            "session": {"pid": self.pid, "began_after": round(self.began_after, 3)},
        }


def prove(over: Over, begin: int) -> Proof:
    """Refuse a connection that proves nothing; ``begin`` is when the new program took over, by the clock of clock.py."""
    found = _sshd() if over.ssh is not False else None
    if found is None:
        if over.strict:
            raise XdpError(
                "This run does not descend from sshd, so it does not prove that the host can be reached over a new connection. With "
                "confirm_strict: true the trial is not confirmed"
            )
        if over.ssh:
            return Proof(
                warning="The trial was confirmed over SSH, but by a process that does not descend from sshd (another SSH server, "
                "or a way to become root that starts processes elsewhere). Whether its connection is a new one was not verified"
            )
        return Proof(
            warning="The trial was confirmed by a run that did not come over SSH. Whether the host can be reached was not "
            "verified"
        )
    pid, started = found
    after = (started - begin) / clock.SECOND
    if after < 0:
        raise XdpError(
            f"This run came over a connection that is older than the program on trial: sshd {pid} began {-after:.2f} s before "
            f"it. Only a new one proves that the host can be reached. Confirm over a new connection "
            f"(meta: reset_connection in a playbook)"
        )
    return Proof(pid, after)


def _sshd() -> tuple[int, int] | None:
    """The nearest sshd that this process descends from: its id, and when it began in nanoseconds of CLOCK_BOOTTIME."""
    tick = clock.SECOND // os.sysconf("SC_CLK_TCK")
    return next(
        ((process.pid, process.started * tick - clock.offset()) for process in ancestors() if process.name in _NAMES),
        None,
    )
