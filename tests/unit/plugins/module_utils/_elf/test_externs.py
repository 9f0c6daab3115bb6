# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What an object declares as the kernel's: functions, variables and settings."""

from __future__ import annotations

import random

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    F_MMAPABLE,
    F_RDONLY_PROG,
    KernelReference,
    KernelSetting,
    MapReference,
    MapSpec,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile, seen
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.elf_files import (
    GLOBAL,
    WEAK,
    ObjectFile,
    Piece,
    call,
    leave,
    load,
)
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._elf.reading import program, read, why_left_out


def using(*pieces: Piece, btf: BtfFile, weak: tuple[str, ...] = ()) -> ObjectFile:
    """\"main\" has these pieces; what they name is undefined."""
    file = ObjectFile().function("main", *pieces, leave())
    names = dict.fromkeys(symbol for _place, symbol, _kind in file.relocations["xdp"])
    for name in names:
        file.undefined(name, WEAK if name in weak else GLOBAL)
    return file.types(btf)


def ksyms(btf: BtfFile, *ids: int) -> BtfFile:
    btf.datasec(".ksyms", 0, [(type_id, 0, 0) for type_id in ids])
    return btf


def with_function(name: str) -> BtfFile:
    btf = BtfFile()
    return ksyms(btf, btf.func(name, btf.proto(btf.u32()), kinds.EXTERN))


@pytest.mark.parametrize("weak", [False, True])
def test_a_kernel_function_that_is_called_and_whose_address_is_taken(weak: bool) -> None:
    file = using(load("bpf_x"), call("bpf_x"), btf=with_function("bpf_x"), weak=("bpf_x",) * weak)
    spec = program(file)
    assert spec.kernel_references == (
        KernelReference(0, "bpf_x", "function", weak),
        KernelReference(2, "bpf_x", "function", weak),
    )
    assert spec.references == ()
    # BPF_PSEUDO_BTF_ID and BPF_PSEUDO_KFUNC_CALL, with nothing filled in.
    assert spec.instructions[:24].hex() == "183100000000000000000000000000008520000000000000"


def test_the_kernel_s_own_types_do_not_come_along() -> None:
    assert read(using(call("bpf_x"), btf=with_function("bpf_x"))).btf == b""


@pytest.mark.parametrize(("declared", "name"), [("bpf_x___old", "bpf_x"), ("bpf___x___y", "bpf___x"), ("___x", "___x")])
def test_a_flavour_of_a_function_is_the_function(declared: str, name: str) -> None:
    assert program(using(call(declared), btf=with_function(declared))).kernel_references[0].name == name


@pytest.mark.parametrize(("typed", "kind"), [(True, "variable"), (False, "address")])
def test_a_variable_of_the_kernel_with_a_type_and_without_one(typed: bool, kind: str) -> None:
    btf = BtfFile()
    btf = ksyms(btf, btf.var("jiffies", btf.const(btf.u32() if typed else 0), kinds.EXTERN))
    assert program(using(load("jiffies"), btf=btf)).kernel_references == (KernelReference(0, "jiffies", kind),)


def test_a_variable_cannot_be_called() -> None:
    btf = BtfFile()
    btf = ksyms(btf, btf.var("jiffies", btf.u32(), kinds.EXTERN))
    assert why_left_out(using(call("jiffies"), btf=btf)).startswith(
        "main in section xdp uses jiffies, which the object"
    )


def test_what_is_declared_nowhere_is_refused() -> None:
    assert why_left_out(using(call("bpf_y"), btf=with_function("bpf_x"))).startswith("main in section xdp uses bpf_y, ")


def with_settings(btf: BtfFile, **types: int) -> BtfFile:
    btf.datasec(".kconfig", 0, [(btf.var(name, type_id, kinds.EXTERN), 0, 0) for name, type_id in types.items()])
    return btf


def settings_of(file: ObjectFile) -> MapSpec:
    return next(map_spec for map_spec in read(file).maps if map_spec.name == "kconfig")


def test_settings_are_variables_of_one_map() -> None:
    btf = BtfFile()
    char, boolean = btf.integer("char", 1, kinds.SIGNED), btf.integer("_Bool", 1, kinds.BOOL)
    tristate = btf.enum("libbpf_tristate", {"TRI_NO": 0, "TRI_YES": 1, "TRI_MODULE": 2})
    btf = with_settings(
        btf,
        CONFIG_BOOL=boolean,
        CONFIG_CHAR=char,
        CONFIG_HZ=btf.integer("int", 4, kinds.SIGNED),
        CONFIG_TEXT=btf.array(char, 5),
        CONFIG_TRI=btf.const(tristate),
        CONFIG_WIDE=btf.typedef("u64", btf.integer("unsigned long", 8)),
    )
    names = ("CONFIG_BOOL", "CONFIG_CHAR", "CONFIG_HZ", "CONFIG_TEXT", "CONFIG_TRI", "CONFIG_WIDE")
    file = using(*map(load, names), btf=btf, weak=("CONFIG_TRI",))
    settings = settings_of(file)
    assert settings._replace(btf_value_type_id=0) == MapSpec(
        "kconfig",
        "array",
        4,
        23,
        1,
        F_MMAPABLE | F_RDONLY_PROG,
        variables=b"",
        # In libbpf's order: by alignment, the largest first, by size, and by name.
        settings=(
            KernelSetting("CONFIG_WIDE", 0, 8, "int"),
            KernelSetting("CONFIG_HZ", 8, 4, "int", signed=True),
            KernelSetting("CONFIG_TRI", 12, 4, "tristate", weak=True),
            KernelSetting("CONFIG_BOOL", 16, 1, "bool"),
            KernelSetting("CONFIG_CHAR", 17, 1, "char", signed=True),
            KernelSetting("CONFIG_TEXT", 18, 5, "text"),
        ),
    )
    spec = program(file)
    assert spec.references == tuple(MapReference(2 * number, "kconfig") for number in range(6))
    offsets = [int.from_bytes(spec.instructions[16 * number + 12 :][:4], "little") for number in range(6)]
    assert offsets == [16, 17, 8, 18, 12, 0]
    written = Btf(read(file).btf)
    assert seen(written, settings.btf_value_type_id)[:3] == ("datasec", ".kconfig", 23)
    assert {
        written.type(type_id).words for type_id in range(len(written.types)) if written.type(type_id).kind == kinds.VAR
    } == {(1,)}


@pytest.mark.parametrize(
    "sizes", [[random.Random(seed).choice((1, 2, 4, 8)) for _each in range(12)] for seed in range(9)]
)
def test_settings_do_not_overlap_and_are_aligned(sizes: list[int]) -> None:
    btf = BtfFile()
    types = {size: btf.integer(f"u{size}", size) for size in (1, 2, 4, 8)}
    names = [f"CONFIG_{number}" for number in range(len(sizes))]
    btf = with_settings(btf, **{name: types[size] for name, size in zip(names, sizes)})
    settings = settings_of(using(*map(load, names), btf=btf))
    end = 0
    for setting in settings.settings:
        assert setting.offset >= end
        assert setting.offset % setting.size == 0
        end = setting.offset + setting.size
    assert settings.value_size == end == sum(sizes)
    assert {setting.name for setting in settings.settings} == {*names}


def _no_setting(btf: BtfFile, what: str) -> int:
    u32 = btf.u32()
    return {
        "structure": lambda: btf.structure("s", 4, [("x", u32, 0)]),
        "enumeration": lambda: btf.enum("e", {"A": 1}),
        "float": lambda: btf.real("float", 4),
        "array": lambda: btf.array(u32, 4),
        "large": lambda: btf.integer("__int128", 16),
        "wide boolean": lambda: btf.integer("bool4", 4, kinds.BOOL),
        "pointer": lambda: btf.ptr(u32),
        "no text": lambda: btf.array(btf.integer("char", 1), 0),
    }[what]()


@pytest.mark.parametrize(
    "what", ["structure", "enumeration", "float", "array", "large", "wide boolean", "pointer", "no text"]
)
def test_a_type_that_no_setting_has(what: str) -> None:
    btf = BtfFile()
    btf = with_settings(btf, CONFIG_X=_no_setting(btf, what))
    assert "which the object does not define" in why_left_out(using(load("CONFIG_X"), btf=btf))
