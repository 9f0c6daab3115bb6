# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Where the running kernel has what is counted by, and which tracepoints it has."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.lazy import LazyBtf
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.members import members
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._load.kernel_ids import kernel_btf
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.code import Offsets
from ansible_collections.ebpf.xdp.plugins.module_utils._monitor.tracepoints import ALWAYS, REDIRECTS

_TYPEDEF = "btf_trace_"


class KernelTypes:
    """XdpError on a kernel without BTF: an interface's index is behind a pointer, whose layout only that tells."""

    def __init__(self) -> None:
        wanted = {f"{_TYPEDEF}{point.name}" for point in (*ALWAYS, *REDIRECTS)}
        blob = kernel_btf("The kernel's tracepoints identify interfaces by pointers")
        try:
            self._btf = LazyBtf(blob, {*wanted, "net_device", "net", "bpf_prog", "bpf_prog_aux"})
        except Malformed as error:
            raise XdpError(f"What this kernel says of its types cannot be read: {error}") from error

    def tracepoint(self, name: str) -> int | None:
        """The number of its typedef; ``None`` where the kernel has no such tracepoint."""
        return self._id(kinds.TYPEDEF, f"{_TYPEDEF}{name}")

    def offsets(self) -> Offsets:
        """Where the fields are that the monitor reads. Raises ``XdpError`` for a kernel that has them otherwise."""
        try:
            return Offsets(
                self._offset("net_device", "ifindex"),
                self._offset("net_device", "nd_net", "net"),
                self._offset("net", "ns", "inum"),
                self._offset("bpf_prog", "aux"),
                self._offset("bpf_prog_aux", "id"),
            )
        except (KeyError, Malformed) as error:
            raise XdpError(
                f"This kernel's structures of interfaces and programs have an unknown layout: {error}. "
                f"Report its version"
            ) from error

    def _offset(self, structure: str, *path: str) -> int:
        type_id = self._id(kinds.STRUCT, structure)
        if type_id is None:
            raise KeyError(structure)
        offset = 0
        for name in path:
            member = members(self._btf, type_id)[name]
            offset += member.start // 8
            type_id = self._btf.resolve(member.type)[0]
        return offset

    def _id(self, kind: int, name: str) -> int | None:
        return next((type_id for type_id in self._btf.named(name) if self._btf.type(type_id).kind == kind), None)
