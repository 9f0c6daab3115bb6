# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which pins in a set's directories are the set's own; anybody may have put others there.

With a record, maps and programs are ours by their names on record, and links
by their ids, by their names while a run is about to make them, or because they
run a program of ours. The first format of the record knows no ids of links.

Without a record, ours is what the set's links run: a program counts that is
pinned under its own name and run by a link in ``links/``, or over netlink by an
interface of this network namespace; with it, those of its helpers and maps that
have its very types (one run loads them once, and nobody else's have the id); and of
the maps those that such a program uses. All else may be anybody's. Who pins a program and a link that runs it into
a set without a record cannot be told from the set itself.

Of several pins of one link only one is ours, as no run makes more.
A staged name is nobody else's: see ``layout.STAGED``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import LinkInfo, MapInfo, ProgramInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._record.bound_names import unbound_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import STAGED
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import own_name


class Pins(NamedTuple):
    """What is pinned in the directories of a set, by name, each kind in its place."""

    maps: Mapping[str, MapInfo]
    programs: Mapping[str, ProgramInfo]
    links: Mapping[str, LinkInfo]


class Ours(NamedTuple):
    """Which pins below a set's directory are the set's."""

    #: Names of pins.
    maps: set[str]
    programs: set[str]
    links: set[str]
    #: Programs of the set, pinned or not.
    program_ids: set[int]


def ours(record: Record | None, pins: Pins, over_netlink: Collection[int]) -> Ours:
    """``over_netlink`` are the programs that interfaces of this namespace run without a link, by id."""
    found = _without_record(pins, over_netlink) if record is None else _by_record(record, pins)
    recorded = record.links if record else {}
    by_id: dict[int, str] = {}
    for name in sorted(found.links):
        link_id = pins.links[name].id
        if link_id not in by_id or recorded.get(name) == link_id:
            by_id[link_id] = name
    return found._replace(links=set(by_id.values()))


def _by_record(record: Record, pins: Pins) -> Ours:
    maps, programs, pending = record.names("maps"), record.names("programs"), record.pending_names("links")
    programs = {name for name in pins.programs if name in programs or name.endswith(STAGED)}
    ids = {pins.programs[name].id for name in programs}
    if record.program:
        ids.update((*record.program.attached_ids, *record.program.helpers.values()))
    known = set(record.links.values())
    return Ours(
        {name for name in pins.maps if name in maps or name.endswith(STAGED)},
        programs,
        {
            name
            for name, link in pins.links.items()
            if link.type == "xdp" and (link.id in known or name in pending or link.program_id in ids)
        },
        ids,
    )


def _without_record(pins: Pins, over_netlink: Collection[int]) -> Ours:
    candidates = {
        name: each
        for name, each in pins.programs.items()
        if name.endswith(STAGED) or each.name == bpf.object_name(unbound_name(name))
    }
    ids = {each.id for each in candidates.values()}
    links = {name for name, link in pins.links.items() if link.type == "xdp" and link.program_id in ids}
    run = {pins.links[name].program_id for name in links}.union(over_netlink)
    types = {each.btf_id for each in candidates.values() if each.id in run} - {0}
    programs = {
        name: each
        for name, each in candidates.items()
        if each.id in run or each.btf_id in types or name.endswith(STAGED)
    }
    used = {map_id for each in programs.values() for map_id in each.map_ids}
    return Ours(
        {
            name
            for name, each in pins.maps.items()
            if name.endswith(STAGED) or (is_called(each.name, name) and (each.id in used or each.btf_id in types))
        },
        set(programs),
        links,
        {each.id for each in programs.values()},
    )


def is_called(kernel: str, name: str) -> bool:
    """Whether the kernel's name of a map is what the map with this name was made under, by any version of this."""
    # Variables have a dot in it: ``filter.rodata``, ``.rodata.tables`` (_load/map_names.py).
    name = own_name(name)
    _owner, dot, section = kernel.partition(".")
    return kernel == bpf.object_name(name) or (bool(dot and section) and name.startswith(section.replace(".", "_")))
