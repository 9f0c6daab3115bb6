# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What drivers say of themselves, in words."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._network.drivers import DriverFeatures, _features


@pytest.mark.parametrize(
    ("bits", "names", "native", "frags", "offload"),
    [
        (0, [], False, False, False),
        (1, ["basic"], True, False, False),
        (0x23, ["basic", "redirect", "rx_sg"], True, True, False),
        (0x10, ["hw_offload"], False, False, True),
        (
            0x7F,
            ["basic", "redirect", "ndo_xmit", "xsk_zerocopy", "hw_offload", "rx_sg", "ndo_xmit_sg"],
            True,
            True,
            True,
        ),
        # A kernel that is newer than this collection.
        (0x8000000000000081, ["basic", "bit_7", "bit_63"], True, False, False),
    ],
)
def test_what_a_driver_says(bits: int, names: list[str], native: bool, frags: bool, offload: bool) -> None:
    features = DriverFeatures(bits)
    assert features.names == names
    assert (features.native, features.frags, features.offload) == (native, frags, offload)


@pytest.mark.parametrize(
    ("attribute", "told"),
    [
        # Linux 6.3 to 6.6 do not have it: what the driver offers is unknown, and not nothing.
        ({}, None),
        ({5: bytes(8)}, []),
        ({5: struct.pack("=Q", 0b1011)}, ["timestamp", "hash", "bit_3"]),
    ],
)
def test_what_a_driver_tells_programs(attribute: dict[int, bytes], told: list[str] | None) -> None:
    features = _features({3: struct.pack("=Q", 1), **attribute})
    assert (features.names, features.metadata) == (["basic"], told)
