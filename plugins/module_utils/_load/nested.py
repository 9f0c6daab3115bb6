# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Maps of maps and program arrays: made with what they hold, and filled with what the object says.

The kernel copies what it needs of the template when the outer map is made
(bpf_map_meta_alloc in kernel/bpf/map_in_map.c), so the template goes at once.
"""

from __future__ import annotations

import os
import struct
from typing import Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf_change
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec


def create(map_spec: MapSpec, make: Callable[[MapSpec, int], int]) -> int:
    """A map of maps; ``make`` makes one map, and takes a template's descriptor or 0."""
    if map_spec.inner is None:
        raise XdpError(
            f"The map of maps {map_spec.name} cannot be made: its declaration does not say what it holds. "
            f"Add __array(values, struct ...) with the structure of the inner map"
        )
    # As libbpf names it (parse_btf_map_def).
    template = make(map_spec.inner._replace(name=f"{map_spec.name}.inner"), 0)
    try:
        return make(map_spec, template)
    finally:
        os.close(template)


def fill(map_spec: MapSpec, fd: int, maps: dict[str, int]) -> None:
    """Put the maps into the slots of a new map of maps."""
    for value in map_spec.values:
        if value.name not in maps:
            raise XdpError(f"The map of maps {map_spec.name} is to hold {value.name}, which was left out")
        _put(
            fd,
            value.slot,
            maps[value.name],
            f"Cannot put the map {value.name} into slot {value.slot} of the map of maps {map_spec.name}",
            "Type, sizes and flags of the two declarations have to be equal, and max_entries as well unless the "
            "inner map is a hash, or an array with BPF_F_INNER_MAP. A slot is less than the outer max_entries",
        )


def fill_programs(map_spec: MapSpec, fd: int, programs: dict[str, int]) -> None:
    """Put the programs into the slots of a new program array."""
    for value in map_spec.values:
        _put(
            fd,
            value.slot,
            programs[value.name],
            f"Cannot put the program {value.name} into slot {value.slot} of the program array {map_spec.name}",
            "Programs that call each other have to be of one kind: all of them for packets in several fragments "
            "(xdp.frags), or none. A slot is less than max_entries",
        )


def _put(fd: int, slot: int, held: int, action: str, advice: str) -> None:
    """Let the slot of a map hold the map or program behind the descriptor ``held``."""
    try:
        bpf_change.map_update(fd, struct.pack("=I", slot), struct.pack("=I", held))
    except OSError as error:
        raise KernelError(action, error.errno or 0, advice) from error
