# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Opening the maps that a set borrows, and whether it still uses those that are lent now."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, info
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._maps import map_fit
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links, reuse_maps
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec


class Lent(NamedTuple):
    """A map that somebody else has pinned and that the program is to use."""

    fd: int
    info: info.MapInfo
    path: str


def borrowed(specs: Iterable[MapSpec], request: Request, observed: Observed) -> dict[str, Lent]:
    """The maps that ``reuse_maps`` asks for, open until the run ends; refuses one that is not there or does not fit."""
    by_name = {spec.name: spec for spec in specs}
    found = {}
    for name, path in reuse_maps.wanted(request.pin_root, request.name, request.reuse_maps).items():
        spec = by_name.get(name)
        if spec is None:
            raise XdpError(f"reuse_maps: the object has no map {name}. {unknown_name(name, by_name)}")
        if spec.variables is not None:
            raise XdpError(f"reuse_maps: {name} holds the program's variables, which are its own")
        if spec.type == "prog_array" and spec.values:
            raise XdpError(f"reuse_maps: {name} comes with its entries, which belong to this version of the program")
        ownership.require_safe(path)
        fd = _open(path)
        if fd is None:
            raise XdpError(
                f"reuse_maps: no map is pinned at {path}, which {name} is to be. Pin the lender first (check mode needs it "
                f"pinned, too), or correct the name"
            )
        observed.held.callback(os.close, fd)
        known = info.map_info(fd)
        inner = _inner_on_record(request.pin_root, path) if spec.inner is not None else None
        differences = map_fit.differences(known, spec, inner=inner)
        if differences:
            raise XdpError(f"reuse_maps: the map {path} does not fit {name}: {map_fit.explain(differences)}")
        found[name] = Lent(fd, known, path)
    return found


def _inner_on_record(pin_root: str, path: str) -> str | None:
    """What each entry of a lender's map of maps is like, in words; ``None`` where no record says it."""
    lender = reuse_maps.lender_of(pin_root, path)
    if lender is None:
        return None
    record_path = Layout(pin_root, lender).record
    record = records.known(record_links.read(record_path), record_path)
    return record.inner.get(os.path.basename(path)) if record else None


def stands(request: Request, observed: Observed) -> bool:
    """Whether the program on record uses just the maps that ``reuse_maps`` asks for, as they are pinned now."""
    record = observed.record
    if record is None or record.program is None:
        return False
    wanted = reuse_maps.wanted(request.pin_root, request.name, request.reuse_maps)
    if wanted != {name: each.path for name, each in record.borrowed.items()}:
        return False
    return all(_id_at(each.path) == each.id == record.program.maps.get(name) for name, each in record.borrowed.items())


def _id_at(path: str) -> int | None:
    fd = _open(path)
    if fd is None:
        return None
    try:
        return info.object_id(fd)
    finally:
        os.close(fd)


def _open(path: str) -> int | None:
    """A descriptor of the map that is pinned there; ``None`` when there is none."""
    try:
        fd = bpf.obj_get(path)
    except OSError as error:
        if error.errno in bpf.NOT_A_PIN:
            return None
        raise KernelError(f"Cannot open the pin {path}", error.errno or 0) from error
    if info.kind(fd) == "map":
        return fd
    os.close(fd)
    return None
