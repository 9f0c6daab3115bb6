# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The processes that this one descends from, as procfs shows them (proc_pid_stat(5))."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

#: How many processes up; a loop cannot be, but what was read may be of processes that have gone meanwhile.
_MOST = 64


class Process(NamedTuple):
    """A process, as procfs shows it."""

    pid: int
    #: What it calls itself, 15 bytes at most.
    name: str
    #: Its directory in procfs.
    path: str
    #: When it began: ticks (``sysconf(_SC_CLK_TCK)``) of CLOCK_BOOTTIME.
    started: int


def ancestors(proc: str = "/proc") -> Iterator[Process]:
    """This process, its parent, and so on, as far as they can be seen from its PID namespace."""
    directory = "self"
    for _each in range(_MOST):
        path = os.path.join(proc, directory)
        try:
            with open(os.path.join(path, "stat"), encoding="utf-8", errors="replace") as file:
                # The name, in parentheses, may have any characters.
                before, _bracket, rest = file.read().rpartition(")")
            pid, _bracket, name = before.partition(" (")
            fields = rest.split()
            parent, process = int(fields[1]), Process(int(pid), name, path, int(fields[19]))
        except (OSError, ValueError, IndexError):
            return
        yield process
        if parent <= 0:
            return
        directory = str(parent)
