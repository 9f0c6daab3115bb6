# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Object specs as plain data and as text, so that they can travel and be kept.

The text is canonical: the same spec is the same bytes, whoever wrote it. Its
SHA-256 is the object's digest, which ``sha256sum`` tells of a file as well. In
plain data bytes are base64, and the digest stands beside what it is of.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import sys
from typing import Any, NoReturn

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import usable_name
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    INSTRUCTION_SIZE,
    LD_IMM64,
    MOST_INSTRUCTIONS,
    MOST_VARIABLES,
    LeftOut,
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
    VariableSpec,
)

#: To be raised when a spec of today would mean something else.
FORMAT = "ebpf.xdp object 1"

_U32 = 1 << 32


def to_text(spec: ObjectSpec) -> str:
    return json.dumps(_to_data(spec), sort_keys=True, separators=(",", ":")) + "\n"


def digest(spec: ObjectSpec) -> str:
    """SHA-256 of the text, 64 hexadecimal digits."""
    return hashlib.sha256(to_text(spec).encode()).hexdigest()


def to_json(spec: ObjectSpec) -> dict[str, Any]:
    """Plain data with its ``digest``."""
    return {**_to_data(spec), "digest": digest(spec)}


def from_json(data: Any) -> ObjectSpec:
    """The spec; raises ``XdpError`` for anything that ``to_json`` did not write, or that was changed since."""
    try:
        spec = _spec(data)
    except _Malformed as error:
        raise XdpError(f"Not an object spec: {error}. Give what xdp_compile returned as object") from None
    claimed = data.get("digest")
    if claimed is not None and claimed != digest(spec):
        raise XdpError(
            f"The object spec was changed after it was made: its digest is {digest(spec)}, and it says {short(claimed)}"
        )
    return spec


def looks_like_spec(data: bytes) -> bool:
    """Whether a file's content is meant as an object spec; no C source starts like that."""
    return data[:256].lstrip().startswith(b"{")


def from_text(path: str, data: bytes) -> ObjectSpec:
    """The spec in a file; the error names the file."""
    try:
        return from_json(json.loads(data))
    except (ValueError, RecursionError) as error:
        raise XdpError(f"{path} is not an object spec: {error}") from None
    except XdpError as error:
        raise XdpError(f"{path}: {error}") from None


def _to_data(spec: ObjectSpec) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "byte_order": sys.byteorder,
        "source": spec.source,
        "programs": [
            {
                **program._asdict(),
                "instructions": _encode(program.instructions),
                "references": [list(reference) for reference in program.references],
                "func_info": _encode(program.func_info),
                "line_info": _encode(program.line_info),
            }
            for program in spec.programs
        ],
        "maps": [
            {**map._asdict(), "variables": None if map.variables is None else _encode(map.variables)}
            for map in spec.maps
        ],
        "btf": _encode(spec.btf),
        "variables": [variable._asdict() for variable in spec.variables],
        "left_out": [_left_out_to_data(left) for left in spec.left_out],
    }


def _left_out_to_data(left: LeftOut) -> dict[str, Any]:
    """Without ``candidate`` where it is false, so that objects from before there was one keep their digests."""
    data = left._asdict()
    if not left.candidate:
        del data["candidate"]
    return data


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


class _Malformed(Exception):
    """The text says what is wrong, and where."""


class _Reader:
    """Takes values out of plain data, each with its type."""

    def __init__(self, data: Any, where: str = "") -> None:
        if not isinstance(data, dict):
            raise _Malformed(f"{where or 'it'} is not a dictionary")
        self._data = data
        self._where = where

    def _wrong(self, key: str, why: str) -> NoReturn:
        raise _Malformed(f"{self._where}{'.' if self._where else ''}{key} {why}")

    def _take(self, key: str) -> Any:
        if key not in self._data:
            self._wrong(key, "is missing")
        return self._data[key]

    def text(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str):
            self._wrong(key, "is not a text")
        try:
            value.encode()
        except UnicodeEncodeError:
            self._wrong(key, "has characters that are none")
        return value

    def name(self, key: str = "name") -> str:
        value = self.text(key)
        if not usable_name(value):
            self._wrong(key, f"is {short(value)!r}, which cannot be a name in the BPF file system")
        return value

    def number(self, key: str, limit: int = _U32) -> int:
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < limit:
            self._wrong(key, f"is not a number below {limit}")
        return value

    def flag(self, key: str) -> bool:
        """False where it is missing."""
        value = self._data.get(key, False)
        if not isinstance(value, bool):
            self._wrong(key, "is not a boolean")
        return value

    def blob(self, key: str, unit: int = 1) -> bytes:
        text = self._take(key)
        if not isinstance(text, str):
            self._wrong(key, "is not a text")
        try:
            value = base64.b64decode(text, validate=True)
        except ValueError:  # binascii.Error is one
            self._wrong(key, "is not base64")
        if len(value) % unit:
            self._wrong(key, f"is not a multiple of {unit} bytes")
        return value

    def blob_or_none(self, key: str) -> bytes | None:
        return None if self._take(key) is None else self.blob(key)

    def items(self, key: str) -> list[Any]:
        value = self._take(key)
        if not isinstance(value, list):
            self._wrong(key, "is not a list")
        return value

    def readers(self, key: str) -> list[_Reader]:
        return [_Reader(item, f"{self._where}{key}[{index}]") for index, item in enumerate(self.items(key))]


def _spec(data: Any) -> ObjectSpec:
    reader = _Reader(data)
    if reader.text("format") != FORMAT:
        raise _Malformed(f"format is {short(reader.text('format'))!r}, and this version knows {FORMAT!r}")
    if reader.text("byte_order") != sys.byteorder:
        raise _Malformed(f"it is for a machine with {short(reader.text('byte_order'))}-endian byte order")
    maps = tuple(_map(each) for each in reader.readers("maps"))
    names = {map.name for map in maps}
    sizes = {map.name: map.value_size for map in maps if map.variables is not None}
    return ObjectSpec(
        _unique("program", tuple(_program(each, names) for each in reader.readers("programs"))),
        _unique("map", maps),
        reader.blob("btf"),
        reader.text("source"),
        _unique("variable", tuple(_variable(each, sizes) for each in reader.readers("variables"))),
        tuple(_left_out(each) for each in reader.readers("left_out")),
    )


def _unique(what: str, things: Any) -> Any:
    seen = set()
    for thing in things:
        if thing.name in seen:
            raise _Malformed(f"there are several {what}s called {short(thing.name)}")
        seen.add(thing.name)
    return things


def _map(reader: _Reader) -> MapSpec:
    map = MapSpec(
        reader.name(),
        reader.text("type"),
        reader.number("key_size"),
        reader.number("value_size"),
        reader.number("max_entries"),
        reader.number("flags"),
        reader.number("btf_key_type_id"),
        reader.number("btf_value_type_id"),
        reader.number("extra", 1 << 64),
        reader.number("numa_node"),
        reader.blob_or_none("variables"),
    )
    if map.variables is not None and len(map.variables) > map.value_size:
        raise _Malformed(f"the variables of {map.name} are more than its value_size")
    if map.variables is not None and map.value_size > MOST_VARIABLES:
        raise _Malformed(f"the variables of {map.name} take more than {MOST_VARIABLES >> 20} MiB")
    return map


def _variable(reader: _Reader, sizes: dict[str, int]) -> VariableSpec:
    variable = VariableSpec(
        reader.text("name"),
        reader.name("map"),
        reader.number("offset"),
        reader.number("size"),
        reader.number("btf_type_id"),
    )
    if variable.offset + variable.size > sizes.get(variable.map, -1):
        raise _Malformed(f"the variable {short(variable.name)} lies outside of {variable.map}")
    return variable


def _left_out(reader: _Reader) -> LeftOut:
    return LeftOut(reader.text("name"), reader.text("why"), reader.flag("candidate"))


def _program(reader: _Reader, maps: set[str]) -> ProgramSpec:
    name = reader.name()
    code = reader.blob("instructions", INSTRUCTION_SIZE)
    if not 0 < len(code) <= MOST_INSTRUCTIONS * INSTRUCTION_SIZE:
        raise _Malformed(f"{name} has no instructions, or too many")
    return ProgramSpec(
        name,
        code,
        tuple(_reference(item, name, code, maps) for item in reader.items("references")),
        reader.text("license"),
        reader.number("flags"),
        reader.blob("func_info", 8),
        reader.blob("line_info", 16),
    )


def _reference(item: Any, program: str, code: bytes, maps: set[str]) -> MapReference:
    # Not by their exact types: what a playbook hands over is of subclasses of Ansible's own.
    is_pair = isinstance(item, list) and len(item) == 2 and isinstance(item[0], int) and isinstance(item[1], str)
    if not is_pair or isinstance(item[0], bool) or item[0].bit_length() > 128:
        raise _Malformed(f"{program} has a reference that is not an instruction and a map")
    reference = MapReference(*item)
    start = reference.instruction * INSTRUCTION_SIZE
    if start < 0 or start + 2 * INSTRUCTION_SIZE > len(code) or struct.unpack_from("B", code, start)[0] != LD_IMM64:
        raise _Malformed(f"{program} has a reference at instruction {reference.instruction}, which takes none")
    if reference.map not in maps:
        raise _Malformed(f"{program} refers to the map {short(reference.map)}, which is missing")
    return reference
