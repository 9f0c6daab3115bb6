# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Prefixes of many rules become entries, each with the bits of all rules that have a prefix which covers it.

So one look-up of the longest match tells all rules that an address belongs to.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.addresses import BITS, LENGTH_BITS


class Covered(t.NamedTuple):
    """Entries in ascending order: whole addresses, and prefixes (``addresses``), with their masks."""

    hosts: list[int]
    host_masks: list[int]
    prefixes: list[int]
    prefix_masks: list[int]


def covered(family: int, declared: Iterable[tuple[int, t.Sequence[int]]]) -> Covered:
    """``declared`` is the bit of each rule with its prefixes. Takes time as sorting them does."""
    masks: dict[int, int] = {}
    for bit, prefixes in declared:
        if masks:
            for prefix in prefixes:
                masks[prefix] = masks.get(prefix, 0) | bit
        else:
            masks = dict.fromkeys(prefixes, bit)
    found = Covered([], [], [], [])
    shift, bits = LENGTH_BITS[family], BITS[family]
    lengths = (1 << shift) - 1
    # The prefixes around the place, from the widest to the narrowest: the last address of each, and its mask.
    around: list[tuple[int, int]] = [(1 << bits, 0)]
    for prefix in sorted(masks):
        start, length = prefix >> shift, prefix & lengths
        while around[-1][0] < start:
            around.pop()
        mask = masks[prefix] | around[-1][1]
        if length == bits:
            found.hosts.append(start)
            found.host_masks.append(mask)
        else:
            found.prefixes.append(prefix)
            found.prefix_masks.append(mask)
            around.append((start + (1 << bits - length) - 1, mask))
    return found
