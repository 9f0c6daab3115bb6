# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What takes the VLAN tag from a frame before an XDP program sees it.

A network card does where rx-vlan-offload is on. A veth never does, whatever ethtool(8) says of it: it gets a frame as the other end
sends it, and that leaves the tag beside the frame where its tx-vlan-offload is on (drivers/net/veth.c, validate_xmit_vlan() in
net/core/dev.c, Linux 5.10 to 6.18).

In generic mode a program runs before the kernel itself takes the outermost tag from a frame (__netif_receive_skb_core() in
net/core/dev.c: do_xdp_generic(), then skb_vlan_untag()). An interface that gets its frames from interfaces below it gets them after that,
in a second pass through the same function.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import drivers, ethtool, native, netlink, netns

# include/uapi/linux/{rtnetlink,if_link,net_namespace}.h, Linux 6.18
_NETLINK_ROUTE = 0
_RTM_GETNSID = 90
_IFLA_IFNAME = 3
_IFLA_LINK = 5
_IFLA_MASTER = 10
_IFLA_LINKINFO = 18
_IFLA_INFO_KIND = 1
_IFLA_LINK_NETNSID = 37
_IFLA_TARGET_NETNSID = 46
_NETNSA_NSID = 1
_NETNSA_FD = 3

#: Kinds of interfaces that get frames from those below them, without the outermost tag. Tried on Linux 6.1 and 6.12. A VLAN device is not
#: one of them: the tag that it is for is gone, and the next one is still in the frame.
_UPPER = ("bridge", "bond", "team", "macvlan", "macvtap", "ipvlan", "ipvtap")


class Taker(NamedTuple):
    """What takes the tag, and what to do about it."""

    #: How an interface, or the other end of it, takes the tag, as a sentence.
    cause: str
    #: The command that leaves the tag in the frame.
    command: str


class Upper(NamedTuple):
    """An interface on top of others, which gets frames without their tags."""

    name: str
    kind: str
    #: The interfaces that it gets them from, as far as they are in this network namespace.
    below: tuple[str, ...]


class Unseen(NamedTuple):
    """The other end of a veth, of which it is not known what it does with tags."""

    #: The end, and which one it is the end of.
    name: str
    why: str
    #: The command that has it leave the tag in the frame.
    command: str


class Found(NamedTuple):
    """What becomes of the tags of frames that some interfaces get; nothing for tags that are there when a program runs."""

    takers: list[Taker]
    uppers: list[Upper]
    unseen: list[Unseen]


class Link(NamedTuple):
    """An interface, and how it is related to others."""

    interface: netlink.Interface
    #: As ``ip -d link`` names it, such as ``veth``; empty for a network card.
    kind: str = ""
    #: The index of the other end of a veth, or of the interface below; 0 for none.
    other: int = 0
    #: The number of the network namespace in which that is; ``None`` for this one.
    where: int | None = None
    #: The index of the bridge or bond that it is a port of; 0 for none.
    master: int = 0


def parse(body: bytes) -> Link:
    """An RTM_NEWLINK message without its netlink header."""
    attrs = netlink.attributes(body[16:])
    kind = netlink.attributes(attrs.get(_IFLA_LINKINFO, b"")).get(_IFLA_INFO_KIND, b"")
    number = attrs.get(_IFLA_LINK_NETNSID)
    return Link(
        netlink.parse_interface(body),
        kind.rstrip(b"\0").decode(errors="replace"),
        struct.unpack("=I", attrs.get(_IFLA_LINK, bytes(4)))[0],
        None if number is None else struct.unpack("=i", number)[0],
        struct.unpack("=I", attrs.get(_IFLA_MASTER, bytes(4)))[0],
    )


def look(names: Iterable[str], mode: str) -> Found:
    """What becomes of the tags of frames that these interfaces get, with programs in that ``mode`` (``auto``, ``native`` …).

    An interface that is not there takes no tags.
    """
    looking = Looking(netlink.links(parse), mode)
    for name in names:
        interface = netlink.find(name, looking.interfaces)
        if interface is not None:
            looking.at(interface)
    looking.ends()
    return looking.found


class Looking:
    """All interfaces that a task names, so that network namespaces are looked through once."""

    def __init__(self, links: Iterable[Link], mode: str) -> None:
        self._links = {link.interface.ifindex: link for link in links}
        self._mode = mode
        self._done: set[int] = set()
        #: The names of veths, and the indexes of their other ends, by the number of the network namespace that those are in.
        self._ends: dict[int | None, list[tuple[str, int]]] = {}
        self.interfaces = [link.interface for link in self._links.values()]
        self.found = Found([], [], [])

    def at(self, interface: netlink.Interface) -> None:
        """Look at one interface; at the other end of a veth only when ``ends`` is called."""
        name, link = interface.name, self._links[interface.ifindex]
        if interface.ifindex in self._done:
            return
        self._done.add(interface.ifindex)
        if link.kind == "veth":
            self._veth(link)
        elif link.kind == "bond" and not self._is_generic(interface):
            # In native mode the program is handed on to the ports (bond_xdp() in drivers/net/bonding/bond_main.c, since Linux 5.15).
            for port in self._ports(link):
                self.at(port)
        elif link.kind in _UPPER:
            self.found.uppers.append(Upper(name, link.kind, self._below(link)))
        elif ethtool.strips_vlan_tags(name):
            self.found.takers.append(
                Taker(f"{name} removes the tag from received frames", f"ethtool -K {name} rxvlan off")
            )

    def _is_generic(self, interface: netlink.Interface) -> bool:
        """Whether a program is certain to run in generic mode there."""
        if self._mode != "auto":
            return self._mode == "generic"
        # What is in generic mode stays there.
        return "generic" in interface.programs or native.native(interface).supported is False

    def _ports(self, link: Link) -> list[netlink.Interface]:
        return [each.interface for each in self._links.values() if each.master == link.interface.ifindex]

    def _below(self, link: Link) -> tuple[str, ...]:
        ports = tuple(port.name for port in self._ports(link))
        if ports or link.where is not None or link.other not in self._links:
            return ports
        return (self._links[link.other].interface.name,)

    def _veth(self, link: Link) -> None:
        if link.other:  # otherwise it is just being taken apart
            self._ends.setdefault(link.where, []).append((link.interface.name, link.other))

    def ends(self) -> None:
        """Look at the other ends of all veths, in each network namespace at once."""
        paths = _paths({number for number in self._ends if number is not None and number >= 0})
        for number, ends in self._ends.items():
            waiting = list(ends)
            path = None if number is None else paths.get(number)
            if number is None or path is not None:
                with ExitStack() as there, suppress(*_GONE):
                    if path is not None:
                        there.enter_context(netns.inside(path))
                    while waiting:
                        self._sending(*waiting[0], path)
                        del waiting[0]
                # Not suppressed: that the way back is closed, as all that follows would be done in the wrong namespace.
            for veth, peer in waiting:
                self._unseen(veth, peer, number, path)

    def _sending(self, veth: str, peer: int, path: str | None) -> None:
        """Look at the end that sends, in the network namespace that the process is in: that of ``path``."""
        name = socket.if_indextoname(peer)
        beside = ethtool.sends_tags_beside(name)
        if beside is None:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), name)
        if beside:
            where, within = _place(path)
            cause = f"{name}{where}, the other end of {veth}, sends the tag beside the frame"
            self.found.takers.append(Taker(cause, f"{within}ethtool -K {name} txvlan off"))

    def _unseen(self, veth: str, peer: int, number: int | None, path: str | None) -> None:
        name = _name_there(peer, number)
        where, within = _place(path)
        why = "it went away meanwhile, or its network namespace cannot be entered"
        if number is not None and path is None:
            why = f"its network namespace, nsid {number} in ip netns list-id, has neither a name nor a process here"
        told = f"{name or f'interface {peer}'}{where}, the other end of {veth}"
        self.found.unseen.append(Unseen(told, why, f"{within}ethtool -K {name or 'NAME'} txvlan off"))


#: What an interface or a namespace causes that has gone meanwhile.
_GONE = (OSError, KernelError, XdpError)


def _place(path: str | None) -> tuple[str, str]:
    """Where a network namespace is, and what a command begins with that runs in it; nothing for the one that the process is in."""
    if path is None:
        return "", ""
    if os.path.dirname(path) == netns.DIRECTORY:
        name = os.path.basename(path)
        return f" in {name}", f"ip netns exec {name} "
    return f" in {path}", f"nsenter --net={path} "


def _paths(numbers: set[int]) -> dict[int, str]:
    """The files of the network namespaces that have these numbers here; those that cannot be found are missing."""
    found: dict[int, str] = {}

    def keep(path: str, fd: int) -> bool:
        number = _netns_id(fd)
        if number in numbers:
            found[number] = path
        return len(found) == len(numbers)

    if numbers:
        netns.visit(keep)
    return found


def _netns_id(fd: int) -> int:
    """The number by which this network namespace knows the one of a descriptor; -1 for none."""
    question = struct.pack("=B3xHHi", 0, 8, _NETNSA_FD, fd)  # struct rtgenmsg, and an attribute
    answers = [body for _kind, body in netlink.ask(_NETLINK_ROUTE, _RTM_GETNSID, 0, question)]
    return int(struct.unpack("=i", netlink.attributes(answers[0][4:])[_NETNSA_NSID])[0]) if answers else -1


def _name_there(index: int, number: int | None) -> str | None:
    """The name of an interface in the network namespace of that number, which need not be entered; ``None`` where it is not told."""
    where = b"" if number is None else drivers.attribute(_IFLA_TARGET_NETNSID, struct.pack("=i", number))
    with suppress(*_GONE):
        raw = netlink.link(index, where).get(_IFLA_IFNAME)
        return None if raw is None else raw.rstrip(b"\0").decode(errors="surrogateescape")
    return None
