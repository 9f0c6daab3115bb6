# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Object specs to write, to read and to change."""

from __future__ import annotations

import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    XDP_DEVMAP,
    InitialValue,
    KernelReference,
    KernelSetting,
    LeftOut,
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
    VariableSpec,
)

_EXIT = bytes.fromhex("9500000000000000")
# r1 = a map, and r1 = 8 bytes into the value of one
_MAP = bytes.fromhex("1811000000000000 0000000000000000")
_VALUE = bytes.fromhex("1821000000000000 0000000008000000")

SPEC = ObjectSpec(
    programs=(
        ProgramSpec("drop", _EXIT, (), "Dual BSD/GPL"),
        ProgramSpec(
            "pass",
            _MAP + _VALUE + _EXIT,
            (MapReference(0, "stats"), MapReference(2, "rodata")),
            "GPL",
            1 << 5,
            struct.pack("=2I", 0, 3),
            struct.pack("=4I", 0, 1, 2, 3),
        ),
    ),
    maps=(
        MapSpec("ports", "hash", 2, 1, 1024, 1),
        MapSpec("rodata", "array", 4, 16, 1, 0x480, 0, 5, variables=b"\7"),
        MapSpec("stats", "percpu_array", 4, 16, 5, 0, 7, 11, (1 << 64) - 1, 3),
    ),
    btf=b"\x9f\xeb\x01\x00\xff",
    source="5e1f",
    variables=(VariableSpec("port", "rodata", 0, 4, 2), VariableSpec("count.limit", "rodata", 8, 8, 0)),
    left_out=(LeftOut("ingress.x", "it is in section tc ß"),),
)

# r1 = &something in the kernel; call something in the kernel
_CALL = bytes.fromhex("8500000000000000")

#: With all that the first format of the text does not have.
EXTENDED = ObjectSpec(
    programs=(
        ProgramSpec(
            "entry",
            _MAP + _CALL + _EXIT,
            (),
            "GPL",
            func_info=struct.pack("=2I", 0, 3),
            line_info=struct.pack("=4I", 0, 1, 2, 3),
            core_relocations=struct.pack("=8I", 16, 4, 9, 0, 24, 4, 11, 2),
            kernel_references=(
                KernelReference(0, "bpf_xdp_metadata_rx_hash", "function", weak=True),
                KernelReference(2, "bpf_xdp_metadata_rx_hash", "function"),
            ),
            on_request=True,
            bound_maps=("kconfig",),
        ),
        ProgramSpec("leaving", _EXIT, (), "GPL", attach_type=XDP_DEVMAP, fold_constants=True),
    ),
    maps=(
        MapSpec("blue", "array", 4, 8, 8, 0),
        MapSpec(
            "by_port",
            "hash_of_maps",
            4,
            4,
            4,
            0,
            inner=MapSpec("", "array", 4, 8, 8, 0, 1, 2),
            values=(InitialValue(1, "blue"), InitialValue(3, "blue")),
        ),
        MapSpec(
            "kconfig",
            "array",
            4,
            8,
            1,
            0x480,
            variables=b"",
            settings=(
                KernelSetting("LINUX_KERNEL_VERSION", 0, 4, "int", signed=True),
                KernelSetting("CONFIG_BPF", 4, 1, "tristate", weak=True),
            ),
        ),
        MapSpec("next", "prog_array", 4, 4, 2, 0, values=(InitialValue(0, "leaving"),)),
    ),
)

#: The least that is an object.
BARE = ObjectSpec((ProgramSpec("f", _EXIT, (), ""),), ())
