# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Maps of an ELF object that cannot be made. They keep out the programs that use them, and no others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Union

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import LeftOut, MapSpec


class Unmakeable(NamedTuple):
    """A map that is declared, but cannot be made. Programs that use it are left out."""

    name: str
    #: What the object has or does, without a subject.
    why: str


#: What stands where a map is declared.
Declared = Union[MapSpec, Unmakeable]


def left_out(maps: Iterable[Declared]) -> list[LeftOut]:
    """Those that cannot be made, by name."""
    found = [
        LeftOut(short(map_spec.name), f"this map cannot be made: the object {map_spec.why}", is_map=True)
        for map_spec in maps
        if isinstance(map_spec, Unmakeable)
    ]
    return sorted(found, key=lambda left: left.name)
