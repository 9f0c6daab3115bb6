# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What takes the VLAN tag from a frame before an XDP program sees it.

A network card does where rx-vlan-offload is on. A veth never does, whatever ethtool(8) says of it: it gets a frame as the other end
sends it, and that leaves the tag beside the frame where its tx-vlan-offload is on (drivers/net/veth.c, validate_xmit_vlan() in
net/core/dev.c, Linux 5.10 to 6.18).
"""

from __future__ import annotations

import os
import socket
import struct
from contextlib import ExitStack, suppress
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import ethtool, netlink, netns

# include/uapi/linux/{rtnetlink,if_link,net_namespace}.h, Linux 6.18
_NETLINK_ROUTE = 0
_RTM_GETNSID = 90
_IFLA_LINK = 5
_IFLA_LINK_NETNSID = 37
_NETNSA_NSID = 1
_NETNSA_FD = 3


class Taker(NamedTuple):
    """What takes the tag, and what to do about it."""

    #: The interface, or the other end of it.
    name: str
    #: The command that leaves the tag in the frame.
    command: str


def taker(interface: str) -> Taker | None:
    """What takes the tag from the frames of an interface; ``None`` for nothing, and where that is not known."""
    if ethtool.driver(interface) == "veth":
        return _other_end(interface)
    return Taker(interface, f"ethtool -K {interface} rxvlan off") if ethtool.strips_vlan_tags(interface) else None


#: What an interface or a namespace causes that has gone meanwhile.
_GONE = (OSError, KernelError, XdpError)


def _other_end(veth: str) -> Taker | None:
    path = None
    with suppress(*_GONE):
        told = netlink.link(socket.if_nametoindex(veth))
        peer = struct.unpack("=I", told[_IFLA_LINK])[0] if _IFLA_LINK in told else 0
        if not peer:
            return None
        if _IFLA_LINK_NETNSID not in told:
            return _sending(peer, veth, "", "")
        number = struct.unpack("=i", told[_IFLA_LINK_NETNSID])[0]
        if number >= 0:  # otherwise the namespace is just being taken apart
            path = netns.first(lambda fd: _netns_id(fd) == number)
    return None if path is None else _sending_there(path, peer, veth)


def _sending_there(path: str, peer: int, veth: str) -> Taker | None:
    named = os.path.dirname(path) == netns.DIRECTORY
    name = os.path.basename(path) if named else path
    with ExitStack() as there, suppress(*_GONE):
        there.enter_context(netns.inside(path))
        return _sending(peer, veth, f" in {name}", f"ip netns exec {name} " if named else f"nsenter --net={path} ")
    # Not suppressed: that the way back is closed, as all that follows would be done in the wrong namespace.
    return None


def _sending(peer: int, veth: str, where: str, within: str) -> Taker | None:
    name = socket.if_indextoname(peer)
    if not ethtool.sends_tags_beside(name):
        return None
    return Taker(f"{name}{where}, the other end of {veth},", f"{within}ethtool -K {name} txvlan off")


def _netns_id(fd: int) -> int:
    """The number by which this network namespace knows the one of a descriptor; -1 for none."""
    question = struct.pack("=B3xHHi", 0, 8, _NETNSA_FD, fd)  # struct rtgenmsg, and an attribute
    answers = [body for _kind, body in netlink.ask(_NETLINK_ROUTE, _RTM_GETNSID, 0, question)]
    return int(struct.unpack("=i", netlink.attributes(answers[0][4:])[_NETNSA_NSID])[0]) if answers else -1
