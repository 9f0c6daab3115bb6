# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The licence of a program that is made of several: what may be called is decided by the strictest."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ProgramSpec

#: What the kernel takes as compatible with its own (license_is_gpl_compatible in include/linux/license.h).
_COMPATIBLE = frozenset(("GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"))

# The kernel reads no more (bpf_prog_load in kernel/bpf/syscall.c).
_LONGEST = 127


def merged(members: Sequence[tuple[str, ProgramSpec]]) -> str:
    """One that all agree on; else ``GPL`` if the kernel takes each as compatible with it, and those that it does not if not.

    Raises ``XdpError`` where a member calls functions of the kernel by name, which need a compatible one, and another's is not.
    """
    licenses = dict.fromkeys(program.license for _name, program in members)
    if len(licenses) == 1:
        return next(iter(licenses))
    strange = [(name, program.license) for name, program in members if program.license not in _COMPATIBLE]
    if not strange:
        return "GPL"
    for name, program in members:
        called = [each.name for each in program.kernel_references if each.kind == "function"]
        if called:
            raise XdpError(
                f"chain: the member {name} calls {short(called[0])} of the kernel, which is only for programs that are compatible with "
                f"the GPL, and {strange[0][0]} is not: its licence is {short(strange[0][1])!r}. Remove one of them. Nothing was changed"
            )
    return " and ".join(dict.fromkeys(licence for _name, licence in strange))[:_LONGEST]
