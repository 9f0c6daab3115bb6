# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Trials, in what xdp_pinned_info returns."""

from __future__ import annotations

from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.look import look


def interfaces(pin_root: str, name: str) -> set[str]:
    """Those whose program changes by the trial of this set; none where that cannot be read, which ``amend`` says."""
    try:
        seen = look(Layout(pin_root, name))
    except XdpError:
        return set()
    return {place.name for place in seen.trial.places} if seen is not None else set()


def amend(pin_root: str, sets: list[dict[str, Any]], interfaces: list[dict[str, Any]]) -> None:
    """Add the trials of these sets, and say whose the guards are that interfaces run."""
    for each in sets:
        try:
            seen = look(Layout(pin_root, each["name"]))
        except XdpError as error:
            each["trial"] = {"state": "unreadable", "why": str(error)}
            continue
        if seen is None:
            continue
        each["trial"] = {**seen.result(), "object_digest": seen.trial.object}
        if not seen.is_pending:
            each["trial"]["state"] = "ending"
        guards = {place.guard for place in seen.trial.places} - {0}
        for interface in interfaces:
            if interface["program_id"] in guards:
                interface["owner"] = each["name"]
