# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the matrix: matrix.sh [--jobs N] [--again] [--list] [--table] [COLUMN...]

A column is a suite of tests/vm.sh, a release of ansible-core, or "here"; all of them without one. A cell of it is a command,
whose output goes to .cache/matrix. N of them run at a time, by default two. Failures do not stop the others.
--again leaves out what has passed at this commit before: an interrupted run goes on with it.
At the end, the table of docs/kernels.md gets what is known by then; --table does that alone, and --list says what would run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cores
import tested

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
CACHE = ROOT / ".cache/matrix"
RESULTS = CACHE / "results.jsonl"
DOCUMENT = ROOT / "docs/kernels.md"

#: Suites of vm.sh, and their headings in the table.
KERNELS = {
    "bullseye": "5.10, Debian 11",
    "bookworm": "6.1, Debian 12",
    "trixie": "6.12, Debian 13",
    "forky": "7.2, Debian 14 to be",
}
#: Another suite of vm.sh, which has a table of its own.
ARM64 = "bookworm-arm64"
HERE = "here"

#: What exercises Ansible itself: modules, action plugins, roles, playbooks.
CORE_TARGETS = (
    *("role_xdp_host", "role_xdp_program", "xdp_boot", "xdp_map"),
    *("xdp_stats", "xdp_test", "filter", "fleet_report"),
)


class Cell(NamedTuple):
    column: str
    row: str
    command: tuple[str, ...]
    #: Names and values.
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.column} {self.row}"

    @property
    def log(self) -> Path:
        return CACHE / (re.sub(r"[^\w.]+", "-", self.name).strip("-") + ".log")


class Beside(NamedTuple):
    """A script of tests/vm, which runs beside a virtual machine."""

    script: str
    arguments: tuple[str, ...] = ()
    #: See vm.sh.
    threads: str = "multi"


#: Rows of the table in docs/kernels.md, the longest first, so that no processor is left without work at the end.
#: Not here: the roles (reboot.sh runs them), xdp_object (objects.sh loads its objects; the rest compares with libbpf and clang of
#: the machine), fleet (other hosts, this kernel).
ROWS = {
    "target `xdp_pin`": Beside("targets", ("xdp_pin",)),
    "target `xdp_pin_alone`": Beside("targets", ("xdp_pin_alone",)),
    "target `xdp_pin_trial`": Beside("targets", ("xdp_pin_trial",)),
    # When both processors are emulated at once, Linux 6.12 dies of patching its own text under this load (int3 in
    # bpf_dispatcher_xdp_func). One after the other, it does not.
    "target `xdp_pin_crash`, fewer rounds": Beside("targets", ("xdp_pin_crash",), threads="single"),
    "target `xdp_pin_errors`": Beside("targets", ("xdp_pin_errors",)),
    "deployed by the role, two reboots, an interface and a bond added later, removed (`reboot.sh`)": Beside("reboot"),
    "rules about VLANs, on a veth, an e1000e and a vmxnet3 (`vlan.sh`)": Beside("vlan"),
    # All packets in one machine. What else is in this target compares with clang and xdp-tools of this one.
    "the filter decides about each packet of its vectors": Beside("targets", ("xdp_filter_program/vectors.yml",)),
    "target `xdp_test`": Beside("targets", ("xdp_test",)),
    "target `xdp_stats`": Beside("targets", ("xdp_stats",)),
    "target `xdp_monitor`": Beside("targets", ("xdp_monitor",)),
    "target `xdp_host_info`": Beside("targets", ("xdp_host_info",)),
    "target `xdp_pinned_info`": Beside("targets", ("xdp_pinned_info",)),
    "objects by bcc and clang, maps also as aya declares them, nine kinds of maps (`objects.sh`)": Beside("objects"),
}


def _said(script: Path, option: str) -> str:
    """What a script of tests/vm wants of its machine, or nothing."""
    if option not in script.read_text(encoding="utf-8"):
        return ""
    return subprocess.run([script, option], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _on_kernel(suite: str, row: str) -> Cell:
    beside = ROWS[row]
    script = TESTS / f"vm/{beside.script}.sh"
    packages = _said(script, "--packages")
    command = (
        str(TESTS / "vm.sh"),
        *(("--packages", packages) if packages else ()),
        suite,
        str(script),
        *beside.arguments,
    )
    environment = (("VM_THREADS", beside.threads), ("VM_DEVICES", _said(script, "--devices")))
    return Cell(suite, row, command, environment)


def cells() -> list[Cell]:
    """All of them, in the order in which they start."""
    test = str(ROOT / "test.sh")
    return [
        *(_on_kernel(suite, row) for row in ROWS for suite in KERNELS),
        *(
            Cell(core.release, "integration", (test, "integration", *CORE_TARGETS), (("CORE", core.release),))
            for core in cores.CORES
        ),
        Cell(ARM64, "objects", (str(TESTS / "vm.sh"), ARM64, str(TESTS / "vm/objects.sh"))),
        *(
            Cell(
                HERE,
                f"test.sh, whole, in a fresh root of {suite}",
                (str(TESTS / "fresh-debian.sh"), suite, "./test.sh"),
            )
            for suite in ("bookworm", "trixie")
        ),
        Cell(HERE, "unit tests by a Python of arm64", (str(TESTS / "arm64.sh"),)),
        Cell(HERE, "what test.sh repeats less often", (str(TESTS / "thorough.sh"),)),
        Cell(HERE, "sanity on each ansible-core", (test, "sanity")),
        Cell(HERE, "galaxy's importer, execution environments", (str(TESTS / "galaxy.sh"),)),
        Cell(HERE, "the docsite", (test, "docsite")),
    ]


class Result(NamedTuple):
    column: str
    row: str
    #: "passed", "FAILED" or "NOT RUN: " and why.
    result: str
    seconds: int
    commit: str

    def __str__(self) -> str:
        took = f"{self.seconds // 60:3d} min {self.seconds % 60:02d} s"
        return f"{self.result:7}  {took}  {self.column} {self.row}"


def known() -> list[Result]:
    """What was written down, the latest last."""
    if not RESULTS.exists():
        return []
    return [Result(**json.loads(line)) for line in RESULTS.read_text(encoding="utf-8").splitlines()]


class Runner:
    """Runs cells, each in a process group of its own, so that all of it ends with this."""

    def __init__(self, commit: str) -> None:
        self._commit = commit
        self._lock = threading.Lock()
        self._running: set[int] = set()
        self._ended = False

    def run(self, cell: Cell) -> Result:
        started = time.monotonic()
        why = _cannot(cell)
        result = f"NOT RUN: {why}" if why else self._outcome(cell)
        done = Result(cell.column, cell.row, result, round(time.monotonic() - started), self._commit)
        with self._lock:
            if not self._ended:
                print(done, flush=True)
                with RESULTS.open("a", encoding="utf-8") as results:
                    results.write(json.dumps(done._asdict()) + "\n")
        return done

    def _outcome(self, cell: Cell) -> str:
        with cell.log.open("wb") as log:
            with self._lock:
                if self._ended:
                    return "NOT RUN: interrupted"
                process = subprocess.Popen(
                    cell.command,
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
        return "FAILED" if status else "passed"

    def end(self) -> None:
        with self._lock:
            self._ended = True
            for process in self._running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process, signal.SIGTERM)


def _cannot(cell: Cell) -> str | None:
    """Why this machine cannot run it."""
    core = next((core for core in cores.CORES if core.release == cell.column), None)
    if core is not None and cores.interpreter(core.pythons) is None:
        return f"no Python {', '.join(core.pythons)} here"
    return None


_ROW = re.compile(r"^\| (?P<row>[^|]+) \|(?P<cells>.*)\|$")


def with_results(document: str, results: Iterable[Result]) -> str:
    """The document, with the results of kernels in the cells of its table.

    Cells without a result stay as they are.
    """
    latest = {(result.column, result.row): result for result in results}
    lines = document.split("\n")
    number = lines.index(f"| | {' | '.join(KERNELS.values())} |")
    while lines[number].startswith("|"):
        found = _ROW.match(lines[number])
        if found and found["row"] in ROWS:
            shown = [cell.strip() for cell in found["cells"].split("|")]
            for place, suite in enumerate(KERNELS):
                result = latest.get((suite, found["row"]))
                if result:
                    shown[place] = f"{result.result}, `{result.commit}`"
            lines[number] = " | ".join(["| " + found["row"], *shown]) + " |"
        number += 1
    return "\n".join(lines)


def _write_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(with_results(text, known()), encoding="utf-8")


def _parse(arguments: list[str]) -> argparse.Namespace:
    columns = [*KERNELS, ARM64, *(core.release for core in cores.CORES), HERE]
    parser = argparse.ArgumentParser(
        prog="matrix.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("columns", nargs="*", metavar="COLUMN", help=", ".join(columns))
    options = parser.parse_args(arguments)
    for column in options.columns:
        if column not in columns:
            parser.error(f"{column} is none of {', '.join(columns)}")
    return options


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    if options.table:
        _write_table()
        return 0
    commit = tested.commit()
    wanted = [cell for cell in cells() if not options.columns or cell.column in options.columns]
    if options.again:
        passed = {
            (result.column, result.row) for result in known() if (result.result, result.commit) == ("passed", commit)
        }
        wanted = [cell for cell in wanted if (cell.column, cell.row) not in passed]
    if options.list:
        print(*(cell.name for cell in wanted), sep="\n")
        return 0
    CACHE.mkdir(parents=True, exist_ok=True)
    runner = Runner(commit)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ThreadPoolExecutor(options.jobs) as pool:
        started = [pool.submit(runner.run, cell) for cell in wanted]
        try:
            results = [future.result() for future in started]
        except KeyboardInterrupt:
            runner.end()
            return 130
    _write_table()
    failed = [cell for cell, result in zip(wanted, results) if result.result == "FAILED"]
    for cell in failed:
        print(f"\n== FAILED: {cell.name}. The end of what it said")
        print(*cell.log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:], sep="\n")
    print("\n== The matrix at commit", commit)
    print(*results, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
