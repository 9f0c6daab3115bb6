# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frames from one end of a veth pair, and what of them gets past the filter at the other end.

    flood.py NEAR NAMESPACE FAR COUNT SECONDS [SOURCE:PROTOCOL:PORT...]

Sends COUNT frames, evenly over SECONDS (0 for as fast as possible): for each in turn the next of what is listed, an IPv4 UDP or TCP
packet from SOURCE to PORT. Prints JSON: how many were sent and how many the kernel's stack got, in all (``passed``) and of each
kind (``kinds``), and how many the device dropped itself because its ring was full (``device``).

What passed is counted by packet sockets, each with a filter of its own in the kernel, whose statistics count what they had no room for, too.
"""

from __future__ import annotations

import ctypes
import ipaddress
import json
import socket
import struct
import sys
import time

SOL_PACKET, PACKET_STATISTICS, SO_ATTACH_FILTER, ETH_P_ALL = 263, 6, 26, 3
SKF_AD_QUEUE = 0xFFFFF000 + 24  # where a filter reads the queue (linux/filter.h)
NUMBERS = {"udp": 17, "tcp": 6}


def frame(source: str, protocol: str, port: int, source_port: int = 40000) -> bytes:
    payload = b"x" * 18
    if protocol == "udp":
        transport = struct.pack("!4H", source_port, port, 8 + len(payload), 0)
    else:
        transport = struct.pack("!2H2I2B3H", source_port, port, 1, 0, 0x50, 2, 1024, 0, 0)
    length = 20 + len(transport) + len(payload)
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address("192.0.2.1").packed
    ip = struct.pack("!2B3H2BH", 0x45, 0, length, 0, 0, 64, NUMBERS[protocol], 0) + addresses
    return b"\xff" * 6 + b"\x02\0\0\0\0\x02" + struct.pack("!H", 0x0800) + ip + transport + payload


def listener(
    near: str, source: str | None, protocol: str = "", port: int = 0, queue: int | None = None
) -> socket.socket:
    """A socket that gets what comes from ``source`` to ``port``; all that we send for ``None``. Only that of a queue, where one is given."""
    wanted = [(26, 4, int(ipaddress.ip_address(source))), (23, 1, NUMBERS[protocol]), (36, 2, port)] if source else []
    if queue is not None:
        wanted.append((SKF_AD_QUEUE, 4, queue))
    # Ours by the sender's MAC address.
    wanted.insert(0, (6, 4, 0x02000000))
    sizes = {1: 0x30, 2: 0x28, 4: 0x20}
    code = []
    for index, (offset, size, value) in enumerate(wanted):
        to_end = 2 * (len(wanted) - index) - 1
        code += [struct.pack("=H2BI", sizes[size], 0, 0, offset), struct.pack("=H2BI", 0x15, 0, to_end, value)]
    code += [struct.pack("=H2BI", 0x06, 0, 0, 1), struct.pack("=H2BI", 0x06, 0, 0, 0)]
    program = ctypes.create_string_buffer(b"".join(code))
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    heard.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(code), ctypes.addressof(program)))
    heard.bind((near, ETH_P_ALL))
    return heard


def heard(listening: socket.socket) -> int:
    packets, _dropped = struct.unpack("=2I", listening.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    return packets


def refused_by_device(far: str) -> int:
    """Frames that the far end could not hand over because the ring of the near end was full, by /proc/net/dev."""
    with open("/proc/self/net/dev", encoding="ascii") as table:
        counts = next(line.split(":")[1].split() for line in table if line.split(":")[0].strip() == far)
    return int(counts[11])


def enter(namespace: str) -> None:
    """Go to a network namespace that ip-netns(8) has named; sockets stay where they were made."""
    with open(f"/run/netns/{namespace}", "rb") as other:
        if ctypes.CDLL(None, use_errno=True).setns(other.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")


#: A busy machine may keep a sender from sending for longer than this many seconds.
PAUSE = 0.25


def send(far: str, frames: list[bytes], count: int, seconds: float, began: float) -> float:
    """Send so many frames, each of these in turn, evenly over the seconds since ``began``.

    Returns by how many seconds pauses were longer than ``PAUSE``.
    """
    paused, latest = 0.0, began
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
        sender.bind((far, 0))
        time.sleep(max(0.0, began - time.monotonic()))
        for sent in range(count):
            try:
                sender.send(frames[sent % len(frames)])
            except OSError:  # ENOBUFS: the device has dropped it
                time.sleep(0.001)
            now = time.monotonic()
            paused += max(0.0, now - latest - PAUSE)
            latest = now
            ahead = began + seconds * sent / count - now
            if ahead > 0.002:
                time.sleep(ahead)
    return paused


def main() -> None:
    near, namespace, far, count, seconds = [*sys.argv[1:4], int(sys.argv[4]), float(sys.argv[5])]
    kinds = [each.split(":") for each in sys.argv[6:]]
    frames = [frame(source, protocol, int(port)) for source, protocol, port in kinds]
    everything = listener(near, None)
    listening = {":".join(kind): listener(near, kind[0], kind[1], int(kind[2])) for kind in kinds}
    for each in (everything, *listening.values()):
        heard(each)  # what came before it was bound to the interface
    enter(namespace)
    before = refused_by_device(far)
    send(far, frames, count, seconds, time.monotonic())
    time.sleep(0.5)
    kinds_heard = {name: heard(each) for name, each in listening.items()}
    device = refused_by_device(far) - before
    print(json.dumps({"sent": count, "passed": heard(everything), "kinds": kinds_heard, "device": device}))


if __name__ == "__main__":
    main()
