# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which of the kernel's rules a map breaks that it has refused to make.

The kernel says EINVAL or E2BIG and no more. The rules are those of the
functions that check a map's attributes, in the files named below, Linux 6.18.
They are looked at only after a refusal, so that a newer kernel, which takes
more, is not held up by them.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import OF_MAPS, MapSpec

# BPF_F_* of include/uapi/linux/bpf.h, for maps.
_FLAGS = {
    1 << 0: "BPF_F_NO_PREALLOC",
    1 << 1: "BPF_F_NO_COMMON_LRU",
    1 << 2: "BPF_F_NUMA_NODE",
    1 << 3: "BPF_F_RDONLY",
    1 << 4: "BPF_F_WRONLY",
    1 << 5: "BPF_F_STACK_BUILD_ID",
    1 << 6: "BPF_F_ZERO_SEED",
    1 << 7: "BPF_F_RDONLY_PROG",
    1 << 8: "BPF_F_WRONLY_PROG",
    1 << 9: "BPF_F_CLONE",
    1 << 10: "BPF_F_MMAPABLE",
    1 << 11: "BPF_F_PRESERVE_ELEMS",
    1 << 12: "BPF_F_INNER_MAP",
}
#: BPF_F_NO_PREALLOC
NO_PREALLOC = 1 << 0
_NO_COMMON_LRU = 1 << 1
_NUMA_NODE = 1 << 2
_USER_ACCESS = 1 << 3 | 1 << 4
_ZERO_SEED = 1 << 6
_PROGRAM_ACCESS = 1 << 7 | 1 << 8
_MMAPABLE = 1 << 10
_PRESERVE_ELEMS = 1 << 11
_INNER_MAP = 1 << 12
_ACCESS = _USER_ACCESS | _PROGRAM_ACCESS

# KMALLOC_MAX_SIZE with pages of 4 KiB; PCPU_MIN_UNIT_SIZE (include/linux/percpu.h); n_buckets in htab_map_alloc.
_LARGEST_ELEMENT = 4 << 20
_LARGEST_PERCPU_VALUE = 32 << 10
_MOST_HASHED = 1 << 28
_LARGEST_ARRAY_VALUE = (1 << 31) - 1


class _Rules(NamedTuple):
    """What a type of map takes."""

    flags: int
    #: Bytes of a key and of a value; ``None`` where any number but 0 does.
    key: range | tuple[int, ...] | None = None
    value: range | tuple[int, ...] | None = None
    #: The first version of Linux that has the type.
    since: tuple[int, int] = (4, 18)


_QUEUE = _Rules(_NUMA_NODE | _ACCESS, key=(0,))
_DESCRIPTORS = _Rules(_NUMA_NODE | _USER_ACCESS, key=(4,), value=(4,))
_DEVICES = _DESCRIPTORS._replace(value=(4, 8))
_HASH = _Rules(NO_PREALLOC | _NUMA_NODE | _ZERO_SEED | _ACCESS)
_RING = _Rules(_NUMA_NODE, key=(0,), value=(0,))
# bpf_map_meta_alloc in kernel/bpf/map_in_map.c: what has a map of its own within, and what has no map_meta_equal.
_NOT_WITHIN = {*OF_MAPS, "prog_array", "cgroup_storage", "percpu_cgroup_storage", "struct_ops"}
_PERCPU = {"percpu_array", "percpu_hash", "lru_percpu_hash"}
_RINGS = {"ringbuf", "user_ringbuf"}

_RULES = {
    # kernel/bpf/arraymap.c: array_map_alloc_check, fd_array_map_alloc_check
    "array": _Rules(_NUMA_NODE | _ACCESS | _MMAPABLE | _INNER_MAP, key=(4,)),
    "percpu_array": _Rules(_ACCESS, key=(4,)),
    "prog_array": _DESCRIPTORS,
    "perf_event_array": _DESCRIPTORS._replace(flags=_DESCRIPTORS.flags | _PRESERVE_ELEMS),
    "cgroup_array": _DESCRIPTORS,
    # kernel/bpf/hashtab.c: htab_map_alloc_check
    "hash": _HASH,
    "percpu_hash": _HASH._replace(flags=_HASH.flags & ~_NUMA_NODE),
    "lru_hash": _HASH._replace(flags=_HASH.flags & ~NO_PREALLOC | _NO_COMMON_LRU),
    "lru_percpu_hash": _HASH._replace(flags=_HASH.flags & ~(NO_PREALLOC | _NUMA_NODE) | _NO_COMMON_LRU),
    # kernel/bpf/lpm_trie.c: trie_alloc; 4 bytes of prefix length and 1 to 256 of data
    "lpm_trie": _Rules(NO_PREALLOC | _NUMA_NODE | _ACCESS, key=range(5, 261)),
    # kernel/bpf/ringbuf.c: ringbuf_map_alloc
    "ringbuf": _RING._replace(since=(5, 8)),
    "user_ringbuf": _RING._replace(since=(6, 1)),
    # kernel/bpf/devmap.c: dev_map_alloc_check; kernel/bpf/cpumap.c: cpu_map_alloc; net/xdp/xskmap.c: xsk_map_alloc
    "devmap": _DEVICES,
    "devmap_hash": _DEVICES._replace(since=(5, 4)),
    "cpumap": _DEVICES._replace(flags=_NUMA_NODE),
    "xskmap": _DESCRIPTORS,
    # kernel/bpf/queue_stack_maps.c: queue_stack_map_alloc_check
    "queue": _QUEUE,
    "stack": _QUEUE,
    # kernel/bpf/bloom_filter.c: bloom_map_alloc
    "bloom_filter": _QUEUE._replace(flags=_QUEUE.flags | _ZERO_SEED, since=(5, 16)),
    # kernel/bpf/arraymap.c: array_of_map_alloc; kernel/bpf/hashtab.c: htab_of_map_alloc
    "array_of_maps": _Rules(_NUMA_NODE | _ACCESS | _MMAPABLE | _INNER_MAP, key=(4,), value=(4,)),
    "hash_of_maps": _HASH._replace(value=(4,)),
    # net/core/sock_map.c: sock_map_alloc, sock_hash_alloc
    "sockmap": _DEVICES,
    "sockhash": _DEVICES._replace(key=None),
}


def broken(map_spec: MapSpec, refusal: int, page_size: int, release: tuple[int, ...]) -> str:
    """The rules that the map breaks, as sentences for the user; empty where none is known.

    ``refusal`` is the kernel's errno, and ``release`` its version. The map's
    ``max_entries`` is the number that was asked for.
    """
    if refusal == errno.ENOMEM:
        return _too_much(map_spec)
    rules = _RULES.get(map_spec.type)
    if rules is None or refusal not in (errno.EINVAL, errno.E2BIG, 524):  # 524: ENOTSUPP, the kernel's own
        return ""
    if release < rules.since:
        return f"Maps of type {map_spec.type} need Linux {rules.since[0]}.{rules.since[1]} or later"
    found = _wrong_shape(map_spec, rules) + _wrong_flags(map_spec, rules) + _too_large(map_spec, page_size)
    if map_spec.type == "cpumap" and refusal == errno.E2BIG:
        found.append(
            f"A cpumap has no more entries than the kernel can have CPUs (NR_CPUS), and not {map_spec.max_entries}"
        )
    return ". ".join(found)


def broken_here(map_spec: MapSpec, refusal: int) -> str:
    """``broken``, with the page size and the kernel of this host."""
    return broken(map_spec, refusal, os.sysconf("SC_PAGE_SIZE"), host.parse_release(os.uname().release))


def usual(name: str, map_type: str, max_entries: int, flags: int) -> MapSpec:
    """A map of which no more is known, with the least key and value that its type takes."""
    rules = _RULES.get(map_type, _Rules(0))
    sizes = [wanted[0] if wanted else 4 for wanted in (rules.key, rules.value)]
    return MapSpec(name, map_type, sizes[0], sizes[1], max_entries, flags)


def flags_of(text: str, unknown: int) -> int:
    """The flags that C text names or has as a number; ``unknown`` when there is anything else."""
    by_name = {name: flag for flag, name in _FLAGS.items()}
    found = 0
    for word in text.split("|"):
        try:
            found |= by_name[word.strip()] if word.strip() in by_name else int(word, 0)
        except ValueError:
            return unknown
    return found


def possible(refusal: int) -> str:
    """What may be the matter with a map of which only the refusal is known."""
    if refusal == errno.E2BIG:
        return (
            f"Its entries are too many or too large: a per-CPU value has at most {_LARGEST_PERCPU_VALUE} bytes, and a "
            f"hash at most {_MOST_HASHED} entries"
        )
    if refusal == errno.ENOMEM:
        return "The kernel has no memory for it. Declare fewer entries"
    return "The kernel takes no map of this type with this key, value, number of entries or flags"


def _wrong_shape(map_spec: MapSpec, rules: _Rules) -> list[str]:
    found = []
    for what, actual, wanted in (("key", map_spec.key_size, rules.key), ("value", map_spec.value_size, rules.value)):
        if wanted is None:
            if actual == 0:
                found.append(
                    f"The {what} of a map of type {map_spec.type} needs a type or a size, which was not declared"
                )
        elif actual not in wanted:
            found.append(
                f"The {what} of a map of type {map_spec.type} has to have {_numbers(wanted)} bytes, not {actual}"
            )
    if map_spec.inner is not None and map_spec.inner.type in _NOT_WITHIN:
        found.append(f"A map of maps does not hold maps of type {map_spec.inner.type}")
    if map_spec.max_entries == 0:
        found.append(
            f"max_entries was not declared: add __uint(max_entries, N), or set it with map_options: "
            f"{{{map_spec.name}: {{max_entries: N}}}}"
        )
    return found


def _numbers(wanted: Collection[int]) -> str:
    if isinstance(wanted, range):
        return f"{wanted[0]} to {wanted[-1]}"
    return " or ".join(str(each or "no") for each in wanted)


def _wrong_flags(map_spec: MapSpec, rules: _Rules) -> list[str]:
    found = []
    if map_spec.type == "lpm_trie" and not map_spec.flags & NO_PREALLOC:
        found.append("An LPM trie needs the flag BPF_F_NO_PREALLOC: add __uint(map_flags, BPF_F_NO_PREALLOC)")
    wrong = map_spec.flags & ~rules.flags
    if wrong:
        names = [name for flag, name in _FLAGS.items() if wrong & flag]
        others = wrong & ~sum(_FLAGS)
        words = " | ".join([*names, *([hex(others)] if others else [])])
        found.append(f"A map of type {map_spec.type} does not take the flags {words}")
    for pair in (_USER_ACCESS, _PROGRAM_ACCESS):
        if map_spec.flags & pair == pair:
            both = " and ".join(name for flag, name in _FLAGS.items() if pair & flag)
            found.append(f"The flags {both} exclude each other")
    if map_spec.flags & _NUMA_NODE and not wrong & _NUMA_NODE:
        found.append(
            f"With the flag BPF_F_NUMA_NODE, the node numa_node {map_spec.numa_node} has to be there and online"
        )
    most = 15 if map_spec.type == "bloom_filter" else 0
    if map_spec.extra > most:
        found.append(f"map_extra of a map of type {map_spec.type} has to be at most {most}, not {map_spec.extra}")
    return found


def _too_large(map_spec: MapSpec, page_size: int) -> list[str]:
    found = []
    if map_spec.type in _PERCPU and map_spec.value_size > _LARGEST_PERCPU_VALUE:
        found.append(f"A per-CPU value has at most {_LARGEST_PERCPU_VALUE} bytes, not {map_spec.value_size}")
    elif map_spec.type == "array" and map_spec.value_size > _LARGEST_ARRAY_VALUE:
        found.append(f"A value of an array has at most {_LARGEST_ARRAY_VALUE} bytes, not {map_spec.value_size}")
    elif map_spec.type != "array" and map_spec.key_size + map_spec.value_size > _LARGEST_ELEMENT - 512:
        found.append(
            f"A key and its value have less than {_LARGEST_ELEMENT >> 20} MiB, not {map_spec.key_size + map_spec.value_size} bytes"
        )
    if map_spec.type.endswith("hash") and map_spec.max_entries > _MOST_HASHED:
        found.append(f"A map of type {map_spec.type} has at most {_MOST_HASHED} entries, not {map_spec.max_entries}")
    pages, odd = divmod(map_spec.max_entries, page_size)
    if map_spec.type in _RINGS and (odd or pages & (pages - 1)):
        found.append(
            f"A ring buffer has {page_size} bytes (one page) or that times a power of two, not {map_spec.max_entries}"
        )
    return found


def _too_much(map_spec: MapSpec) -> str:
    entries = 1 if map_spec.type in _RINGS else map_spec.max_entries
    # An array has no place for keys.
    keyed = map_spec.key_size if map_spec.type not in ("array", "percpu_array") else 0
    size = map_spec.max_entries if map_spec.type in _RINGS else keyed + map_spec.value_size
    each = " on each CPU" if map_spec.type in _PERCPU else ""
    return (
        f"The kernel has no memory for it: {entries} entries of {size} bytes are {entries * size >> 20} MiB and more"
        f"{each}. Declare a smaller max_entries"
    )
