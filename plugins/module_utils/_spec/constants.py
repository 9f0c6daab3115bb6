# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Values for an object's read-only variables, set before it is loaded."""

from __future__ import annotations

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.values import Encoder, WrongValue
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec, VariableSpec


def set_constants(spec: ObjectSpec, values: dict[str, Any]) -> ObjectSpec:
    """The object with these values in its read-only variables; raises ``XdpError``."""
    if not values:
        return spec
    if spec.members:
        values = _of_members(spec, values)
    known = {variable.name: variable for variable in spec.variables}
    contents = {
        map_spec.name: bytearray(map_spec.variables or b"") for map_spec in spec.maps if map_spec.variables is not None
    }
    try:
        encoder = Encoder(Btf(spec.btf))
        for name, value in values.items():
            variable = known.get(name)
            if variable is None:
                raise XdpError(
                    f"constants: the object has no read-only variable {short(name)}. "
                    f"{unknown_name(str(name), sorted(known), 'It has')}. "
                    f"Such variables are declared as: const volatile __u32 {short(name)};"
                )
            _put(encoder, contents[variable.map], variable, value)
    except WrongValue as error:
        raise XdpError(f"constants: {error}") from error
    except Malformed as error:
        raise XdpError(f"constants: the object's BTF is damaged: {error}") from error
    return spec._replace(
        maps=tuple(
            map_spec._replace(variables=bytes(contents[map_spec.name].rstrip(b"\0")))
            if map_spec.name in contents
            else map_spec
            for map_spec in spec.maps
        )
    )


def _of_members(spec: ObjectSpec, values: dict[str, Any]) -> dict[str, Any]:
    """``{MEMBER: {NAME: value}}`` by the names that variables of a chain have."""
    members = [member.name for member in spec.members]
    found = {}
    for member, of_member in values.items():
        if member not in members or not isinstance(of_member, dict):
            raise XdpError(
                f"constants: the object is a chain. Give a dictionary for each of its members: {', '.join(members)}. "
                f"{short(str(member))} is none of them, or is no dictionary"
            )
        found.update({f"{member}:{name}": value for name, value in of_member.items()})
    return found


def _put(encoder: Encoder, data: bytearray, variable: VariableSpec, value: Any) -> None:
    """Write into the variables of one section, of which zeros at the end are not there."""
    end = variable.offset + variable.size
    data.extend(bytes(max(end - len(data), 0)))
    with memoryview(data) as whole, whole[variable.offset : end] as place:
        if variable.btf_type_id:
            # Of a damaged object.
            if encoder.size(variable.btf_type_id) != variable.size:
                raise Malformed(f"{short(variable.name)} is not of the size of its type")
            encoder.put(place, variable.btf_type_id, value, short(variable.name))
        else:
            encoder.put_untyped(place, value, short(variable.name))
