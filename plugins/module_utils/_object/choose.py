# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which function of an object is the program."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import LeftOut


def choose_program(functions: tuple[str, ...], wanted: str | None, left_out: tuple[LeftOut, ...] = ()) -> str:
    """The function that shall run, by what was asked and what there is."""
    if not functions:
        raise XdpError("There is no program, only maps. Pin those alone with scope: maps")
    if wanted is None:
        if len(functions) > 1:
            raise XdpError(f"There are several programs: {listed(functions)}. Say which with program")
        return functions[0]
    if wanted not in functions:
        for left in left_out:
            if left.name == wanted:
                raise XdpError(f"The program {wanted} cannot be loaded: {left.why}")
        raise XdpError(f"There is no program {short(wanted)}. {unknown_name(wanted, functions)}")
    return wanted
