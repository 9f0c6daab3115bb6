# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment by xdp_pin, in turns with one by commands: deployments.py WORK BPFFS ROUNDS"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from ansible_collections.ebpf.xdp.tests.bench import samples

_HERE = os.path.dirname(os.path.abspath(__file__))


def _play(work: str, playbook: str, changed: bool) -> tuple[float, float]:
    """Seconds of the tasks, as told by a callback, and of the whole command."""
    command = ["ansible-playbook", "-i", f"{work}/inventory.yml", os.path.join(_HERE, playbook)]
    command += ["-e", f"object={work}/xdp_stats.o", "-e", f"remote_object={work}/shipped.o"]
    times = os.path.join(work, "play")
    started = time.monotonic()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "BENCH_PLAY": times}, check=False
    )
    whole = time.monotonic() - started
    if done.returncode or ("changed=0" in done.stdout) == changed:
        raise SystemExit(f"{playbook}: not what it should be\n{done.stdout}")
    with open(times, encoding="ascii") as file:
        return float(file.read()), whole


def _clean(work: str, bpffs: str) -> None:
    subprocess.run(["ip", "link", "set", "dev", "bench0", "xdpdrv", "off"], check=False)
    subprocess.run(["find", bpffs, "-mindepth", "1", "-depth", "-delete"], check=False, stderr=subprocess.DEVNULL)
    if os.path.exists(f"{work}/shipped.o"):
        os.unlink(f"{work}/shipped.o")


def main() -> None:
    work, bpffs, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    for _round in range(rounds):
        times = {}
        for playbook in ("deploy.yml", "deploy_by_commands.yml"):
            _clean(work, bpffs)
            times[playbook] = _play(work, playbook, True), _play(work, playbook, False)
            _clean(work, bpffs)
        for run, name in enumerate(("first", "converged")):
            ours, theirs = times["deploy.yml"][run], times["deploy_by_commands.yml"][run]
            samples.add(f"{name} deployment, its tasks", ours[0], "s", base=theirs[0])
            samples.add(f"{name} deployment, the whole command", ours[1], "s", base=theirs[1])


if __name__ == "__main__":
    main()
