# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Types of a kernel by name."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._load import kernel_ids
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile


def some_kernel() -> BtfFile:
    btf = BtfFile()
    u32 = btf.u32()
    btf.structure("task", 8, [("bpf_one", u32, 0), ("next", btf.ptr(0), 32)])
    btf.enum("e", {"A": 1, "B": 2})
    btf.enum64("f", {"C": 1})
    btf.array(u32, 7)
    btf.func("bpf_one", btf.proto(u32, [("x", u32), ("y", u32)]))
    btf.typedef("bpf_two", u32)
    btf.func("bpf_two", btf.proto(0))
    btf.var("jiffies", u32)
    btf.func("bpf_one", btf.proto(0))
    btf.datasec(".data", 4, [(btf.var("bpf_three", u32), 0, 4)])
    btf.func("bpf_last", btf.proto(0))
    return btf


def test_a_name_is_found_under_its_number() -> None:
    blob = some_kernel().blob()
    btf = Btf(blob)
    names = ["bpf_one", "bpf_two", "bpf_three", "jiffies", "bpf_last", "bpf", "one", "nothing"]
    wanted = {(kind, name) for kind in (kinds.FUNC, kinds.VAR, kinds.TYPEDEF) for name in names}
    known = {key: type_id for key in wanted if (type_id := btf.find(*key)) is not None}
    assert kernel_ids.find(blob, wanted) == known
    assert {name for kind, name in known if kind == kinds.FUNC} == {"bpf_one", "bpf_two", "bpf_last"}
    for key in wanted:
        assert kernel_ids.find(blob, {key}) == ({key: known[key]} if key in known else {})
