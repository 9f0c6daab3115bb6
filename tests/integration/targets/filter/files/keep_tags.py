# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``ethtool -K INTERFACE txvlan off`` for hosts without ethtool: keep_tags.py INTERFACE."""

from __future__ import annotations

import ctypes
import fcntl
import socket
import struct
import sys

SIOCETHTOOL, GFLAGS, SFLAGS, TXVLAN = 0x8946, 0x25, 0x26, 1 << 7  # include/uapi/linux/ethtool.h


def ask(asked: socket.socket, interface: str, command: int, value: int) -> int:
    answer = ctypes.create_string_buffer(struct.pack("=2I", command, value), 8)
    fcntl.ioctl(asked, SIOCETHTOOL, struct.pack("16sP16x", interface.encode(), ctypes.addressof(answer)))
    return int(struct.unpack("=2I", answer.raw)[1])


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    ask(control, sys.argv[1], SFLAGS, ask(control, sys.argv[1], GFLAGS, 0) & ~TXVLAN)
    assert not ask(control, sys.argv[1], GFLAGS, 0) & TXVLAN
