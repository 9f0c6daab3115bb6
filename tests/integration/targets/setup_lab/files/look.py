# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's state as others see it, by bpftool and ip: what is loaded, attached and pinned: look.py BPFFS

One process that asks all at once, because the targets look hundreds of times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_QUESTIONS = (
    ("bpftool", "-j", "prog", "show"),
    ("bpftool", "-j", "map", "show"),
    ("bpftool", "-j", "link", "show"),
    ("ip", "-d", "-j", "link"),
)


def _is_ours(shown: dict[str, object]) -> bool:
    """Only XDP, and only our kind of map: other parts of the system load programs whenever they like."""
    return shown["type"] == "xdp" or "bytes_key" in shown


def main() -> None:
    asked = [subprocess.Popen(question, stdout=subprocess.PIPE) for question in _QUESTIONS]
    *shown, interfaces = (json.loads(each.communicate()[0]) for each in asked)
    if any(each.returncode for each in asked):
        sys.exit("bpftool or ip failed")
    for kind in shown:
        for one in filter(_is_ours, kind):
            print(*(one.get(what) for what in ("id", "type", "name", "map_ids", "prog_id")))
    print([(each["ifname"], each.get("xdp")) for each in interfaces])
    pins = Path(sys.argv[1])
    for path in sorted((pins, *pins.rglob("*"))):
        print(path, os.readlink(path) if path.is_symlink() else "")
    for directory in ("/tmp", "/var/tmp", "/run"):
        for path in sorted(Path(directory).glob("xdp-*")):
            print(path)


if __name__ == "__main__":
    main()
