# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run in a child that is struck, by strace or from within."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from typing import NamedTuple, NoReturn

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from hooks import Hooks, Strike
from scenarios import Scenario
from world import World

# The module exits with 1 when it refuses. A signal may end a run as it ends any process before the first step.
DONE, REFUSED, BROKEN, INTERRUPTED = 0, 1, 11, 12


class Struck(NamedTuple):
    #: Whether the Nth call, or each of them, came at all.
    hit: bool
    #: By SIGKILL.
    killed: bool
    #: How a run ended by itself: ``DONE``, ``REFUSED``, ``INTERRUPTED``, or ``BROKEN``.
    status: int
    #: What was struck; empty when nothing was.
    call: str
    #: What the run said when it refused.
    said: str = ""
    #: By strace: what the struck process called up to then, as :class:`Point` has it; empty where strace does not tell.
    called: tuple[str, ...] = ()


class Point(NamedTuple):
    """A call that strace can strike at, of those that one injection is for."""

    #: Strace counts each call of each process by itself, and strikes whichever is the first to come to so many.
    number: int
    #: As strace writes it.
    call: str
    #: What that process calls up to this one: names, and the commands of bpf(2).
    called: tuple[str, ...]


def find_points(world: World, scenario: Scenario, calls: str, log: str) -> list[Point]:
    """The calls of a run that is not struck."""
    strike(world, scenario, calls, "", log)
    called: dict[str, list[str]] = {}
    counted: Counter[tuple[str, str]] = Counter()
    found: dict[int, Point] = {}
    for pid, call in _calls(log):
        mine = called.setdefault(pid, [])
        mine.append(_name(call))
        kind = (pid, call.partition("(")[0])
        counted[kind] += 1
        found.setdefault(counted[kind], Point(counted[kind], call, tuple(mine)))
    return [found[number] for number in sorted(found)]


def strike(world: World, scenario: Scenario, calls: str, injection: str, log: str) -> Struck:
    """Run in a child that strace strikes, or, without an injection, only watches."""
    ready, go = os.pipe()
    said, tell = os.pipe()
    child = os.fork()
    if child == 0:
        _as_at_a_terminal()
        os.read(ready, 1)
        if scenario.module:
            _become_module(scenario.module, tell)
        _run(world, scenario, tell)
    os.close(tell)
    inject = ["-e", f"inject={calls}:{injection}"] if injection else []
    command = ["strace", "-f", "-o", log, "-e", f"trace={calls}", *inject, "-p", str(child)]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_for_tracer(child)
        os.write(go, b"x")
        with open(said, encoding="utf-8", errors="replace") as file:
            text = file.read()
        status = os.waitpid(child, 0)[1]
        tracer.wait(10)
    finally:
        os.close(ready)
        os.close(go)
        if tracer.poll() is None:
            tracer.terminate()
            tracer.wait()
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    struck = _ended(status, text)
    calls_made = [line for line in lines if "INJECTED" in line] or [line for line in lines if "(" in line][-1:]
    # strace marks calls that it let fail, but not those after which it sent a signal: to the run, or to a child of it.
    told = re.search(r"SIG(INT|TERM|HUP|KILL)", text)
    hit = bool(told) or os.WIFSIGNALED(status) or any("INJECTED" in line for line in lines)
    call = re.sub(r"^\d+ +", "", calls_made[-1] if calls_made else "?")[:60] if hit else ""
    return struck._replace(hit=hit, call=call, called=_called(log))


def _calls(log: str) -> list[tuple[str, str]]:
    """Process and call, for each call in what strace wrote."""
    with open(log, encoding="utf-8", errors="replace") as file:
        return re.findall(r"^(\d+) +(\w+\(.*)$", file.read(), re.MULTILINE)


def _name(call: str) -> str:
    return re.match(r"\w+\((BPF_\w+)?", call)[0]  # type: ignore[index]  # _calls found it by this


def _called(log: str) -> tuple[str, ...]:
    """The calls of the process that strace killed, or let a call fail of, up to that call."""
    with open(log, encoding="utf-8", errors="replace") as file:
        struck = re.search(r"^(\d+) +(?:.*\(INJECTED\)$|\+\+\+ killed by SIGKILL)", file.read(), re.MULTILINE)
    if not struck:
        return ()
    theirs = [call for pid, call in _calls(log) if pid == struck[1]]
    injected = [place for place, call in enumerate(theirs, 1) if call.endswith("(INJECTED)")]
    return tuple(map(_name, theirs[: injected[0]] if injected else theirs))


def _as_at_a_terminal() -> None:
    """Let signals have their usual effect, also where the tests run in the background and were told to ignore some."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


def strike_within(world: World, scenario: Scenario, *strikes: Strike) -> Struck:
    """Run in a child that is struck from within; ``hit`` when all strikes came to pass."""
    said, tell = os.pipe()
    child = os.fork()
    if child == 0:
        # What a terminal sends, it sends to a process group: this one is not that of the tests.
        os.setpgid(0, 0)
        _as_at_a_terminal()
        Hooks(list(strikes), lambda call: _write(tell, f"HIT {call}\n")).install()
        _run(world, scenario, tell)
    os.close(tell)
    with open(said, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines(keepends=True)
    status = os.waitpid(child, 0)[1]
    calls = [line[4:].strip() for line in lines if line.startswith("HIT ")]
    text = "".join(line for line in lines if not line.startswith("HIT "))
    return _ended(status, text)._replace(hit=len(calls) == len(strikes), call=", ".join(calls))


def _ended(status: int, text: str) -> Struck:
    if not os.WIFSIGNALED(status):
        return Struck(False, False, os.WEXITSTATUS(status), "", text)
    number = os.WTERMSIG(status)
    interrupted = number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    return Struck(False, number == signal.SIGKILL, INTERRUPTED if interrupted else BROKEN, "", text)


def _wait_for_tracer(pid: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            if not re.search(r"^TracerPid:\t0$", status.read(), re.MULTILINE):
                return
        time.sleep(0.001)
    raise TimeoutError("strace does not attach")


def _become_module(arguments: str, tell: int) -> None:
    """Run xdp_pin itself as Ansible does, compiler and all, in place of this process."""
    os.dup2(tell, 1)
    python = sys.argv[5]
    os.execv(python, [python, "-m", "ansible_collections.ebpf.xdp.plugins.modules.xdp_pin", arguments])


def _run(world: World, scenario: Scenario, tell: int) -> NoReturn:
    try:
        scenario.run(world)
        os._exit(DONE)
    except (XdpError, OSError) as error:
        _write(tell, str(error))
        os._exit(REFUSED)
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    except BaseException:
        _write(tell, traceback.format_exc())
        os._exit(BROKEN)


def _write(fd: int, text: str) -> None:
    os.write(fd, text.encode(errors="replace"))
