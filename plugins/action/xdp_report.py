# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what a fleet has answered to xdp_status_info to a page, and to a file of data beside it."""

from __future__ import annotations

import datetime
import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _fleet_lines, _fleet_report
from ansible_collections.ebpf.xdp.plugins.plugin_utils._fleet import Fleet
from ansible_collections.ebpf.xdp.plugins.plugin_utils._fleet_action import FleetAction


class ActionModule(FleetAction):
    OPTIONS: t.ClassVar[dict[str, t.Any]] = {
        "dest": {"type": "path", "required": True},
        "title": {"type": "str", "default": "XDP on the fleet"},
        "seconds": {"type": "float", "default": 0},
    }

    def show(self, found: Fleet, options: dict[str, t.Any]) -> dict[str, t.Any]:
        page, extension = os.path.splitext(os.path.abspath(options["dest"]))
        if extension not in (".html", ".htm"):
            raise AnsibleActionFail(f"dest: {options['dest']} does not end in .html")
        about = (found, options["title"], datetime.datetime.now(datetime.timezone.utc), options["seconds"])
        written = {page + extension: _fleet_report.html(*about), f"{page}.json": _fleet_report.data(*about)}
        if not self._task.check_mode:
            for path, text in written.items():
                _write(path, text)
        return {
            "changed": True,
            "path": page + extension,
            "data": f"{page}.json",
            "msg": f"{_fleet_lines.summary(found)}: {page}{extension}",
        }


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise AnsibleActionFail(
            f"dest: cannot write {path}: {error.strerror}"
        ) from None  # a cause would be said once more
