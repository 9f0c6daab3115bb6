# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a pinned map contains, decoded, whoever pinned it."""

from __future__ import annotations

import os
from typing import Any, Callable, NamedTuple, Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import reading, rules
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.map_path import open_to_read
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout

_Decode = Callable[[bytes], Any]


class Question(NamedTuple):
    """What xdp_map_info was asked; the fields have the names of its options."""

    #: How many entries are read at most.
    limit: int = 1000
    #: Only these keys, if not ``None``.
    lookup: Sequence[Any] | None = None
    #: Whether integers of all CPUs are added up.
    sum_cpus: bool = False
    #: As the options, where BTF does not say what the bytes are.
    key_type: Any = None
    value_type: Any = None


def read(path: str, question: Question, layout: Layout | None) -> tuple[dict[str, Any], list[str]]:
    """What xdp_map_info returns of the map that is pinned there, and warnings.

    ``layout`` is that of the set whose programs and maps have names in entries;
    without one, they go by the paths of their pins.
    """
    fd = open_to_read(path)
    try:
        map_info = info.map_info(fd)
        why = rules.unreadable(map_info.type, path)
        if why:
            raise XdpError(why)
        types = MapTypes.of_kernel(map_info, question.key_type, question.value_type)
        try:
            result = _entries(fd, map_info, types, path, question, layout)
        except OSError as error:
            raise KernelError(f"Cannot read the map {path}", error.errno or 0) from error
    finally:
        os.close(fd)
    warnings = [f"The map {path}: {problem}" for problem in types.problems]
    if result.get("truncated") and question.limit:
        warnings.append(
            f"The map {path} has {result['total']} entries, of which {len(result['entries'])} are returned. "
            f"Raise limit for more, or name keys with lookup"
        )
    facts = {"path": path, "map_id": map_info.id, "type": map_info.type, "max_entries": map_info.max_entries}
    return {**result, **facts}, warnings


def _entries(
    fd: int, map_info: info.MapInfo, types: MapTypes, path: str, question: Question, layout: Layout | None
) -> dict[str, Any]:
    key_of, value_of = types.decode_key, _decoder(map_info, types, path, question, layout)
    if question.lookup is not None:
        found = reading.look_up(fd, map_info, reading.asked(question.lookup, types))
        return {
            "entries": [
                {
                    "lookup": given,
                    "found": entry is not None,
                    "key": None if entry is None else key_of(entry.key),
                    "value": None if entry is None else value_of(entry.value),
                }
                for given, entry in zip(question.lookup, found)
            ]
        }
    first = reading.first(fd, map_info, question.limit)
    return {
        "entries": [{"key": key_of(key), "value": value_of(value)} for key, value in first.entries.items()],
        "total": first.total,
        "truncated": len(first.entries) < first.total,
    }


def _decoder(map_info: info.MapInfo, types: MapTypes, path: str, question: Question, layout: Layout | None) -> _Decode:
    if map_info.type in rules.REFERENCES:
        # Imported here, as the next: hardly any map refers to something, or has a value for each CPU.
        from ansible_collections.ebpf.xdp.plugins.module_utils._contents import references
        from ansible_collections.ebpf.xdp.plugins.module_utils._maps.pinned_names import names

        known = names(map_info.type, path, layout)
        return lambda value: references.decode(map_info.type, value, known)
    decode = types.decode_value
    if not question.sum_cpus or not types.is_per_cpu:
        return decode
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.sums import summing

    add = summing(types.value)
    if add is None:
        raise XdpError(
            f"sum_cpus: nothing in the values of the map {path} is known to be an integer. Say with value_type what they are"
        )
    total = add
    return lambda value: total(decode(value))
