# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a large block list takes of the controller and of the host: tables.py WORK BPFFS

A program is deployed together with its table, over SSH; then the table is declared
once more. The samples are the memory of the largest process on the controller and
of the module's, and how long the lock of the BPF file system was held.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from ansible_collections.ebpf.xdp.tests.bench import samples

_COUNTS = (100_000, 1_000_000)
_TARGETS = Path(__file__).parent.parent / "integration/targets"

# One line of strace -f -y -ttt, of a call that the kernel did: process, time, name, descriptor and its file.
_CALL = re.compile(r"(\d+) +([\d.]+) (flock|close)\((\d+)<([^>]*)>.*= 0$")


def _as_interpreter(work: Path, bpffs: str) -> None:
    """Stand in for the host's Python, and note what a module took."""
    trace = work / f"trace.{os.getpid()}"
    watched = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-ttt", "-e", "trace=flock,close", "-o", str(trace)]
    child = subprocess.Popen([*watched, "/usr/bin/python3", *sys.argv[4:]])
    # The largest of those that were waited for, and of those that they have waited for (getrusage(2)).
    _pid, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    with (work / "watched.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"locked": _locked(trace, bpffs), "peak": 1024 * usage.ru_maxrss}) + "\n")
    trace.unlink()
    sys.exit(child.returncode)


def _locked(trace: Path, bpffs: str) -> float:
    """The longest time for which a process has held the lock of the BPF file system, in seconds."""
    since: dict[tuple[str, str], float] = {}
    longest = 0.0
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        found = _CALL.match(line)
        if found is None or found[5] != bpffs:
            continue
        holder = found[1], found[4]
        if found[3] == "flock":
            since[holder] = float(found[2])
        elif holder in since:
            longest = max(longest, float(found[2]) - since.pop(holder))
    return longest


def _task(work: Path, what: str, module: str, options: dict[str, object]) -> None:
    watched = work / "watched.jsonl"
    watched.write_text("", encoding="utf-8")
    interpreter = f"ansible_python_interpreter={work / 'watched'}"
    command = ["ansible", "on_ssh", "-i", str(work / "inventory.yml"), "-e", interpreter, "-m", f"ebpf.xdp.{module}"]
    child = subprocess.Popen([*command, "-a", json.dumps(options)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    answer = child.stdout.read()
    _pid, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(answer)
    runs = [json.loads(line) for line in watched.read_text(encoding="utf-8").splitlines()]
    samples.add(f"{what}: the largest process on the controller", 1024 * usage.ru_maxrss, "bytes")
    samples.add(f"{what}: the module's process on the host", max(run["peak"] for run in runs), "bytes")
    samples.add(f"{what}: lock of the BPF file system", max(run["locked"] for run in runs), "s")


def main() -> None:
    work, bpffs = Path(sys.argv[1]), sys.argv[2]
    if sys.argv[3:4] == ["watch"]:
        _as_interpreter(work, bpffs)
    interpreter = work / "watched"
    environment = f"PYTHONPATH={shlex.quote(os.environ['PYTHONPATH'])}"
    words = shlex.join(["/usr/bin/python3", __file__, str(work), bpffs, "watch"])
    interpreter.write_text(f'#!/bin/sh\n{environment} exec {words} "$@"\n', encoding="utf-8")
    interpreter.chmod(0o700)
    listed, changed = work / "listed.txt", work / "changed.txt"
    for count in _COUNTS:
        generate = [sys.executable, str(_TARGETS / "fleet/files/prefixes.py"), str(listed), str(changed)]
        subprocess.run([*generate, str(count), "10"], check=True)
        whose = {"name": "tables", "pin_root": f"{bpffs}/sets"}
        contents = {"map": "blocked", "src": str(listed), "exclusive": True}
        program = {
            "src": str(_TARGETS / "xdp_map/files/block_list.c"),
            "defines": {"VERSION": "1", "ENTRIES": str(count + 1000)},
        }
        what = f"of {count:,} prefixes"
        _task(work, f"first fill {what}", "xdp_pin", {**whose, **program, "contents": [contents]})
        _task(work, f"converged xdp_map {what}", "xdp_map", {**whose, **contents})
        _task(work, f"ten {what} changed", "xdp_map", {**whose, **contents, "src": str(changed)})
        _task(work, "removal", "xdp_pin", {**whose, "state": "absent"})


if __name__ == "__main__":
    main()
