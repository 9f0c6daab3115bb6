# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a program that is bound to interfaces is loaded, and where it cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import native
from ansible_collections.ebpf.xdp.plugins.module_utils._network.attachments import Attachment
from ansible_collections.ebpf.xdp.plugins.module_utils._network.drivers import DriverFeatures
from ansible_collections.ebpf.xdp.plugins.module_utils._network.netlink import Interface, find
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import bound
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import RecordedProgram

ETH0, ETH1, LO = Interface(2, "eth0", {}, 1500), Interface(3, "eth1", {}, 1500), Interface(1, "lo", {}, 65536)

FEATURES = {"eth0": DriverFeatures(1, 0b11), "eth1": DriverFeatures(1, 0b1), "lo": DriverFeatures(0)}


class Observed:
    """As much of what is observed as is asked for here."""

    interfaces = (LO, ETH0, ETH1)

    def interface(self, name: str) -> Interface | None:
        return find(name, self.interfaces)

    def own_attachments(self) -> list[Attachment]:
        return [Attachment("eth1", 3, "native", 42, 7)]

    def program(self, program_id: int) -> int:
        return 100 + program_id


@pytest.fixture(autouse=True)
def drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(interface: Interface) -> native.Native:
        return native.Native(FEATURES[interface.name], "some", None, 1500, None)

    monkeypatch.setattr(native, "native", ask)


def devices(*interfaces: str, mode: str = "auto", reads: tuple[str, ...] = ("timestamp",)) -> bound.Devices:
    return _devices(interfaces, mode, reads)


def _devices(interfaces: tuple[str, ...] | None, mode: str, reads: tuple[str, ...]) -> bound.Devices:
    request = Request("edge", "/bpf", "all", interfaces=interfaces, mode=mode)
    observed: Any = Observed()
    return bound.devices("stamped", reads, request, observed)


def test_it_is_loaded_for_each_interface_once() -> None:
    assert devices("eth1", "eth0", "eth1") == bound.Devices((2, 3), ())


def test_without_interfaces_it_is_loaded_for_those_that_run_the_set() -> None:
    assert _devices(None, "auto", ("timestamp",)).wanted == (3,)


def test_what_a_driver_does_not_offer_is_told() -> None:
    found = devices("eth0", "eth1", reads=("hash", "timestamp"))
    assert found.wanted == (2, 3)
    assert found.warnings == (
        "The driver of eth1 does not offer bpf_xdp_metadata_rx_hash, which fails there (EOPNOTSUPP)",
    )


@pytest.mark.parametrize("mode", ["generic", "offload"])
def test_only_a_driver_can_tell(mode: str) -> None:
    with pytest.raises(XdpError, match=r"\(timestamp\), which only native mode has\. Set mode: native"):
        devices("eth0", mode=mode)


def test_a_driver_that_tells_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(XdpError, match=r"the driver of lo does not run XDP programs\. Leave lo out"):
        devices("lo", "eth0")
    monkeypatch.setitem(FEATURES, "eth0", DriverFeatures(1, 0))
    with pytest.raises(XdpError, match=r"the driver of eth0 offers none\. Leave eth0 out"):
        devices("eth0")


def test_a_driver_of_which_the_kernel_does_not_tell_it_is_neither_refused_nor_blamed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(FEATURES, "eth0", DriverFeatures(1))
    assert devices("eth0") == bound.Devices((2,), ())


def test_without_an_interface_it_cannot_be_loaded() -> None:
    with pytest.raises(XdpError, match=r"so it is loaded for each interface\. Give interfaces"):
        devices()


def test_a_program_that_its_interface_does_not_run_may_be_bound_to_an_earlier_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = info.ProgramInfo(42, "stamped", "xdp", "tag", (), 0, 0, True, 0, 0, 0, 0, 0)
    monkeypatch.setattr(info, "program_info", lambda fd: known)
    recorded = RecordedProgram("", "", "stamped", 41, "tag", ("stamped",), {}, bound={"2": 41, "3": 42})
    observed: Any = Observed()
    assert bound.living(recorded, observed, [2, 3, 4]) == {3: (142, known)}
    assert bound.living(recorded._replace(tag="other"), observed, [3]) == {}
