# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""More packets than a limit allows, from one end of a veth pair, and how many of them get past it at the other end.

    over_limit.py NEAR NAMESPACE FAR RATE SECONDS SENDERS SOURCE...

Each of SENDERS processes, which have a processor each as far as there are so many, sends UDP packets to port 7 for SECONDS, in turn from
each SOURCE, and from 16 ports, which spreads them over the queues. RATE is what each source sends a second, of all processes together.
Prints JSON: how many were sent, how long that took, for how much of that a sender was kept from sending, how many the kernel's
stack got from each source, and by how many queues those of the first came.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from typing import TYPE_CHECKING

import flood

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized


def send(
    far: str, frames: list[bytes], count: int, seconds: float, began: float, processor: int, paused: Synchronized[float]
) -> None:
    os.sched_setaffinity(0, {processor})
    paused.value = flood.send(far, frames, count, seconds, began)


def main() -> None:
    near, namespace, far, rate, seconds, senders = [
        *sys.argv[1:4],
        int(sys.argv[4]),
        float(sys.argv[5]),
        int(sys.argv[6]),
    ]
    sources = sys.argv[7:]
    listening = {source: flood.listener(near, source, "udp", 7) for source in sources}
    # Some kernels count the queues from 1.
    of_queue = [flood.listener(near, sources[0], "udp", 7, number) for number in range(3)]
    for each in (*listening.values(), *of_queue):
        flood.heard(each)  # what came before it was bound to the interface
    flood.enter(namespace)
    frames = [flood.frame(source, "udp", 7, port) for port in range(40000, 40016) for source in sources]
    processors = sorted(os.sched_getaffinity(0))
    count = int(rate * len(sources) / senders * seconds)
    began = time.monotonic() + 0.3
    paused = [multiprocessing.Value("d", 0.0) for _index in range(senders)]
    processes = [
        multiprocessing.Process(
            target=send, args=(far, frames, count, seconds, began, processors[index % len(processors)], paused[index])
        )
        for index in range(senders)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    took = time.monotonic() - began
    time.sleep(0.5)
    passed = {source: flood.heard(each) for source, each in listening.items()}
    queues = sum(flood.heard(each) > 0 for each in of_queue)
    longest = max(each.value for each in paused)
    print(json.dumps({"sent": senders * count, "seconds": took, "paused": longest, "passed": passed, "queues": queues}))


if __name__ == "__main__":
    main()
