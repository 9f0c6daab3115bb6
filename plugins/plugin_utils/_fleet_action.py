# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What xdp_status and xdp_report share, which run on the controller alone and have no module to check their options."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.plugin_utils._fleet import Fleet, fleet


class FleetAction(ActionBase):
    """An action on what all hosts have answered, which runs on the controller alone."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    #: Options beside ``answers``.
    OPTIONS: t.ClassVar[dict[str, t.Any]]

    def show(self, found: Fleet, options: dict[str, t.Any]) -> dict[str, t.Any]:
        """Do what the action is for; returns what its result has beside the numbers of hosts."""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Called by Ansible. Checks the options, and adds to the result of ``show`` how many hosts were asked and answered."""
        result = super().run(tmp, task_vars)
        specification = {"answers": {"type": "dict", "required": True}, **self.OPTIONS}
        checked = ArgumentSpecValidator(specification).validate(self._task.args)
        if checked.errors.messages:
            raise AnsibleActionFail("; ".join(checked.errors.messages))
        options = checked.validated_parameters
        found = fleet(options["answers"])
        result.update(asked=found.asked, answered=found.answered, in_trouble=found.in_trouble)
        result.update(self.show(found, options))
        return result
