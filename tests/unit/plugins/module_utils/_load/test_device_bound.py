# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that the kernel takes for one interface alone."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._load import device_bound, kernel_ids
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import KernelReference, ProgramSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile


@pytest.fixture(autouse=True)
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that knows two of the functions."""
    btf = BtfFile()
    for name in ("bpf_xdp_metadata_rx_timestamp", "bpf_xdp_metadata_rx_hash", "bpf_rcu_read_lock"):
        btf.func(name, btf.proto(0))
    blob = btf.blob()
    monkeypatch.setattr(kernel_ids, "kernel_btf", lambda why: blob)


def program(*names: str, kind: str = "function") -> ProgramSpec:
    references = tuple(KernelReference(0, name, kind, weak=True) for name in names)
    return ProgramSpec("stamped", b"", (), "GPL", kernel_references=references)


def test_what_it_reads_is_what_the_kernel_has_of_it() -> None:
    read = (
        "bpf_xdp_metadata_rx_timestamp",
        "bpf_xdp_metadata_rx_hash",
        "bpf_xdp_metadata_rx_later",
        "bpf_rcu_read_lock",
    )
    assert device_bound.metadata(program(*read)) == ("hash", "timestamp")


@pytest.mark.parametrize(
    "other",
    [
        program(),
        program("bpf_rcu_read_lock"),
        program("bpf_xdp_metadata_rx_later"),
        program("bpf_xdp_metadata_rx_hash", kind="address"),
    ],
)
def test_any_other_program_is_for_any_interface(other: ProgramSpec) -> None:
    assert device_bound.metadata(other) == ()


def test_the_kernel_s_types_are_not_read_for_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_ids, "kernel_btf", pytest.fail)
    assert device_bound.metadata(program("bpf_rcu_read_lock")) == ()
