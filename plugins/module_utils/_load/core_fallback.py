# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""CO-RE relocations without the kernel's help: before Linux 5.17 it does not know them.

The instructions become what the kernel's own code makes of them later (bpf_core_calc_relo_insn and
bpf_core_patch_insn in tools/lib/bpf/relo_core.c).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.lazy import LazyBtf
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._load import core_access, core_types, core_values
from ansible_collections.ebpf.xdp.plugins.module_utils._load.core_access import Access
from ansible_collections.ebpf.xdp.plugins.module_utils._load.core_values import Value
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CALL,
    CORE_RELOCATION,
    INSTRUCTION,
    INSTRUCTION_SIZE,
    LD_IMM64,
    source_register,
)

# What is called in place of an instruction that cannot be: of no helper, so that the verifier refuses it where it is reached.
_INVALID = 195896080

# Classes of instructions, and the sizes of what they load or store (include/uapi/linux/bpf_common.h).
_LDX, _ST, _STX, _ALU, _ALU64 = 1, 2, 3, 4, 7
_FROM_REGISTER = 8
_SIZES = {4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18}

# What stands before a type's name in C.
_KEYWORDS = {kinds.STRUCT: ["struct"], kinds.UNION: ["union"], kinds.ENUM: ["enum"], kinds.ENUM64: ["enum"]}


class Relocated(NamedTuple):
    """Instructions whose CO-RE records were applied here, for a kernel that could not."""

    instructions: bytes
    #: By the index of an instruction that was made invalid: what the kernel lacks, such as ``struct sk_buff.nosuch``.
    missing: dict[int, str]


class _Change(NamedTuple):
    """What an instruction has, and what it gets."""

    old: Value
    new: Value
    #: Whether the width of a load or store cannot follow that of the member.
    other_width: bool


def relocate(instructions: bytes, records: bytes, types: bytes, kernel: bytes) -> Relocated:
    """``records`` and ``types`` are the program's CO-RE relocations and BTF, ``kernel`` is vmlinux's BTF.

    Raises ``Malformed``. Takes time in proportion to both.
    """
    local = Btf(types)
    found = list(struct.iter_unpack(f"={CORE_RELOCATION}", records))
    roots = {type_id: core_types.essential(local.name(local.type(type_id))) for _place, type_id, _path, _kind in found}
    target = LazyBtf(kernel, {name for name in roots.values() if name})
    code = bytearray(instructions)
    missing = {}
    # Thousands of relocations may be of one type, which is compared with the kernel's once.
    changes: dict[tuple[int, int, int], tuple[Access, _Change]] = {}
    for place, type_id, path, kind in found:
        if (type_id, path, kind) not in changes:
            access = core_access.parse(local, type_id, local.string(path), kind)
            candidates = target.named(roots[type_id]) if kind != core_access.TYPE_ID_LOCAL else []
            changes[type_id, path, kind] = access, _change(local, access, kind, target, candidates)
        access, change = changes[type_id, path, kind]
        if not _patch(code, place, change):
            missing[place // INSTRUCTION_SIZE] = _described(local, access)
    return Relocated(bytes(code), missing)


def _change(local: Btf, access: Access, kind: int, target: Btf, candidates: list[int]) -> _Change:
    old = core_values.of(local, access, kind)
    if kind == core_access.TYPE_ID_LOCAL:
        return _Change(old, old, False)
    changes = set()
    for root in candidates:
        if core_types.same_kind(target.type(root), local.type(access.root)):
            found = core_access.find(local, access, kind, target, root)
            if found is not None:
                new = core_values.of(target, found, kind)
                changes.add(_Change(old, new, _cannot_follow(local, old, target, new)))
    if len({(change.new.number, change.new.size) for change in changes}) > 1:
        raise Malformed(f"the kernel has several types {_described(local, access)}, which differ")
    return changes.pop() if changes else _Change(old, core_values.of(target, None, kind), False)


def _cannot_follow(local: Btf, old: Value, target: Btf, new: Value) -> bool:
    """Only pointers, and integers without a sign, may be of another size in the kernel."""
    if old.size == new.size:
        return False
    one, two = local.resolve(old.type)[1], target.resolve(new.type)[1]
    if one.kind == two.kind == kinds.PTR:
        return False
    unsigned = [each.kind == kinds.INT and not each.words[0] >> 24 & kinds.SIGNED for each in (one, two)]
    return not all(unsigned)


def _patch(code: bytearray, place: int, change: _Change) -> bool:
    """Whether the instruction could be changed; otherwise it is made invalid."""
    opcode, registers, offset, value = struct.unpack_from(f"={INSTRUCTION}", code, place)
    kind = opcode & 7
    old, new = change.old, change.new
    is_wide = opcode == LD_IMM64
    if new.number is None or old.number is None or (kind in (_LDX, _ST, _STX) and change.other_width):
        for start in (place, place + INSTRUCTION_SIZE)[: 2 if is_wide else 1]:
            struct.pack_into(f"={INSTRUCTION}", code, start, CALL, 0, 0, _INVALID)
        return False
    number = new.number
    if kind in (_ALU, _ALU64) and not opcode & _FROM_REGISTER:
        _require(not old.certain or value & 0xFFFFFFFF == old.number & 0xFFFFFFFF)
        struct.pack_into("=I", code, place + 4, number & 0xFFFFFFFF)
    elif kind in (_LDX, _ST, _STX):
        _require((not old.certain or offset == old.number) and number < 1 << 15)
        if new.size != old.size:
            _require(_SIZES.get(old.size) == opcode & 0x18 and new.size in _SIZES)
            opcode = opcode & ~0x18 | _SIZES[new.size]
        struct.pack_into(f"={INSTRUCTION}", code, place, opcode, registers, number, value)
    elif is_wide and not source_register(registers) and place + 2 * INSTRUCTION_SIZE <= len(code):
        (upper,) = struct.unpack_from("=I", code, place + INSTRUCTION_SIZE + 4)
        _require(not old.certain or value & 0xFFFFFFFF | upper << 32 == old.number & (1 << 64) - 1)
        struct.pack_into("=I", code, place + 4, number & 0xFFFFFFFF)
        struct.pack_into("=I", code, place + INSTRUCTION_SIZE + 4, number >> 32 & 0xFFFFFFFF)
    else:
        _require(False)
    return True


def _require(is_so: bool) -> None:
    if not is_so:
        raise Malformed("a CO-RE relocation is of an instruction that does not have what its types say")


def _described(local: Btf, access: Access) -> str:
    """In the words of the source."""
    btf_type = local.type(access.root)
    text = " ".join([*_KEYWORDS.get(btf_type.kind, ()), local.name(btf_type)])
    for number, step in enumerate(access.steps):
        if step.name is None:
            text += f"[{step.at}]" if number or step.at else ""
        else:
            text += f"{'::' if btf_type.kind in core_types.ENUMS else '.'}{step.name}"
    return text
