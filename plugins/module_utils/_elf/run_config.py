# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""After which verdicts of a program others are to run, as its object has it for libxdp.

The section ``.xdp_run_config`` is there in the types alone: a variable ``_PROGRAM`` whose structure has a member for each
verdict that is mentioned, an array whose length is 1 where the next program runs and 0 where it does not. What is not
mentioned stays as it is by default: XDP_PASS leads on, and nothing else does. The member ``priority`` says nothing here,
because the order of a chain is written down.
"""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS

_SECTION = ".xdp_run_config"
_DEFAULT = frozenset(("pass",))


def run_configs(btf: Btf) -> dict[str, tuple[str, ...]]:
    """The verdicts by the name of the program; what is not as libxdp has it says nothing. Raises ``Malformed``."""
    section = btf.find(kinds.DATASEC, _SECTION)
    found: dict[str, tuple[str, ...]] = {}
    if section is None:
        return found
    for type_id, _offset, _size in btf.type(section).entries():
        variable = btf.type(type_id)
        if variable.kind != kinds.VAR:
            continue
        structure = btf.resolve(variable.size_or_type)[1]
        name = btf.name(variable)
        if structure.kind == kinds.STRUCT and name.startswith("_"):
            found[name[1:]] = _verdicts(btf, structure.entries())
    return found


def _verdicts(btf: Btf, members: list[tuple[int, ...]]) -> tuple[str, ...]:
    wanted = set(_DEFAULT)
    for name, type_id, _offset in members:
        verdict = btf.string(name)[len("XDP_") :].lower()
        if btf.string(name) != f"XDP_{verdict.upper()}" or verdict not in VERDICTS:
            continue
        pointer = btf.resolve(type_id)[1]
        table = btf.resolve(pointer.size_or_type)[1] if pointer.kind == kinds.PTR else pointer
        if table.kind == kinds.ARRAY and pointer.kind == kinds.PTR:
            (wanted.add if table.words[2] else wanted.discard)(verdict)
    return tuple(each for each in VERDICTS if each in wanted)
