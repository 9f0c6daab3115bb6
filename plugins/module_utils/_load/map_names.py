# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the kernel is told that a map is called: as libbpf tells it, so that bpftool knows variables by it."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import own_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, ProgramSpec

_SECTIONS = ("rodata", "data", "bss")


def kernel_name(map_spec: MapSpec, program: ProgramSpec | None) -> str:
    """The map's own name, or for variables that of their section, at most 15 characters.

    ``.rodata``, ``.data`` and ``.bss`` have as much of the program's name before
    them as there is room for, where libbpf puts the object file's
    (internal_map_name in libbpf.c). bpftool shows the ``metadata:`` of a program
    only of maps with ``.rodata`` in their names (show_prog_metadata in prog.c).
    """
    name = own_name(map_spec.name)
    if map_spec.variables is None:
        return name
    kind, separator, rest = name.partition("_")
    if kind not in _SECTIONS:
        return name
    if separator:
        return f".{kind}.{rest}"
    # libbpf reckons with seven characters for each of them.
    room = bpf.OBJ_NAME_LEN - 1 - max(len(name) + 1, 7)
    owner = program.name[:room] if program is not None else ""
    return f"{owner}.{name}"
