# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the matrix: matrix.sh [--whole] [--jobs N] [--since COMMIT] [--row TEXT] [--list] [COLUMN...]

A column is a suite of tests/vm.sh, a release of ansible-core, or "here"; all of them without one. A cell of it is a command,
whose output goes to .cache/matrix. N of them run at a time, by default two. What loads programs into this machine's kernel runs
beside them, one after the other. Failures do not stop the others. Each result is written into its table in docs/kernels.md as soon
as it is there, with the commit that was tested.
--whole also runs what takes about an hour each: whole targets on other kernels, which are emulated, and fresh roots.
--since leaves out what the tables say passed at COMMIT or later, so that several runs make one matrix. --row leaves out rows
without TEXT. --list says what would run.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import tested

from .cells import KERNELS, LOGS, OTHERS, ROOT, Cell, cells
from .runner import Result, Runner
from .table import DOCUMENT, Known, known, with_results


def _at_or_after(commit: str, since: str) -> bool:
    git = ("git", "-c", "safe.directory=*", "merge-base", "--is-ancestor", since, commit)
    return subprocess.run(git, cwd=ROOT, check=False, stderr=subprocess.DEVNULL).returncode == 0


def _wanted(options: argparse.Namespace) -> Iterator[Cell]:
    results = known(DOCUMENT.read_text(encoding="utf-8")) if options.since else {}
    for cell in cells(options.whole):
        if (options.columns and cell.column not in options.columns) or options.row not in cell.row:
            continue
        result = results.get(cell.key)
        passed = result is not None and result.outcome == "passed" and result.commit is not None
        if not passed or not _at_or_after(result.commit, options.since):
            yield cell


def _write_down(result: Result, commit: str) -> None:
    text = with_results(DOCUMENT.read_text(encoding="utf-8"), {result.cell.key: Known(result.outcome, commit)})
    # In one step, as all that is known is in it.
    new = DOCUMENT.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(DOCUMENT)


def _parse(arguments: list[str]) -> argparse.Namespace:
    columns = [*KERNELS, *OTHERS]
    parser = argparse.ArgumentParser(
        prog="matrix.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--since", metavar="COMMIT")
    parser.add_argument("--row", default="", metavar="TEXT")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("columns", nargs="*", metavar="COLUMN", help=", ".join(columns))
    options = parser.parse_args(arguments)
    for column in options.columns:
        if column not in columns:
            parser.error(f"{column} is none of {', '.join(columns)}")
    if options.since and not _at_or_after("HEAD", options.since):
        parser.error(f"{options.since} is no commit that HEAD comes from")
    return options


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    wanted = list(_wanted(options))
    if options.list:
        print(*(cell.name for cell in wanted), sep="\n")
        return 0
    commit = tested.commit(apart=str(DOCUMENT.relative_to(ROOT)))
    LOGS.mkdir(parents=True, exist_ok=True)
    runner = Runner()
    results = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ThreadPoolExecutor(1) as loading, ThreadPoolExecutor(options.jobs) as others:
        started = [(loading if cell.loads else others).submit(runner.run, cell) for cell in wanted]
        try:
            for future in as_completed(started):
                result = future.result()
                if result is not None:
                    print(result, flush=True)
                    results.append(result)
                    _write_down(result, commit)
        except KeyboardInterrupt:
            runner.end()
            return 130
    failed = [result.cell for result in results if result.outcome == "FAILED"]
    for cell in failed:
        print(f"\n== FAILED: {cell.name}. The end of what it said")
        print(*cell.log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:], sep="\n")
    print(f"\n== The matrix at commit {commit}: {len(results)} cells, {len(failed)} failed")
    if not options.whole:
        print(f"Left to --whole: {sum(cell.long for cell in cells())} cells")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
