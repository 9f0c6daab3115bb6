# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network namespace without a name, with one end of a veth: hold.py process|descriptor NEAR FAR.

It is the namespace of a process, or there is no more than a descriptor of it. Prints the process and the descriptor as JSON; both go when
the process is ended, or after ten minutes.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000


def main() -> None:
    how, near, far = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    ready, tell = os.pipe()
    child = os.fork()
    if child:
        os.close(tell)
        assert os.read(ready, 1) == b"+"
        print(json.dumps({"process": child, "descriptor": fd_of(child)}))
        return
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    assert libc.unshare(CLONE_NEWNET) == 0
    # At a number that nothing else has.
    os.dup2(os.open("/proc/self/ns/net", os.O_RDONLY), 100)
    subprocess.run(
        ["ip", "link", "add", far, "type", "veth", "peer", "name", near, "netns", str(os.getppid())], check=True
    )
    subprocess.run(["ip", "link", "set", far, "up"], check=True)
    if how == "descriptor":
        assert libc.setns(home, CLONE_NEWNET) == 0
    os.write(tell, b"+")
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    os.setsid()
    time.sleep(600)


def fd_of(process: int) -> str:
    return f"/proc/{process}/fd/100"


if __name__ == "__main__":
    main()
