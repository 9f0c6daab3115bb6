# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the prefixes that a map has, as bpftool reads them, with those of a file: PIN FILE."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys


def main() -> None:
    pin, listed = sys.argv[1:]
    dumped = subprocess.run(["bpftool", "-j", "map", "dump", "pinned", pin], check=True, capture_output=True).stdout
    found = set()
    for entry in json.loads(dumped):
        key = bytes(int(each, 16) for each in entry["key"])
        found.add(f"{socket.inet_ntoa(key[4:])}/{struct.unpack('=I', key[:4])[0]}")
    with open(listed, encoding="ascii") as file:
        wanted = {line.strip() for line in file if not line.startswith("#")}
    if found != wanted:
        raise SystemExit(
            f"{pin} lacks {sorted(wanted - found)[:10]}, and has {sorted(found - wanted)[:10]} that {listed} lacks"
        )


if __name__ == "__main__":
    main()
