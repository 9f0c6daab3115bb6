# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the names in entries mean: programs and maps of the set, pins by their paths, and interfaces."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, info
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.references import Context, Held, Names
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import Target
from ansible_collections.ebpf.xdp.plugins.module_utils._record.bound_names import unbound_name
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import is_interface_name


class Known:
    """Programs and maps by name, and interfaces."""

    def __init__(
        self,
        programs: Mapping[str, Held],
        maps: Mapping[str, Held],
        interfaces: Sequence[netlink.Interface],
        held: ExitStack,
    ) -> None:
        """What is opened for a path is closed with ``held``."""
        self._programs = programs
        self._maps = maps
        self._interfaces = interfaces
        self._held = held

    def context(self) -> Context:
        """What entries may name, to be written: names to descriptors and indexes."""
        return Context(
            lambda name: self._find(name, self._programs, "program", info.program_info),
            lambda name: self._find(name, self._maps, "map", info.map_info),
            self._index,
        )

    def names(self) -> Names:
        """What entries name, to be shown: ids and indexes to names."""
        programs, maps = ({each.id: name for name, each in there.items()} for there in (self._programs, self._maps))
        interfaces = {each.ifindex: each.name for each in self._interfaces}
        return Names(programs.get, maps.get, interfaces.get)

    def _find(self, name: str, there: Mapping[str, Held], kind: str, look: Callable[[int], Any]) -> Held | None:
        if not name.startswith("/"):
            return there.get(name)
        try:
            fd = bpf.obj_get(name)
        except OSError:
            return None
        self._held.callback(os.close, fd)
        return Held(fd, look(fd).id) if info.kind(fd) == kind else None

    def _index(self, name: str) -> int | None:
        found = netlink.find(name, self._interfaces)
        if found is None and not is_interface_name(name):
            raise ValueError(f"there is no interface {short(name)!r}, and none can get this name")
        return found.ifindex if found is not None else None


def of_target(target: Target, observed: Observed, held: ExitStack) -> Known:
    """Of a set as it will be. A program that is bound to an interface has no name that an entry could lead to."""
    programs = {each.name: Held(each.fd, each.info.id) for each in target.programs if not each.bound_to}
    maps = {name: Held(each.fd, each.info.id) for name, each in target.maps.items()}
    return Known(programs, maps, observed.interfaces, held)


def of_pins(observed: Observed, held: ExitStack) -> Known:
    """Of a set as it is."""
    programs = {
        name: Held(pin.fd, pin.info.id) for name, pin in observed.programs.items() if unbound_name(name) == name
    }
    maps = {name: Held(pin.fd, pin.info.id) for name, pin in observed.maps.items()}
    return Known(programs, maps, observed.interfaces, held)


def of_nobody(held: ExitStack) -> Known:
    """Where only paths and interfaces have names."""
    return Known({}, {}, netlink.interfaces(), held)
