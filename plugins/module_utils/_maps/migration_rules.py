# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which maps can pass their entries on to a new one, and which entries.

Pure rules: ``migration`` applies them on the kernel.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Callable, NamedTuple, Tuple

from ansible_collections.ebpf.xdp.plugins.module_utils._contents import rules

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
    from ansible_collections.ebpf.xdp.plugins.module_utils._maps.map_fit import Difference
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec


class Taken(NamedTuple):
    """Which entries of an old map come along into the new one."""

    #: By their keys; ``None`` for all.
    is_taken: Callable[[bytes], bool] | None = None
    #: Whether their values stay, or are written anew before anybody reads them.
    values: bool = True
    #: Their number, if it is known, so that they need not be read to count them.
    count: int | None = None  # type: ignore[assignment]  # a field, not the method of tuples


class Replaced(NamedTuple):
    """Maps that are made anew although they fit, by name, and what all new maps take over."""

    names: frozenset[str]
    #: For the new map of this name, and the old one.
    takes: Callable[[str, MapInfo, MapInfo], Taken]


#: A key and its value.
Entry = Tuple[bytes, bytes]

# Types whose entries look alike to user space.
_FAMILIES = {
    "hash": "hash",
    "lru_hash": "hash",
    "percpu_hash": "percpu_hash",
    "lru_percpu_hash": "percpu_hash",
    "lpm_trie": "lpm_trie",
    "array": "array",
    "percpu_array": "percpu_array",
}
_MAY_DIFFER = ("type", "max_entries", "flags", "map_extra")

# BPF_F_* of include/uapi/linux/bpf.h.
_RDONLY = 1 << 3
_WRONLY = 1 << 4

#: How many keys of the new map are remembered at a time.
_KNOWN_AT_A_TIME = 250_000


def hindrance(pinned: MapInfo, wanted: MapSpec, found: list[Difference]) -> str:
    """Why a new map cannot get the entries of the pinned one, as a sentence; empty when it can.

    ``found`` are the differences between them.
    """
    family = _FAMILIES.get(pinned.type)
    if family is None or family != _FAMILIES.get(wanted.type):
        return (
            f"on_map_change: migrate cannot copy entries of a map of type {pinned.type} into one of type {wanted.type}"
        )
    fixed = [each.field for each in found if each.field not in _MAY_DIFFER]
    if fixed:
        return f"on_map_change: migrate copies entries only where {', '.join(fixed)} stays the same"
    if pinned.flags & _WRONLY:
        return "Its flag BPF_F_WRONLY keeps user space from reading its entries"
    if wanted.flags & _RDONLY:
        return "The new map's flag BPF_F_RDONLY keeps user space from writing entries"
    return ""


def fitting(entries: Iterable[Entry], map_info: MapInfo, beyond: Callable[[int], None]) -> Iterator[Entry]:
    """The entries that the new map has a place for.

    An array has none for indexes from ``max_entries`` on. Where the value of such
    an entry is not zero, ``beyond`` is called with the index.
    """
    if not rules.is_array(map_info.type):
        yield from entries
        return
    for key, value in entries:
        index = struct.unpack("=I", key)[0]
        if index < map_info.max_entries:
            yield key, value
        elif any(value):
            beyond(index)


def missing(
    old: Callable[[], Iterable[Entry]], new: Callable[[], Iterable[Entry]], most: int, at_a_time: int = _KNOWN_AT_A_TIME
) -> Iterator[Entry]:
    """The entries of ``old`` whose keys ``new`` lacks.

    Both are read once for each ``at_a_time`` of the ``most`` entries that ``new``
    is expected to have, so that not all of its keys are in memory at the same time.
    """
    parts = max(1, -(-most // at_a_time))
    for part in range(parts):
        known = {key for key, _value in new() if hash(key) % parts == part}
        for key, value in old():
            if hash(key) % parts == part and key not in known:
                yield key, value
