# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which program packets meet while it is upgraded: upgrade_line.py WORK OUTPUT

Packets go from bench1 to bench0, ten each millisecond, and each has a number. The programs write their version into them.
What arrives behind them, and what does not, says for each number what became of it: OUTPUT is JSON, for upgrade_picture.py.
"""

from __future__ import annotations

import array
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import Counter

_HERE = os.path.dirname(os.path.abspath(__file__))

_TYPE = 0x88B5  # the first of those for experiments (IEEE 802)
_HEADER = b"\xff" * 6 + b"\x02" + bytes(5) + _TYPE.to_bytes(2, "big")
_VERSION, _NUMBER = 14, 16  # where they are in a packet
_SIZE = 60
_EACH = 10
_STEP = 0.001
_BUFFER = 64 << 20
_SO_RCVBUFFORCE = 33

#: Seconds before the first packet that does not meet the old program, and from there on, that are kept.
_BEFORE, _AFTER = 0.3, 0.9
_BIN = 0.01

_LOST = 3


def _send(stop: int, times_path: str) -> None:
    """Until there is something to read from ``stop``."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    times = array.array("d")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("bench1", 0))
        due = time.monotonic()
        while not select.select([stop], [], [], max(0, due - time.monotonic()))[0]:
            for _each in range(_EACH):
                times.append(time.monotonic())
                sender.send((_HEADER + struct.pack("=HQ", 0, len(times) - 1)).ljust(_SIZE, b"\0"))
            # What could not be sent in time is not sent later in a burst.
            due = max(due + _STEP, time.monotonic())
    with open(times_path, "wb") as file:
        times.tofile(file)


def _receive(stop: int, met_path: str, receiver: socket.socket) -> None:
    """The same; then what is still there is read."""
    met = array.array("Q")
    packet = bytearray(_SIZE)
    stopped = False
    while True:
        readable = select.select([receiver] if stopped else [receiver, stop], [], [], 0.5)[0]
        if receiver in readable:
            _length, address = receiver.recvfrom_into(packet)
            if address[2] != socket.PACKET_OUTGOING:
                met.extend((struct.unpack_from("=Q", packet, _NUMBER)[0], packet[_VERSION]))
        elif stop in readable:
            stopped = True
        elif stopped:
            break
    with open(met_path, "wb") as file:
        met.tofile(file)


def _forked(work: str, stop: int, run: str) -> int:
    receiver = None
    if run == "receive":
        receiver = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_TYPE))
        receiver.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        receiver.bind(("bench0", _TYPE))
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if receiver is None:
                _send(stop, f"{work}/send")
            else:
                _receive(stop, f"{work}/receive", receiver)
            status = 0
        finally:
            os._exit(status)
    if receiver is not None:
        receiver.close()
    return child


def _play(work: str, way: str, version: int) -> None:
    command = ["ansible-playbook", "-i", f"{work}/inventory.yml", os.path.join(_HERE, "upgrade.yml")]
    command += ["-e", f"way={way}", "-e", f"object={work}/mark_{version}.o"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode or "changed=0" in done.stdout:
        raise SystemExit(done.stdout)


def _read(path: str, kind: str) -> array.array[float]:
    numbers = array.array(kind)
    with open(path, "rb") as file:
        numbers.frombytes(file.read())
    return numbers


def _line(work: str, way: str) -> dict[str, object]:
    """Packets for each step of time, by what they met: the old program, the new one, none, and those that were lost."""
    _play(work, way, 1)
    stops = {run: os.pipe() for run in ("send", "receive")}
    children = {run: _forked(work, stop[0], run) for run, stop in ((each, stops[each]) for each in ("receive", "send"))}
    try:
        time.sleep(1)
        _play(work, way, 2)
        time.sleep(1.5)
        for run in ("send", "receive"):
            os.write(stops[run][1], b"x")
            if os.waitpid(children.pop(run), 0)[1]:
                raise SystemExit(f"Cannot {run} packets")
    finally:
        for child in children.values():
            os.kill(child, signal.SIGKILL)
        for stop in stops.values():
            for fd in stop:
                os.close(fd)
    sent = _read(f"{work}/send", "d")
    flat = _read(f"{work}/receive", "Q")
    met = dict(zip(flat[::2], flat[1::2]))
    fates = [{1: 0, 2: 1, 0: 2}[met[number]] if number in met else _LOST for number in range(len(sent))]
    begin = sent[next(number for number, fate in enumerate(fates) if fate)]
    bins: dict[int, Counter[int]] = {}
    for when, fate in zip(sent, fates):
        bins.setdefault(int((when - begin) // _BIN), Counter())[fate] += 1
    counts = Counter(fates)
    without = [when for when, fate in zip(sent, fates) if fate == 2]
    return {
        "way": way,
        "sent": len(sent),
        "none": counts[2],
        "lost": counts[_LOST],
        "seconds": max(without) - min(without) if without else 0.0,
        "first": -round(_BEFORE / _BIN),
        "step": _BIN,
        "bins": [
            [bins.get(number, Counter())[fate] for fate in range(4)]
            for number in range(-round(_BEFORE / _BIN), round(_AFTER / _BIN))
        ],
    }


def main() -> None:
    work, output = sys.argv[1:]
    lines = []
    for way in ("xdp_pin", "shell", "tasks"):
        lines.append(_line(work, way))
        if way == "xdp_pin":
            subprocess.run(["find", os.environ["BENCH_SETS"], "-depth", "-delete"], check=True)
        else:
            subprocess.run(["ip", "link", "set", "dev", "bench0", "xdpdrv", "off"], check=True)
        print({name: value for name, value in lines[-1].items() if name != "bins"}, flush=True)
    with open(output, "w", encoding="utf-8") as file:
        json.dump({"kernel": os.uname().release.split("-")[0], "lines": lines}, file)


if __name__ == "__main__":
    main()
