# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it takes to write the metrics of a host once: metrics.py SETS INTERFACES ROWS DIRECTORY PIN_ROOT

INTERFACES are those of each set, and ROWS those of its counters (XDP_STATS_INTERFACES). Beside it, what Python takes to
start and end.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

from ansible_collections.ebpf.xdp.tests.bench import kept_sets
from ansible_collections.ebpf.xdp.tests.bench.programs import counting_program

_ROUNDS = 7
_INTERVAL = 15


def _measured(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    before, start = os.times(), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    passed, after = time.monotonic() - start, os.times()
    return passed, after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    sets, interfaces, rows = map(int, sys.argv[1:4])
    directory, pin_root = sys.argv[4:]
    command = kept_sets.make(counting_program(rows), sets, interfaces, directory, pin_root)
    subprocess.run([*command, "restore"], check=True, stdout=subprocess.DEVNULL)
    kept_sets.send(sets * interfaces)
    output = os.path.join(directory, "sets.prom")
    times = [_measured([*command, "metrics", "--pin-root", pin_root, "--output", output]) for _round in range(_ROUNDS)]
    base = [_measured(["python3", "-I", "-c", "pass"]) for _round in range(_ROUNDS)]
    with open(output, encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("#")]
    omitted = next(line.split()[1] for line in lines if line.startswith("ebpf_xdp_series_omitted "))
    seconds, cpu = (statistics.median(each) for each in zip(*times))
    print(
        f"| {sets} sets on {interfaces} interfaces each, {rows} rows | {seconds:.3f} s | {cpu:.3f} s | "
        f"{cpu * 60 / _INTERVAL:.2f} s a minute | {len(lines)} series, {omitted} omitted | "
        f"python3 -c pass: {statistics.median(each[0] for each in base):.3f} s |"
    )


if __name__ == "__main__":
    main()
