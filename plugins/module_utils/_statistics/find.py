# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which map has the counters of a pin set."""

from __future__ import annotations

import os
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._maps import map_path
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import TRIAL, Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import (
    MEMBERS,
    OF_PROGRAM,
    OF_XDP_TOOLS,
    ROWS,
    VERDICTS_ALONE,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import chain

#: In this order: what a program counts itself says more than what is counted around it.
_COUNTERS = (OF_PROGRAM, ROWS, VERDICTS_ALONE, OF_XDP_TOOLS)


class Source(NamedTuple):
    """A map with counters."""

    path: str
    #: The pin set, and where its record is; ``None`` for a map that was named by its path alone.
    set: str | None = None
    record: str | None = None
    #: Where the map is that counts the members of a chain.
    members: str | None = None


def source(pin_root: str, name: str | None, map_name: str | None) -> Source:
    """The requested map; without ``map_name``, the one with the counters of the set. The error lists the maps that exist."""
    record = None if name is None else Layout(pin_root, name).record
    if map_name is not None and os.path.isabs(map_name):
        return Source(map_path.by_path(map_name), name, record)
    if name is None:
        raise XdpError("map: Give the name of its pin set as well, or the absolute path of a pinned map")
    wanted = map_name if map_name is not None else counters(pin_root, name) or OF_PROGRAM
    path = map_path.in_use(pin_root, name, wanted)
    members = os.path.join(os.path.dirname(path), MEMBERS) if os.path.basename(path) == ROWS else None
    return Source(path, name, record, members)


def of_set(layout: Layout) -> Source | None:
    """The map with the counters of the set; ``None`` where it has none."""
    map_name = counters(layout.pin_root, layout.name)
    return None if map_name is None else source(layout.pin_root, layout.name, map_name)


def record_to_be(record: str) -> str | None:
    """The text of a set's record, which is at this path; of a set that is on trial, of the one that it is to have."""
    pending = record_links.read(os.path.join(os.path.dirname(record), TRIAL, "record"))
    return (chain.on_trial(pending) if pending is not None else None) or record_links.read(record)


def counters(pin_root: str, name: str) -> str | None:
    """The name of the map in which the set counts: that of the program on trial, where it has one of its own."""
    layout = Layout(pin_root, name)
    for directory in (os.path.join(layout.path, TRIAL, "maps"), layout.directories["maps"]):
        for map_name in _COUNTERS:
            if os.path.lexists(os.path.join(directory, map_name)):
                return map_name
    return None
