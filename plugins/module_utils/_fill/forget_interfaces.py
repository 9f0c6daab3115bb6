# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Rows of counters (_spec/counted.py) that an interface must not find when it is attached: those of one that is gone.

An index comes again where somebody asks for it, and in each new network namespace. The interface would go on from what another
one has counted, or find its row taken. One that the set was taken from, and gets back, goes on from its own.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change, map_entries
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.settle import taking_back
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import link_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import OF_PROGRAM, ROW

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
    from ansible_collections.ebpf.xdp.plugins.module_utils._maps.target_map import TargetMap
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
    from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan


def add_steps(plan: Plan, maps: Mapping[str, TargetMap], observed: Observed, attached: Iterable[int]) -> None:
    """Steps to do before interfaces with the indexes ``attached`` are attached, which the set does not have now.

    A map that is borrowed is left as it is: whose interfaces it has counted is not known here.
    """
    alive = {each.ifindex for each in observed.interfaces} - _renewed(observed, set(attached))
    for name, target_map in sorted(maps.items()):
        if (
            name.rpartition(":")[2] == OF_PROGRAM
            and target_map.info.value_size == ROW
            and target_map.reused
            and target_map.borrowed_from is None
        ):
            plan.add(_Forget(name, target_map.fd, target_map.info, alive))


def _renewed(observed: Observed, attached: set[int]) -> set[int]:
    """Those that may be other interfaces than the set had under these indexes: its link there ended with the interface.

    A link that somebody has detached looks the same. What was attached over netlink leaves no trace, so that an interface
    which comes again with its index counts as the one that was.
    """
    before = observed.record.netns if observed.record is not None else None
    if before is not None and not before.same(observed.netns):
        return attached
    ended = {os.path.basename(pin.path) for pin in observed.links_elsewhere() if not pin.info.ifindex}
    return {each.ifindex for each in observed.interfaces if each.ifindex in attached and link_name(each.name) in ended}


class _Forget:
    """All CPUs have the row of an interface under the same key, and the kernel writes that at once.

    So a row that another CPU has given to an interface which is ``alive`` is left alone.
    """

    def __init__(self, name: str, fd: int, info: MapInfo, alive: set[int]) -> None:
        self._name = name
        self._fd = fd
        self._info = info
        self._alive = alive
        self._old: dict[bytes, bytes] = {}

    def do(self) -> None:
        with taking_back(self.undo):
            for key, row in self._stale():
                self._old[key] = row
                self._write(key, bytes(len(row)))

    def undo(self) -> None:
        for key, row in list(self._old.items()):
            # What has come since is of an interface that was attached meanwhile.
            if not any(bpf.map_lookup(self._fd, key, len(row))):
                self._write(key, row)
            del self._old[key]

    def is_done(self) -> bool:
        return bool(self._old)

    def _stale(self) -> Iterator[tuple[bytes, bytes]]:
        unused = bytes(map_entries.value_length(self._info))
        for key, row in map_entries.entries(self._fd, self._info):
            if row == unused:
                continue
            owners = {owner for start in range(0, len(row), ROW) for owner in struct.unpack_from("=I", row, start)}
            owners.discard(0)
            if owners and not owners & self._alive:
                yield key, row

    def _write(self, key: bytes, row: bytes) -> None:
        try:
            bpf_change.map_update(self._fd, key, row)
        except OSError as error:
            raise KernelError(f"Cannot clear the counters of the map {self._name}", error.errno or 0) from error
