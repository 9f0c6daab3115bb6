# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each of many packets: dispatched.py FROM TO. They are the same each time; prints a JSON list of words.

``pass`` is what TO has received, ``tx`` what has come back to FROM, and ``drop`` the rest.
"""

from __future__ import annotations

import json
import random
import select
import socket
import sys
import time

COUNT = 2000
ETHER_TYPE = 0x88B5  # for experiments (IEEE 802)
DROP, PASS, TX = 1, 2, 3


def frames() -> list[bytes]:
    chosen = random.Random(1)
    header = b"\xff" * 6 + b"\x02" + bytes(5) + ETHER_TYPE.to_bytes(2, "big")
    return [
        (
            header + bytes(chosen.choice((PASS, PASS, DROP, TX)) for _member in range(4)) + number.to_bytes(4, "big")
        ).ljust(60, b"\0")
        for number in range(COUNT)
    ]


def opened(interface: str) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHER_TYPE))
    made.bind((interface, 0))
    return made


def main() -> None:
    sender, receiver = map(opened, sys.argv[1:])
    verdicts = ["drop"] * COUNT

    def collect(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for each in select.select([sender, receiver], [], [], max(0.0, end - time.monotonic()))[0]:
                packet, address = each.recvfrom(2048)
                if address[2] != socket.PACKET_OUTGOING:
                    verdicts[int.from_bytes(packet[18:22], "big")] = "pass" if each is receiver else "tx"

    for number, frame in enumerate(frames()):
        sender.send(frame)
        if number % 50 == 49:
            collect(0.05)
    collect(3)
    json.dump(verdicts, sys.stdout)


if __name__ == "__main__":
    main()
