# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    MapSpec,
    NamedCounters,
    ObjectSpec,
    source_register,
    with_source_register,
)

MAP = MapSpec("rodata", "array", 4, 16, 1, 0x480, variables=b"")


@pytest.mark.parametrize("source", range(16))
def test_the_source_register_can_be_set_and_asked(source: int) -> None:
    for registers in range(256):
        changed = with_source_register(registers, source)
        assert 0 <= changed < 256
        assert source_register(changed) == source
        # The other register stays.
        assert with_source_register(changed, source_register(registers)) == registers


@pytest.mark.skipif(sys.byteorder != "little", reason="the instruction is written out for little endian")
def test_the_source_register_is_the_one_that_the_kernel_means() -> None:
    # r1 = a map: struct bpf_insn has dst_reg before src_reg.
    assert source_register(0x21) == 2
    assert with_source_register(0x01, 1) == 0x11


@pytest.mark.parametrize(
    ("map_spec", "constant"),
    [
        (MAP, True),
        (MAP._replace(flags=0x80), True),
        (MAP._replace(flags=0x400), False),
        # A map that the source declares read-only for programs is filled from outside.
        (MAP._replace(variables=None), False),
    ],
)
def test_constants_are_variables_that_programs_only_read(map_spec: MapSpec, constant: bool) -> None:
    assert map_spec.is_constant == constant


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        ((), set()),
        (("counters",), {"counters", "ports"}),
        (("filter:counters",), {"filter:counters", "filter:ports"}),
    ],
)
def test_the_maps_of_a_filter_are_those_beside_its_counters(counters: tuple[str, ...], expected: set[str]) -> None:
    names = (
        ("counters", "ports")
        if counters == ("counters",)
        else ("filter:counters", "filter:ports", "two:filter", "seen")
    )
    spec = ObjectSpec(
        (),
        tuple(MAP._replace(name=name) for name in names),
        counters=tuple(NamedCounters(name, (), "", 0, 0, 0) for name in counters),
    )
    assert spec.maps_of_filters == expected
