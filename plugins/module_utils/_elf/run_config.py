# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an object asks for where its programs run with others: the section ``.xdp_run_config`` of libxdp.

``XDP_RUN_CONFIG(program)`` of xdp/xdp_helpers.h declares a variable ``_program`` whose type says it all: its members are
verdicts, each a pointer to an array with as many elements as the number that is meant. A priority is there as well, which
means nothing here: a chain is a list.
"""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS

_SECTION = ".xdp_run_config"


def proceed_on(btf: Btf) -> dict[str, tuple[str, ...]]:
    """The verdicts with which packets go on to the next program, by the program's name. Raises ``Malformed``."""
    section = btf.find(kinds.DATASEC, _SECTION)
    found = {}
    for variable_id, _offset, _size in btf.type(section).entries() if section is not None else ():
        variable = btf.type(variable_id)
        _id, config = btf.resolve(variable.size_or_type)
        if config.kind != kinds.STRUCT:
            continue
        numbers = {btf.string(name): _number(btf, type) for name, type, _place in config.entries()}
        found[btf.name(variable)[1:]] = tuple(each for each in VERDICTS if numbers.get(f"XDP_{each.upper()}"))
    return found


def _number(btf: Btf, id: int) -> int:
    """What ``__uint(name, number)`` says."""
    _id, pointer = btf.resolve(id)
    if pointer.kind != kinds.PTR:
        return 0
    _id, array = btf.resolve(pointer.size_or_type)
    return array.words[2] if array.kind == kinds.ARRAY else 0
