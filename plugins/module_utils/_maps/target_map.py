# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""One map of a pin set as it shall be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
    from ansible_collections.ebpf.xdp.plugins.module_utils._maps.migration import Migration

# The types of maps whose entries may lead to a program, and the bytes of a value of which that is the last word.
_LEADING = {"devmap": 8, "devmap_hash": 8, "cpumap": 8, "prog_array": 4}


class TargetMap(NamedTuple):
    """A map that the set is to have, or that its program borrows."""

    fd: int
    info: MapInfo
    #: It was there before this run, so its contents are.
    reused: bool
    #: It is new, and gets the entries of the map in whose place it comes.
    migration: Migration | None = None
    #: Where somebody else has pinned it; ``None`` for a map of the set's own.
    borrowed_from: str | None = None
    #: Of a map of maps, what each entry is like, in words; empty for others.
    inner: str = ""

    @property
    def leads(self) -> bool:
        """Whether it lives on with entries that may lead to a program."""
        return self.reused and self.info.value_size == _LEADING.get(self.info.type)
