# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Reading single entries of a map."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import (
    Batch,
    as_batch,
    batch_room,
    pieces,
    value_length,
)


def some(fd: int, map_info: MapInfo, keys: bytes) -> Iterator[Batch]:
    """The entries with these keys, as far as they are there. In an LPM trie, a look-up finds other ones, too."""
    length = value_length(map_info)
    room = batch_room(map_info)
    wanted = pieces(keys, map_info.key_size)
    while True:
        asked = list(islice(wanted, room))
        if not asked:
            return
        found = []
        for key in asked:
            with suppress(FileNotFoundError):
                found.append((key, bpf.map_lookup(fd, key, length)))
        if found:
            yield as_batch(found)
