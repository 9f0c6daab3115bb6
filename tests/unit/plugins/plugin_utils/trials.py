# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with a trial, a clock that does not wait, and connections that work when they are let."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Iterator

from ansible.errors import AnsibleConnectionFailure
from ansible_collections.ebpf.xdp.plugins.plugin_utils._parts import Parts
from ansible_collections.ebpf.xdp.plugins.plugin_utils._trial_action import TrialAction

BEGINS_IN = 1.0


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)


class Host:
    """It does what the module on a host does with a trial; ``reachable`` says by time since the begin whether it answers."""

    def __init__(self, reachable: Callable[[float], bool] = lambda since: True, timeout: int = 30) -> None:
        self.clock = Clock()
        self.reachable = reachable
        self.timeout = timeout
        self.began: float | None = None
        self.state = "none"
        #: What was asked, in order, and how many connections were made.
        self.asked: list[str] = []
        self.made = 0
        #: Answers of the module that are given instead of what it does, by state.
        self.instead: dict[str, list[Any]] = {}
        self.stats: list[dict[str, float]] = []
        self.check_modes: list[bool] = []
        self.owned = True
        #: How long each connection may be silent.
        self.silences: list[int] = []
        self.forgotten = 0

    @property
    def is_pending(self) -> bool:
        return self.state == "pending" and not self.is_over

    @property
    def is_over(self) -> bool:
        return self.began is not None and self.clock.time >= self.began + self.timeout

    def answers(self) -> bool:
        decides = (
            self.began is not None and self.clock.time >= self.began and (self.state == "confirmed" or self.is_pending)
        )
        return not decides or self.reachable(self.clock.time - (self.began or 0))


class Connections:
    def __init__(self, host: Host, over_ssh: bool = True) -> None:
        self.host = host
        self.over_ssh = over_ssh

    @contextlib.contextmanager
    def fresh(self, patience: float, silence: int = 3) -> Iterator[None]:
        self.host.silences.append(silence)
        self.host.made += 1
        if not self.host.answers():
            self.host.clock.sleep(patience)
            raise AnsibleConnectionFailure("ssh: connect to host: Connection timed out")
        self.host.clock.sleep(0.5)
        yield

    def forget(self) -> None:
        self.host.forgotten += 1


class Task:
    async_val = 0
    check_mode = False


class Action:
    """As much of an action plugin as trials take; modules run on ``host``."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._task = Task()
        self._cleanup_remote_tmp = True
        self.parts = Parts(self)  # type: ignore[arg-type]

    def arm(self) -> dict[str, Any]:
        host = self.host
        host.asked.append("arm")
        host.check_modes.append(self._task.check_mode)
        for answer in _given(host, "arm"):
            return answer
        if self._task.check_mode:
            return {"changed": True, "trial": {"state": "predicted"}}
        host.began, host.state = host.clock.time + BEGINS_IN, "pending"
        trial = {"state": "pending", "id": "1", "timeout": host.timeout, "begins_in": BEGINS_IN, "protection": "kernel"}
        return {
            "changed": True,
            "name": "edge",
            "path": "/sys/fs/bpf/ansible/edge",
            "warnings": ["armed"],
            "trial": trial,
        }

    def _execute_module(self, module_name: str, module_args: dict[str, Any], task_vars: Any) -> dict[str, Any]:
        host = self.host
        if not host.answers():
            raise AnsibleConnectionFailure("Data could not be sent to remote host")
        host.clock.sleep(0.5)
        kind = str(module_args.get("state", module_name.rpartition(".")[2]))
        host.asked.append(kind)
        for answer in _given(host, kind):
            return answer
        if kind == "xdp_pinned_info":
            return {"interfaces": [{"interface": "lan0", "owner": "edge"}] if host.owned else []}
        if kind == "xdp_stats":
            host.clock.sleep(module_args["interval"])
            if not host.answers():
                raise AnsibleConnectionFailure("Timeout, server not responding")
            return _stats(host.stats.pop(0), module_args["interval"])
        return self._end(kind)

    def _end(self, wanted: str) -> dict[str, Any]:
        host = self.host
        if host.is_pending:
            host.state = wanted
            by = {"confirmed_by": "connection", "seconds": 1.0} if wanted == "confirmed" else {}
            return {"changed": True, "trial": {"state": wanted, "id": "1", **by}}
        if host.state == "pending":
            host.state = "expired"
        if host.state == "none":
            return {"changed": False, "trial": None}
        if (wanted == "confirmed") != (host.state == "confirmed"):
            return {"failed": True, "msg": f"The last trial {host.state}"}
        return {"changed": False, "trial": {"state": host.state}}


def _given(host: Host, kind: str) -> Iterator[dict[str, Any]]:
    if host.instead.get(kind):
        answer = host.instead[kind].pop(0)
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer()
        if answer is not None:
            yield answer


def _stats(shares: dict[str, float], seconds: float) -> dict[str, Any]:
    rate = shares.get("rate", 1000.0)
    stats = {name: {"packets_per_second": rate * shares.get(name, 0.0)} for name in ("drop", "aborted")}
    return {"seconds": seconds, "stats": stats, "total": {"packets_per_second": rate}}


def trial_on(host: Host, over_ssh: bool = True, **arguments: Any) -> TrialAction:
    action = Action(host)
    connections = Connections(host, over_ssh)
    given = {"name": "edge", **arguments}
    return TrialAction(action, given, {}, action.arm, connections, host.clock, "router1")  # type: ignore[arg-type]
