# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading interfaces over netlink: names, indexes, XDP programs, driver features.

Only questions are asked here. Changes go through pyroute2 (netlink_xdp.py);
importing that costs more than a whole converged run, so that reading does
without it. Message layouts: include/uapi/linux/{netlink,rtnetlink,if_link,
genetlink,netdev}.h, Linux 6.18.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

_NLM_F_REQUEST = 0x1
_NLM_F_DUMP = 0x300
_NLM_F_DUMP_INTR = 0x10
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NLA_TYPE_MASK = 0x3FFF

_NETLINK_ROUTE = 0
_NETLINK_GENERIC = 16

_RTM_NEWLINK = 16
_RTM_GETLINK = 18
_IFLA_IFNAME = 3
_IFLA_MTU = 4
_IFLA_XDP = 43
# An interface tells one program id for each mode it is attached in.
_IFLA_XDP_PROGRAM_IDS = {5: "native", 6: "generic", 7: "offload"}

_GENL_ID_CTRL = 0x10
_CTRL_CMD_GETFAMILY = 3
_CTRL_ATTR_FAMILY_ID = 1
_CTRL_ATTR_FAMILY_NAME = 2
_NETDEV_CMD_DEV_GET = 1
_NETDEV_A_DEV_IFINDEX = 1
_NETDEV_A_DEV_XDP_FEATURES = 3

#: ``NETDEV_XDP_ACT_*`` of include/uapi/linux/netdev.h, Linux 6.18, by bit.
FEATURES = ("basic", "redirect", "ndo_xmit", "xsk_zerocopy", "hw_offload", "rx_sg", "ndo_xmit_sg")


class Interface(NamedTuple):
    ifindex: int
    name: str
    #: Program id by mode (``native``, ``generic``, ``offload``); empty without XDP.
    programs: dict[str, int]
    mtu: int = 0


class DriverFeatures(NamedTuple):
    """What a driver says of itself: the bits of ``NETDEV_A_DEV_XDP_FEATURES``."""

    bits: int

    @property
    def names(self) -> list[str]:
        """By ``FEATURES``; ``bit_9`` for one that came after this was written."""
        named = dict(enumerate(FEATURES))
        return [named.get(bit, f"bit_{bit}") for bit in range(64) if self.bits >> bit & 1]

    @property
    def native(self) -> bool:
        return "basic" in self.names

    @property
    def offload(self) -> bool:
        return "hw_offload" in self.names

    @property
    def frags(self) -> bool:
        """Whether the driver hands programs packets that are in more than one buffer."""
        return "rx_sg" in self.names


def attributes(data: bytes) -> dict[int, bytes]:
    """Take a run of netlink attributes apart; of a repeated type the last one stands."""
    found = {}
    offset = 0
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, offset)
        if length < 4:
            break
        found[kind & _NLA_TYPE_MASK] = data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


def _attribute(kind: int, payload: bytes) -> bytes:
    header = struct.pack("=HH", 4 + len(payload), kind)
    return (header + payload).ljust((4 + len(payload) + 3) & ~3, b"\0")


def parse_interface(body: bytes) -> Interface:
    """An RTM_NEWLINK message without its netlink header: ``struct ifinfomsg`` and attributes."""
    index = struct.unpack_from("=i", body, 4)[0]
    attrs = attributes(body[16:])
    xdp = attributes(attrs.get(_IFLA_XDP, b""))
    programs = {mode: struct.unpack("=I", xdp[kind])[0] for kind, mode in _IFLA_XDP_PROGRAM_IDS.items() if kind in xdp}
    mtu = struct.unpack("=I", attrs[_IFLA_MTU])[0] if _IFLA_MTU in attrs else 0
    return Interface(index, attrs[_IFLA_IFNAME].rstrip(b"\0").decode(errors="surrogateescape"), programs, mtu)


class _DumpInterrupted(Exception):
    """Interfaces came or went while the kernel was listing them."""


def _ask(protocol: int, kind: int, flags: int, payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Send one question and yield type and body of each answer."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol) as sock:
        sock.bind((0, 0))
        sock.send(struct.pack("=IHHII", 16 + len(payload), kind, _NLM_F_REQUEST | flags, 1, 0) + payload)
        interrupted = False
        while True:
            data = sock.recv(1 << 20)
            offset = 0
            while offset < len(data):
                length, answer, answer_flags = struct.unpack_from("=IHH", data, offset)
                body = data[offset + 16 : offset + length]
                offset += (length + 3) & ~3
                interrupted |= bool(answer_flags & _NLM_F_DUMP_INTR)
                if answer == _NLMSG_DONE:
                    if interrupted:
                        raise _DumpInterrupted
                    return
                if answer == _NLMSG_ERROR:
                    code = -struct.unpack_from("=i", body)[0]
                    raise OSError(code, os.strerror(code))
                yield answer, body
                if not flags & _NLM_F_DUMP:
                    return


def interfaces() -> list[Interface]:
    """All interfaces of this network namespace, by index."""
    for _attempt in range(10):
        try:
            found = [
                parse_interface(body)
                for answer, body in _ask(_NETLINK_ROUTE, _RTM_GETLINK, _NLM_F_DUMP, bytes(16))
                if answer == _RTM_NEWLINK
            ]
        except _DumpInterrupted:
            continue
        return sorted(found)
    raise OSError(errno.EAGAIN, "interfaces come and go faster than the kernel can list them")


def _generic(family: int, command: int, attrs: bytes) -> dict[int, bytes]:
    for _answer, body in _ask(_NETLINK_GENERIC, family, 0, struct.pack("=BBH", command, 1, 0) + attrs):
        return attributes(body[4:])
    return {}


def _netdev_family() -> int | None:
    """The number of the generic netlink family ``netdev``; ``None`` before Linux 6.3, which has none."""
    name = _attribute(_CTRL_ATTR_FAMILY_NAME, b"netdev\0")
    try:
        family = _generic(_GENL_ID_CTRL, _CTRL_CMD_GETFAMILY, name)[_CTRL_ATTR_FAMILY_ID]
    except OSError as error:
        if error.errno == errno.ENOENT:
            return None
        raise
    return int(struct.unpack("=H", family)[0])


def tells_driver_features() -> bool:
    """Whether the kernel can be asked what drivers can do."""
    return _netdev_family() is not None


def driver_features(ifindex: int) -> DriverFeatures | None:
    """What the driver says it can do; ``None`` where the kernel cannot tell (before 6.3)."""
    family = _netdev_family()
    if family is None:
        return None
    try:
        question = _attribute(_NETDEV_A_DEV_IFINDEX, struct.pack("=I", ifindex))
        answer = _generic(family, _NETDEV_CMD_DEV_GET, question)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EOPNOTSUPP):
            return None
        raise
    return DriverFeatures(struct.unpack("=Q", answer[_NETDEV_A_DEV_XDP_FEATURES])[0])
