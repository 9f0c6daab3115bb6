# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an ELF object to pins, in turns with bpftool: load.py WORK BPFFS"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.origin import of_spec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.absent import ensure_absent
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.present import ensure_present
from ansible_collections.ebpf.xdp.tests.bench import samples

_ROUNDS = 30


def main() -> None:
    _measure("xdp_stats.o", "xdp_stats_pass", "an ELF object")
    # 640 kB: types of the kernel's own, which decide about 18 of its instructions.
    _measure("core.o", "core", "a CO-RE object")


def _measure(file_name: str, program: str, what: str) -> None:
    path, bpffs = os.path.join(sys.argv[1], file_name), sys.argv[2]
    request = Request("load", os.path.join(bpffs, "backend"), "all", program=program)
    theirs = os.path.join(bpffs, "bpftool")
    bpftool = shutil.which("bpftool") or "bpftool"
    for _round in range(_ROUNDS):
        started = time.monotonic()
        with open(path, "rb") as file:
            spec = read_object(path, file.read())
        ensure_present(request._replace(origin=of_spec(spec)), check_mode=False)
        ours = time.monotonic() - started
        ensure_absent(request, check_mode=False)

        started = time.monotonic()
        command = [bpftool, "prog", "loadall", path, f"{theirs}/programs", "pinmaps", f"{theirs}/maps", "type", "xdp"]
        os.mkdir(theirs)
        subprocess.run(command, check=True)
        samples.add(f"load and pin {what}, with its record", ours, "s", base=time.monotonic() - started)
        subprocess.run(["find", theirs, "-depth", "-delete"], check=True)

        # What a host does of it: the controller has read the object.
        data = spec_text.to_json(spec)
        started = time.monotonic()
        with ExitStack() as held:
            spec = spec_text.from_json(data)
            loader.load(spec, team_of(spec, program), {}, held)
        samples.add(f"load the spec of {what}, without pins", time.monotonic() - started, "s")


if __name__ == "__main__":
    main()
