# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of modules that take a program: it has to be found, read and sent along."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.plugin_utils._origins import OriginReader, own_arguments


class ObjectAction(ActionBase):
    TRANSFERS_FILES = False  # All travels in the arguments: a transfer costs more than a whole run.

    #: The module's name, for messages, and its option that takes an object spec.
    MODULE: str
    OBJECT_OPTION = "object"

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        self._supports_async = True
        super().run(tmp, task_vars)
        arguments = own_arguments(self, self.MODULE)
        if arguments.get("state", "present") == "present":
            spec = OriginReader(self, task_vars or {}).read(arguments)
            if spec is not None:
                arguments[self.OBJECT_OPTION] = spec_text.to_json(spec)
        return t.cast(
            "dict[str, t.Any]",
            self._execute_module(module_args=arguments, task_vars=task_vars, wrap_async=self._task.async_val),
        )
