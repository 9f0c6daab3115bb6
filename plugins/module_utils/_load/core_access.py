# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Accesses to types, as CO-RE relocations describe them, and where another kernel has the same.

The rules are those of libbpf and of the kernel from Linux 5.17 on (bpf_core_parse_spec and bpf_core_spec_match in
tools/lib/bpf/relo_core.c): members are looked for by name, through unnamed structures, whatever their places are.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed, Type
from ansible_collections.ebpf.xdp.plugins.module_utils._load import core_types

# enum bpf_core_relo_kind of include/uapi/linux/bpf.h.
FIELD_OFFSET, FIELD_SIZE, FIELD_EXISTS, FIELD_SIGNED, FIELD_LSHIFT, FIELD_RSHIFT = range(6)
TYPE_ID_LOCAL, TYPE_ID_TARGET, TYPE_EXISTS, TYPE_SIZE, ENUM_EXISTS, ENUM_VALUE, TYPE_MATCHES = range(6, 13)

OF_FIELD = frozenset(range(FIELD_OFFSET, FIELD_RSHIFT + 1))
OF_ENUM = frozenset((ENUM_EXISTS, ENUM_VALUE))
OF_TYPE = frozenset((TYPE_ID_LOCAL, TYPE_ID_TARGET, TYPE_EXISTS, TYPE_SIZE, TYPE_MATCHES))

_PATH = re.compile(r"[0-9]{1,10}(?::[0-9]{1,10})*")

# BPF_CORE_SPEC_MAX_LEN.
_MOST_STEPS = 64


class Step(NamedTuple):
    """One step of an access: into a member, an element or an enumerator."""

    #: The structure that a member is of, or the type of an element.
    type: int
    #: Which member, element or enumerator.
    at: int
    #: ``None`` for an element.
    name: str | None


class Access(NamedTuple):
    """What a CO-RE record accesses: a type, and the way into it."""

    root: int
    #: None for a type as a whole.
    steps: tuple[Step, ...]
    #: From the start of the root.
    bits: int = 0


def parse(btf: Btf, root: int, path: str, kind: int) -> Access:
    """The access of a relocation in the object's own types; raises ``Malformed``."""
    if not _PATH.fullmatch(path) or path.count(":") >= _MOST_STEPS:
        raise Malformed(f"a CO-RE relocation has the path {path[:100]!r}")
    first, *rest = map(int, path.split(":"))
    if kind in OF_TYPE:
        return Access(root, ())
    type_id, btf_type = btf.resolve(root)
    if kind in OF_ENUM:
        if btf_type.kind not in core_types.ENUMS or rest or first >= btf_type.vlen:
            raise Malformed("a CO-RE relocation is of an enumerator that is not there")
        return Access(root, (Step(type_id, first, btf.string(btf_type.entry(first)[0])),))
    bits = first * btf.size(type_id) * 8
    steps = [Step(type_id, first, None)]
    for index in rest:
        type_id, btf_type = btf.resolve(type_id)
        if btf_type.kind in core_types.RECORDS and index < btf_type.vlen:
            name, member, offset = btf_type.entry(index)
            bits += bit_offset(btf_type, offset)
            if name:
                steps.append(Step(type_id, index, btf.string(name)))
            type_id = member
        elif btf_type.kind == kinds.ARRAY and (index < btf_type.words[2] or is_flexible(btf, steps[-1], btf_type)):
            type_id = btf.resolve(btf_type.words[0])[0]
            steps.append(Step(type_id, index, None))
            bits += index * btf.size(type_id) * 8
        else:
            raise Malformed("a CO-RE relocation is of a member that is not there")
    return Access(root, tuple(steps), bits)


def find(local: Btf, access: Access, kind: int, target: Btf, root: int) -> Access | None:
    """The same access in a type of the kernel's; ``None`` where it has nothing that fits."""
    if kind in OF_TYPE:
        fits = core_types.match if kind == TYPE_MATCHES else core_types.compatible
        return Access(root, ()) if fits(local, access.root, target, root) else None
    if kind in OF_ENUM:
        return _enumerator(access.steps[0].name or "", target, root)
    type_id, bits, steps = root, 0, []
    for number, step in enumerate(access.steps):
        type_id, btf_type = target.resolve(type_id)
        if step.name is not None:
            found = _member(local, step, target, type_id)
            if found is None:
                return None
            place, offset, type_id = found
            bits += offset
            steps.append(place)
            continue
        if number:
            if btf_type.kind != kinds.ARRAY:
                return None
            if step.at >= btf_type.words[2] and not is_flexible(target, steps[-1], btf_type):
                return None
            type_id = target.resolve(btf_type.words[0])[0]
        steps.append(Step(type_id, step.at, None))
        bits += step.at * target.size(type_id) * 8
    return Access(root, tuple(steps), bits)


def _enumerator(name: str, target: Btf, root: int) -> Access | None:
    type_id, btf_type = target.resolve(root)
    if btf_type.kind in core_types.ENUMS:
        wanted = core_types.essential(name)
        for index, entry in enumerate(btf_type.entries()):
            found = target.string(entry[0])
            if core_types.essential(found) == wanted:
                return Access(root, (Step(type_id, index, found),))
    return None


def _member(local: Btf, step: Step, target: Btf, type_id: int, depth: int = 0) -> tuple[Step, int, int] | None:
    """The member, its offset in bits from the start of ``type_id``, and its type."""
    type_id, btf_type = target.resolve(type_id)
    if btf_type.kind not in core_types.RECORDS or depth > _MOST_STEPS:
        return None
    for index, (name, member, offset) in enumerate(btf_type.entries()):
        bits = bit_offset(btf_type, offset)
        if not name:
            found = _member(local, step, target, member, depth + 1)
            if found is not None:
                return found[0], bits + found[1], found[2]
        elif target.string(name) == step.name:
            own = local.type(step.type).entry(step.at)[1]
            if not core_types.fields_compatible(local, own, target, member):
                return None
            return Step(type_id, index, step.name), bits, member
    return None


def bit_offset(record: Type, offset: int) -> int:
    """Of a member, whose third word has a bit field's size as well where the structure has any."""
    return offset & 0xFFFFFF if record.flag else offset


def bit_field(btf: Btf, step: Step) -> int:
    """Bits of a member that is a bit field; 0 for any other."""
    record = btf.type(step.type)
    return record.entry(step.at)[2] >> 24 if record.flag else 0


def is_flexible(btf: Btf, before: Step, table: Type) -> bool:
    """Whether it is an array without a size at the end of a structure."""
    return before.name is not None and not table.words[2] and before.at == btf.type(before.type).vlen - 1
