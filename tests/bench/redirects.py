# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nanoseconds a redirected packet, without the monitor and with it: redirects.py WORK BPFFS

Frames that BPF_PROG_TEST_RUN makes and really sends (Linux 5.18), from the interface bench0, through a device map over a veth pair
whose other end drops them, or through a CPU map to another processor, which does. In bulks of 64 or one by one: the kernel tells the
monitor of each bulk.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
import sys
import time
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor import pins
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of
from ansible_collections.ebpf.xdp.tests.bench import samples

_ROUNDS = 15
# Fewer than the queue of a processor holds: none is lost, even if that processor does something else meanwhile.
_REPEAT = 16_000
_RUNS = 5
_PATIENCE = 10.0
_BULKS = (64, 1)

_PROG_TEST_RUN = 10
_LIVE_FRAMES = 2  # BPF_F_TEST_XDP_LIVE_FRAMES
_NATIVE = 4  # XDP_FLAGS_DRV_MODE
_QUEUE = 16384
_FRAME = (b"\xff" * 6 + b"\x02" + bytes(5) + b"\x88\xb5").ljust(64, b"\0")


def _nanoseconds(fd: int, bulk: int, ifindex: int, arrived: int) -> float:
    data = ctypes.create_string_buffer(_FRAME, len(_FRAME))
    given = ctypes.create_string_buffer(struct.pack("=6I", 0, len(_FRAME), 0, ifindex, 0, 0), 24)
    head = (fd, 0, len(_FRAME), 0, bpf.address(data), 0, _REPEAT, 0, 24, 0, bpf.address(given), 0)
    attr = struct.pack("=4I2Q4I2Q4I", *head, _LIVE_FRAMES, 0, bulk, 0)
    spent = 0.0
    for _run in range(_RUNS):
        # The processor's time, not the clock's: others may run meanwhile.
        started = time.process_time()
        bpf.call(_PROG_TEST_RUN, attr)
        spent += time.process_time() - started
        _wait(arrived)
    return spent / _RUNS / _REPEAT * 1e9


def _wait(arrived: int) -> None:
    """Until all have come to the end of their way."""
    deadline = time.monotonic() + _PATIENCE
    first = struct.pack("=I", 0)
    while True:
        (packets,) = struct.unpack("=Q", bpf.map_lookup(arrived, first, 8))
        if packets >= _REPEAT:  # the kernel sends some of its own, for IPv6
            break
        if time.monotonic() > deadline:
            raise SystemExit(f"{packets} of {_REPEAT} packets have arrived")
        time.sleep(0.001)
    bpf_change.map_update(arrived, first, bytes(8))


def main() -> None:
    work, pin_root = sys.argv[1], os.path.join(sys.argv[2], "monitored")
    path = os.path.join(work, "redirects.o")
    with open(path, "rb") as file:
        spec = read_object(path, file.read())
    commands = "link add redirect0 type veth peer name redirect1\nlink set redirect0 up\nlink set redirect1 up\n"
    subprocess.run(["ip", "-batch", "-"], input=commands, text=True, check=True)
    os.sched_setaffinity(0, {0})
    with ExitStack() as held:
        held.callback(subprocess.run, ["ip", "link", "delete", "redirect0"], check=True)
        held.callback(pins.remove, pin_root, False)
        programs: dict[str, int] = {}
        maps: dict[str, int] = {}
        for name in ("end", "to_interface", "to_processor"):
            loaded = loader.load(spec, team_of(spec, name), maps, held)
            programs.update(loaded.programs)
            maps.update(loaded.maps)
        held.callback(os.close, bpf_change.link_create(programs["end"], socket.if_nametoindex("redirect1"), _NATIVE))
        outgoing = socket.if_nametoindex("redirect0")
        bpf_change.map_update(maps["devices"], struct.pack("=I", 0), struct.pack("=I", outgoing))
        queue = struct.pack("=2i", _QUEUE, programs["end_there"])
        bpf_change.map_update(maps["processors"], struct.pack("=I", 1), queue)
        where = socket.if_nametoindex("bench0")
        for turn in range(_ROUNDS):
            for name, what in (("to_interface", "an interface"), ("to_processor", "a processor")):
                for bulk in _BULKS:
                    times = {}
                    # Each comes first as often as the other.
                    for watched in (False, True) if turn % 2 else (True, False):
                        if watched:
                            pins.ensure(pin_root, True, False)
                        times[watched] = _nanoseconds(programs[name], bulk, where, maps["arrived"])
                        if watched:
                            pins.remove(pin_root, False)
                    told = f"redirected to {what}, bulks of {bulk}, with the monitor"
                    samples.add(told, times[True], "ns", base=times[False])
                    samples.add(f"{told}, more", times[True] - times[False], "ns")


if __name__ == "__main__":
    main()
