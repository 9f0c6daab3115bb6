# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Reading the rules of a filter and their counters from its pinned maps."""

from __future__ import annotations

import os
import struct
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info, map_entries
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.map_path import open_to_read
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import rules


def rules_of(record: str, maps: str) -> list[dict[str, Any]] | None:
    """What the rules have counted, by the text of the set's ``record`` and the directory with its ``maps``.

    ``None`` if the set is not a filter.
    """
    found = rules.filter_of(record)
    if found is None:
        return None
    texts, rows = _values(os.path.join(maps, found.rules)), _values(os.path.join(maps, found.counters))
    if texts is None or rows is None or not rules.fits(texts[0].value_size, rows[0].value_size):
        return None
    return rules.counted(found, list(texts[1].values()), rows[1])


def _values(path: str) -> tuple[info.MapInfo, dict[int, bytes]] | None:
    """The map and its values by their places; ``None`` where it is not pinned."""
    if not os.path.lexists(path):
        return None
    fd = open_to_read(path)
    try:
        map_info = info.map_info(fd)
        return map_info, {struct.unpack("=I", key)[0]: value for key, value in map_entries.entries(fd, map_info)}
    finally:
        os.close(fd)
