# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Who applies CO-RE relocations, and what is said where nobody can compare types."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import programs
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ProgramSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile


@pytest.mark.parametrize(
    ("is_mounted", "has_types", "knows", "expected"),
    [
        (True, True, True, True),
        (True, True, False, False),
        (True, False, True, False),
        # Without sysfs the kernel may have types all the same.
        (False, False, True, True),
        (False, False, False, False),
    ],
)
def test_the_kernel_relocates_if_it_can(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_mounted: bool, has_types: bool, knows: bool, expected: bool
) -> None:
    sysfs = tmp_path / "kernel"
    if is_mounted:
        sysfs.mkdir()
    if has_types:
        (sysfs / "vmlinux").touch()
    monkeypatch.setattr(programs, "_SYSFS", str(sysfs))
    monkeypatch.setattr(programs, "_KERNEL_TYPES", str(sysfs / "vmlinux"))
    monkeypatch.setattr(bpf_change, "knows_core_relocations", lambda: knows)
    assert programs._kernel_relocates() is expected


def test_a_program_that_is_loaded_as_it_is_warns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "_KERNEL_TYPES", str(tmp_path / "vmlinux"))
    file = BtfFile()
    root = file.structure("xdp_md", 8, [("data", file.u32(), 0), ("nosuch", file.u32(), 32)])

    def relocated(path: str) -> list[str]:
        told: list[str] = []
        relocations = struct.pack("=4I", 0, root, file.string(path), 0)
        program = ProgramSpec("filter", bytes(8), (), "GPL", core_relocations=relocations)
        done, missing = programs._relocated(program, file.blob(), told.append)
        assert (done.instructions, done.core_relocations, missing) == (program.instructions, b"", {})
        return told

    (warning,) = relocated("0:0")
    assert warning.startswith(
        "The CO-RE relocations of the program filter were not compared with the types of the running kernel"
    )
    with pytest.raises(XdpError, match=r"on struct xdp_md\.nosuch\. This kernel does not show its types"):
        relocated("0:1")
