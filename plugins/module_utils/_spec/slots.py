# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Counters that names have: each name keeps its slot in all versions of an object, whichever names come and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def assigned(names: Sequence[str], before: Mapping[str, int], slots: range) -> dict[str, int]:
    """A slot for each of these, and for those that had one ``before`` as long as nobody else needs it."""
    found = {name: slot for name, slot in before.items() if slot in slots}
    for name in names:
        if name not in found:
            free = set(slots).difference(found.values())
            if not free:
                free = {found.pop(next(each for each in found if each not in names))}
            found[name] = min(free)
    return found


def heirs(before: Mapping[str, int], after: Mapping[str, int]) -> list[tuple[str, str]]:
    """Who got the slot of one that is gone, and with that its counts: the heir, and the one that is gone."""
    names = {slot: name for name, slot in after.items()}
    return [(names[slot], name) for name, slot in before.items() if names.get(slot, name) != name]
