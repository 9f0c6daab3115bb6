# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of xdp_map: what the map is to hold has to travel."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils import _internal
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import NEEDED
from ansible_collections.ebpf.xdp.plugins.plugin_utils._asked_again import Discarded
from ansible_collections.ebpf.xdp.plugins.plugin_utils._contents_action import Contents
from ansible_collections.ebpf.xdp.plugins.plugin_utils._origins import own_arguments
from ansible_collections.ebpf.xdp.plugins.plugin_utils._parts import Parts


class ActionModule(ActionBase):
    # What has to be transferred is, and only then.
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        self._supports_async = True
        super().run(tmp, task_vars)
        contents, parts = Contents(self), Parts(self)
        arguments = contents.element(own_arguments(self, "xdp_map"))
        if self._task.async_val:
            contents.send()  # nobody here waits for what the module answers
            parts.send()
            arguments["_parts"] = parts.path
        result = self._ask(arguments, task_vars)
        discarded = Discarded()
        asked: set[str] = set()
        while True:
            sent = parts.lacking(result, asked)
            if not contents.send(result.pop(NEEDED, ())) and not sent:
                return contents.explained(discarded.before(result))
            discarded.add(result)
            if parts.path is not None:
                arguments["_parts"] = parts.path
            result = self._ask(arguments, task_vars)

    def _ask(self, arguments: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        return t.cast(
            "dict[str, t.Any]",
            self._execute_module(
                module_args=_internal.pack(arguments), task_vars=task_vars, wrap_async=self._task.async_val
            ),
        )
