# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kill a run, or let a system call of it fail, at every call that could change something.

PIN_ROOT NEAR,NEAR FAR_NAMESPACE FAR,FAR PYTHON (one that has Ansible). Each point: the old state is made; a
child makes the new one under strace, which strikes at the Nth call; packets must
meet the old program or the new one; a plain run must converge; the next must
have nothing to do; and after ``absent`` nothing is left. A call that fails
without a kill must leave everything as it was, to the last name and id, or be
one that the run can do without.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from world import World, lab_from

# strace counts each system call by itself, so each is swept by itself.
_CALLS = ("bpf", "/^rename", "/^symlink", "/^unlink", "/^mkdir", "rmdir", "sendto", "sendmsg", "flock")
_INJECTIONS = ("signal=KILL", "error=ENOMEM", "error=ENOSPC", "error=EPERM", "error=EBUSY")

# The module exits with 1 when it refuses.
_DONE, _REFUSED, _BROKEN = 0, 1, 11


class Scenario(NamedTuple):
    name: str
    before: Callable[[World], Any]
    run: Callable[[World], Any]
    #: Tags that the interfaces may run at any time in between, for each interface.
    allowed: Callable[[World], list[set[str | None]]]
    #: What they run in the end.
    after: Callable[[World], list[str | None]]
    #: Whether packets are dropped at all times.
    dropping: bool
    #: The file with the arguments of the module itself, which is then run instead of the backend alone.
    module: str | None = None


def _both(tag: Callable[[World], set[str | None]]) -> Callable[[World], list[set[str | None]]]:
    return lambda world: [tag(world), tag(world)]


def _scenarios() -> list[Scenario]:
    def nothing(world: World) -> None:
        world.absent()

    def pin(number: int, **options: Any) -> Callable[[World], Any]:
        return lambda world: world.present(
            world.versions[number], interfaces=options.pop("only", None) or world.lab.interfaces, **options
        )

    def first_only(number: int) -> Callable[[World], Any]:
        return lambda world: world.present(world.versions[number], interfaces=world.lab.interfaces[:1])

    def second_only(number: int) -> Callable[[World], Any]:
        return lambda world: world.present(world.versions[number], interfaces=world.lab.interfaces[1:])

    def one(world: World) -> str:
        return world.versions[0].tag

    def two(world: World) -> str:
        return world.versions[1].tag

    return [
        Scenario(
            "first pin", nothing, pin(0), _both(lambda w: {None, one(w)}), lambda w: [one(w), one(w)], dropping=False
        ),
        Scenario(
            "upgrade", pin(0), pin(1), _both(lambda w: {one(w), two(w)}), lambda w: [two(w), two(w)], dropping=True
        ),
        Scenario(
            "upgrade over netlink",
            pin(0, attach="netlink"),
            pin(1, attach="netlink"),
            _both(lambda w: {one(w), two(w)}),
            lambda w: [two(w), two(w)],
            dropping=True,
        ),
        Scenario(
            "change of interfaces",
            first_only(0),
            second_only(0),
            lambda w: [{one(w), None}, {None, one(w)}],
            lambda w: [None, one(w)],
            dropping=False,
        ),
        Scenario("unpin", pin(0), nothing, _both(lambda w: {one(w), None}), lambda w: [None, None], dropping=False),
        Scenario(
            "unpin over netlink",
            pin(0, attach="netlink"),
            nothing,
            _both(lambda w: {one(w), None}),
            lambda w: [None, None],
            dropping=False,
        ),
    ]


class Struck(NamedTuple):
    #: Whether the Nth call came at all.
    hit: bool
    killed: bool
    #: ``_DONE``, ``_REFUSED`` or ``_BROKEN`` for a run that ended by itself.
    status: int
    call: str


def strike(world: World, scenario: Scenario, calls: str, injection: str, log: str) -> Struck:
    """Run in a child that strace strikes."""
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(ready, 1)
        if scenario.module:
            _become_module(scenario.module)
        _run(world, scenario)
    command = ["strace", "-f", "-o", log, "-e", f"trace={calls}", "-e", f"inject={calls}:{injection}", "-p", str(child)]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for_tracer(child)
        os.write(go, b"x")
        status = os.waitpid(child, 0)[1]
        tracer.wait(10)
    finally:
        os.close(ready)
        os.close(go)
        if tracer.poll() is None:
            tracer.terminate()
            tracer.wait()
    with open(log, encoding="utf-8", errors="replace") as text:
        lines = text.read().splitlines()
    killed = os.WIFSIGNALED(status)
    calls = [line for line in lines if "INJECTED" in line] or [line for line in lines if "(" in line][-1:]
    hit = killed or any("INJECTED" in line for line in lines)
    call = re.sub(r"^\d+ +", "", calls[-1])[:60] if calls and hit else ""
    return Struck(hit, killed, -1 if killed else os.WEXITSTATUS(status), call)


def _wait_for_tracer(pid: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            if not re.search(r"^TracerPid:\t0$", status.read(), re.MULTILINE):
                return
        time.sleep(0.001)
    raise TimeoutError("strace does not attach")


def _become_module(arguments: str) -> None:
    """Run xdp_pin itself as Ansible does, compiler and all, in place of this process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    python = sys.argv[5]
    os.execv(python, [python, "-m", "ansible_collections.ebpf.xdp.plugins.modules.xdp_pin", arguments])


def _run(world: World, scenario: Scenario) -> None:
    try:
        scenario.run(world)
        os._exit(_DONE)
    except (XdpError, OSError) as error:
        print(error, file=sys.stderr)
        os._exit(_REFUSED)
    except BaseException:
        traceback.print_exc()
        os._exit(_BROKEN)


class Sweep:
    def __init__(self, world: World, log: str) -> None:
        self.world = world
        self.log = log
        self.points = 0
        self.failures: list[str] = []

    def scenario(self, scenario: Scenario, injection: str) -> int:
        """Sweep over all system calls; returns how many points there were."""
        return sum(self._calls(scenario, calls, injection) for calls in _CALLS)

    def _calls(self, scenario: Scenario, calls: str, injection: str) -> int:
        """Strike at the first call, the second, … until there is none to strike at; returns how many."""
        number = 0
        while True:
            number += 1
            scenario.before(self.world)
            snapshot = self.world.snapshot()
            self.world.passed()
            struck = strike(self.world, scenario, calls, f"{injection}:when={number}", self.log)
            where = f"{scenario.name}, {injection} at call {number} {struck.call}"
            try:
                self._check(scenario, struck, snapshot)
            except AssertionError as error:
                self.failures.append(f"{where}: {error}")
            if not struck.hit:
                return number - 1
            self.points += 1

    def _check(self, scenario: Scenario, struck: Struck, snapshot: list[str]) -> None:
        world = self.world
        tags = world.tags()
        for tag, allowed in zip(tags, scenario.allowed(world)):
            _expect(tag in allowed, f"an interface runs {tag}")
        if scenario.dropping:
            world.send(3)
            time.sleep(0.002)
            _expect(world.passed() == 0, "packets came through")
        if not struck.killed:
            _expect(struck.status in (_DONE, _REFUSED), "the run broke down")
            if struck.status == _REFUSED:
                now = world.snapshot()
                _expect(now == snapshot, f"not as before: {sorted(set(now) ^ set(snapshot))}")
            if struck.status == _DONE:
                _expect(tags == scenario.after(world), f"done, but the interfaces run {tags}")
        scenario.run(world)
        _expect(world.tags() == scenario.after(world), "a plain run does not converge")
        again = scenario.run(world)
        _expect(not again.changed, f"the run after that changes {again.before} to {again.after}") if again else None
        _expect(not any(name.endswith("~") for name in " ".join(world.snapshot()).split()), "something staged is left")
        world.absent()
        left = world.gone()
        _expect(not left, f"left after absent: {left}")


def _expect(truth: bool, what: str) -> None:
    if not truth:
        raise AssertionError(what)


def through_the_module(world: World, upgrade: Scenario, path: str) -> Scenario:
    """The same upgrade by the module that Ansible runs, with its compiler, rather than by the backend alone."""
    new = world.versions[1]
    arguments = {
        "name": "edge",
        "pin_root": world.lab.pin_root,
        "src": "versions.c",
        "_text": new.text,
        "defines": {"VERSION": 2},
        "interfaces": world.lab.interfaces,
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"ANSIBLE_MODULE_ARGS": arguments}, file)
    return upgrade._replace(name="upgrade by the module itself", module=path)


def main() -> int:
    world = World(lab_from(sys.argv[1:5]))
    scenarios = _scenarios()
    # What is killed leaves its temporary files.
    with tempfile.TemporaryDirectory(prefix="xdp-sweep-") as directory:
        os.environ["TMPDIR"] = directory
        whole = through_the_module(world, scenarios[1], os.path.join(directory, "arguments.json"))
        plan = [(each, injection) for each in scenarios for injection in _INJECTIONS] + [(whole, _INJECTIONS[0])]
        sweep = Sweep(world, os.path.join(directory, "strace"))
        for scenario, injection in plan:
            print(f"{scenario.name}, {injection}: {sweep.scenario(scenario, injection)} points", flush=True)
    for failure in sweep.failures:
        print(f"FAILED {failure}")
    print(f"{sweep.points} points swept, {len(sweep.failures)} failures")
    return 1 if sweep.failures else 0


if __name__ == "__main__":
    sys.exit(main())
