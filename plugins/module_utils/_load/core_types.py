# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Whether a type of an object and one of the kernel are the same for CO-RE relocations.

The rules are those of bpf_core_fields_are_compat, bpf_core_types_are_compat and bpf_core_types_match in
tools/lib/bpf/relo_core.c of Linux.
"""

from __future__ import annotations

import re

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Type

RECORDS = frozenset((kinds.STRUCT, kinds.UNION))
ENUMS = frozenset((kinds.ENUM, kinds.ENUM64))

_DEEPEST = 32

# What follows three underscores between other characters: a flavour of a type, such as "sk_buff___old".
_FLAVOUR = re.compile(r"(?<=[^_])___(?=[^_])(?!.*[^_]___[^_])")


def essential(name: str) -> str:
    """The name without its flavour."""
    found = _FLAVOUR.search(name)
    return name[: found.start()] if found else name


def same_kind(one: Type, other: Type) -> bool:
    """Whether two types are of one kind; ENUM and ENUM64 are (``btf_kind_core_compat`` of libbpf)."""
    return one.kind == other.kind or (one.kind in ENUMS and other.kind in ENUMS)


def fields_compatible(local: Btf, own: int, target: Btf, other: int) -> bool:
    """Whether members of these types may stand for each other."""
    for _depth in range(_DEEPEST):
        one, two = local.resolve(own)[1], target.resolve(other)[1]
        if one.kind in RECORDS and two.kind in RECORDS:
            return True
        if not same_kind(one, two):
            return False
        if one.kind in (kinds.PTR, kinds.FLOAT):
            return True
        if one.kind == kinds.FWD or one.kind in ENUMS:
            names = essential(local.name(one)), essential(target.name(two))
            return not all(names) or names[0] == names[1]
        if one.kind == kinds.INT:
            return _is_whole(one) and _is_whole(two)
        if one.kind != kinds.ARRAY:
            return False
        own, other = one.words[0], two.words[0]
    return False


def compatible(local: Btf, own: int, target: Btf, other: int, depth: int = _DEEPEST) -> bool:
    """Whether they are the same type by name and kind; what is behind pointers has to be of the same kind."""
    if not same_kind(local.type(own), target.type(other)):
        return False
    while depth > 0:
        depth -= 1
        one, two = local.resolve(own)[1], target.resolve(other)[1]
        if not same_kind(one, two):
            return False
        if one.kind in (0, kinds.FWD) or one.kind in RECORDS or one.kind in ENUMS:
            return True
        if one.kind == kinds.INT:
            return _is_whole(one) and _is_whole(two)
        if one.kind == kinds.PTR:
            own, other = one.size_or_type, two.size_or_type
        elif one.kind == kinds.ARRAY:
            own, other = one.words[0], two.words[0]
        elif one.kind == kinds.FUNC_PROTO:
            if one.vlen != two.vlen:
                return False
            for (_name, parameter), (_other_name, opposite) in zip(one.entries(), two.entries()):
                if not compatible(local, local.resolve(parameter)[0], target, target.resolve(opposite)[0], depth):
                    return False
            own, other = one.size_or_type, two.size_or_type
        else:
            return False
    return False


def match(local: Btf, own: int, target: Btf, other: int, behind: bool = False, depth: int = _DEEPEST) -> bool:
    """Whether all that the object's type says is so in the kernel's; ``behind`` says that they are behind a pointer."""
    while depth > 0:
        depth -= 1
        one, two = local.resolve(own)[1], target.resolve(other)[1]
        if essential(local.name(one)) != essential(target.name(two)):
            return False
        if one.kind == kinds.FWD or one.kind in RECORDS:
            return _records_match(local, one, target, two, behind, depth)
        if one.kind in ENUMS:
            return two.kind in ENUMS and _enums_match(local, one, target, two)
        if one.kind != two.kind:
            return False
        if one.kind == 0:
            return True
        if one.kind == kinds.INT:
            signs = [each.words[0] >> 24 & kinds.SIGNED for each in (one, two)]
            return one.size_or_type == two.size_or_type and signs[0] == signs[1]
        if one.kind == kinds.PTR:
            behind = True
            own, other = one.size_or_type, two.size_or_type
        elif one.kind == kinds.ARRAY:
            if one.words[2] != two.words[2]:
                return False
            own, other = one.words[0], two.words[0]
        elif one.kind == kinds.FUNC_PROTO:
            pairs = zip(one.entries(), two.entries())
            if one.vlen != two.vlen or not all(
                match(local, mine[1], target, theirs[1], behind, depth) for mine, theirs in pairs
            ):
                return False
            own, other = one.size_or_type, two.size_or_type
        else:
            return False
    return False


def _records_match(local: Btf, one: Type, target: Btf, two: Type, behind: bool, depth: int) -> bool:
    if behind:
        # A declaration without a body says only whether it is a union.
        unions = [each.flag if each.kind == kinds.FWD else each.kind == kinds.UNION for each in (one, two)]
        return (two.kind == kinds.FWD or two.kind in RECORDS) and unions[0] == unions[1]
    if one.kind != two.kind:
        return False
    if one.kind == kinds.FWD:
        return one.flag == two.flag
    theirs: dict[str, list[int]] = {}
    for name, type_id, _offset in two.entries():
        theirs.setdefault(essential(target.string(name)), []).append(type_id)
    return one.vlen <= two.vlen and all(
        any(
            match(local, type_id, target, each, behind, depth) for each in theirs.get(essential(local.string(name)), ())
        )
        for name, type_id, _offset in one.entries()
    )


def _enums_match(local: Btf, one: Type, target: Btf, two: Type) -> bool:
    theirs = {essential(target.string(entry[0])) for entry in two.entries()}
    return one.vlen <= two.vlen and all(essential(local.string(entry[0])) in theirs for entry in one.entries())


def _is_whole(integer: Type) -> bool:
    """Not a bit field of the old kind, which says its place in the type."""
    return not integer.words[0] >> 16 & 0xFF
