# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Adds how long each task took to the samples: on all hosts together, and with the ping before it beside.

``BENCH_SAMPLES`` is the file, ``BENCH_PREFIX`` begins the names. Tasks that are
called ``ping`` are what the others are compared with. Into the file
``BENCH_PLAY`` goes the time from the first task's start to the last one's end.
"""

from __future__ import annotations

import os
import time
import typing as t

from ansible.plugins.callback import CallbackBase
from ansible_collections.ebpf.xdp.tests.bench import samples

_BASE = "ping"


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_times"

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self._begun = 0.0
        self._ended = 0.0
        self._base: float | None = None
        self._play = 0.0

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        self._finish()
        self._name = task.name

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        last = self._ended
        self._finish()
        if "BENCH_PLAY" in os.environ:
            with open(os.environ["BENCH_PLAY"], "w", encoding="ascii") as file:
                file.write(str(last - self._play))

    def v2_runner_on_start(self, host: t.Any, task: t.Any) -> None:
        self._begun = self._begun or time.monotonic()
        self._play = self._play or self._begun

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._ended = time.monotonic()

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._ended = time.monotonic()

    def _finish(self) -> None:
        """The task before is done on all hosts."""
        seconds = self._ended - self._begun
        if self._begun and self._ended:
            if self._name == _BASE:
                self._base = seconds
            elif self._base is not None:
                prefix = os.environ.get("BENCH_PREFIX", "")
                samples.add(prefix + self._name, seconds, "s", base=self._base)
                self._base = None
        self._begun = self._ended = 0.0
