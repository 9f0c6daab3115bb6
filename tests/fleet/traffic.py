# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps packets coming on all hosts, for as long as a file is there: traffic.py FILE INTERFACE NAMESPACE..."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import time

_CLONE_NEWNET = 0x40000000  # include/uapi/linux/sched.h
_FRAME = (b"\xff" * 6 + b"\x02" + bytes(5) + b"\x88\xb5").ljust(60, b"\0")


def sender(namespace: str, interface: str) -> socket.socket:
    """A socket in that namespace; it stays there, whichever one this process is in."""
    fd = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(fd, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), namespace)
    os.close(fd)
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    opened.bind((interface, 0))
    return opened


def main() -> None:
    file, interface, *namespaces = sys.argv[1:]
    senders = [sender(namespace, interface) for namespace in namespaces]
    while os.path.exists(file):
        for each in senders:
            each.send(_FRAME)
        time.sleep(0.01)


if __name__ == "__main__":
    main()
