# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Comparing what a map has with what is declared for it. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host, map_entries, map_some
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.map_entries import Batch
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import rules
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.difference import Difference, Rows
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.matching import Matching, OutOfOrder, beyond
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Counts, Wanted
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec

# Up to this part of a map's entries are looked up one by one, instead of reading all of them.
_FEW = 8


def compare(fd: int, info: MapInfo, encoded: Encoded, wanted: Wanted) -> Difference:
    """What has to be done with a map so that its contents are those that are wanted.

    The values are those that a look-up gives: ids where the map has references.
    Raises ``XdpError`` when they do not fit.
    """
    require_places(info, encoded)
    is_array = rules.is_array(info.type)
    absent = wanted.state == "absent"
    matching = _matching(encoded, absent or wanted.existing == "keep")
    try:
        whole = _match(fd, info, encoded, wanted, matching)
        found = _found(info, encoded, wanted, matching, absent, is_array)
        if found.adds and info.type not in rules.INDEXED:
            there = matching.there if whole else sum(batch.count for batch in map_entries.batches(fd, info))
            if info.type == "lpm_trie" and there + found.counts.added > info.max_entries:
                # What others change meanwhile may come twice (``map_entries.batches``).
                there = len({key for key, _value in map_entries.entries(fd, info)})
            found = _arranged(info, wanted, found, there)
    except OSError as error:
        raise KernelError(f"Cannot read the entries of the map {wanted.map}", error.errno or 0) from error
    return found


def compare_fresh(info: MapInfo, encoded: Encoded, wanted: Wanted) -> Difference:
    """The same for a map that is empty, as one that was just made, or that will be made."""
    require_places(info, encoded)
    is_array = rules.is_array(info.type)
    if wanted.state == "absent":
        return Difference(Counts(unchanged=encoded.count), is_array=is_array)
    matching = _matching(encoded, False)
    if is_array:
        # All entries are there, with zeros, and every value is the first one.
        matching = Matching(
            encoded.segments,
            [b"\xff" * encoded.value_length] * len(encoded.segments),
            encoded.key_size,
            encoded.value_length,
        )
        matching.match(_zeros(encoded), False, False, False)
    else:
        matching.everything_is_missing()
    found = _found(info, encoded, wanted._replace(existing="update"), matching, False, is_array)
    return found if info.type in rules.INDEXED else _arranged(info, wanted, found, 0)


def require_places(info: MapInfo | MapSpec, encoded: Encoded) -> None:
    """Raises ``WrongEntry`` for a key that is beyond the last index."""
    if info.type not in rules.INDEXED:
        return
    for segment in encoded.segments:
        row = beyond(segment.keys, info.max_entries)
        if row is not None:
            last = info.max_entries - 1
            raise WrongEntry(*segment.origin(row), f"the last index is {last} (max_entries {info.max_entries})")


def _matching(encoded: Encoded, by_key: bool) -> Matching:
    masks = [bytes(encoded.value_length) if by_key else segment.mask for segment in encoded.segments]
    return Matching(encoded.segments, masks, encoded.key_size, encoded.value_length)


def _match(fd: int, info: MapInfo, encoded: Encoded, wanted: Wanted, matching: Matching) -> bool:
    """Find the declared entries in the map; returns whether the whole map was read."""
    absent, is_trie = wanted.state == "absent", info.type == "lpm_trie"
    if not wanted.exclusive and not is_trie and encoded.count * _FEW <= info.max_entries:
        some = (map_some.some(fd, info, segment.keys) for segment in encoded.segments)
        matching.match(chain.from_iterable(some), False, absent, False)
        return False
    batches = map_entries.batches(fd, info)
    first = next(batches, None)
    if first is None:
        matching.everything_is_missing()
        return True
    if is_trie and encoded.in_trie_order and len(encoded.segments) == 1 and not absent:
        try:
            matching.match_in_order(chain([first], batches), wanted.exclusive)
            return True
        except OutOfOrder:
            matching.begin_anew()
            return matching.match(map_entries.batches(fd, info), wanted.exclusive, absent, is_trie)
    return matching.match(chain([first], batches), wanted.exclusive, absent, is_trie)


def _zeros(encoded: Encoded) -> Iterator[Batch]:
    for segment in encoded.segments:
        values = bytes(segment.count * encoded.value_length)
        yield Batch(segment.count, memoryview(segment.keys), memoryview(values))


def _found(
    info: MapInfo, encoded: Encoded, wanted: Wanted, matching: Matching, absent: bool, is_array: bool
) -> Difference:
    # What an array has zeros in stays as it is.
    removes = matching.removed(absent, not is_array) if absent or wanted.exclusive else Rows(0, b"")
    if absent:
        counts = Counts(removed=removes.count, unchanged=encoded.count - removes.count)
        return Difference(counts, removes=removes, is_array=is_array)
    adds, updates = matching.missing(), matching.updates()
    added, updated = _count(adds), _count(updates)
    counts = Counts(added, updated, removes.count, encoded.count - added - updated)
    return Difference(counts, adds, updates, removes, is_array, keep=wanted.existing == "keep")


def _arranged(info: MapInfo, wanted: Wanted, found: Difference, there: int) -> Difference:
    """The difference in the order in which it fits; refuses what does not."""
    added, removed = found.counts.added, found.counts.removed
    room = rules.room(info, len(host.possible_cpus()))
    if rules.evicts(info.type):
        there = found.counts.updated + found.counts.unchanged  # the others make room
    if there + added <= room:
        return found
    fit = max(0, room - there + removed)
    if added > fit:
        raise XdpError(
            f"The map {wanted.map} has room for {room} entries, and {there - removed} of those in it stay, so {fit} more "
            f"fit, and {added} are to be added. Nothing was changed. Declare a larger max_entries, or remove entries first"
        )
    warning = (
        f"The map {wanted.map} has no room for the entries that are added beside the {removed} that go, so the latter were "
        f"removed first: packets meanwhile found neither"
    )
    return found._replace(delete_first=True, warnings=(*found.warnings, warning))


def _count(rows: Iterable[Rows]) -> int:
    return sum(each.count for each in rows)
