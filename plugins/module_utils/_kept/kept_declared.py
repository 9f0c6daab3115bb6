# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Whether the next boot brings the contents that a run declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import pieces
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack, rules, stored
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.difference import Rows, values_of
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode import encode
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.masks import Mask
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept.kept_contents import KeptContents


def differing(
    directory: str, kept: Sequence[KeptContents], wanted: Sequence[Wanted], types: Mapping[str, MapTypes]
) -> list[str]:
    """The maps, of those that are declared, that would come back with other contents; ``types`` by the maps' names."""
    by_name = {each.map: each for each in kept}
    return [each.map for each in wanted if not _is_kept(directory, by_name.get(each.map), each, types[each.map])]


def _is_kept(directory: str, kept: KeptContents | None, wanted: Wanted, types: MapTypes) -> bool:
    if kept is None:
        return wanted.state == "absent" or not wanted.table.count
    if wanted.state == "present" and kept.digest == wanted.digest:
        return True
    if wanted.exclusive:
        return False
    try:
        table = pack.unpack(stored.read(directory, kept.digest))
        there = dict(_entries(_encoded(table, types, kept.default_value)))
        declared = _encoded(wanted.table, types, wanted.default_value)
    except (XdpError, WrongEntry):
        return False  # a restore says what is wrong with it
    if wanted.state == "absent":
        return not any(key in there for key, _value in _entries(declared))
    values_count = wanted.existing == "update" and types.map_type not in rules.REFERENCES
    for segment in declared.segments:
        mask = Mask(segment.mask)
        rows = Rows(segment.count, segment.keys, segment.values, segment.uniform)
        for key, value in zip(pieces(segment.keys, declared.key_size), values_of(rows, declared.value_length)):
            known = there.get(key)
            if known is None or (values_count and mask.merge(known, value) != known):
                return False
    return True


def _encoded(table: Table, types: MapTypes, default_value: object) -> Encoded:
    """Of references, which mean something only on the running system, the keys alone."""
    if types.map_type in rules.REFERENCES:
        return encode(table.without_values(), types)
    return encode(table, types, default_value)


def _entries(encoded: Encoded) -> Iterator[tuple[bytes, bytes]]:
    for segment in encoded.segments:
        rows = Rows(segment.count, segment.keys, segment.values, segment.uniform)
        yield from zip(pieces(segment.keys, encoded.key_size), values_of(rows, encoded.value_length))
