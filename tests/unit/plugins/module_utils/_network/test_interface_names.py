# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The usual ways to get an interface's name wrong, and what is said about them."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._network import interface_names


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "An empty text is not a list. Write interfaces: [eth0, eth1], or interfaces: [] for none"),
        ("[w0", "write interfaces=eth0,eth1, or all arguments as JSON"),
        (" w1]", "write interfaces=eth0,eth1, or all arguments as JSON"),
        ('["w0"', "write interfaces=eth0,eth1, or all arguments as JSON"),
        ("eth0@if5", "The name itself is eth0"),
        ("eth0.100@eth0", "The name itself is eth0.100"),
        (" eth1", "No interface has a blank in its name"),
        ("eth0 eth1", "No interface has a blank in its name"),
    ],
)
def test_what_is_hardly_a_name_is_explained(name: str, says: str) -> None:
    assert says in interface_names.doubt(name)
    text = str(interface_names.unknown(name, ["lo", "eth0"]))
    assert text.startswith(f"There is no interface {name!r} on this host. ")
    assert says in text
    assert text.endswith(". There are: lo, eth0")
    unusable = str(interface_names.unusable(name))
    assert unusable.startswith(f"interfaces: {name!r} cannot be the name of an interface. ")
    assert says in unusable


@pytest.mark.parametrize("name", ["eth9", "enp1s0f0np0.100", "br-lan", "x" * 100])
def test_what_could_be_a_name_is_only_missing(name: str) -> None:
    assert interface_names.doubt(name) == ""
    assert str(interface_names.unknown(name, ["lo"])) == f"There is no interface {name} on this host. There are: lo"


def test_a_slip_of_the_finger_gets_the_nearest_name() -> None:
    text = str(interface_names.unknown("ehtO0", ["lo", "eth0", "wlan0"]))
    assert text.endswith(" on this host. Did you mean eth0? There are: lo, eth0, wlan0")


def test_an_altname_cannot_be_waited_for() -> None:
    text = str(interface_names.unusable("x" * 16))
    assert "If it is an altname, no interface has it now" in text
    assert text.endswith("Give the primary name")


def test_a_host_of_many_interfaces_does_not_fill_the_screen() -> None:
    text = str(interface_names.unknown("eth9", [f"tap{number}" for number in range(1000)]))
    assert text.endswith("tap28, tap29 and 970 more")
