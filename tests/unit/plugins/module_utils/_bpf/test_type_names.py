# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.type_names import (
    LINK_TYPES,
    MAP_TYPES,
    PROG_TYPES,
    type_name,
    type_number,
)


@pytest.mark.parametrize(
    ("names", "number", "name"),
    [
        # enum bpf_map_type, bpf_prog_type and bpf_link_type of include/uapi/linux/bpf.h
        (MAP_TYPES, 0, "unspec"),
        (MAP_TYPES, 1, "hash"),
        (MAP_TYPES, 2, "array"),
        (MAP_TYPES, 6, "percpu_array"),
        (MAP_TYPES, 10, "lru_percpu_hash"),
        (MAP_TYPES, 14, "devmap"),
        (MAP_TYPES, 17, "xskmap"),
        (MAP_TYPES, 25, "devmap_hash"),
        (MAP_TYPES, 27, "ringbuf"),
        (MAP_TYPES, 33, "arena"),
        (MAP_TYPES, 34, "insn_array"),
        (PROG_TYPES, 6, "xdp"),
        (PROG_TYPES, 31, "syscall"),
        (PROG_TYPES, 32, "netfilter"),
        (LINK_TYPES, 6, "xdp"),
        (LINK_TYPES, 11, "tcx"),
        (LINK_TYPES, 14, "sockmap"),
    ],
)
def test_types_have_the_names_that_bpftool_prints(names: tuple[str, ...], number: int, name: str) -> None:
    assert type_name(names, number) == name


@pytest.mark.parametrize("names", [MAP_TYPES, PROG_TYPES, LINK_TYPES])
def test_a_type_newer_than_the_table_is_its_number(names: tuple[str, ...]) -> None:
    assert type_name(names, len(names)) == str(len(names))
    assert type_name(names, 1000) == "1000"


@pytest.mark.parametrize("names", [MAP_TYPES, PROG_TYPES, LINK_TYPES])
def test_no_two_types_have_the_same_name(names: tuple[str, ...]) -> None:
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("number", [0, 1, 6, 34, 35, 1000, (1 << 32) - 1])
def test_a_name_leads_back_to_the_number(number: int) -> None:
    assert type_number(MAP_TYPES, type_name(MAP_TYPES, number)) == number


@pytest.mark.parametrize("name", ["", "HASH", "hash ", "no_such_map", "0x1", "1.0", "None"])
def test_what_is_neither_a_name_nor_a_number_has_none(name: str) -> None:
    with pytest.raises(ValueError):
        type_number(MAP_TYPES, name)


@pytest.mark.parametrize("name", ["-1", "4294967296", "99999999999999999999"])
def test_a_number_that_the_kernel_s_field_cannot_hold_is_none(name: str) -> None:
    # It comes from an object spec, so from anybody.
    with pytest.raises(ValueError):
        type_number(MAP_TYPES, name)
