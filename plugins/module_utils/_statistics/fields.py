# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Counters by verdict in maps of others, found by the names that BTF has for the members of their values. Pure.

There are two ways to count by verdict: an entry for each, or one entry that is an array of structures. xdp-tutorial and xdp-tools
do the former (``struct datarec`` in ``xdp_stats_map``).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.members import Member, is_network, members
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import verdicts

_ARRAYS = ("array", "percpu_array")
_HASHES = ("hash", "lru_hash", "percpu_hash", "lru_percpu_hash")


class MapShape(NamedTuple):
    """What the kernel says of a map."""

    type: str
    key_size: int
    #: Of one CPU.
    value_size: int
    max_entries: int
    #: Types in its BTF; 0 where that does not say.
    key_type: int
    value_type: int

    @property
    def is_per_cpu(self) -> bool:
        """Whether each CPU has a value of its own."""
        return "percpu" in self.type


class Fields(NamedTuple):
    """Where the counters are."""

    shape: verdicts.Shape
    #: The names of both members; ``None`` where bytes are not counted.
    packets: str
    bytes: str | None
    #: Bytes from the structure of one verdict to that of the next, in a value that has all; 0 where each has an entry.
    element: int


def find(btf: Btf, map_shape: MapShape) -> Fields | None:
    """The counters of a map with this BTF; ``None`` if its names do not show that it counts by verdict.

    Raises ``XdpError`` if more than one member fits, or if the one that does is not a counter; the text continues after the
    map's path. Raises ``Malformed`` if the BTF is damaged.
    """
    if not map_shape.value_type or not _has_verdicts_as_keys(btf, map_shape):
        return None
    type_id, element = _structure(btf, map_shape)
    if type_id is None or btf.size(map_shape.value_type) != map_shape.value_size:
        return None
    known = members(btf, type_id)
    packets = _one(btf, known, verdicts.PACKETS, "packets")
    byte_field = _one(btf, known, verdicts.BYTES, "bytes")
    if packets is None:
        if byte_field is not None:
            raise XdpError(f"counts bytes ({byte_field.name}) and, as far as the names of its members say, no packets")
        return None
    step = (map_shape.value_size + 7) & ~7 if map_shape.is_per_cpu else map_shape.value_size
    shape = verdicts.Shape(_field(btf, packets), None if byte_field is None else _field(btf, byte_field), step)
    return Fields(shape, packets.name, None if byte_field is None else byte_field.name, element)


def by_verdict(fields: Fields, entries: Iterable[tuple[bytes, bytes]], cpus: int) -> list[list[verdicts.Counter]]:
    """Counters by verdict and CPU; ``cpus`` is 1 for a map that is not per CPU. A verdict without an entry has counted nothing."""
    nothing = verdicts.Counter(0, None if fields.bytes is None else 0)
    found = [[nothing] * cpus for _verdict in VERDICTS]
    for key, value in entries:
        if fields.element:
            return [verdicts.decode(value, _moved(fields, number)) for number in range(len(found))]
        number = int.from_bytes(key, sys.byteorder)
        if number >= len(found):
            raise XdpError(
                f"has an entry with the key {number}, which is not a verdict. Those of counters are 0 to {len(found) - 1}"
            )
        found[number] = verdicts.decode(value, fields.shape)
    return found


def _has_verdicts_as_keys(btf: Btf, map_shape: MapShape) -> bool:
    """Whether keys are numbers in the host's byte order, as far as that can be seen."""
    if map_shape.key_size != 4:
        return False
    if map_shape.type in _ARRAYS:
        return True
    if map_shape.type not in _HASHES or not map_shape.key_type or is_network(btf, map_shape.key_type):
        return False
    return btf.resolve(map_shape.key_type)[1].kind in (kinds.INT, kinds.ENUM)


def _structure(btf: Btf, map_shape: MapShape) -> tuple[int | None, int]:
    """The type of what counts one verdict, and ``Fields.element``."""
    count = len(VERDICTS)
    type_id, btf_type = btf.resolve(map_shape.value_type)
    if btf_type.kind == kinds.STRUCT and (map_shape.type in _HASHES or map_shape.max_entries == count):
        return type_id, 0
    if (
        btf_type.kind == kinds.ARRAY
        and map_shape.type in _ARRAYS
        and map_shape.max_entries == 1
        and btf_type.words[2] == count
    ):
        type_id, inner = btf.resolve(btf_type.words[0])
        if inner.kind == kinds.STRUCT and btf.size(type_id):
            return type_id, btf.size(type_id)
    return None, 0


def _one(btf: Btf, known: Mapping[str, Member], names: Sequence[str], what: str) -> Member | None:
    fitting = [known[name] for name in names if name in known]
    if len(fitting) > 1:
        several = " and ".join(sorted(each.name for each in fitting))
        raise XdpError(f"has values in which {several} may all be the number of {what}. Only one of them may be there")
    if not fitting:
        return None
    (member,) = fitting
    btf_type = btf.resolve(member.type)[1]
    is_counter = (
        btf_type.kind == kinds.INT
        and btf_type.size_or_type in (4, 8)
        and not btf_type.words[0] >> 24 & (kinds.SIGNED | kinds.BOOL)
        and not member.bits
        and not is_network(btf, member.type)
    )
    if not is_counter:
        raise XdpError(f"has values whose member {member.name} is not an unsigned integer of 4 or 8 bytes")
    return member


def _field(btf: Btf, member: Member) -> verdicts.Field:
    return verdicts.Field(member.start // 8, btf.size(member.type))


def _moved(fields: Fields, number: int) -> verdicts.Shape:
    """The same for another verdict of the same value."""
    packets, byte_field, step = fields.shape
    by = number * fields.element
    moved = None if byte_field is None else byte_field._replace(start=byte_field.start + by)
    return verdicts.Shape(packets._replace(start=packets.start + by), moved, step)
