# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Program arrays that name a program which cannot be loaded: they keep only those programs out that use them."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import XDP, LeftOut, MapSpec, ProgramSpec


def without_unfilled(
    programs: Sequence[ProgramSpec], maps: Sequence[MapSpec]
) -> tuple[list[ProgramSpec], list[MapSpec], list[LeftOut]]:
    """The programs and maps that remain, and what does not.

    A program that is left out may be named by other arrays, so one may lead to the next.
    """
    naming: dict[str, list[str]] = {}
    for map_spec in maps:
        if map_spec.type == "prog_array":
            for value in map_spec.values:
                naming.setdefault(value.name, []).append(map_spec.name)
    if not naming:
        return list(programs), list(maps), []
    using: dict[str, list[ProgramSpec]] = {}
    for program in programs:
        for name in {reference.map for reference in program.references}:
            using.setdefault(name, []).append(program)
    loadable = {program.name for program in programs}
    missing = [name for name in naming if name not in loadable]
    unfilled: dict[str, LeftOut] = {}
    why: dict[str, LeftOut] = {}
    while missing:
        name = missing.pop()
        for array in naming.get(name, ()):
            if array in unfilled:
                continue
            unfilled[array] = LeftOut(
                short(array),
                f"this map cannot be made: it is to hold {short(name)}, and that program cannot be loaded",
                is_map=True,
            )
            for program in using.get(array, ()):
                if program.name not in why:
                    why[program.name] = LeftOut(
                        short(program.name),
                        f"it uses the program array {short(array)}, which is to hold {short(name)}, and that program "
                        f"cannot be loaded",
                        program.attach_type == XDP and not program.on_request,
                    )
                    missing.append(program.name)
    return (
        [program for program in programs if program.name not in why],
        [map_spec for map_spec in maps if map_spec.name not in unfilled],
        [*sorted(why.values()), *sorted(unfilled.values())],
    )
