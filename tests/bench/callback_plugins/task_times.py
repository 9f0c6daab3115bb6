# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes how long each task of a playbook took, a line of JSON for each, to the file in BENCH_TIMES."""

from __future__ import annotations

import json
import os
import time
import typing as t

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_times"

    def __init__(self) -> None:
        super().__init__()
        self._started: dict[tuple[str, str], float] = {}

    def v2_runner_on_start(self, host: t.Any, task: t.Any) -> None:
        self._started[host.name, task._uuid] = time.monotonic()

    def v2_runner_on_ok(self, result: t.Any) -> None:
        seconds = time.monotonic() - self._started.pop((result._host.name, result._task._uuid))
        changed = bool(result._result.get("changed"))
        line = {"task": result._task.name, "host": result._host.name, "seconds": seconds, "changed": changed}
        with open(os.environ["BENCH_TIMES"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
