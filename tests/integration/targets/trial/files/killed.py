# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller dies during a trial: killed.py ID DIRECTORY TIMEOUT HOSTS PROGRAMS STEP TOLERANCE

Of each trial, all that runs on the controller is killed when it is about to use ssh(1) for the nth time, or while it does,
for every STEP-th number from 1 until a trial ends before that. Then the host has to answer in time, and the next run has to find nothing in
its way. HOSTS and PROGRAMS are separated by commas; each host has points of its own, at the same time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ID, DIRECTORY, TIMEOUT = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
HOSTS, PROGRAMS, STEP = sys.argv[4].split(","), sys.argv[5].split(","), int(sys.argv[6])
#: Seconds that a host may take to answer after the deadline.
TOLERANCE = float(sys.argv[7])
HERE = Path(__file__).parent
#: More than any trial takes.
MOST_POINTS = 60
FEWEST_POINTS = 5
#: Seconds at most from the last use of ssh(1) before the kill until the new program decides.
BEGINS_IN = 1.5

failures: list[str] = []
#: At which uses the controller was killed.
points: list[int] = []
said = threading.Lock()


def say(text: str) -> None:
    with said:
        print(text, flush=True)


def play(host: str, run: str, *options: str, kill_at: int = 0) -> subprocess.Popen[bytes]:
    """The play on this host, whose processes have ``run`` in their environment."""
    command = ["ansible-playbook", "--limit", host, str(HERE / "killed.yml")]
    command += ["-e", json.dumps({"ansible_ssh_executable": str(HERE / "killed_ssh.sh")})]
    for option in options:
        command += ["-e", option]
    environment = {**os.environ, "TRIAL_RUN": run, "TRIAL_KILL_AT": str(kill_at), "TRIAL_DIRECTORY": str(DIRECTORY)}
    with open(DIRECTORY / f"{run}.log", "wb") as log:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def kill(run: str) -> None:
    """All processes of this run, and of no other, until there is none."""
    mark = f"TRIAL_RUN={run}\0".encode()
    for _round in range(5):
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and int(process.name) != os.getpid():
                try:
                    if mark in (process / "environ").read_bytes() + b"\0":
                        os.kill(int(process.name), signal.SIGKILL)
                except OSError:
                    continue
        time.sleep(0.02)


def answers(host: str) -> bool:
    known = ["-F", "/dev/null", "-o", "ControlPath=none", "-o", f"UserKnownHostsFile={DIRECTORY}/known_hosts"]
    command = ["ssh", *known, "-o", "ConnectTimeout=1", "-o", "BatchMode=yes", "-i", str(DIRECTORY / "user_key")]
    address = f"root@198.18.0.{host[len('host') :]}"
    try:
        # Without its standard input, which ssh(1) would make non-blocking for others as well.
        asked = subprocess.run(
            [*command, address, "true"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=3,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


def attached(host: str) -> int:
    """The id of the program on the interface, seen from outside."""
    shown = subprocess.run(
        ["ip", "-n", f"{ID}-{host}", "-d", "-j", "link", "show", "dev", "lan0"], capture_output=True, check=True
    )
    return int(json.loads(shown.stdout)[0].get("xdp", {}).get("prog", {}).get("id", 0))


def settle(host: str, run: str) -> bool:
    if play(host, run, "program=let_pass").wait() == 0:
        return True
    failures.append(f"{run}: the next run failed: {(DIRECTORY / f'{run}.log').read_text()[-1500:]}")
    return False


def die_at(host: str, program: str, point: int) -> bool:
    """Whether the trial took as many uses of ssh(1)."""
    run = f"{ID}-{host}-{program}-{point}"
    if not settle(host, f"{run}-before"):
        return False
    before = attached(host)
    trial = play(host, run, f"program={program}", f"timeout={TIMEOUT:.0f}", kill_at=point)
    struck = DIRECTORY / f"{run}.struck"
    while trial.poll() is None and not struck.exists():
        time.sleep(0.01)
    if not struck.exists():
        return False
    kill(run)
    trial.wait()
    points.append(point)
    # It may answer before the new program decides as well: what counts is that it does once the time is up.
    time.sleep(TIMEOUT + BEGINS_IN)
    over = time.monotonic()
    while not answers(host) and time.monotonic() - over < 30:
        pass
    took = time.monotonic() - over
    if took > TOLERANCE:
        failures.append(f"{run}: answered {took:.1f} s after the time was up")
    if not settle(host, f"{run}-after"):
        return True
    if program == "drop_all" and attached(host) != before:
        failures.append(f"{run}: program {before} was attached before, and {attached(host)} is after")
    say(f"{program}, killed at use {point}: answered {took:.1f} s after the time was up")
    return True


def work(host: str, first: int) -> None:
    for program in PROGRAMS:
        for point in range(first, MOST_POINTS, STEP * len(HOSTS)):
            try:
                if not die_at(host, program, point):
                    break
            except Exception as error:
                failures.append(f"{host}, {program}, {point}: {error!r}")
                break


workers = [threading.Thread(target=work, args=(host, 1 + STEP * number)) for number, host in enumerate(HOSTS)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
if len(points) < FEWEST_POINTS:
    failures.append(f"The controller was killed {len(points)} times only: a trial uses ssh(1) more often")
for failure in failures:
    say(failure)
raise SystemExit(1 if failures else 0)
