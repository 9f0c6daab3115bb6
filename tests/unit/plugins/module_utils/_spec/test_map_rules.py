# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rule a map breaks that the kernel has refused."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.map_rules import broken
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec

PAGE = 4096
NEW = (6, 18)


_NO_SIZE = "max_entries was not declared: add __uint(max_entries, N), or set it with map_options: {m: {max_entries: N}}"


def said(
    map_type: str, key: int, value: int, entries: int, flags: int = 0, refusal: int = errno.EINVAL, **more: Any
) -> str:
    return broken(MapSpec("m", map_type, key, value, entries, flags, **more), refusal, PAGE, NEW)


# What Linux 6.18 answered to each of them.
@pytest.mark.parametrize(
    ("shape", "refusal", "rule"),
    [
        (("lpm_trie", 8, 8, 5, 0), errno.EINVAL, "An LPM trie needs the flag BPF_F_NO_PREALLOC: add __uint(map_flags, BPF_F_NO_PREALLOC)"),
        (("lpm_trie", 4, 8, 5, 1), errno.EINVAL, "The key of a map of type lpm_trie has to have 5 to 260 bytes, not 4"),
        (("lpm_trie", 261, 8, 5, 1), errno.EINVAL, "The key of a map of type lpm_trie has to have 5 to 260 bytes, not 261"),
        (("hash", 4, 8, 0, 0), errno.EINVAL, _NO_SIZE),
        (("ringbuf", 0, 0, 0, 0), errno.EINVAL, _NO_SIZE),
        (("hash", 0, 8, 1, 0), errno.EINVAL, "The key of a map of type hash needs a type or a size, which was not declared"),
        (("array", 4, 0, 1, 0), errno.EINVAL, "The value of a map of type array needs a type or a size, which was not declared"),
        (("array", 8, 8, 1, 0), errno.EINVAL, "The key of a map of type array has to have 4 bytes, not 8"),
        (("devmap", 4, 5, 4, 0), errno.EINVAL, "The value of a map of type devmap has to have 4 or 8 bytes, not 5"),
        (("queue", 4, 4, 4, 0), errno.EINVAL, "The key of a map of type queue has to have no bytes, not 4"),
        (("percpu_array", 4, 40000, 1, 0), errno.E2BIG, "A per-CPU value has at most 32768 bytes, not 40000"),
        (("lru_percpu_hash", 4, 32769, 1, 0), errno.E2BIG, "A per-CPU value has at most 32768 bytes, not 32769"),
        (("array", 4, 1 << 31, 1, 0), errno.E2BIG, "A value of an array has at most 2147483647 bytes, not 2147483648"),
        (("hash", 4, 1 << 22, 1, 0), errno.E2BIG, "A key and its value have less than 4 MiB, not 4194308 bytes"),
        (("hash", 4, 8, 1 << 30, 0), errno.E2BIG, "A map of type hash has at most 268435456 entries, not 1073741824"),
        (("cpumap", 4, 4, 100000, 0), errno.E2BIG, "A cpumap has no more entries than the kernel can have CPUs (NR_CPUS), and not 100000"),
        (("lru_hash", 4, 8, 1, 1), 524, "A map of type lru_hash does not take the flags BPF_F_NO_PREALLOC"),
        (("percpu_array", 4, 8, 1, 4 | 1 << 20), errno.EINVAL, "A map of type percpu_array does not take the flags BPF_F_NUMA_NODE | 0x100000"),
        (("array", 4, 8, 1, 0x18), errno.EINVAL, "The flags BPF_F_RDONLY and BPF_F_WRONLY exclude each other"),
        (("ringbuf", 0, 0, 3 * PAGE, 0), errno.EINVAL, "A ring buffer has 4096 bytes (one page) or that times a power of two, not 12288"),
    ],
)  # fmt: skip
def test_the_rule_is_said(shape: tuple[str, int, int, int, int], refusal: int, rule: str) -> None:
    assert said(*shape, refusal=refusal) == rule


def test_all_rules_are_said_that_are_broken() -> None:
    assert said("array", 8, 0, 0, 1).count(". ") == 3


def test_a_node_that_is_not_there() -> None:
    assert said("hash", 4, 4, 1, 4, numa_node=77).endswith("the node numa_node 77 has to be there and online")


@pytest.mark.parametrize(("map_type", "extra", "most"), [("hash", 1, 0), ("bloom_filter", 16, 15)])
def test_more_than_the_type_has_of_its_own(map_type: str, extra: int, most: int) -> None:
    key = 0 if map_type == "bloom_filter" else 4
    rule = f"map_extra of a map of type {map_type} has to be at most {most}, not {extra}"
    assert said(map_type, key, 4, 1, extra=extra) == rule


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (("array", 4, 8, 1 << 27, 0), "134217728 entries of 8 bytes are 1024 MiB and more. Declare"),
        (("percpu_hash", 8, 8, 1 << 26, 0), "67108864 entries of 16 bytes are 1024 MiB and more on each CPU. Declare"),
        (("ringbuf", 0, 0, 1 << 30, 0), "1 entries of 1073741824 bytes are 1024 MiB and more. Declare"),
    ],
)
def test_what_takes_too_much_memory(shape: tuple[str, int, int, int, int], says: str) -> None:
    assert says in said(*shape, refusal=errno.ENOMEM)


@pytest.mark.parametrize(
    ("map_type", "since"), [("ringbuf", (5, 8)), ("bloom_filter", (5, 16)), ("user_ringbuf", (6, 1))]
)
def test_a_type_that_the_kernel_does_not_have(map_type: str, since: tuple[int, int]) -> None:
    map_spec = MapSpec("m", map_type, 0, 0, PAGE, 0)
    older = (since[0], since[1] - 1)
    assert (
        broken(map_spec, errno.EINVAL, PAGE, older)
        == f"Maps of type {map_type} need Linux {since[0]}.{since[1]} or later"
    )


@pytest.mark.parametrize(
    ("map_type", "refusal"),
    [("hash", errno.EPERM), ("hash", errno.EINVAL), ("struct_ops", errno.EINVAL), ("99", errno.EINVAL)],
)
def test_where_no_rule_is_known_to_be_broken_none_is_said(map_type: str, refusal: int) -> None:
    assert said(map_type, 4, 4, 1, refusal=refusal) == ""
