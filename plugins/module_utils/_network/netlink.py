# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Reading interfaces over netlink: names, indexes, MTUs, XDP programs.

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
import time
from collections.abc import Iterable, Iterator
from typing import Callable, NamedTuple, TypeVar

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError

_NLM_F_REQUEST = 0x1
DUMP = 0x300
_NLM_F_DUMP_INTR = 0x10
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_NLA_TYPE_MASK = 0x3FFF

_NETLINK_ROUTE = 0

_RTM_NEWLINK = 16
_RTM_GETLINK = 18
_IFLA_IFNAME = 3
IFLA_MTU = 4
_IFLA_XDP = 43
# Names beside the first one, of up to 127 bytes (Linux 5.5): one attribute for each, in a list.
_IFLA_PROP_LIST = 52
_IFLA_ALT_IFNAME = 53
# An interface tells one program id for each mode it is attached in.
_IFLA_XDP_PROGRAM_IDS = {5: "native", 6: "generic", 7: "offload"}


_Parsed = TypeVar("_Parsed")


class Interface(NamedTuple):
    """An interface of this network namespace, with what it runs."""

    ifindex: int
    name: str
    #: Program id by mode (``native``, ``generic``, ``offload``); empty without XDP.
    programs: dict[str, int]
    mtu: int = 0
    #: Its other names (``ip link property add dev NAME altname OTHER``).
    altnames: tuple[str, ...] = ()


def _each_attribute(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, offset)
        if length < 4:
            break
        yield kind & _NLA_TYPE_MASK, data[offset + 4 : offset + length]
        offset += (length + 3) & ~3


def attributes(data: bytes) -> dict[int, bytes]:
    """Parse netlink attributes, by type; of a repeated type the last one counts."""
    return dict(_each_attribute(data))


def _name(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode(errors="surrogateescape")


def parse_interface(body: bytes) -> Interface:
    """An RTM_NEWLINK message without its netlink header: ``struct ifinfomsg`` and attributes."""
    index = struct.unpack_from("=i", body, 4)[0]
    attrs = attributes(body[16:])
    xdp = attributes(attrs.get(_IFLA_XDP, b""))
    programs = {mode: struct.unpack("=I", xdp[kind])[0] for kind, mode in _IFLA_XDP_PROGRAM_IDS.items() if kind in xdp}
    mtu = struct.unpack("=I", attrs[IFLA_MTU])[0] if IFLA_MTU in attrs else 0
    others = _each_attribute(attrs.get(_IFLA_PROP_LIST, b""))
    altnames = tuple(_name(payload) for kind, payload in others if kind == _IFLA_ALT_IFNAME)
    return Interface(index, _name(attrs[_IFLA_IFNAME]), programs, mtu, altnames)


def find(name: str, interfaces: Iterable[Interface]) -> Interface | None:
    """The interface with this name or altname; the kernel keeps all of them unique."""
    return next((each for each in interfaces if name == each.name or name in each.altnames), None)


class DumpInterrupted(Exception):
    """Interfaces came or went while the kernel was listing them."""


def _socket(protocol: int) -> socket.socket:
    try:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
    except OSError as error:
        raise KernelError("Cannot open a netlink socket", error.errno or 0) from error


def ask(protocol: int, kind: int, flags: int, payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Send one question and yield type and body of each answer."""
    with _socket(protocol) as sock:
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
                        raise DumpInterrupted
                    return
                if answer == _NLMSG_ERROR:
                    code = -struct.unpack_from("=i", body)[0]
                    raise OSError(code, os.strerror(code), "netlink")
                yield answer, body
                if not flags & DUMP:
                    return


def interface(ifindex: int) -> Interface | None:
    """One interface of this network namespace; ``None`` when it is gone."""
    try:
        body = _link(ifindex)
    except OSError as error:
        if error.errno != errno.ENODEV:
            raise
        return None
    return parse_interface(body) if body else None


def link(ifindex: int, attrs: bytes = b"") -> dict[int, bytes]:
    """What the kernel tells of one interface, as attributes (``IFLA_*``); ``attrs`` go with the question."""
    return attributes(_link(ifindex, attrs)[16:])


def _link(ifindex: int, attrs: bytes = b"") -> bytes:
    """The RTM_NEWLINK message about one interface, without its netlink header; empty where another answer came."""
    question = struct.pack("=BxHiII", 0, 0, ifindex, 0, 0) + attrs  # struct ifinfomsg
    for answer, body in ask(_NETLINK_ROUTE, _RTM_GETLINK, 0, question):
        if answer == _RTM_NEWLINK:
            return body
    return b""


def interfaces() -> list[Interface]:
    """All interfaces of this network namespace, by index."""
    return sorted(links(parse_interface))


#: Seconds for which the list of interfaces may change again and again.
_LISTED_IN = 10


def links(parse: Callable[[bytes], _Parsed]) -> list[_Parsed]:
    """What ``parse`` makes of the RTM_NEWLINK message about each interface, without its netlink header."""
    deadline = time.monotonic() + _LISTED_IN
    pause = 0.001
    while time.monotonic() < deadline:
        try:
            return [
                parse(body)
                for answer, body in ask(_NETLINK_ROUTE, _RTM_GETLINK, DUMP, bytes(16))
                if answer == _RTM_NEWLINK
            ]
        except DumpInterrupted:
            # Whoever makes or removes many takes the lock that the next attempt needs, too.
            time.sleep(pause)
            pause = min(2 * pause, 0.1)
        except OSError as error:
            raise KernelError("Cannot list the interfaces of this host", error.errno or 0) from error
    raise KernelError(
        "Cannot list the interfaces of this host",
        errno.EAGAIN,
        "Interfaces come and go faster than the kernel can list them. Run the task again",
    )
