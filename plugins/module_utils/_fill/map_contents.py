# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Declared contents of one map that is pinned, whoever pinned it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpffs, info
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Counts, Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._disk import ownership
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._fill.contents import Contents
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.target_map import TargetMap
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill.names_in_entries import Known


class MapOutcome(NamedTuple):
    """What xdp_map has done, or would do, to one map."""

    changed: bool
    before: dict[str, Any]
    after: dict[str, Any]
    counts: Counts
    #: The map as it is afterwards; ``None`` for one that check mode does not make.
    id: int | None
    type: str
    max_entries: int
    warnings: tuple[str, ...] = ()
    #: Whether it is another map now, with values of the old one.
    copied_values: bool = False
    #: Interfaces that entries name and that are not there.
    awaited: tuple[str, ...] = ()


def ensure(path: str, wanted: Wanted, layout: Layout | None, check_mode: bool) -> MapOutcome:
    """Make the contents of the map that is pinned at ``path`` what is wanted.

    ``layout`` is that of the set whose programs and maps entries can name; without
    one, they are named by the paths of their pins.
    """
    contents = Contents((wanted,))
    contents.expect(lambda _name: path)
    with ExitStack() as held:
        held.enter_context(bpffs.entered(bpffs.require(os.path.dirname(path)), None))
        ownership.require_safe(os.path.dirname(path))
        fd, known = opened(path, held)
        contents.compare({wanted.map: TargetMap(fd, known, reused=True)}, lambda: _names(layout, held), held)
        plan = Plan()
        contents.add_steps(plan)
        if not check_mode:
            plan.apply()
        return MapOutcome(
            plan.changed,
            plan.side("before"),
            plan.side("after"),
            contents.fillings[0].difference.counts,
            known.id,
            known.type,
            known.max_entries,
            (*plan.warnings, *contents.warnings()),
            awaited=contents.fillings[0].awaited,
        )


def _names(layout: Layout | None, held: ExitStack) -> Known:
    # Imported here, not at the top: only maps whose entries are references need it, and it costs start-up time.
    from ansible_collections.ebpf.xdp.plugins.module_utils._fill import names_in_entries
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed

    if layout is None:
        return names_in_entries.of_nobody(held)
    return names_in_entries.of_pins(Observed(layout, held), held)


def opened(path: str, held: ExitStack) -> tuple[int, info.MapInfo]:
    """The map that is pinned there, open until ``held`` closes."""
    try:
        fd = bpf.obj_get(path)
    except OSError as error:
        if error.errno in bpf.NOT_A_PIN:
            raise XdpError(f"{path} is not a pin in a BPF file system") from error
        raise KernelError(f"Cannot open the pin {path}", error.errno or 0) from error
    held.callback(os.close, fd)
    kind = info.kind(fd)
    if kind != "map":
        raise XdpError(f"{path} is not the pin of a map, but of a {kind}")
    return fd, info.map_info(fd)
