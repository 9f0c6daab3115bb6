# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows what a fleet has answered to xdp_status_info, a line for each interface."""

from __future__ import annotations

import typing as t

from ansible.constants import config
from ansible.utils.display import Display
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _fleet_lines
from ansible_collections.ebpf.xdp.plugins.plugin_utils._fleet import Fleet, Row
from ansible_collections.ebpf.xdp.plugins.plugin_utils._fleet_action import FleetAction


class ActionModule(FleetAction):
    OPTIONS: t.ClassVar[dict[str, t.Any]] = {"fail": {"type": "bool", "default": False}}

    def show(self, found: Fleet, options: dict[str, t.Any]) -> dict[str, t.Any]:
        lines = _fleet_lines.lines(found)
        display = Display()
        # A heading before the rows, and the summary after them.
        for line, row in zip(lines, (None, *found.rows, None)):
            display.display(line, color=_colour(row))
        result: dict[str, t.Any] = {"changed": False, "lines": lines}
        if options["fail"] and found.in_trouble:
            result.update(failed=True, msg=f"{_fleet_lines.summary(found)}. The lines above say which")
        return result


def _colour(row: Row | None) -> str | None:
    if row is None:
        return None
    kind = "ERROR" if row.in_trouble else "WARN" if row.state in ("pending", "generic") else "OK"
    return t.cast(str, config.get_config_value(f"COLOR_{kind}"))
