# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the drivers of interfaces say that they can do, by generic netlink (Linux 6.3 and later).

Message layouts: include/uapi/linux/{genetlink,netdev}.h, Linux 6.18.
"""

from __future__ import annotations

import errno
import struct
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._network.netlink import ask, attributes

_NETLINK_GENERIC = 16

_GENL_ID_CTRL = 0x10
_CTRL_CMD_GETFAMILY = 3
_CTRL_ATTR_FAMILY_ID = 1
_CTRL_ATTR_FAMILY_NAME = 2
_NETDEV_CMD_DEV_GET = 1
_NETDEV_A_DEV_IFINDEX = 1
_NETDEV_A_DEV_XDP_FEATURES = 3
_NETDEV_A_DEV_XDP_RX_METADATA_FEATURES = 5
_BITS = (_NETDEV_A_DEV_XDP_FEATURES, _NETDEV_A_DEV_XDP_RX_METADATA_FEATURES)

#: ``NETDEV_XDP_ACT_*`` of include/uapi/linux/netdev.h, Linux 6.18, by bit.
FEATURES = ("basic", "redirect", "ndo_xmit", "xsk_zerocopy", "hw_offload", "rx_sg", "ndo_xmit_sg")


#: ``NETDEV_XDP_RX_METADATA_*`` of the same header, by bit; functions ``bpf_xdp_metadata_rx_…`` have these names.
METADATA = ("timestamp", "hash", "vlan_tag")


class DriverFeatures(NamedTuple):
    """What a driver says of itself: the bits of ``NETDEV_A_DEV_XDP_FEATURES``."""

    bits: int
    #: Those of ``NETDEV_A_DEV_XDP_RX_METADATA_FEATURES``; ``None`` before Linux 6.7, which has no such attribute.
    metadata_bits: int | None = None

    @property
    def metadata(self) -> list[str] | None:
        """The packet metadata that it offers to programs, as ``METADATA``; ``bit_3`` for what came after this was written."""
        return None if self.metadata_bits is None else _names(self.metadata_bits, METADATA)

    @property
    def names(self) -> list[str]:
        """By ``FEATURES``; ``bit_9`` for one that came after this was written."""
        return _names(self.bits, FEATURES)

    @property
    def native(self) -> bool:
        """Whether it runs programs in native mode (NETDEV_XDP_ACT_BASIC)."""
        return "basic" in self.names

    @property
    def offload(self) -> bool:
        """Whether the card can run programs itself (NETDEV_XDP_ACT_HW_OFFLOAD)."""
        return "hw_offload" in self.names

    @property
    def frags(self) -> bool:
        """Whether the driver hands programs packets that are in more than one buffer."""
        return "rx_sg" in self.names


def _names(bits: int, known: tuple[str, ...]) -> list[str]:
    named = dict(enumerate(known))
    return [named.get(bit, f"bit_{bit}") for bit in range(64) if bits >> bit & 1]


def attribute(kind: int, payload: bytes) -> bytes:
    """One netlink attribute, with what fills it up to whole words."""
    header = struct.pack("=HH", 4 + len(payload), kind)
    return (header + payload).ljust((4 + len(payload) + 3) & ~3, b"\0")


def _generic(family: int, command: int, attrs: bytes) -> dict[int, bytes]:
    for _answer, body in ask(_NETLINK_GENERIC, family, 0, struct.pack("=BBH", command, 1, 0) + attrs):
        return attributes(body[4:])
    return {}


def _netdev_family() -> int | None:
    """The number of the generic netlink family ``netdev``; ``None`` before Linux 6.3, which has none."""
    name = attribute(_CTRL_ATTR_FAMILY_NAME, b"netdev\0")
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
        question = attribute(_NETDEV_A_DEV_IFINDEX, struct.pack("=I", ifindex))
        answer = _generic(family, _NETDEV_CMD_DEV_GET, question)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EOPNOTSUPP):
            return None
        raise
    return _features(answer)


def _features(answer: dict[int, bytes]) -> DriverFeatures:
    bits = {kind: struct.unpack("=Q", answer[kind])[0] for kind in _BITS if kind in answer}
    return DriverFeatures(bits[_NETDEV_A_DEV_XDP_FEATURES], bits.get(_NETDEV_A_DEV_XDP_RX_METADATA_FEATURES))
