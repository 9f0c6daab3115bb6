# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._load.map_names import kernel_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.ours import is_called
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, ProgramSpec

PROGRAM = ProgramSpec("packet_filter", b"", (), "GPL")


@pytest.mark.parametrize(
    ("name", "in_kernel"),
    [
        ("rodata", "packet_f.rodata"),
        ("data", "packet_f.data"),
        ("bss", "packet_f.bss"),
        ("rodata_tables", ".rodata.tables"),
        ("rodata_of_filters_that_are_long", ".rodata.of_filt"),
        ("data_x", ".data.x"),
        ("others", "others"),
    ],
)
def test_variables_are_called_as_libbpf_calls_them(name: str, in_kernel: str) -> None:
    map_spec = MapSpec(name, "array", 4, 8, 1, 0, variables=b"")

    assert bpf.object_name(kernel_name(map_spec, PROGRAM)) == in_kernel
    assert is_called(in_kernel, name)


def test_other_maps_keep_their_names() -> None:
    assert kernel_name(MapSpec("rodata", "array", 4, 8, 1, 0), PROGRAM) == "rodata"


@pytest.mark.parametrize(("in_kernel", "name"), [("rodata", "rodata"), ("rodata_tables_o", "rodata_tables_of_mine")])
def test_names_of_earlier_versions_are_known(in_kernel: str, name: str) -> None:
    assert is_called(in_kernel, name)


@pytest.mark.parametrize("in_kernel", ["packet_f.data", "filter.", "filter", "data"])
def test_other_names_are_not_the_map(in_kernel: str) -> None:
    assert not is_called(in_kernel, "rodata")
