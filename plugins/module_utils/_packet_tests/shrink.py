# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""How large the maps of a private copy have to be. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec

#: A test copies no more entries of one map than this.
MOST_ENTRIES = 100_000

#: Bytes of the arrays of a copy, which cannot be made smaller: programs know their size.
MOST_ARRAYS = 256 << 20

#: Types that may have fewer places than the object says without anybody noticing, as long as there are enough.
SHRUNK = ("hash", "percpu_hash", "lru_hash", "lru_percpu_hash", "lpm_trie")
_ARRAYS = ("array", "percpu_array")

# BPF_F_* of include/uapi/linux/bpf.h: a list of free places for each CPU; user space may only read, or only write.
_NO_COMMON_LRU = 1 << 1
_RDONLY = 1 << 3
_WRONLY = 1 << 4

#: Places for what the program adds, and as many again for each CPU: an LRU map hands out 128 of them to a CPU at a time
#: (LOCAL_FREE_TARGET in kernel/bpf/bpf_lru_list.c).
_SPARE = 1024
_SPARE_PER_CPU = 256
#: Entries that a program may add for one packet.
_PER_PACKET = 4


class TooLarge(Exception):
    """A copy would take too much; the text says of what."""


def shrunk(
    specs: Sequence[MapSpec], entries: Mapping[str, int], packets: int, possible_cpus: int
) -> tuple[MapSpec, ...]:
    """The maps of a copy that gets these numbers of entries and of packets.

    Raises ``TooLarge`` where their arrays take too much memory.
    """
    total = sum(_array_size(map_spec, possible_cpus) for map_spec in specs)
    if total > MOST_ARRAYS:
        largest = max(specs, key=lambda map_spec: _array_size(map_spec, possible_cpus))
        raise TooLarge(
            f"the arrays of the copy would take {total >> 20} MiB, most of them for {largest.name}, and a test takes "
            f"{MOST_ARRAYS >> 20} MiB at most"
        )
    return tuple(_shrunk(map_spec, entries.get(map_spec.name, 0), packets, possible_cpus) for map_spec in specs)


def _array_size(map_spec: MapSpec, cpus: int) -> int:
    if map_spec.type not in _ARRAYS:
        return 0
    value = (map_spec.value_size + 7) & ~7
    return map_spec.max_entries * value * (cpus if map_spec.type == "percpu_array" else 1)


def _shrunk(map_spec: MapSpec, entries: int, packets: int, cpus: int) -> MapSpec:
    # The copy is filled from user space, whatever the flags of the map say of that.
    map_spec = map_spec._replace(flags=map_spec.flags & ~(_RDONLY | _WRONLY))
    if map_spec.type not in SHRUNK:
        return map_spec
    room = entries + _SPARE + _SPARE_PER_CPU * cpus + _PER_PACKET * packets
    if map_spec.flags & _NO_COMMON_LRU:
        room *= cpus
    return map_spec._replace(max_entries=min(map_spec.max_entries, room))
