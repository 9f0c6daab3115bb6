# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of xdp_kept_info: only the controller knows what else the play declares."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.validation import check_type_bool, check_type_list
from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils import _internal
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _role_uses
from ansible_collections.ebpf.xdp.plugins.plugin_utils._origins import own_arguments


class ActionModule(ActionBase):
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        arguments = own_arguments(self, "xdp_kept_info")
        try:
            in_play = check_type_bool(arguments.pop("declared_in_play", False))
            declared = check_type_list(arguments.get("declared") or [])
        except TypeError as error:
            raise AnsibleActionFail(str(error)) from error
        if in_play:
            found = _role_uses.declared(self._task, (task_vars or {})["inventory_hostname"], self._template)
            arguments["declared"] = sorted({*map(str, declared), *found.names})
            arguments["_unknown"] = found.unknown
        return t.cast(
            "dict[str, t.Any]", self._execute_module(module_args=_internal.pack(arguments), task_vars=task_vars)
        )

    def _template(self, value: t.Any, variables: dict[str, t.Any]) -> t.Any:
        return self._templar.copy_with_new_env(available_variables=variables).template(value)
