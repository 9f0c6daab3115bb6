# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Values of several CPUs as one, where they are integers."""

from __future__ import annotations

from typing import Any, Callable, List

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.decode import ADDRESSES
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.members import format_of, is_char, is_special, members
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import Side

#: Of the decoded values of all CPUs, the one that stands for them.
Sum = Callable[[List[Any]], Any]  # at run time, so in the words of Python 3.8


def summing(side: Side) -> Sum | None:
    """Adds up the integers of a type, also those within structures and arrays; ``None`` where there is none.

    What is not an integer (a text, an address, an enumerator, a boolean) is a list of
    what each CPU has. The type decides it, so that values of one map have one shape.
    A ``Decoder`` has read the type before, so that it is known to have an end.
    """
    return _summing(side.btf, side.id)


def _summing(btf: Btf, type_id: int) -> Sum | None:
    if format_of(btf, type_id):
        return None
    found, btf_type = btf.resolve(type_id)
    if btf_type.kind == kinds.INT:
        return None if btf_type.words[0] >> 24 & kinds.BOOL else sum
    if btf_type.kind == kinds.ARRAY:
        return _of_array(btf, btf_type.words[0])
    if btf_type.kind in (kinds.STRUCT, kinds.UNION, kinds.DATASEC):
        if btf_type.kind == kinds.STRUCT and (btf.name(btf_type), btf.size(found)) in ADDRESSES:
            return None
        return _of_structure(btf, found)
    return None


def _of_array(btf: Btf, element: int) -> Sum | None:
    one = None if is_char(btf, element) else _summing(btf, element)
    if one is None:
        return None
    add = one
    return lambda values: [add(list(each)) for each in zip(*values)]


def _of_structure(btf: Btf, type_id: int) -> Sum | None:
    parts = {
        each.name: _summing(btf, each.type) for each in members(btf, type_id).values() if not is_special(btf, each.type)
    }
    if not any(parts.values()):
        return None
    adding = [(name, part or list) for name, part in parts.items()]
    return lambda values: {name: add([value[name] for value in values]) for name, add in adding}
