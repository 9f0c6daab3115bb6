# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of some size, with most of what a compiler writes."""

from __future__ import annotations

import struct

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import STATIC, BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    HIDDEN,
    LOCAL,
    NOBITS,
    Extension,
    ObjectFile,
    call,
    helper,
    leave,
    load,
    mov,
    start_of,
)


def rich() -> ObjectFile:
    """Two programs that share functions, a map, variables of each sort, all types, and one program for tc."""
    file = ObjectFile()
    file.function("help", load("kept"), load("callback"), leave(), section=".text", binding=LOCAL)
    file.function("callback", leave(), section=".text", visibility=HIDDEN)
    file.function("first", load("stats"), load("port", register=2), load("tag", 4), call(start_of(".text")), leave())
    file.function("second", load("stats"), load(start_of(".bss")), call("help"), leave(), section="xdp.frags")
    file.function("ingress", mov(0, 0), helper(5), leave(), section="tc")
    file.section(".maps", bytes(32)).symbol("stats", ".maps", 0, 32)
    file.section(".bss", section_type=NOBITS, size=8).symbol("total", ".bss", 0, 8)
    file.variable("port", b"\7\0\0\0").variable("tag", b"abc\0\0\0\0\0").variable("", bytes(4), binding=LOCAL)
    file.variable("kept", b"\3\0\0\0", ".data", binding=LOCAL)
    file.license()
    btf = types()
    ids = {name: number for number, name in enumerate(("help", "callback", "first", "second", "ingress"), 1)}
    extension = Extension(btf)
    for name, section, place in (
        ("help", ".text", 0),
        ("callback", ".text", 40),
        ("first", "xdp", 0),
        ("second", "xdp.frags", 0),
        ("ingress", "tc", 0),
    ):
        extension.function(section, place, ids[name])
        extension.line(section, place, f"int {name}(struct xdp_md *ctx)", 10 * ids[name])
    extension.line("xdp", 16, "return help(ctx);", 31)
    extension.access("tc", 8, 6)
    return file.types(btf, extension.blob())


def types() -> BtfFile:
    """Types 1 to 5 are the functions, and 6 a structure."""
    btf = BtfFile()
    proto = 12
    for name in ("help", "callback", "first", "second", "ingress"):
        btf.func(name, proto, STATIC if name == "help" else 1)
    btf.structure("xdp_md", 8, [("data", 8, 0), ("data_end", 8, 32)])
    unsigned = btf.u32()
    u32 = btf.typedef("__u32", unsigned)
    signed = btf.integer("int", 4, kinds.SIGNED)
    char = btf.integer("char", 1, kinds.SIGNED)
    pointer = btf.ptr(6)
    assert btf.proto(signed, [("ctx", pointer)]) == proto
    long = btf.integer("unsigned long long", 8)
    record = btf.structure("rec", 16, [("packets", long, 0), ("bytes", long, 64)])
    members = [btf.uint(6), btf.uint(5), btf.ptr(u32), btf.ptr(record)]
    names = ("type", "max_entries", "key", "value")
    stats = btf.structure("", 32, [(name, type_id, 64 * at) for at, (name, type_id) in enumerate(zip(names, members))])
    btf.datasec(".maps", 0, [(btf.var("stats", stats), 0, 32)])
    port = btf.var("port", btf.const_volatile(u32))
    tag = btf.var("tag", btf.array(btf.const_volatile(char), 8, unsigned))
    btf.datasec(".rodata", 0, [(port, 0, 4), (tag, 0, 8)])
    btf.datasec(".data", 0, [(btf.var("kept", signed, STATIC), 0, 4)])
    btf.datasec(".bss", 0, [(btf.var("total", long), 0, 8)])
    return btf


def old() -> ObjectFile:
    """As before libbpf 1.0, and without debug information."""
    file = ObjectFile().section("maps", struct.pack("=5I", 6, 4, 16, 5, 0))
    file.symbol("stats", "maps", 0, 20)
    file.function("xdp_stats", load("stats"), mov(0, 2), leave(), section="xdp_stats").license()
    return file.function("xdp_drop", mov(0, 1), leave(), section="prog")
