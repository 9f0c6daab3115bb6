# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a user decides of an object's maps in place of the object: how large they are, and where their memory is."""

from __future__ import annotations

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, ObjectSpec

# BPF_F_NUMA_NODE of include/uapi/linux/bpf.h: numa_node counts.
_F_NUMA_NODE = 1 << 2

# BPF_F_INNER_MAP: as an inner map, an array may have any size.
_F_INNER_MAP = 1 << 12

# Their entries belong to something else, of which the kernel knows how many there are: max_entries has to be 0
# (bpf_local_storage_map_alloc_check in kernel/bpf/bpf_local_storage.c, cgroup_storage_map_alloc in local_storage.c).
_WITHOUT_SIZE = frozenset(
    ("sk_storage", "inode_storage", "task_storage", "cgrp_storage", "cgroup_storage", "percpu_cgroup_storage")
)

#: The smallest and largest value of each option; CONFIG_NODES_SHIFT of the kernel is at most 10.
_OPTIONS = {"max_entries": (1, (1 << 32) - 1), "numa_node": (0, 1023)}


def set_map_options(spec: ObjectSpec, options: dict[str, Any]) -> ObjectSpec:
    """The object with its maps as ``options`` say: by the map's name, ``max_entries`` and ``numa_node``.

    Raises ``XdpError``.
    """
    if not options:
        return spec
    known = {map_spec.name: map_spec for map_spec in spec.maps}
    for name, values in options.items():
        if name not in known:
            raise XdpError(
                f"map_options: the object has no map {short(name)}. {unknown_name(str(name), sorted(known), 'It has')}"
            )
        known[name] = _changed(known[name], values)
    maps = tuple(known[map_spec.name] for map_spec in spec.maps)
    for outer in maps:
        for value in outer.values if outer.inner is not None else ():
            if value.name in options:
                _require_fitting(known[value.name], outer.name, outer.inner)
    return spec._replace(maps=maps)


def _require_fitting(map_spec: MapSpec, outer: str, inner: MapSpec | None) -> None:
    """Refuse a map that no longer fits into the map of maps that has to hold it.

    These are the properties that the kernel compares and that options change (bpf_map_meta_equal in
    kernel/bpf/map_in_map.c, array_map_meta_equal in arraymap.c).
    """
    if inner is None or map_spec.type != inner.type:
        return
    fixed = map_spec.type == "array" and not inner.flags & _F_INNER_MAP
    if map_spec.flags != inner.flags or (fixed and map_spec.max_entries != inner.max_entries):
        option = "numa_node" if map_spec.flags != inner.flags else "max_entries"
        raise XdpError(
            f"map_options: {map_spec.name} is in the map of maps {outer}, which holds only maps as its declaration says, so "
            f"{option} cannot be set for it. Change it in the source"
        )


def _changed(map_spec: MapSpec, values: Any) -> MapSpec:
    if not isinstance(values, dict):
        raise XdpError(f"map_options: {map_spec.name} is not a dictionary. Write {map_spec.name}: {{max_entries: N}}")
    if map_spec.variables is not None:
        raise XdpError(
            f"map_options: {map_spec.name} has the program's variables, which are one entry of their size. "
            f"Set read-only ones with constants"
        )
    for option, value in values.items():
        if option not in _OPTIONS:
            raise XdpError(
                f"map_options: {map_spec.name} has no option {short(option)}. {unknown_name(str(option), sorted(_OPTIONS))}"
            )
        number = _number(map_spec, option, value)
        if option == "max_entries":
            map_spec = _sized(map_spec, number)
        else:
            map_spec = map_spec._replace(numa_node=number, flags=map_spec.flags | _F_NUMA_NODE)
    return map_spec


def _number(map_spec: MapSpec, option: str, value: Any) -> int:
    """Text counts as well: templates give numbers as text."""
    smallest, largest = _OPTIONS[option]
    number = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = int(value)
    elif isinstance(value, str) and len(value) <= 20:
        try:
            number = int(value.strip(), 0)
        except ValueError:
            pass
    if number is None or not smallest <= number <= largest:
        raise XdpError(
            f"map_options: {option} of {map_spec.name} is {short(repr(value))}, and has to be a number from {smallest} to {largest}"
        )
    return number


def _sized(map_spec: MapSpec, entries: int) -> MapSpec:
    if map_spec.type in _WITHOUT_SIZE:
        raise XdpError(
            f"map_options: {map_spec.name} is of type {map_spec.type}, which has no max_entries. Leave it out"
        )
    last = map_spec.values[-1].slot if map_spec.values else -1
    if map_spec.type == "hash_of_maps":
        # Its slots are keys, which may be any.
        if len(map_spec.values) > entries:
            raise XdpError(
                f"map_options: max_entries of {map_spec.name} is {entries}, and the object fills {len(map_spec.values)} of its entries. "
                f"Set at least {len(map_spec.values)}"
            )
    elif last >= entries:
        raise XdpError(
            f"map_options: max_entries of {map_spec.name} is {entries}, and the object fills its entry {last}. "
            f"Set at least {last + 1}"
        )
    return map_spec._replace(max_entries=entries)
