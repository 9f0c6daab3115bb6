# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which driver an interface has, and what it does with VLAN tags, by the ioctl of ethtool(8).

Asked of the process's own network namespace; /sys/class/net may show another.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

_SIOCETHTOOL = 0x8946  # include/uapi/linux/sockios.h
_ETHTOOL_GDRVINFO = 3  # include/uapi/linux/ethtool.h

# struct ethtool_drvinfo (include/uapi/linux/ethtool.h, Linux 6.18): the command, the
# driver's name in 32 bytes, and 160 bytes more of strings and numbers.
_NAME = slice(4, 36)
_SIZE = 196

# struct ethtool_value: the command and 32 bits, of which these say that tags are beside sent frames, and taken from received ones.
_ETHTOOL_GFLAGS = 0x25
_ETH_FLAG_TXVLAN = 1 << 7
_ETH_FLAG_RXVLAN = 1 << 8
_VALUE = "=2I"


def driver(interface: str) -> str | None:
    """The driver's name; ``None`` for an interface that has none, such as ``lo``, or that is gone."""
    answer = _asked(interface, _ETHTOOL_GDRVINFO, _SIZE)
    return None if answer is None else answer[_NAME].partition(b"\0")[0].decode(errors="replace") or None


def strips_vlan_tags(interface: str) -> bool | None:
    """Whether a tag is taken from received frames (rx-vlan-offload); ``None`` where that is not known."""
    return _flag(interface, _ETH_FLAG_RXVLAN)


def sends_tags_beside(interface: str) -> bool | None:
    """Whether it takes the tag of a frame to send beside the frame (tx-vlan-offload); ``None`` where that is not known."""
    return _flag(interface, _ETH_FLAG_TXVLAN)


def _flag(interface: str, flag: int) -> bool | None:
    answer = _asked(interface, _ETHTOOL_GFLAGS, struct.calcsize(_VALUE))
    return None if answer is None else bool(struct.unpack(_VALUE, answer)[1] & flag)


def _asked(interface: str, command: int, size: int) -> bytes | None:
    """What the kernel writes for a command; ``None`` where it has no answer."""
    answer = ctypes.create_string_buffer(struct.pack("=I", command), size)
    # struct ifreq: the name in 16 bytes, and in a union of 24 the address of the answer.
    request = struct.pack("16sP16x", os.fsencode(interface), ctypes.addressof(answer))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        try:
            fcntl.ioctl(sock, _SIOCETHTOOL, request)
        except OSError:
            return None
    return answer.raw
