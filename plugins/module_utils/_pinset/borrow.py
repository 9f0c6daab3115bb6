# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Maps that one set has pinned and others use too: who has borrowed one.

Only the borrower's record says so. A set that would remove or replace a map of its
own looks through the records of the others below the same pin root.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record_links
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import TRIAL, Layout, sets
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Borrowed, Record


def borrowers(pin_root: str, lender: str, lent: Iterable[tuple[str, int]]) -> dict[str, list[str]]:
    """The sets that have borrowed one of these maps, sorted, by the map's path; ``lent`` are paths and ids."""
    maps = {os.path.normpath(path): map_id for path, map_id in lent}
    by_id = {map_id: path for path, map_id in maps.items()}
    found: dict[str, list[str]] = {}
    for name in sets(pin_root):
        if name == lender:
            continue
        for each in _borrowed(pin_root, name):
            path = each.path if each.path in maps else by_id.get(each.id)
            if path is not None and name not in found.setdefault(path, []):
                found[path].append(name)
    return found


def _borrowed(pin_root: str, name: str) -> Iterable[Borrowed]:
    """What the record of a set says; refuses a record of a newer version, which may say more."""
    layout = Layout(pin_root, name)
    record = records.known(record_links.read(layout.record), layout.record)
    tried = _on_trial(layout)
    return [each for known in (record, tried) if known is not None for each in known.borrowed.values()]


def _on_trial(layout: Layout) -> Record | None:
    """The record that will be in force if the set's trial is confirmed; the trial's own has its text (_trial/trial_record.py)."""
    path = os.path.join(layout.path, TRIAL, "record")
    text = record_links.read(path)
    if text is None:
        return None
    try:
        new = json.loads(text).get("new")
    except (AttributeError, ValueError, RecursionError):
        return None
    return records.known(new, path) if isinstance(new, str) else None


def require_unlent(pin_root: str, lender: str, maps: Iterable[tuple[str, int]]) -> None:
    """Refuse to take these maps of a set away, or to put others in their places, while another set uses them."""
    for path, names in borrowers(pin_root, lender, maps).items():
        raise lent(path, names)


def lent(path: str, names: list[str]) -> XdpError:
    """The error for a map that other sets use, and that this run would remove or replace."""
    return XdpError(
        f"The map {path} is lent to the pin set {' and '.join(names)} (reuse_maps), so it can neither be removed nor "
        f"replaced, and nothing was changed. Remove the borrower first, or pin it without reuse_maps for this map"
    )
