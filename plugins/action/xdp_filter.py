# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""xdp_filter is xdp_pin with rules instead of a program: the host runs that module, and its result is told in terms of rules."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _filter_result
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter_options import ARGUMENTS, OF_FILTER
from ansible_collections.ebpf.xdp.plugins.plugin_utils._pin_action import PinAction

#: The filter's name in a chain.
_MEMBER = "filter"


class ActionModule(PinAction):
    PINS_AS = "ebpf.xdp.xdp_pin"

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        given = dict(self._task.args)
        checked = ArgumentSpecValidator(ARGUMENTS).validate(given)
        if checked.errors.messages:
            raise AnsibleActionFail("; ".join(checked.errors.messages))
        self._task.args = _for_pinning({**given, "confirm_timeout": checked.validated_parameters["confirm_timeout"]})
        try:
            result = super().run(tmp, task_vars)
        finally:
            self._task.args = given
        return _filter_result.told(result, self.filters)


def _for_pinning(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """The same for xdp_pin."""
    rules = {name: options.pop(name) for name in OF_FILTER if name in options}
    members = options.pop("members", None) or []
    if options.get("state", "present") != "present":
        return options
    if not members:
        return {**options, "filter": rules}
    if any(isinstance(each, dict) and each.get("name") == _MEMBER for each in members):
        raise AnsibleActionFail(
            f"members: {_MEMBER} is the name of the filter itself, the first member. Give another name. Nothing was changed"
        )
    return {**options, "chain": [{"name": _MEMBER, "filter": rules}, *members]}
