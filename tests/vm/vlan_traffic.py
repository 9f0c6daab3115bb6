# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UDP packets to port 7 by VLAN devices, from one network namespace to this one: vlan_traffic.py NAMESPACE NEAR COUNT.

COUNT without a tag, and as many with each of the tags 7 and 8. Prints JSON: how many arrived at a socket of each (``arrived``), how many the
devices of the two VLANs got by ip(8) (``devices``), and what the filter counted by bpftool(8), by the rows of its counters (``counted``).
"""

from __future__ import annotations

import ctypes
import json
import socket
import subprocess
import sys
import time
from typing import Any

_TAGS = (0, 7, 8)
_COUNTERS = "/sys/fs/bpf/ansible/vlans/maps/counters"


def _told(*command: str) -> Any:
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def _got(near: str) -> dict[int, int]:
    found = {tag: _told("ip", "-s", "-j", "link", "show", "dev", f"{near}.{tag}")[0] for tag in _TAGS if tag}
    return {tag: (each.get("stats64") or each["stats"])["rx"]["packets"] for tag, each in found.items()}


def _counted() -> dict[int, int]:
    rows = [entry["formatted"] for entry in _told("bpftool", "-j", "map", "dump", "pinned", _COUNTERS)]
    return {row["key"]: sum(cpu["value"]["packets"] for cpu in row["values"]) for row in rows}


def _more(before: dict[int, int], after: dict[int, int]) -> dict[int, int]:
    return {key: after[key] - before[key] for key in after}


def _bound(tag: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind((f"10.9.{tag}.1", 7))
    listening.settimeout(0)
    return listening


def _read(listening: socket.socket) -> int:
    count = 0
    try:
        while listening.recv(100):
            count += 1
    except BlockingIOError:
        return count
    raise AssertionError("an empty packet")


def main() -> None:
    namespace, near, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    listening = {tag: _bound(tag) for tag in _TAGS}
    devices, counted = _got(near), _counted()
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}", "rb") as other, open("/proc/self/ns/net", "rb") as home:
        assert libc.setns(other.fileno(), 0) == 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _number in range(count):
                for tag in _TAGS:
                    sender.sendto(b"x" * 30, (f"10.9.{tag}.1", 7))
        assert libc.setns(home.fileno(), 0) == 0
    time.sleep(2)
    told = {
        "arrived": {tag: _read(each) for tag, each in listening.items()},
        "devices": _more(devices, _got(near)),
        "counted": {row: packets for row, packets in _more(counted, _counted()).items() if packets},
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
