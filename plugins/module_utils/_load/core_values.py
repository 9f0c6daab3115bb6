# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What an access is in numbers: offsets, sizes and shifts for instructions (bpf_core_calc_relo in relo_core.c)."""

from __future__ import annotations

import sys
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._load import core_access, core_types
from ansible_collections.ebpf.xdp.plugins.module_utils._load.core_access import Access

# Bits of the widest load.
_WIDEST = 64


class Value(NamedTuple):
    """``number`` is ``None`` for what is not there and has no number in its place: using it is an error."""

    number: int | None
    #: Bytes, and number of the type, of what an instruction loads or stores; 0 where that does not count.
    size: int = 0
    type: int = 0
    #: Whether the compiler cannot but have come to the same for the object's own types.
    certain: bool = True


def of(btf: Btf, access: Access | None, kind: int) -> Value:
    """``access`` is ``None`` for one that the kernel's types do not have."""
    if kind in (core_access.FIELD_EXISTS, core_access.TYPE_EXISTS, core_access.TYPE_MATCHES, core_access.ENUM_EXISTS):
        return Value(int(access is not None))
    if access is None:
        # A type that is not there has the number and the size 0.
        return Value(0 if kind in core_access.OF_TYPE else None)
    if kind in (core_access.TYPE_ID_LOCAL, core_access.TYPE_ID_TARGET):
        return Value(access.root, certain=False)
    if kind == core_access.TYPE_SIZE:
        return Value(btf.size(access.root))
    if kind == core_access.ENUM_VALUE:
        return Value(_enumerator(btf, access))
    if kind in core_access.OF_FIELD:
        return _field(btf, access, kind)
    raise Malformed(f"a CO-RE relocation is of a kind that is not known, {kind}")


def _enumerator(btf: Btf, access: Access) -> int:
    step = access.steps[0]
    btf_type = btf.type(step.type)
    words = btf_type.entry(step.at)[1:]
    if btf_type.kind == kinds.ENUM64:
        return words[0] | words[1] << 32
    # Of 32 bits, with their sign.
    return words[0] if not words[0] >> 31 else words[0] | 0xFFFFFFFF << 32


def _field(btf: Btf, access: Access, kind: int) -> Value:
    step = access.steps[-1]
    if step.name is None:
        size = btf.size(step.type)
        if kind == core_access.FIELD_OFFSET:
            return Value(access.bits // 8, size, step.type)
        if kind == core_access.FIELD_SIZE:
            return Value(size)
        raise Malformed(f"a CO-RE relocation of an element is of kind {kind}")
    type_id, btf_type = btf.resolve(btf.type(step.type).entry(step.at)[1])
    size = btf.size(type_id)
    bits = core_access.bit_field(btf, step)
    offset = access.bits // 8
    if bits:
        offset, size = _loaded(access.bits, bits, size)
    if kind == core_access.FIELD_OFFSET:
        return Value(offset, 0 if bits else size, 0 if bits else type_id, certain=not bits)
    if kind == core_access.FIELD_SIZE:
        return Value(size, certain=not bits)
    if kind == core_access.FIELD_SIGNED:
        is_signed = (
            btf_type.flag
            if btf_type.kind in core_types.ENUMS
            else btf_type.kind == kinds.INT and btf_type.words[0] >> 24 & kinds.SIGNED
        )
        return Value(int(bool(is_signed)))
    width = bits or size * 8
    if kind == core_access.FIELD_RSHIFT:
        return Value(_WIDEST - width)
    start = access.bits - offset * 8
    if sys.byteorder == "little":
        return Value(_WIDEST - (start + width), certain=not bits)
    return Value((8 - size) * 8 + start, certain=not bits)


def _loaded(place: int, bits: int, size: int) -> tuple[int, int]:
    """The bytes that are loaded for a bit field: where they begin, and how many there are."""
    if not size:
        raise Malformed("a bit field has a type without a size")
    offset = place // 8 // size * size
    while place + bits - offset * 8 > size * 8:
        if size >= 8:
            raise Malformed("a bit field cannot be loaded at once")
        size *= 2
        offset = place // 8 // size * size
    return offset, size
