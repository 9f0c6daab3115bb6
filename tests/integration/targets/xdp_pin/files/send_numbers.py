# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send frames that each bring a number of their own, from 1 on, for some seconds: INTERFACE SECONDS."""

from __future__ import annotations

import socket
import struct
import sys
import time

_MOST = 60_000


def main() -> None:
    interface, seconds = sys.argv[1], float(sys.argv[2])
    header = b"\xff" * 6 + b"\x02" + bytes(5) + b"\x88\xb5" + bytes(2)
    end = time.monotonic() + seconds
    number = 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((interface, 0))
        while number < _MOST and time.monotonic() < end:
            for _frame in range(20):
                number += 1
                sender.send((header + struct.pack("=Q", number)).ljust(60, b"\0"))
            time.sleep(0.001)


if __name__ == "__main__":
    main()
