# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a packet costs whoever receives it: filter_flood.py OBJECT one_source|many_sources RUNS

The kernel makes frames (BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18), and a device map sends them from the interface flood0, which has no skb
for them, to flood1 at its other end. That one receives them in a thread of its own ("threaded"), whose processor time is what is
measured: no sender's share is in it. What the ring has no room for is not received, and not counted. Prints nanoseconds a packet, one
run a line.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of

_PROG_TEST_RUN = 10
_LIVE_FRAMES = 2  # BPF_F_TEST_XDP_LIVE_FRAMES
_REPEAT = 2_000_000
_RECEIVED = Path("/sys/class/net/flood1/statistics/rx_packets")


def _frame() -> bytes:
    """UDP from 10.0.0.0, the first of the sources, to port 7."""
    ip = struct.pack("!2B3H2BH", 0x45, 0, 46, 0, 0, 64, 17, 0) + bytes([10, 0, 0, 0, 192, 0, 2, 1])
    return b"\xff" * 6 + b"\x02" + bytes(5) + b"\x08\x00" + ip + struct.pack("!4H", 40000, 7, 26, 0) + bytes(18)


def _receiver() -> int:
    """The kernel's thread that receives."""
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text(encoding="ascii").startswith("napi/flood1-"):
                return int(comm.parent.name)
        except OSError:
            continue  # it has ended
    raise SystemExit("no thread receives for flood1")


def _spent(thread: int) -> int:
    return int(Path(f"/proc/{thread}/schedstat").read_text(encoding="ascii").split()[0])


def main() -> None:
    path, name, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    spec = read_object(path, Path(path).read_bytes())
    thread = _receiver()
    # The sender as well: so the thread finds a ring that is full, and is not woken for each frame.
    for process in (0, thread):
        os.sched_setaffinity(process, {0})
    frame = _frame()
    data = ctypes.create_string_buffer(frame, len(frame))
    where = ctypes.create_string_buffer(struct.pack("=6I", 0, len(frame), 0, socket.if_nametoindex("flood0"), 0, 0), 24)
    with ExitStack() as held:
        loaded = loader.load(spec, team_of(spec, name), {}, held)
        devices = struct.pack("=I", socket.if_nametoindex("flood0"))
        bpf_change.map_update(loaded.maps["devices"], struct.pack("=I", 0), devices)
        head = (loaded.programs[name], 0, len(frame), 0, bpf.address(data), 0, _REPEAT, 0, 24, 0, bpf.address(where), 0)
        for _run in range(runs):
            spent, received = _spent(thread), int(_RECEIVED.read_text(encoding="ascii"))
            bpf.call(_PROG_TEST_RUN, struct.pack("=4I2Q4I2Q4I", *head, _LIVE_FRAMES, 0, 64, 0))
            time.sleep(0.1)
            spent, received = _spent(thread) - spent, int(_RECEIVED.read_text(encoding="ascii")) - received
            print(f"{spent / received:.1f} {received}")


if __name__ == "__main__":
    main()
