# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of an interface's native mode before it is tried."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._network.drivers import DriverFeatures
from ansible_collections.ebpf.xdp.plugins.module_utils._network.native import MtuLimit, Native, mtu_limit

_NO = DriverFeatures(0)
_BASIC = DriverFeatures(0x1)
_WITH_FRAGS = DriverFeatures(0x21)


@pytest.mark.parametrize(
    ("driver", "page_size", "limit"),
    [
        # What veth refuses one byte above, on Linux 6.18 (integration target xdp_host_info).
        ("veth", 4096, MtuLimit(3506, "driver")),
        ("virtio_net", 4096, MtuLimit(3506, "driver")),
        ("ixgbe", 4096, MtuLimit(3506, "page")),
        (None, 65536, MtuLimit(64946, "page")),
    ],
)
def test_what_is_left_of_a_page(driver: str | None, page_size: int, limit: MtuLimit) -> None:
    assert mtu_limit(True, driver, page_size) == limit


@pytest.mark.parametrize(("driver", "source"), [("veth", "driver"), ("virtio_net", "page"), ("ixgbe", "page")])
def test_before_drivers_said_what_they_can_virtio_net_took_more(driver: str, source: str) -> None:
    assert mtu_limit(None, driver, 4096) == MtuLimit(3506, source)


def test_without_native_mode_there_is_no_limit() -> None:
    assert mtu_limit(False, "dummy", 4096) is None


def known(driver: str | None, features: DriverFeatures | None, mtu: int = 1500, peer_mtu: int | None = None) -> Native:
    return Native(features, driver, mtu_limit(features.native if features else None, driver, 4096), mtu, peer_mtu)


@pytest.mark.parametrize("frags", [True, False, None])
@pytest.mark.parametrize(("driver", "said"), [("bridge", "bridge"), (None, "none")])
def test_a_driver_that_says_that_it_does_not(driver: str | None, said: str, frags: bool | None) -> None:
    assert known(driver, _NO).obstacle(frags) == f"its driver ({said}) does not run XDP programs"


def test_a_veth_that_says_so_has_too_few_queues() -> None:
    # Measured on Linux 6.18: with one queue against four the features are gone, and native mode is refused with ENOSPC.
    assert known("veth", _NO).obstacle(False) == (
        "its driver (veth) does not run XDP programs while its peer has more transmit queues than it has receive queues "
        "(ethtool -L)"
    )


@pytest.mark.parametrize("features", [_WITH_FRAGS, None])
def test_veth_looks_at_the_mtu_of_its_peer(features: DriverFeatures | None) -> None:
    assert known("veth", features, 1500, 3507).obstacle(False) == (
        "the MTU of its peer is 3507, and veth runs programs without frags up to an MTU of 3506"
    )
    assert known("veth", features, 9000, 3506).obstacle(False) is None


def test_virtio_net_looks_at_its_own() -> None:
    assert known("virtio_net", _BASIC, 9000).obstacle(False) == (
        "its MTU is 9000, and virtio_net runs programs without frags up to an MTU of 3506"
    )
    assert known("virtio_net", None, 9000).obstacle(False) is None


@pytest.mark.parametrize("frags", [True, None])
def test_frags_lift_the_limit_and_what_is_not_known_refuses_nothing(frags: bool | None) -> None:
    assert known("veth", _WITH_FRAGS, 1500, 9000).obstacle(frags) is None


def test_a_peer_that_may_not_be_looked_at_and_a_limit_that_is_a_guess_refuse_nothing() -> None:
    assert known("veth", _WITH_FRAGS, 9000, None).obstacle(False) is None
    assert known("i40e", _BASIC, 9000).obstacle(False) is None
