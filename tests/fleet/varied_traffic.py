# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packets on all hosts, on each at a rate of its own that goes up and down, as long as a file is there: FILE NAMESPACE..."""

from __future__ import annotations

import math
import os
import random
import sys
import time

from traffic import sender

_FRAME = (b"\xff" * 6 + b"\x02" + bytes(5) + b"\x88\xb5").ljust(200, b"\0")


def main() -> None:
    file, *namespaces = sys.argv[1:]
    chance = random.Random(7)
    senders = [
        (sender(namespace, interface), chance.uniform(2, 30), chance.uniform(1, 6))
        for namespace in namespaces
        for interface in ("far0", "far1")
    ]
    started = time.monotonic()
    while os.path.exists(file):
        now = time.monotonic() - started
        for opened, most, period in senders:
            for _packet in range(
                round(most * (0.7 + 0.3 * math.sin(now * math.tau / period)) * chance.uniform(0.7, 1))
            ):
                opened.send(_FRAME)
        time.sleep(0.02)


if __name__ == "__main__":
    main()
