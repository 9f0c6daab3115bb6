# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What the rules of a filter have counted (xdp_filter_maps.h): the record says whose each row is. Pure."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import OF_NAMES

#: The maps of a filter.
COUNTERS = "counters"
RULES = "rules"

#: What a map is called that belongs to a member of a chain.
_OF_MEMBER = ":"

#: struct rule: name, action, text; struct rule_counter: packets, bytes, and what a dry run would have decided about.
_RULE = struct.Struct("64s12s436s")
_COUNTER = struct.Struct("=4Q")

#: Rows that have no rule of their own: the place in ``counters``, and what the row is called.
FIXED = {0: "default", 1: "essential", 2: "replies"}


class Filter(NamedTuple):
    """A filter of a pin set, by its record."""

    #: ``member:`` in a chain, else empty.
    prefix: str
    #: The row that each rule has, by its name.
    slots: Mapping[str, int]

    @property
    def counters(self) -> str:
        """The name of the map with the counters of its rules."""
        return self.prefix + COUNTERS

    @property
    def rules(self) -> str:
        """The name of the map with its rules in words."""
        return self.prefix + RULES


def filter_of(record: str) -> Filter | None:
    """The filter of the set with this record, of several in a chain the first; ``None`` where there is none, or another record."""
    try:
        program = json.loads(record)["program"]
        recorded = {str(key): int(slot) for key, slot in program["slots"].items()}
        order = [f"{name}{_OF_MEMBER}" for name, *_rest in program.get("chain", ())]
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return None
    found: dict[str, dict[str, int]] = {}
    for key, slot in recorded.items():
        map_name, separator, name = key.partition(OF_NAMES)
        if separator and map_name.rpartition(_OF_MEMBER)[2] == COUNTERS:
            found.setdefault(map_name[: -len(COUNTERS)], {})[name] = slot
    # What is no longer in the chain may still have slots.
    prefix = next((each for each in order or found if each in found), None)
    return None if prefix is None else Filter(prefix, found[prefix])


def fits(rules_size: int, counters_size: int) -> bool:
    """Whether values of these sizes are a filter's."""
    return rules_size == _RULE.size and counters_size == _COUNTER.size


def counted(found: Filter, texts: Sequence[bytes], rows: Mapping[int, bytes]) -> list[dict[str, Any]]:
    """Each rule once, in order, with what it has counted; then the rows that no rule has.

    ``texts`` are the values of ``rules``, ``rows`` those of ``counters`` by their place, each of all CPUs.
    """
    shown: dict[str, dict[str, Any]] = {}
    for name, action, text in _rules(texts):
        if name in found.slots and name not in shown:
            shown[name] = {"name": name, "action": action, "text": text, **_sum(rows.get(found.slots[name], b""))}
    fixed = [{"name": name, "action": None, "text": None, **_sum(rows.get(slot, b""))} for slot, name in FIXED.items()]
    return [*shown.values(), *fixed]


def _rules(texts: Sequence[bytes]) -> Iterator[tuple[str, str, str]]:
    for value in texts:
        name, action, text = (field.partition(b"\0")[0].decode(errors="replace") for field in _RULE.unpack(value))
        if name:
            yield name, action, text


def _sum(value: bytes) -> dict[str, int]:
    totals = [0, 0, 0, 0]
    for row in _COUNTER.iter_unpack(value):
        totals = [before + now for before, now in zip(totals, row)]
    return dict(zip(("packets", "bytes", "would_packets", "would_bytes"), totals))
