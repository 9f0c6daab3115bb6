# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the boot program takes for many saved sets: restore.py SETS DIRECTORY PIN_ROOT

Each set has an interface of its own, one end of a veth pair, in the network
namespace that this runs in. Beside it, what Python takes to start and end.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from ansible_collections.ebpf.xdp.tests.bench import kept_sets
from ansible_collections.ebpf.xdp.tests.bench.programs import counting_program

_ROUNDS = 5


def _seconds(command: list[str]) -> float:
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def main() -> None:
    count, directory, pin_root = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    command = kept_sets.make(counting_program(), count, 1, directory, pin_root)
    first, again, base = [], [], []
    for _round in range(_ROUNDS):
        first.append(_seconds([*command, "restore"]))
        again.append(_seconds([*command, "restore"]))
        base.append(_seconds(["python3", "-I", "-c", "pass"]))
        kept_sets.forget(pin_root)
    print(f"| what | median of {_ROUNDS} | a set |\n|---|---|---|")
    for name, times in (
        (f"restore {count} sets", first),
        ("again, nothing to do", again),
        ("python3 -c pass", base),
    ):
        middle = statistics.median(times)
        print(f"| {name} | {middle:.3f} s | {1000 * middle / count:.1f} ms |")


if __name__ == "__main__":
    main()
