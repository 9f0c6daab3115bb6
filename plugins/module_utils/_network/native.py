# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Whether an interface can run a program in native mode: everything that can be known before it is tried.

xdp_host_info reports it and xdp_pin decides by it, so that check mode
and a preflight know as much as the run that follows.
"""

from __future__ import annotations

import errno
import resource
import struct
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import drivers, ethtool, netlink

# include/uapi/linux/bpf.h: what a driver leaves free before a packet.
_XDP_PACKET_HEADROOM = 256
# sizeof(struct skb_shared_info), include/linux/skbuff.h, 64-bit, with the usual 17 fragments
# (CONFIG_MAX_SKB_FRAGS), in whole cache lines of 64 bytes. It follows the packet in its buffer.
_SHARED_INFO = 320
_ETHERNET_HEADER = 14

# Drivers that refuse a program when the MTU is larger than this very sum: veth_xdp_set in
# drivers/net/veth.c (of the peer's MTU) and virtnet_xdp_set in drivers/net/virtio_net.c.
_BY_THIS_SUM = ("veth", "virtio_net")


class MtuLimit(NamedTuple):
    """The largest MTU, in bytes, with which native mode is possible, and how that is known."""

    mtu: int
    #: ``driver`` when the driver is known to draw the line there; ``page`` when it is
    #: an upper bound, because a packet and what goes with it must fit into one page.
    source: str


def mtu_limit(native: bool | None, driver: str | None, page_size: int) -> MtuLimit | None:
    """The largest MTU for a native program without frags; ``None`` when the driver cannot run programs at all.

    ``native`` is what the driver says, ``None`` before Linux 6.3, where no
    driver says anything and virtio_net still takes a few hundred bytes more.
    """
    if native is False:
        return None
    room = page_size - _XDP_PACKET_HEADROOM - _SHARED_INFO - _ETHERNET_HEADER
    known = driver in _BY_THIS_SUM and (native is not None or driver == "veth")
    return MtuLimit(room, "driver" if known else "page")


class Native(NamedTuple):
    """What is known of an interface's native mode."""

    #: ``None`` before Linux 6.3, which cannot tell.
    features: drivers.DriverFeatures | None
    #: ``None`` for an interface without one, such as ``lo``.
    driver: str | None
    limit: MtuLimit | None
    mtu: int
    #: The MTU at the other end of a veth; ``None`` for other drivers, and where that end cannot be asked.
    peer_mtu: int | None

    @property
    def supported(self) -> bool | None:
        """Whether the driver says that it runs programs; ``None`` where it cannot say."""
        return self.features.native if self.features else None

    @property
    def condition(self) -> str:
        """Ends the sentence that the driver runs no programs: while what that is so; empty for always.

        A veth says so while its peer has too many queues (veth_set_xdp_features in drivers/net/veth.c).
        """
        if self.driver != "veth":
            return ""
        return " while its peer has more transmit queues than it has receive queues (ethtool -L)"

    def mtu_obstacle(self) -> str | None:
        """Why the MTU keeps a program without frags out of native mode; ``None`` where nothing is known to."""
        if self.limit is None or self.limit.source != "driver":
            return None
        mtu, whose = (self.peer_mtu, "the MTU of its peer") if self.driver == "veth" else (self.mtu, "its MTU")
        if mtu is None or mtu <= self.limit.mtu:
            return None
        return f"{whose} is {mtu}, and {self.driver} runs programs without frags up to an MTU of {self.limit.mtu}"

    def obstacle(self, frags: bool | None) -> str | None:
        """Why native mode is out of the question; ``None`` where nothing is known to be in its way.

        ``frags`` tells whether the program takes packets in several buffers,
        which lifts the limit; ``None`` where that is not known yet.
        """
        if self.supported is False:
            return f"its driver ({self.driver or 'none'}) does not run XDP programs{self.condition}"
        return self.mtu_obstacle() if frags is False else None


def native(interface: netlink.Interface) -> Native:
    """Ask the kernel about one interface; ``KernelError`` with ``ENODEV`` when it is gone."""
    try:
        features = drivers.driver_features(interface.ifindex)
        driver = ethtool.driver(interface.name)
        peer_mtu = _peer_mtu(interface.ifindex) if driver == "veth" else None
    except OSError as error:
        raise KernelError(
            f"Cannot ask what the driver of {interface.name} can do",
            error.errno or 0,
            "The interface went away meanwhile. Run the task again" if error.errno == errno.ENODEV else "",
        ) from error
    limit = mtu_limit(features.native if features else None, driver, resource.getpagesize())
    return Native(features, driver, limit, interface.mtu, peer_mtu)


# include/uapi/linux/if_link.h, Linux 6.18. A veth names its peer by index, and the peer's
# network namespace, where that is another one, by the number that it has in this one.
_IFLA_LINK = 5
_IFLA_LINK_NETNSID = 37
_IFLA_TARGET_NETNSID = 46


def _peer_mtu(ifindex: int) -> int | None:
    """The MTU at the other end of a veth; ``None`` where that end is in a namespace that may not be looked into."""
    here = netlink.link(ifindex)
    peer = struct.unpack("=i", here.get(_IFLA_LINK, bytes(4)))[0]
    if not peer:
        return None
    where = b""
    if _IFLA_LINK_NETNSID in here:
        where = drivers.attribute(_IFLA_TARGET_NETNSID, here[_IFLA_LINK_NETNSID])
    try:
        mtu = netlink.link(peer, where).get(netlink.IFLA_MTU)
    except OSError as error:
        # Not privileged there, gone since, or a kernel before 4.15.
        if error.errno in (errno.EACCES, errno.EPERM, errno.ENODEV, errno.EINVAL, errno.EOPNOTSUPP):
            return None
        raise
    return int(struct.unpack("=I", mtu)[0]) if mtu else None
