# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The largest MTU with which a native program that does not know of frags can be attached."""

from __future__ import annotations

from typing import NamedTuple

# include/uapi/linux/bpf.h: what a driver leaves free before a packet.
_XDP_PACKET_HEADROOM = 256
# sizeof(struct skb_shared_info), include/linux/skbuff.h, 64-bit, with the usual 17 fragments
# (CONFIG_MAX_SKB_FRAGS), in whole cache lines of 64 bytes. It follows the packet in its buffer.
_SHARED_INFO = 320
_ETHERNET_HEADER = 14

# Drivers that refuse a program by this very sum, once the MTU is larger: veth_xdp_set in
# drivers/net/veth.c (of the peer's MTU) and virtnet_xdp_set in drivers/net/virtio_net.c.
_BY_THIS_SUM = ("veth", "virtio_net")


class MtuLimit(NamedTuple):
    mtu: int
    #: ``driver`` when the driver is known to draw the line there; ``page`` when it is
    #: an upper bound, because a packet and what goes with it must fit into one page.
    source: str


def mtu_limit(native: bool | None, driver: str | None, page_size: int) -> MtuLimit | None:
    """``None`` when the driver cannot run programs at all, so that there is nothing to limit."""
    if native is False:
        return None
    room = page_size - _XDP_PACKET_HEADROOM - _SHARED_INFO - _ETHERNET_HEADER
    return MtuLimit(room, "driver" if driver in _BY_THIS_SUM else "page")
