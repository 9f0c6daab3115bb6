# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Connections to a host that are made anew: they alone prove that it can be reached.

Only new packets of TCP tell whether a program lets a new connection in. One that Ansible keeps (ControlPersist) goes
on where SYN to port 22 is dropped, so that anything said over it proves nothing.
"""

from __future__ import annotations

import contextlib
import copy
import shlex
import shutil
import tempfile
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

#: Plugins that reach a host over SSH, but not by ssh(1): a reset makes their next connection a new one.
_RESET = frozenset({"paramiko", "paramiko_ssh", "libssh"})

#: Seconds of silence after which ssh(1) gives a connection up; without that it waits for as long as TCP does.
SILENCE = 3

#: Seconds that a connection without a use stays: it is ended before that, unless the controller is killed.
_PERSIST = 30

#: The longest path of a socket is 107 bytes (sun_path), and ssh(1) makes one first that is 17 longer (muxclient.c).
_LONGEST_PATH = 107 - 17

#: For sockets, where the directory for temporary files has a path that is too long.
_SHORT_DIRECTORY = "/tmp"


class Connections:
    """How the host of a task can be reached anew. While one is entered, all that the action plugin does goes over it."""

    def __init__(self, action: ActionBase, host: str) -> None:
        self._action = action
        self._host = host
        transport = str(getattr(action._connection, "transport", ""))
        self._is_ssh = transport == "ssh"
        #: Whether it is reached over SSH at all; what comes otherwise (local, containers) is there whatever XDP drops.
        self.over_ssh = self._is_ssh or transport.rpartition(".")[2] in _RESET

    @contextlib.contextmanager
    def fresh(self, patience: float, silence: int = SILENCE) -> t.Iterator[None]:
        """A new connection, over which the host has answered; AnsibleConnectionFailure after ``patience`` seconds at most.

        It is given up after ``silence`` seconds without a word. Where there is no SSH, the standing connection.
        """
        if not self.over_ssh:
            yield
        elif self._is_ssh:
            with self._another(max(1, round(patience)), silence):
                yield
        else:
            self._action._connection.reset()
            self._greet()
            yield

    def forget(self) -> None:
        """End the connection that Ansible keeps, which may hang: the next task makes a new one."""
        with contextlib.suppress(AnsibleError, AttributeError, OSError):
            self._action._connection.reset()

    @contextlib.contextmanager
    def _another(self, patience: int, silence: int) -> t.Iterator[None]:
        """A second connection beside the user's own, which stays as it is: all options are the same but these."""
        standing = self._action._connection
        # Not below the temporary directory of Ansible: the path of a socket is short.
        directory = tempfile.mkdtemp(prefix="xdp-")
        if len(directory) + 2 > _LONGEST_PATH:
            directory = _moved_to_short_one(directory)
        another = copy.copy(standing)
        another._options = dict(standing._options)
        another._origins = dict(standing._origins)
        # Of an option that ssh(1) gets twice the first counts.
        own = {
            "ControlPath": f"{directory}/c",
            "ControlMaster": "auto",
            "ControlPersist": _PERSIST,
            "ServerAliveInterval": 1,
            "ServerAliveCountMax": silence,
            "ConnectTimeout": patience,
        }
        arguments = " ".join(f"-o {shlex.quote(f'{name}={value}')}" for name, value in own.items())
        another.set_option("ssh_args", f"{arguments} {standing.get_option('ssh_args') or ''}")
        another.set_option("reconnection_retries", 0)
        self._action._connection = another
        try:
            self._greet()
            yield
        finally:
            self._action._connection = standing
            with contextlib.suppress(AnsibleError, OSError):
                another.reset()
            shutil.rmtree(directory, ignore_errors=True)

    def _greet(self) -> None:
        """Let the host answer, which takes no Python and no privileges."""
        status, out, err = self._action._connection.exec_command("echo ebpf-xdp", sudoable=False)
        if b"ebpf-xdp" not in out:
            raise AnsibleConnectionFailure(
                f"{self._host} does not answer as a shell does: {(err or out).decode(errors='replace').strip()} (status {status})"
            )


def _moved_to_short_one(directory: str) -> str:
    shutil.rmtree(directory, ignore_errors=True)
    return tempfile.mkdtemp(prefix="xdp-", dir=_SHORT_DIRECTORY)


class Clock:
    """Seconds, as nobody can set them; apart so that a test need not wait."""

    @staticmethod
    def now() -> float:
        """Seconds of a clock that nobody sets."""
        return time.monotonic()

    @staticmethod
    def sleep(seconds: float) -> None:
        """Wait for this many seconds; not at all for a negative number."""
        time.sleep(max(0.0, seconds))
