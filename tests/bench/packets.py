# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nanoseconds a packet, by BPF_PROG_TEST_RUN: packets.py WORK BPFFS"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import time
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import clock, clock_set, guard
from ansible_collections.ebpf.xdp.tests.bench import samples
from ansible_collections.ebpf.xdp.tests.bench.programs import counting_program

_ROUNDS = 60
_REPEAT = 2_000_000
_PROG_TEST_RUN = 10
_FRAME = (b"\xff" * 6 + b"\x02" + bytes(5) + b"\x88\xb5").ljust(64, b"\0")


def nanoseconds(fd: int, repeat: int = _REPEAT) -> float:
    """A packet's, on the average of so many that are run at once; what the kernel tells of it is rounded."""
    data = ctypes.create_string_buffer(_FRAME, len(_FRAME))
    attr = struct.pack("=4I2Q2I", fd, 0, len(_FRAME), 0, bpf.address(data), 0, repeat, 0)
    started = time.monotonic()
    bpf.call(_PROG_TEST_RUN, attr)
    return (time.monotonic() - started) / repeat * 1e9


def main() -> None:
    by_hand_path = os.path.join(sys.argv[1], "by_hand.o")
    with open(by_hand_path, "rb") as file:
        by_hand = read_object(by_hand_path, file.read())
    with ExitStack() as held:
        fds = {}
        for spec, name in (
            (by_hand, "empty"),
            (by_hand, "by_hand"),
            (by_hand, "asks_interface"),
            (counting_program(), "xdp_stats_pass"),
        ):
            fd = loader.load(spec, team_of(spec, name), {}, held).programs[name]
            fds[name] = -1 if fd is None else fd
        when = clock_set.make(held)
        clock_set.write(when, clock.When(clock.now(), 3600 * clock.SECOND))
        fds["on trial"] = guard.make(when, fds["empty"], fds["xdp_stats_pass"], held).program
        for _round in range(_ROUNDS):
            names = ("empty", "by_hand", "asks_interface", "xdp_stats_pass", "on trial")
            empty, hand, asks, ours, on_trial = (nanoseconds(fds[name]) for name in names)
            samples.add("xdp_stats_pass on trial, over xdp_stats_pass", on_trial - ours, "ns")
            samples.add("xdp_stats_pass, over an empty program", ours - empty, "ns")
            samples.add("xdp_stats_pass, over counters by verdict alone", ours - hand, "ns")
            samples.add("asking for the interface, over an empty program", asks - empty, "ns")
            samples.add("an empty program", empty, "ns")


if __name__ == "__main__":
    main()
