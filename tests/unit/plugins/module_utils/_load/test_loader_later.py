# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What later versions put into a spec is not loaded as something else."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import EXTENDED


def test_a_program_for_a_devmap_is_none_for_an_interface() -> None:
    with pytest.raises(XdpError, match=r"^The program leaving is for packets that a map redirects \(xdp_devmap\)"):
        loader.load(EXTENDED, "leaving", {}, ExitStack())


@pytest.mark.parametrize("name", ["by_port", "next"])
@pytest.mark.parametrize("pinned", [False, True])
def test_a_map_is_not_made_or_taken_over_without_what_it_holds(name: str, pinned: bool) -> None:
    spec = EXTENDED._replace(maps=tuple(map for map in EXTENDED.maps if map.name == name))
    with pytest.raises(XdpError, match=f"^The map {name} holds other maps or programs, or has initial values"):
        loader.load(spec, None, {name: -1} if pinned else {}, ExitStack())
