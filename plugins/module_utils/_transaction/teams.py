# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Whether a program with its helpers can be had in the way that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import XDP, ObjectSpec, ProgramSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team


def check(spec: ObjectSpec, team: Team, scope: str, interfaces: Sequence[str] | None) -> None:
    """Raises ``XdpError``; before anything is loaded."""
    if team.arrays and scope == "programs":
        raise XdpError(
            f"{listed(team.arrays)}: the program {team.chosen} calls others through program arrays with initial values. "
            f"They lose their entries without a pin, so scope: programs cannot serve them. Use scope: all"
        )
    for program in spec.programs:
        is_alone = program.name == team.chosen and program.attach_type == XDP
        if program.name in team.programs and program.kernel_references and not is_alone:
            _refuse_bound(program)
    chosen = next((program for program in spec.programs if program.name == team.chosen), None)
    if chosen is not None and chosen.attach_type != XDP and interfaces:
        raise XdpError(
            f"The program {chosen.name} is for packets that a {chosen.attach_type[4:]} redirects, so it cannot be attached "
            f"to {listed(interfaces)}. Name another program, or give interfaces: []"
        )


def _refuse_bound(program: ProgramSpec) -> None:
    """The kernel puts no program into a map that is bound to a device (bpf_prog_map_compatible in kernel/bpf/core.c)."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._load import device_bound

    metadata = device_bound.metadata(program)
    if metadata:
        raise XdpError(
            f"The program {program.name} reads packet metadata from the network card ({listed(metadata)}), so entries of maps "
            f"cannot lead to it. Read it in the attached program, and pass it on with bpf_xdp_adjust_meta()"
        )
