# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Names of what a map's entries lead to, by the kernel's ids."""

from __future__ import annotations

import os

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpffs, info
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.references import Names
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._record.bound_names import unbound_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import STAGED, Layout


def names(map_type: str, path: str, layout: Layout | None) -> Names:
    """For the entries of a map of this type, pinned at ``path``.

    Of a set, programs and maps go by their names in it. Without one, they go by the
    paths of their pins, as far as those are beside the map, or where a set has its programs.
    """
    programs: dict[int, str] = {}
    maps: dict[int, str] = {}
    if map_type.endswith("_of_maps"):
        maps = _pins(os.path.dirname(path), "map", layout is None)
    elif layout is not None:
        programs = _pins(layout.directories["programs"], "program", False)
    else:
        beside = os.path.dirname(path)
        for directory in (os.path.join(os.path.dirname(beside), "programs"), beside):
            programs.update(_pins(directory, "program", True))
    interfaces = {}
    if map_type.startswith("devmap"):
        interfaces = {each.ifindex: each.name for each in netlink.interfaces()}
    return Names(programs.get, maps.get, interfaces.get)


def _pins(directory: str, kind: str, by_path: bool) -> dict[int, str]:
    """What is pinned in a directory, by its id; without left-overs, and programs that are bound to an interface."""
    found: dict[int, str] = {}
    for name in bpffs.names(directory):
        path = os.path.join(directory, name)
        if STAGED in name or unbound_name(name) != name:
            continue
        try:
            fd = bpf.obj_get(path)
        except OSError:
            continue
        try:
            if info.kind(fd) == kind:
                found.setdefault(info.object_id(fd), path if by_path else name)
        finally:
            os.close(fd)
    return found
