# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which way packets of a connection come in: interfaces, those below them, and the VLAN tags that packets have there."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._packet_tests import wire

# include/uapi/linux/{rtnetlink,if_link,if_arp}.h, Linux 6.18
_RTM_GETADDR = 22
_RTM_NEWROUTE = 24
_RTM_GETROUTE = 26
_IFA_ADDRESS = 1
_IFA_LOCAL = 2
_RTA_DST = 1
_RTA_SRC = 2
_RTA_OIF = 4
_IFLA_ADDRESS = 1
_IFLA_IFNAME = 3
_IFLA_LINK = 5
_IFLA_MASTER = 10
_IFLA_LINKINFO = 18
_IFLA_LINK_NETNSID = 37
_INFO_KIND = 1
_INFO_DATA = 2
_VLAN_ID = 1
_VLAN_PROTOCOL = 5
_ARPHRD_ETHER = 1
_ARPHRD_LOOPBACK = 772

_NETLINK_ROUTE = 0
_FAMILIES = {4: 2, 16: 10}

#: Kinds of interfaces that are upon another one, which IFLA_LINK names. For a veth that is its peer.
_UPON = ("vlan", "macvlan", "macvtap", "ipvlan", "ipvtap")


class Link(NamedTuple):
    """An interface, and how it stands to others."""

    ifindex: int
    name: str
    #: Whether its packets begin with an Ethernet header.
    ethernet: bool
    address: bytes
    #: The one that it is upon, and the one that it is a port of; 0 for none.
    below: int = 0
    master: int = 0
    #: Of a VLAN: its protocol and id.
    tag: tuple[int, int] | None = None


class Way(NamedTuple):
    """An interface that packets of a connection pass, and the tags that they have there, the outermost first."""

    link: Link
    tags: tuple[tuple[int, int], ...]


def parse_link(body: bytes) -> Link:
    """An RTM_NEWLINK message without its netlink header."""
    kind_of_device, ifindex = struct.unpack_from("=2xHi", body)
    attributes = netlink.attributes(body[16:])
    about = netlink.attributes(attributes.get(_IFLA_LINKINFO, b""))
    kind = about.get(_INFO_KIND, b"").rstrip(b"\0").decode(errors="replace")
    tag = None
    if kind == "vlan":
        data = netlink.attributes(about.get(_INFO_DATA, b""))
        if _VLAN_ID in data:
            protocol = struct.unpack("!H", data[_VLAN_PROTOCOL][:2])[0] if _VLAN_PROTOCOL in data else wire.ETH_P_8021Q
            tag = protocol, struct.unpack("=H", data[_VLAN_ID][:2])[0]
    here = kind in _UPON and _IFLA_LINK_NETNSID not in attributes
    return Link(
        ifindex,
        attributes.get(_IFLA_IFNAME, b"").rstrip(b"\0").decode(errors="surrogateescape"),
        kind_of_device in (_ARPHRD_ETHER, _ARPHRD_LOOPBACK),
        attributes.get(_IFLA_ADDRESS, b"")[:6].ljust(6, b"\0"),
        _number(attributes, _IFLA_LINK) if here else 0,
        _number(attributes, _IFLA_MASTER),
        tag,
    )


def _number(attributes: dict[int, bytes], kind: int) -> int:
    value = attributes.get(kind, b"")
    return int(struct.unpack("=I", value)[0]) if len(value) == 4 else 0


def ways(top: int, links: Iterable[Link]) -> list[Way]:
    """The interface with this index and all that lie below it: ports of it, and what it is upon."""
    by_index = {each.ifindex: each for each in links}
    ports: dict[int, list[int]] = {}
    for each in by_index.values():
        if each.master:
            ports.setdefault(each.master, []).append(each.ifindex)
    found: dict[int, Way] = {}
    waiting: list[tuple[int, tuple[tuple[int, int], ...]]] = [(top, ())]
    while waiting:
        ifindex, tags = waiting.pop()
        link = by_index.get(ifindex)
        if link is None or ifindex in found:
            continue
        found[ifindex] = Way(link, tags)
        waiting += [(port, tags) for port in sorted(ports.get(ifindex, ()), reverse=True)]
        if link.below:
            waiting.append((link.below, (link.tag, *tags) if link.tag is not None else tags))
    return [found[ifindex] for ifindex in sorted(found)]


def route(destination: bytes, source: bytes) -> int | None:
    """The index of the interface that packets to an address leave through; ``None`` when there is no route.

    Addresses have 4 or 16 bytes. ``source`` is that of this host, where routes depend on it.
    """
    for attributes in ((_RTA_DST, destination), (_RTA_SRC, source)), ((_RTA_DST, destination),):
        # struct rtmsg, with the bits of the two addresses
        bits = [8 * len(value) for _kind, value in attributes]
        head = struct.pack("=8BI", _FAMILIES[len(destination)], *bits, *bytes(7 - len(bits)), 0)
        body = b"".join(struct.pack("=HH", 4 + len(value), kind) + value for kind, value in attributes)
        try:
            for answer, data in netlink.ask(_NETLINK_ROUTE, _RTM_GETROUTE, 0, head + body):
                if answer == _RTM_NEWROUTE:
                    found = _number(netlink.attributes(data[12:]), _RTA_OIF)
                    if found:
                        return found
        except OSError:
            continue  # the address may not be this host's own, behind a port that is forwarded
    return None


def owner(address: bytes) -> int | None:
    """The index of the interface that has this address; ``None`` when it is not of this network namespace."""
    # struct ifaddrmsg: family, length of the prefix, flags, scope, and the interface's index
    asked = struct.pack("=4BI", _FAMILIES[len(address)], 0, 0, 0, 0)
    try:
        for _answer, data in netlink.ask(_NETLINK_ROUTE, _RTM_GETADDR, netlink.DUMP, asked):
            attributes = netlink.attributes(data[8:])
            # Of a link between two points, the first one is the peer's.
            if address == attributes.get(_IFA_LOCAL, attributes.get(_IFA_ADDRESS)):
                return int(struct.unpack_from("=I", data, 4)[0])
    except (OSError, netlink.DumpInterrupted):
        pass  # addresses come and go; the route is what counts
    return None


def links() -> list[Link]:
    """All interfaces of this network namespace, with what is above and below each."""
    return netlink.links(parse_link)
