# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring saved pin sets back, or say what is missing of them."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import saved
from ansible_collections.ebpf.xdp.plugins.module_utils._boot.saved import SavedSet
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError, refusal
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._object import origin
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.present import ensure_present
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Outcome, Request


class Restored(NamedTuple):
    name: str
    #: Whether something was missing: it was brought back, or would have been.
    changed: bool
    #: What that is, such as ``links/eth0``.
    missing: list[str]
    #: Interfaces that are not there; the program is attached to them when they appear.
    awaited: list[str]
    #: Why the set could not be brought back, or not be looked at; empty when it could.
    error: str


def restore(directory: str, names: list[str], check_mode: bool, recreate_maps: bool = False) -> list[Restored]:
    """Each set by itself: what is wrong with one of them is no reason to leave the others out.

    ``recreate_maps`` makes pinned maps anew that do not fit, and loses their contents.
    """
    return [_one(directory, name, check_mode, "recreate" if recreate_maps else "fail") for name in names]


def wanted_on(directory: str, interface: str) -> list[str]:
    """The sets that are attached to this interface; damaged files are left to those who ask for all sets."""
    found = []
    for name in saved.names(directory):
        try:
            if interface in (saved.read(directory, name).interfaces or ()):
                found.append(name)
        except XdpError:
            continue
    return found


def _one(directory: str, name: str, check_mode: bool, on_map_change: str) -> Restored:
    try:
        kept = saved.read(directory, name)
        present = {interface.name for interface in netlink.interfaces()}
        awaited = [interface for interface in kept.interfaces or () if interface not in present]
        outcome = ensure_present(_request(kept, present)._replace(on_map_change=on_map_change), check_mode)
    except XdpError as error:
        return Restored(name, False, [], [], str(error))
    except OSError as error:
        return Restored(name, False, [], [], f"The system refused: {refusal(error)}")
    return Restored(name, outcome.changed, _missing(outcome), awaited, "")


def _request(kept: SavedSet, present: set[str]) -> Request:
    interfaces = None
    if kept.interfaces is not None:
        interfaces = tuple(interface for interface in kept.interfaces if interface in present)
    return Request(
        name=kept.name,
        pin_root=kept.pin_root,
        scope="all",
        origin=origin.of_spec(kept.object),
        program=kept.program,
        interfaces=interfaces,
        mode=kept.mode,
        attach=kept.attach,
    )


def _missing(outcome: Outcome) -> list[str]:
    """What is other than it should be, by the plan."""
    found = []
    for part in sorted({*outcome.before, *outcome.after}):
        before, after = outcome.before.get(part, {}), outcome.after.get(part, {})
        found += [f"{part}/{name}" for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    return found
