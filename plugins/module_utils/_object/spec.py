# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Object specs: what a compiled XDP object is, as pure data.

No descriptor and no kernel object is in a spec; loader.py makes those. The
split is that of cilium/ebpf's ``CollectionSpec`` and ``Collection``.
"""

from __future__ import annotations

import base64
from typing import Any, NamedTuple


class MapSpec(NamedTuple):
    name: str
    #: bpftool's name of the type, such as ``percpu_array``.
    type: str
    #: Bytes.
    key_size: int
    value_size: int
    max_entries: int
    #: BPF_F_* of include/uapi/linux/bpf.h.
    flags: int
    #: Types of the object's BTF; 0 where the map has none.
    btf_key_type_id: int = 0
    btf_value_type_id: int = 0


class MapReference(NamedTuple):
    #: Index of the 16-byte LD_IMM64 instruction, in units of 8 bytes.
    instruction: int
    map: str


class ProgramSpec(NamedTuple):
    name: str
    #: ``struct bpf_insn`` one after the other; map descriptors are zero.
    instructions: bytes
    #: Where a map's descriptor belongs.
    references: tuple[MapReference, ...]
    license: str


class ObjectSpec(NamedTuple):
    programs: tuple[ProgramSpec, ...]
    maps: tuple[MapSpec, ...]
    #: The BTF object that the maps' type ids speak of; may be empty.
    btf: bytes

    def to_json(self) -> dict[str, Any]:
        """As plain data for JSON; bytes are base64."""
        return {
            "programs": [
                {
                    "name": program.name,
                    "instructions": _encode(program.instructions),
                    "references": [list(reference) for reference in program.references],
                    "license": program.license,
                }
                for program in self.programs
            ],
            "maps": [map._asdict() for map in self.maps],
            "btf": _encode(self.btf),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ObjectSpec:
        programs = tuple(
            ProgramSpec(
                program["name"],
                base64.b64decode(program["instructions"]),
                tuple(MapReference(*reference) for reference in program["references"]),
                program["license"],
            )
            for program in data["programs"]
        )
        return cls(programs, tuple(MapSpec(**map) for map in data["maps"]), base64.b64decode(data["btf"]))


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
