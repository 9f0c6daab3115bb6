# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frames with and without VLAN tags, and who saw how many of them: tagged.py NAMESPACE FAR MAP.

NAMESPACE is a file. Sent from there over FAR, to everybody: 10 frames without a tag, 20 with the tag 7, 30 with the tags 7 and 8. Prints as JSON
what bpftool(8) says that the rows of a pinned array have counted meanwhile, without those that have not.
"""

from __future__ import annotations

import ctypes
import json
import socket
import subprocess
import sys
import time
from typing import Any

# The first of the types for experiments (IEEE 802), and what is not looked at.
PACKET = b"\x88\xb5" + bytes(46)


def counted(path: str) -> dict[int, int]:
    told = subprocess.run(["bpftool", "-j", "map", "dump", "pinned", path], check=True, stdout=subprocess.PIPE)
    rows = [entry["formatted"] for entry in json.loads(told.stdout)]
    return {row["key"]: sum(map(packets, row.get("values", [row]))) for row in rows}


def packets(there: dict[str, Any]) -> int:
    value = there["value"]
    return int(value["packets"] if isinstance(value, dict) else value)


def main() -> None:
    namespace, far, path = sys.argv[1:]
    before = counted(path)
    libc = ctypes.CDLL(None, use_errno=True)
    with open(namespace, "rb") as other, open("/proc/self/ns/net", "rb") as home:
        assert libc.setns(other.fileno(), 0) == 0
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
            sender.bind((far, 0))
            for count, tags in (10, ()), (20, (7,)), (30, (7, 8)):
                within = b"".join(b"\x81\x00" + tag.to_bytes(2, "big") for tag in tags)
                for _number in range(count):
                    sender.send(b"\xff" * 6 + b"\x02\xee\0\0\0\x01" + within + PACKET)
        assert libc.setns(home.fileno(), 0) == 0
    time.sleep(1)
    after = counted(path)
    print(json.dumps({key: after[key] - before[key] for key in after if after[key] != before[key]}))


if __name__ == "__main__":
    main()
