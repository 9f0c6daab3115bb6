# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cells, run in process groups of their own, so that all of a cell ends with the matrix."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import NamedTuple

from .cells import ROOT, Cell


class Result(NamedTuple):
    cell: Cell
    #: "passed", "FAILED" or "not run: " and why.
    outcome: str
    seconds: int

    def __str__(self) -> str:
        took = f"{self.seconds // 60:3d} min {self.seconds % 60:02d} s"
        return f"{self.outcome:7}  {took}  {self.cell.name}"


class Runner:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[int] = set()
        self._ended = False

    def run(self, cell: Cell) -> Result | None:
        """None if it was ended."""
        started = time.monotonic()
        why = cell.cannot()
        outcome = f"not run: {why}" if why else self._outcome(cell)
        return None if outcome is None else Result(cell, outcome, round(time.monotonic() - started))

    def _outcome(self, cell: Cell) -> str | None:
        with self._lock:
            if self._ended:
                return None
            with cell.log.open("wb") as log:
                process = subprocess.Popen(
                    cell.command,
                    cwd=ROOT,
                    env={**os.environ, **dict(cell.environment)},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._running.add(process.pid)
        status = process.wait()
        with self._lock:
            self._running.discard(process.pid)
            if self._ended:
                return None
        return "FAILED" if status else "passed"

    def end(self) -> None:
        """End what runs, and start nothing any more."""
        with self._lock:
            self._ended = True
            for process in self._running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process, signal.SIGTERM)
