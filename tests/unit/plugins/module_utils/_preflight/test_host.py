# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of a host and an interface, from what the kernel said."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._network.drivers import DriverFeatures
from ansible_collections.ebpf.xdp.plugins.module_utils._network.native import Native, mtu_limit
from ansible_collections.ebpf.xdp.plugins.module_utils._network.netlink import Interface
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight import host

ETH0 = Interface(2, "eth0", {}, 1500, ("uplink",))


def known(features: DriverFeatures | None, driver: str | None, mtu: int, peer_mtu: int | None = None) -> Native:
    return Native(features, driver, mtu_limit(features.native if features else None, driver, 4096), mtu, peer_mtu)


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("6.1.0-13-amd64", "6.1.0"),
        ("6.18.44", "6.18.44"),
        ("6.10-rc3", "6.10"),
        ("4.18.0-553.el8_10.x86_64", "4.18.0"),
        ("6.6.87.2-microsoft-standard-WSL2", "6.6.87.2"),
        ("kernel-6.1", ""),
    ],
)
def test_the_numbers_of_a_release(release: str, version: str) -> None:
    assert host.version(release) == version


def test_an_interface_whose_driver_says_what_it_can() -> None:
    assert host.interface(ETH0, known(DriverFeatures(0x21, 0x5), "veth", 1500, 9000), False) == {
        "interface": "eth0",
        "altnames": ["uplink"],
        "ifindex": 2,
        "driver": "veth",
        "mtu": 1500,
        "peer_mtu": 9000,
        "mtu_limit": 3506,
        "mtu_limit_source": "driver",
        "native": True,
        "native_obstacle": "the MTU of its peer is 9000, and veth runs programs without frags up to an MTU of 3506",
        "frags": True,
        "offload": False,
        "features": ["basic", "rx_sg"],
        "metadata": ["timestamp", "vlan_tag"],
        "rx_vlan_offload": False,
    }


def test_an_interface_whose_driver_cannot() -> None:
    told = host.interface(Interface(1, "lo", {}, 65536), known(DriverFeatures(0), None, 65536), True)
    assert (told["native"], told["frags"], told["offload"], told["features"]) == (False, False, False, [])
    assert (told["mtu_limit"], told["mtu_limit_source"], told["peer_mtu"]) == (None, None, None)
    assert told["native_obstacle"] == "its driver (none) does not run XDP programs"


def test_what_the_kernel_cannot_tell_is_unknown_not_false() -> None:
    told = host.interface(ETH0, known(None, "i40e", 9000), False)
    assert (told["native"], told["frags"], told["offload"], told["features"]) == (None, None, None, [])
    assert told["metadata"] is None
    assert (told["mtu_limit"], told["mtu_limit_source"], told["native_obstacle"]) == (3506, "page", None)
