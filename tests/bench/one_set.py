# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long xdp_pinned_info takes for one set, alone and among others: one_set.py SETS DIRECTORY PIN_ROOT

Each set has an interface of its own, one end of a veth pair, in the network
namespace that this runs in, and is kept for the next boot as well. Measured
is the time of the processor, of the whole module: what it takes for a set that
does not exist, on an empty host, is its start.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import archive, saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.files import Files
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.saved import SavedSet
from ansible_collections.ebpf.xdp.plugins.modules import xdp_pinned_info
from ansible_collections.ebpf.xdp.tests.bench.programs import counting_program

_ROUNDS = 15


def _keep(directory: str, executable: str, pin_root: str, numbers: range) -> None:
    spec = counting_program()
    for number in numbers:
        subprocess.run(["ip", "link", "add", f"a{number}", "type", "veth", "peer", "name", f"b{number}"], check=True)
        kept = SavedSet(f"set{number}", pin_root, spec, "xdp_stats_pass", (f"a{number}",), "auto", "auto")
        # The program is the same for all.
        program = archive.build if number == 0 else None
        Files(directory, executable, False, program).keep(kept.name, saved.to_text(kept))
    subprocess.run([executable, "--directory", directory, "restore"], check=True, stdout=subprocess.DEVNULL)


def _seconds(work: str, **options: object) -> tuple[float, dict[str, list[object]]]:
    """The median of a module's run, and what it has returned."""
    arguments = os.path.join(work, "arguments.json")
    with open(arguments, "w", encoding="ascii") as file:
        json.dump({"ANSIBLE_MODULE_ARGS": options}, file)
    times = []
    for _round in range(_ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, xdp_pinned_info.__file__, arguments], stdout=subprocess.PIPE, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(times), json.loads(done.stdout)


def main() -> None:
    count, work, pin_root = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    directory, executable = os.path.join(work, "sets"), os.path.join(work, "ebpf-xdp")
    options = {"pin_root": pin_root, "boot_directory": directory}
    start, _nothing = _seconds(work, name="set0", **options)
    _keep(directory, executable, pin_root, range(1))
    alone, one = _seconds(work, name="set0", **options)
    _keep(directory, executable, pin_root, range(1, count))
    among, same = _seconds(work, name="set0", **options)
    whole, everything = _seconds(work, **options)
    if one != same or len(everything["sets"]) != count or not one["interfaces"]:
        raise SystemExit(f"not what it should be: {one} and {same}")
    print(f"| what | median of {_ROUNDS} | against one set alone |\n|---|---|---|")
    for name, seconds in (
        ("no set", start),
        ("one set alone", alone),
        (f"one set among {count}", among),
        (f"all of {count} sets", whole),
    ):
        print(f"| {name} | {1000 * seconds:.0f} ms | {seconds / alone:.2f} |")


if __name__ == "__main__":
    main()
