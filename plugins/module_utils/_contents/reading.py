# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Some of a map's entries, as bytes: the first ones, or those that a look-up finds."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import batches, pieces, value_length
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.rules import is_array
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.trie_keys import canonical
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import LENGTH_SIZE, MapTypes

_SHORTER_THAN_A_BYTE = frozenset(struct.pack("=I", bits) for bits in range(8))


class First(NamedTuple):
    """The first entries of a map."""

    #: Values by key, in the kernel's order.
    entries: dict[bytes, bytes]
    #: How many entries the map has.
    total: int


class Entry(NamedTuple):
    """Key and value as bytes; the value of a per-CPU map has the values of all possible CPUs."""

    key: bytes
    value: bytes


def first(fd: int, map_info: MapInfo, limit: int) -> First:
    """At most ``limit`` entries; the others are counted and not kept, so that memory depends on the limit alone.

    While others change the map, the count may be off by what they change.
    """
    length = value_length(map_info)
    found: dict[bytes, bytes] = {}
    count = 0
    if is_array(map_info.type) and not limit:
        return First(found, map_info.max_entries)
    for batch in batches(fd, map_info):
        count += batch.count
        rows = zip(pieces(batch.keys, map_info.key_size), pieces(batch.values, length))
        # A trie that changes may be read from its beginning again, so that keys come twice.
        while len(found) < limit:
            some = list(islice(rows, limit - len(found)))
            if not some:
                break
            found.update(some)
        if is_array(map_info.type) and len(found) == limit:
            break
    if is_array(map_info.type):
        return First(found, map_info.max_entries)
    return First(found, len(found) if len(found) < limit else max(len(found), min(count, map_info.max_entries)))


def asked(keys: Sequence[Any], types: MapTypes) -> list[bytes]:
    """The bytes of keys as the user gives them, in this order; raises ``XdpError`` for one that the map cannot have."""
    # Imported here: only what looks up keys encodes any.
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode import encode
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import WrongEntry
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.lexical import MISSING, table_of
    from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places

    declared = table_of(((key, MISSING, number) for number, key in enumerate(keys)), Places(option="lookup"))
    try:
        encoded = encode(declared.table, types)
    except WrongEntry as error:
        raise declared.wrong(error.block, error.row, str(error)) from error
    found = [b""] * len(keys)
    # Rows without values are one segment for each block.
    for numbers, segment in zip(declared.numbers, encoded.segments):
        for number, key in zip(numbers, pieces(segment.keys, types.key_size)):
            found[number] = key
    return found


def look_up(fd: int, map_info: MapInfo, keys: Sequence[bytes]) -> list[Entry | None]:
    """The entry that the kernel's look-up finds for each key; in an LPM trie that of the longest prefix."""
    if map_info.type == "lpm_trie":
        return _longest(fd, map_info, keys)
    return [_entry(fd, map_info, key) for key in keys]


def _entry(fd: int, map_info: MapInfo, key: bytes) -> Entry | None:
    with suppress(FileNotFoundError):
        return Entry(key, bpf.map_lookup(fd, key, value_length(map_info)))
    return None


def _longest(fd: int, map_info: MapInfo, keys: Sequence[bytes]) -> list[Entry | None]:
    """A look-up in a trie does not tell which prefix it found, so its keys are searched for those that can be it."""
    hits = {key: _containing(key) for key in keys if _entry(fd, map_info, key) is not None}
    stored = _stored(fd, map_info, {prefix for prefixes in hits.values() for prefix in prefixes}) if hits else {}
    found: dict[bytes, Entry] = {}
    for key, prefixes in hits.items():
        # One that is removed meanwhile leaves a shorter one.
        entries = (_entry(fd, map_info, stored[prefix]) for prefix in prefixes if prefix in stored)
        longest = next(filter(None, entries), None)
        if longest is not None:
            found[key] = longest
    return [found.get(key) for key in keys]


def _stored(fd: int, map_info: MapInfo, prefixes: set[bytes]) -> dict[bytes, bytes]:
    """Those of the prefixes that the trie has, with the keys that it has for them, which may have host bits."""
    # Most keys differ by their lengths and first bytes, which takes less time to see.
    lengths = {prefix[:LENGTH_SIZE] for prefix in prefixes if prefix[:LENGTH_SIZE] in _SHORTER_THAN_A_BYTE}
    beginnings = {prefix[: LENGTH_SIZE + 1] for prefix in prefixes}
    found = {}
    for batch in batches(fd, map_info):
        for key in pieces(batch.keys, map_info.key_size):
            if key[: LENGTH_SIZE + 1] in beginnings or key[:LENGTH_SIZE] in lengths:
                prefix = canonical(key)
                if prefix in prefixes:
                    found[prefix] = key
    return found


def _containing(key: bytes) -> list[bytes]:
    """All prefixes that contain this one, itself included, longest first."""
    (length,) = struct.unpack_from("=I", key)
    return [canonical(struct.pack("=I", shorter) + key[LENGTH_SIZE:]) for shorter in range(length, -1, -1)]
