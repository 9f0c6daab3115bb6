# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Where a map is pinned that a task names, by its set and its own name or by a path."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpffs, info
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import TRIAL, Layout, sets


def of(options: Mapping[str, Any]) -> str:
    """Where the map is pinned that a module's options ``path``, or ``name``, ``map`` and ``pin_root``, name."""
    if options["path"] is not None:
        bpffs.require_absolute(options["path"])
        return by_path(options["path"])
    if options["name"] is None or options["map"] is None:
        raise XdpError("Give the name of a pin set and of its map, or the absolute path of a pinned map as path")
    return by_name(options["pin_root"], options["name"], options["map"])


def by_path(path: str) -> str:
    """The path, where something is pinned; the error says what else there is."""
    path = path.rstrip("/") or "/"
    if not os.path.lexists(path):
        directory, name = os.path.split(path)
        raise XdpError(f"Nothing is pinned at {path}. {unknown_name(name, bpffs.names(directory))}")
    return path


def in_use(pin_root: str, name: str, map_name: str) -> str:
    """The path of a set's map to read from: that of the program on trial, where it has one of its own."""
    on_trial = os.path.join(Layout(pin_root, name).path, TRIAL, "maps", map_name)
    if "/" not in map_name and map_name not in ("", ".", "..") and os.path.lexists(on_trial):
        return on_trial
    return by_name(pin_root, name, map_name)


def by_name(pin_root: str, name: str, map_name: str) -> str:
    """The path of a set's map; the error says which maps, or sets, there are."""
    if "/" in map_name or map_name in ("", ".", ".."):
        raise XdpError(f"map: {short(map_name)!r} is neither the name of a map nor an absolute path")
    layout = Layout(pin_root, name)
    path = layout.map(map_name)
    if not os.path.lexists(path):
        if not os.path.isdir(layout.path):
            bpffs.require(pin_root)
            raise XdpError(f"There is no pin set {name} in {pin_root}. {unknown_name(name, sets(pin_root))}")
        there = bpffs.names(layout.directories["maps"])
        raise XdpError(f"The pin set {name} has no pinned map {short(map_name)}. {unknown_name(map_name, there)}")
    return path


def open_to_read(path: str) -> int:
    """A descriptor of the map that is pinned there; the caller closes it."""
    try:
        fd = bpf.obj_get(path, read_only=True)
    except OSError as error:
        # A link cannot be opened for reading only (EINVAL), anything but a pin not at all (EACCES).
        if error.errno in (errno.EINVAL, errno.EACCES):
            raise XdpError(f"{path} is not a map") from error
        raise KernelError(f"Cannot open the map {path}", error.errno or 0) from error
    kind = info.kind(fd)
    if kind != "map":
        os.close(fd)
        raise XdpError(f"{path} is not a map but a {kind}")
    return fd
