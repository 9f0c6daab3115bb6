# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the boot program takes for many saved sets: restore.py SETS DIRECTORY PIN_ROOT

Each set has an interface of its own, one end of a veth pair, in the network
namespace that this runs in. Beside it, what Python takes to start and end.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import archive, saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.saved import SavedSet
from ansible_collections.ebpf.xdp.tests.bench.programs import counting_program

_ROUNDS = 5


def _seconds(command: list[str]) -> float:
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def main() -> None:
    count, directory, pin_root = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    executable = os.path.join(directory, "ebpf-xdp")
    spec = counting_program()
    for number in range(count):
        subprocess.run(["ip", "link", "add", f"a{number}", "type", "veth", "peer", "name", f"b{number}"], check=True)
        kept = SavedSet(f"set{number}", pin_root, spec, "xdp_stats_pass", (f"a{number}",), "auto", "auto")
        # The program is the same for all.
        program = archive.build if number == 0 else None
        Files(os.path.join(directory, "sets"), executable, False, program).keep(kept.name, saved.to_text(kept))
    command = [executable, "--directory", os.path.join(directory, "sets")]
    first, again, metrics, cpu, base = [], [], [], [], []
    written = ["metrics", "--pin-root", pin_root, "--output", os.path.join(directory, "sets.prom")]
    for _round in range(_ROUNDS):
        first.append(_seconds([*command, "restore"]))
        again.append(_seconds([*command, "restore"]))
        before = os.times()
        metrics.append(_seconds([*command, *written]))
        after = os.times()
        cpu.append(after.children_user + after.children_system - before.children_user - before.children_system)
        base.append(_seconds(["python3", "-I", "-c", "pass"]))
        subprocess.run(["find", pin_root, "-depth", "-mindepth", "1", "-delete"], check=True)
    print(f"| what | median of {_ROUNDS} | a set |\n|---|---|---|")
    for name, times in (
        (f"restore {count} sets", first),
        ("again, nothing to do", again),
        ("metrics", metrics),
        ("metrics, CPU", cpu),
        ("python3 -c pass", base),
    ):
        middle = statistics.median(times)
        print(f"| {name} | {middle:.3f} s | {1000 * middle / count:.1f} ms |")


if __name__ == "__main__":
    main()
