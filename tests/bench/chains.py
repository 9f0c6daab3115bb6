# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nanoseconds a packet in chains of programs that do nothing, by BPF_PROG_TEST_RUN: chains.py WORK BPFFS"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._chain.link import link
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import Member
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of
from ansible_collections.ebpf.xdp.tests.bench import samples
from ansible_collections.ebpf.xdp.tests.bench.packets import nanoseconds

_ROUNDS = 6
_LENGTHS = (1, 3, 10)

# Of a few nanoseconds, what else the machine does is many times as much: the best run counts. A run ends with a tick of the
# kernel's clock, which is 4 ms where it has 250 of them a second: 0.4 ns of so many packets.
_RUNS = 3
_REPEAT = 10_000_000


def _chain(spec: ObjectSpec, length: int, count: bool) -> ObjectSpec:
    return link([Member(f"m{number}", spec, "empty") for number in range(length)], count=count)


def _best(fd: int) -> float:
    """Less what each run takes whatever it runs: the kernel patches its dispatcher (bpf_prog_change_xdp), which takes milliseconds."""
    every, once = (min(nanoseconds(fd, repeat) * repeat for _run in range(_RUNS)) for repeat in (_REPEAT, 1))
    return (every - once) / (_REPEAT - 1)


def main() -> None:
    path = os.path.join(sys.argv[1], "by_hand.o")
    with open(path, "rb") as file:
        spec = read_object(path, file.read())
    with ExitStack() as held:
        alone = loader.load(spec, team_of(spec, "empty"), {}, held).programs["empty"]
        chains = {
            (length, count): loader.load(chain, team_of(chain, "chain"), {}, held).programs["chain"]
            for count in (False, True)
            for length in _LENGTHS
            for chain in (_chain(spec, length, count),)
        }
        for _round in range(_ROUNDS):
            single = _best(alone)
            for count, how in ((False, ""), (True, ", counted")):
                times = {length: _best(chains[length, count]) for length in _LENGTHS}
                for length, time in times.items():
                    samples.add(f"a chain of {length}{how}, over the program alone", time - single, "ns")
                    samples.add(f"a chain of {length}{how}, against the program alone", time, "ns", base=single)
                samples.add(f"one more member of a chain{how}", (times[10] - times[1]) / 9, "ns")


if __name__ == "__main__":
    main()
