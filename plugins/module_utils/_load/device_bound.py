# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Programs that read packet metadata from the network card: the kernel takes each for one interface alone.

It resolves their functions to the driver's own (bpf_dev_bound_resolve_kfunc in
kernel/bpf/offload.c), since Linux 6.3.
"""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._load import kernel_ids
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ProgramSpec

#: BPF_F_XDP_DEV_BOUND_ONLY of include/uapi/linux/bpf.h.
F_XDP_DEV_BOUND_ONLY = 1 << 6

# Their names (XDP_METADATA_KFUNC_xxx in include/net/xdp.h) begin with this.
_PREFIX = "bpf_xdp_metadata_rx_"


def metadata(program: ProgramSpec) -> tuple[str, ...]:
    """What it reads, such as ``timestamp`` and ``hash``, as far as the running kernel has that; empty for any other program."""
    named = {
        each.name for each in program.kernel_references if each.kind == "function" and each.name.startswith(_PREFIX)
    }
    if not named:
        return ()
    kernel = kernel_ids.kernel_btf(f"The program {program.name} reads packet metadata from the network card")
    known = kernel_ids.find(kernel, {(kinds.FUNC, name) for name in named})
    return tuple(sorted(name[len(_PREFIX) :] for _kind, name in known))
