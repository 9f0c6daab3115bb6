# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send packets from addresses of a list, and see which of them get past an interface.

FAR_NAMESPACE FAR_INTERFACE INTERFACE LIST RATE SECONDS STOP: frames leave FAR_INTERFACE of
the network namespace, RATE a second, for SECONDS at most or until there is a file STOP. A
packet socket on INTERFACE has only those that XDP lets pass. Their sources are those of the
file LIST in turn, each prefix by its first address; each frame has a number.

Prints how many were ``sent``, how many of the first ones passed before one did not
(``before``), and how many passed ``late``, after one that had not.
"""

from __future__ import annotations

import errno
import json
import os
import select
import socket
import struct
import sys
import time

_TYPE_IP = 0x0800


def _socket(interface: str, protocol: int = 0) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    made.bind((interface, protocol))
    return made


def _frame(source: bytes, number: int) -> bytes:
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 46, 0, 0, 64, 253, 0, source, b"\xc0\0\2\1")
    return (
        b"\xff" * 6 + b"\x02" + bytes(5) + struct.pack("!H", _TYPE_IP) + ip + struct.pack("=Q", number).ljust(26, b"\0")
    )


def _drain(receiver: socket.socket, passed: list[int]) -> None:
    while select.select([receiver], [], [], 0)[0]:
        frame = receiver.recv(128)
        passed.append(struct.unpack_from("=Q", frame, 34)[0])


def main() -> None:
    namespace, far, near, listed, rate, seconds, stop = sys.argv[1:]
    with open(listed, encoding="ascii") as file:
        sources = [socket.inet_aton(line.split("/")[0]) for line in file.read().split()]
    receiver = _socket(near, _TYPE_IP)
    receiver.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    os.setns(there, 0) if hasattr(os, "setns") else _setns(there)
    sender = _socket(far)
    os.setns(here, 0) if hasattr(os, "setns") else _setns(here)
    passed: list[int] = []
    number = 0
    begin = time.monotonic()
    while time.monotonic() - begin < float(seconds) and not os.path.exists(stop):
        # On a host that cannot send at this rate, what is due only grows: look at the file STOP now and then.
        due = min((time.monotonic() - begin) * int(rate), number + int(rate) / 20)
        while number < due:
            try:
                sender.send(_frame(sources[number % len(sources)], number))
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                break  # the other side is slow
            number += 1
        _drain(receiver, passed)
        time.sleep(0.001)
    time.sleep(0.2)
    _drain(receiver, passed)
    before = next((index for index, each in enumerate(passed) if each != index), len(passed))
    print(json.dumps({"sent": number, "before": before, "late": len(passed) - before}))


def _setns(fd: int) -> None:
    import ctypes

    if ctypes.CDLL(None, use_errno=True).setns(fd, 0):
        raise OSError(ctypes.get_errno(), "setns")


if __name__ == "__main__":
    main()
