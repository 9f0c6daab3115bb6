# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send numbered frames, and say which of them came through behind XDP.

FAR_NAMESPACE FAR_END NEAR PER_SECOND SECONDS STOP. Ends when the file STOP is there, after so many seconds at the latest.
Prints ``sent`` and ``came``, and ``spans``: for how many seconds frames came through or did not, in the order of time.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import sys
import time

_HEADER = b"\xff" * 6 + b"\x02" + bytes(5) + b"\x88\xb5"


def _socket(interface: str) -> socket.socket:
    opened = socket.socket(
        socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)
    )  # ETH_P_ALL, as in xdp_pin_crash/files/world.py
    opened.bind((interface, 0x88B5))
    opened.setblocking(False)
    return opened


def _socket_in(namespace: str, interface: str) -> socket.socket:
    libc = ctypes.CDLL(None, use_errno=True)
    home, there = os.open("/proc/self/ns/net", os.O_RDONLY), os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(there, 0):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            return _socket(interface)
        finally:
            if libc.setns(home, 0):
                raise OSError(ctypes.get_errno(), "setns")
    finally:
        os.close(home)
        os.close(there)


def main() -> None:
    namespace, far, near, rate, seconds, stop = sys.argv[1:]
    behind, sender = _socket(near), _socket_in(namespace, far)
    begun = due = time.monotonic()
    sent: list[float] = []
    came: set[int] = set()

    def receive() -> None:
        while True:
            try:
                came.add(int.from_bytes(behind.recv(64)[14:22], "big"))
            except BlockingIOError:
                return

    while not os.path.exists(stop) and time.monotonic() < begun + float(seconds):
        sender.send(_HEADER + len(sent).to_bytes(8, "big") + bytes(38))
        sent.append(time.monotonic())
        receive()
        # Without making up for lost time: a veth drops what is more than its ring takes at once.
        now = time.monotonic()
        due = max(due + 1 / float(rate), now)
        time.sleep(due - now)
    time.sleep(0.2)
    receive()
    spans: list[list[object]] = []
    since = begun
    for number, when in enumerate(sent):
        verdict = "passed" if number in came else "dropped"
        if not spans or spans[-1][0] != verdict:
            since = when
            spans.append([verdict, 0.0])
        spans[-1][1] = round(when - since, 3)
    print(json.dumps({"sent": len(sent), "came": len(came), "spans": spans}))


if __name__ == "__main__":
    main()
