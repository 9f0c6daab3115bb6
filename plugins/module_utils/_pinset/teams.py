# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a program with its helpers can be had in the way that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import XDP, ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team


def check(spec: ObjectSpec, team: Team, scope: str, interfaces: Sequence[str] | None) -> None:
    """Raises ``XdpError``; before anything is loaded."""
    if team.arrays and scope == "programs":
        raise XdpError(
            f"{listed(team.arrays)}: the program {team.chosen} calls others through program arrays with initial values. "
            f"They lose their entries without a pin, so scope: programs cannot serve them. Use scope: all"
        )
    chosen = next((program for program in spec.programs if program.name == team.chosen), None)
    if chosen is not None and chosen.attach_type != XDP and interfaces:
        raise XdpError(
            f"The program {chosen.name} is for packets that a {chosen.attach_type[4:]} redirects, so it cannot be attached "
            f"to {listed(interfaces)}. Name another program, or give interfaces: []"
        )
