# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows what a fleet has answered to xdp_status_info, a line for each interface."""

from __future__ import annotations

import typing as t

from ansible.constants import config
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _fleet, _fleet_lines
from ansible_collections.ebpf.xdp.plugins.plugin_utils._fleet_options import options_of


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        options = options_of(self, {"fail": {"type": "bool", "default": False}})
        fleet = _fleet.fleet(options["answers"])
        lines = _fleet_lines.lines(fleet)
        display = Display()
        for number, line in enumerate(lines):
            row = fleet.rows[number - 1] if 0 < number <= len(fleet.rows) else None
            display.display(line, color=_colour(row))
        result.update(
            changed=False,
            lines=lines,
            asked=fleet.asked,
            answered=fleet.answered,
            in_trouble=fleet.in_trouble,
        )
        if options["fail"] and fleet.in_trouble:
            result.update(failed=True, msg=f"{_fleet_lines.summary(fleet)}. The lines above say which")
        return result


def _colour(row: _fleet.Row | None) -> str | None:
    if row is None:
        return None
    kind = "ERROR" if row.in_trouble else "WARN" if row.state in ("pending", "generic") else "OK"
    return t.cast(str, config.get_config_value(f"COLOR_{kind}"))
