# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.


"""An object spec as plain data, of which JSON can be made; bytes are base64.

Fields that came later are written only where they are not the default, and make
the data ``object 2``: a spec without them keeps its digest, and a version that
does not know them refuses one that has them.
"""

from __future__ import annotations

import base64
import sys
from typing import Any, Callable

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    InitialValue,
    KernelReference,
    KernelSetting,
    LeftOut,
    LinkedMember,
    MapSpec,
    NamedCounters,
    ObjectSpec,
    ProgramSpec,
)

#: To be raised when a spec of today would mean something else.
FORMAT = "ebpf.xdp object 1"
#: With fields that the first one does not have.
EXTENDED_FORMAT = "ebpf.xdp object 2"


def format_of(spec: ObjectSpec) -> str:
    """The earliest format that can say it."""
    is_extended = (
        any(_has_later(map_spec, _MAP) for map_spec in spec.maps)
        or any(_has_later(program, _PROGRAM) for program in spec.programs)
        or any(left.is_map for left in spec.left_out)
        or bool(spec.members)
        or bool(spec.counters)
    )
    return EXTENDED_FORMAT if is_extended else FORMAT


def to_data(spec: ObjectSpec) -> dict[str, Any]:
    """The spec as dictionaries, lists, texts and numbers; ``from_data`` is the way back."""
    return {
        "format": format_of(spec),
        "byte_order": sys.byteorder,
        "source": spec.source,
        "programs": [_program(program) for program in spec.programs],
        "maps": [_map(map_spec) for map_spec in spec.maps],
        "btf": encode(spec.btf),
        "variables": [variable._asdict() for variable in spec.variables],
        "left_out": [_left_out(left) for left in spec.left_out],
        **({"members": [_member(member) for member in spec.members]} if spec.members else {}),
        **({"counters": [_counters(each) for each in spec.counters]} if spec.counters else {}),
    }


def _member(member: LinkedMember) -> dict[str, Any]:
    return {**member._asdict(), "proceed_on": list(member.proceed_on)}


def _counters(counters: NamedCounters) -> dict[str, Any]:
    return {**counters._asdict(), "names": list(counters.names)}


def encode(data: bytes) -> str:
    """Base64, as all bytes in the data are."""
    return base64.b64encode(data).decode("ascii")


def _program(program: ProgramSpec) -> dict[str, Any]:
    return {
        "name": program.name,
        "instructions": encode(program.instructions),
        "references": [list(reference) for reference in program.references],
        "license": program.license,
        "flags": program.flags,
        "func_info": encode(program.func_info),
        "line_info": encode(program.line_info),
        **_later(program, _PROGRAM),
    }


def _map(map_spec: MapSpec) -> dict[str, Any]:
    return {
        **{field: getattr(map_spec, field) for field in MapSpec._fields if field not in _MAP},
        "variables": None if map_spec.variables is None else encode(map_spec.variables),
        **_later(map_spec, _MAP),
    }


def _left_out(left: LeftOut) -> dict[str, Any]:
    """Without what is false, so that objects from before there was such a field keep their digests."""
    return {field: value for field, value in left._asdict().items() if value is not False}


def _dictionaries(things: tuple[InitialValue | KernelReference | KernelSetting, ...]) -> list[dict[str, Any]]:
    return [thing._asdict() for thing in things]


#: The fields that came later, and how each is written.
_PROGRAM: dict[str, Callable[[Any], Any]] = {
    "core_relocations": encode,
    "kernel_references": _dictionaries,
    "attach_type": str,
    "on_request": bool,
    "bound_maps": list,
    "proceed_on": list,
    "fold_constants": bool,
}
_MAP: dict[str, Callable[[Any], Any]] = {"inner": _map, "values": _dictionaries, "settings": _dictionaries}


def _later(thing: Any, fields: dict[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """Those of the fields that are not the default."""
    return {field: write(getattr(thing, field)) for field, write in fields.items() if _is_set(thing, field)}


def _has_later(thing: Any, fields: dict[str, Callable[[Any], Any]]) -> bool:
    return any(_is_set(thing, field) for field in fields)


def _is_set(thing: Any, field: str) -> bool:
    return bool(getattr(thing, field) != thing._field_defaults[field])
