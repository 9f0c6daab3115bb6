# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which maps can have declared contents, and what the options mean for each type.

Pure rules. What they say of types and flags is that of kernel/bpf, Linux 6.18.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo

_ARRAYS = ("array", "percpu_array")
_LRU = ("lru_hash", "lru_percpu_hash")

#: Types whose values are descriptors when they are written and ids when they are read.
REFERENCES = ("devmap", "devmap_hash", "cpumap", "prog_array", "array_of_maps", "hash_of_maps")

#: Types whose keys are indexes below max_entries.
INDEXED = (*_ARRAYS, "devmap", "cpumap", "prog_array", "array_of_maps")

_FILLED = ("hash", "percpu_hash", *_LRU, "lpm_trie", *_ARRAYS, *REFERENCES)

_SOCKETS = "its entries are sockets, which only the processes that have them can add"
_STREAM = "it is a buffer that passes data on, and has no entries with keys"
_QUEUE = "it has no keys: reading an element takes it out"
_STORAGE = "its entries belong to objects of the kernel, such as sockets, tasks and cgroups, and go with them"
_DESCRIPTORS = "its entries are descriptors of the process that reads them"

# Why the other types cannot.
_WITHOUT_CONTENTS = {
    "xskmap": _SOCKETS,
    "sockmap": _SOCKETS,
    "sockhash": _SOCKETS,
    "reuseport_sockarray": _SOCKETS,
    "ringbuf": _STREAM,
    "user_ringbuf": _STREAM,
    "queue": _QUEUE,
    "stack": _QUEUE,
    "bloom_filter": "what was added to it can be neither read nor removed",
    "perf_event_array": _DESCRIPTORS,
    "cgroup_array": _DESCRIPTORS,
    "stack_trace": "programs fill it with their stacks",
    "cgroup_storage": _STORAGE,
    "percpu_cgroup_storage": _STORAGE,
    "sk_storage": _STORAGE,
    "inode_storage": _STORAGE,
    "task_storage": _STORAGE,
    "cgrp_storage": _STORAGE,
    "struct_ops": "its entry is a set of functions of the kernel",
    "arena": "it is memory, and has no entries",
    "insn_array": "its entries are places in a program",
}

# BPF_F_* of include/uapi/linux/bpf.h.
_NO_COMMON_LRU = 1 << 1
_RDONLY = 1 << 3
_WRONLY = 1 << 4


def refusal(map_type: str, flags: int, wanted: Wanted, variables: bool = False, frozen: bool = False) -> str:
    """Why a map cannot have these contents, as a sentence without its full stop; empty when it can.

    ``variables`` says that the map is a section of variables, and ``frozen`` that
    BPF_MAP_FREEZE was called for it (``_bpf.frozen``).
    """
    name = wanted.map
    if variables:
        return (
            f"The map {name} has the variables of a program, which are no entries. Constants (const volatile) are set with "
            f"the option constants of xdp_pin, and the others by the program"
        )
    if map_type not in _FILLED:
        why = _WITHOUT_CONTENTS.get(map_type, "this version does not know the type")
        return f"A map of type {map_type} cannot have declared contents, so not {name}: {why}"
    if flags & _RDONLY:
        return f"The map {name} has the flag BPF_F_RDONLY, which keeps user space from writing entries"
    if flags & _WRONLY:
        return (
            f"The map {name} has the flag BPF_F_WRONLY, which keeps user space from reading its entries to compare them"
        )
    if frozen:
        return f"The map {name} is frozen: the kernel lets nobody in user space change its entries any more"
    return _options_refusal(map_type, wanted)


def unreadable(map_type: str, path: str) -> str:
    """Why the entries of a map cannot be shown, as a sentence without its full stop; empty when they can."""
    if map_type not in (*_FILLED, "stack_trace"):
        why = _WITHOUT_CONTENTS.get(map_type, "this version does not know the type")
        return f"The entries of the map {path} of type {map_type} cannot be read: {why}"
    return ""


def _options_refusal(map_type: str, wanted: Wanted) -> str:
    name = wanted.map
    if map_type in REFERENCES and wanted.value_type is not None:
        return (
            f"value_type does not go with the map {name} of type {map_type}, whose values name interfaces, programs or maps. "
            f"Leave it out"
        )
    if not wanted.exclusive:
        return ""
    if wanted.state == "absent":
        return (
            f"The contents of the map {name} have both state: absent and exclusive: true, which contradict each other"
        )
    if evicts(map_type):
        return (
            f"exclusive: true is not possible for the map {name} of type {map_type}: the kernel itself removes entries when "
            f"it needs room"
        )
    if not wanted.table.count and not wanted.allow_empty:
        return (
            f"There are no entries for the map {name}, and with exclusive: true everything in it would be removed. "
            f"If that is meant, set allow_empty: true"
        )
    return ""


def warnings(map_type: str, wanted: Wanted) -> list[str]:
    """What the user should know of these contents in a map of this type, in whole sentences."""
    name = wanted.map
    found = []
    if evicts(map_type) and wanted.state == "present":
        found.append(
            f"The map {name} is of type {map_type}: when it is full, the kernel removes the entries that were used least "
            f"recently, declared ones too. A map of type hash keeps them"
        )
    if is_array(map_type) and wanted.state == "present" and wanted.existing == "keep":
        found.append(
            f"existing: keep writes nothing into the map {name} of type {map_type} unless it is new, because an array has all "
            f"of its entries from the start"
        )
    return found


def has_entries(map_type: str) -> bool:
    """Whether user space can read and write what is in the map, by keys."""
    return map_type in _FILLED


def is_array(map_type: str) -> bool:
    """Whether the map has all its entries at any time. They cannot be removed; zeros are written instead."""
    return map_type in _ARRAYS


def evicts(map_type: str) -> bool:
    """Whether the map drops old entries for new ones when it is full."""
    return map_type in _LRU


def room(map_info: MapInfo, cpus: int) -> int:
    """How many entries one writer can put into the empty map.

    With BPF_F_NO_COMMON_LRU each CPU has a share of its own (htab_map_alloc in
    kernel/bpf/hashtab.c), and one process writes on one CPU at a time.
    """
    if evicts(map_info.type) and map_info.flags & _NO_COMMON_LRU:
        return max(1, map_info.max_entries // cpus)
    return map_info.max_entries


def has_variables(kernel_name: str) -> bool:
    """Whether a map that is known only by what the kernel calls it has a program's variables (``_load.map_names``)."""
    return "." in kernel_name
