# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Specs whose only constant is of some type, and what it is after being set."""

from __future__ import annotations

from typing import Any, Callable

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, ObjectSpec, VariableSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile

#: Makes a type.
Maker = Callable[[BtfFile], int]

#: What is before and behind the constant in its section.
_BEFORE, _BEHIND = b"\xaa" * 8, b"\xbb" * 8


def integer(size: int, signed: bool = False) -> Maker:
    return lambda file: file.integer(f"int{size}", size, kinds.SIGNED if signed else 0)


def boolean(file: BtfFile) -> int:
    return file.integer("_Bool", 1, kinds.BOOL)


def char(file: BtfFile) -> int:
    return file.integer("char", 1, kinds.SIGNED)


def array(element: Maker, count: int) -> Maker:
    return lambda file: file.array(element(file), count)


def object_of(make: Maker | None, size: int = 0, before: bytes | None = None) -> ObjectSpec:
    """With the one constant ``x``, at 8 of .rodata; without a type of this size."""
    file = BtfFile()
    type_id = file.const_volatile(file.typedef("x_t", make(file))) if make else 0
    size = Btf(file.blob()).size(type_id) if make else size
    data = _BEFORE + (bytes(size) if before is None else before) + _BEHIND
    rodata = MapSpec("rodata", "array", 4, len(data), 1, 0x480, variables=data)
    other = MapSpec("data", "array", 4, 4, 1, 0x400, variables=b"\1\2\3\4")
    variable = VariableSpec("x", "rodata", len(_BEFORE), size, type_id)
    return ObjectSpec((), (other, rodata), file.blob() if make else b"", "5e1f", (variable,))


def after(spec: ObjectSpec, value: Any) -> bytes:
    """The constant's bytes, when it is set to this and nothing else has changed."""
    changed = set_constants(spec, {"x": value})
    assert changed._replace(maps=spec.maps) == spec
    assert changed.maps[0] == spec.maps[0]
    assert changed.maps[1]._replace(variables=None) == spec.maps[1]._replace(variables=None)
    data = changed.maps[1].variables
    assert data is not None
    assert data.startswith(_BEFORE)
    assert data.endswith(_BEHIND)
    assert len(data) == spec.maps[1].value_size
    return data[len(_BEFORE) : -len(_BEHIND)]


def refusal(spec: ObjectSpec, value: Any) -> str:
    with pytest.raises(XdpError) as caught:
        set_constants(spec, {"x": value})
    text = str(caught.value)
    assert text.startswith("constants: ")
    return text[len("constants: ") :]
