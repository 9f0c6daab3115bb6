# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a program with its helpers can be had in the way that was asked for."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import device_bound
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    XDP,
    XDP_DEVMAP,
    InitialValue,
    KernelReference,
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction import teams


def program(name: str, *maps: str, reads: bool = False, attach_type: str = XDP) -> ProgramSpec:
    references = (KernelReference(0, "bpf_xdp_metadata_rx_hash", "function"),) if reads else ()
    used = tuple(MapReference(0, each) for each in maps)
    return ProgramSpec(name, b"", used, "GPL", kernel_references=references, attach_type=attach_type)


CALLS = MapSpec("calls", "prog_array", 4, 4, 1, 0, values=(InitialValue(0, "second"),))


@pytest.fixture(autouse=True)
def metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_bound, "metadata", lambda program: ("hash",) if program.kernel_references else ())


def check(spec: ObjectSpec, scope: str = "all", interfaces: tuple[str, ...] | None = ("eth0",)) -> None:
    teams.check(spec, team_of(spec, "first"), scope, interfaces)


def test_arrays_that_come_with_their_entries_have_to_be_pinned() -> None:
    spec = ObjectSpec((program("first", "calls"), program("second")), (CALLS,))
    check(spec)
    with pytest.raises(XdpError, match=r"^calls: the program first calls others .* Use scope: all$"):
        check(spec, scope="programs")


def test_what_a_devmap_runs_is_attached_nowhere() -> None:
    spec = ObjectSpec((program("first", attach_type=XDP_DEVMAP),), ())
    check(spec, interfaces=())
    with pytest.raises(XdpError, match="is for packets that a devmap redirects, so it cannot be attached to eth0"):
        check(spec)


def test_only_the_program_that_is_attached_reads_what_a_card_says() -> None:
    check(ObjectSpec((program("first", reads=True), program("other", reads=True)), ()))
    for spec in (
        ObjectSpec((program("first", "calls"), program("second", reads=True)), (CALLS,)),
        ObjectSpec((program("first"), program("second", reads=True, attach_type=XDP_DEVMAP)), ()),
    ):
        with pytest.raises(
            XdpError, match=r"^The program second reads .* \(hash\), so entries of maps cannot lead to it"
        ):
            check(spec)
