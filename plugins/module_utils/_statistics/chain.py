# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a chain counts of its members (_spec/counted.py), and what the record of a pin set says of it. Pure."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import COUNTERS, MOST_MEMBERS, SLOT, VERDICTS


def netns(record: str) -> tuple[int, int, int] | None:
    """The network namespace of the pin set with this record, as ``NetworkNamespace`` has it; ``None`` where it says nothing of one."""
    try:
        cookie, device, inode = map(int, json.loads(record)["netns"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return cookie, device, inode


def by_member(
    value: bytes, members: Sequence[tuple[str, str, Sequence[str]]], slots: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Packets by verdict of each member, in the order of the chain, from the value of each CPU."""
    stride = len(value) // max(1, len(value) // (MOST_MEMBERS * SLOT))
    shown = []
    for name, program, proceed_on in members:
        counted = [0] * COUNTERS
        for start in range(0, len(value), stride):
            for verdict, number in enumerate(struct.unpack_from(f"={COUNTERS}Q", value, start + slots[name] * SLOT)):
                counted[verdict] += number
        packets = dict(zip((*VERDICTS, "unknown"), counted))
        shown.append({"name": name, "program": program, "proceed_on": list(proceed_on), "packets": packets})
    return shown


def on_trial(text: str) -> str | None:
    """The text of the record that a set is to have, by that of its trial; ``None`` where that says nothing of one."""
    try:
        new = json.loads(text)["new"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return new if isinstance(new, str) else None


def members(record: str) -> tuple[list[tuple[str, str, list[str]]], dict[str, int]]:
    """Name, program and verdicts of each member by the text of a pin set's record, and the slots; none where it is another one."""
    try:
        program = json.loads(record)["program"]
        found = [(str(name), str(of), list(map(str, verdicts))) for name, of, verdicts, *_more in program["chain"]]
        slots = {str(name): int(slot) for name, slot in program["slots"].items()}
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return [], {}
    usable = {name: slot for name, slot in slots.items() if 0 <= slot < MOST_MEMBERS}
    return [each for each in found if each[0] in usable], usable
