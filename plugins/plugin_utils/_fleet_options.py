# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of xdp_status and xdp_report, which have no module to check them."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase


def options_of(action: ActionBase, more: dict[str, t.Any]) -> dict[str, t.Any]:
    """The options of the task, with defaults; ``answers`` is one of both."""
    checked = ArgumentSpecValidator({"answers": {"type": "dict", "required": True}, **more}).validate(action._task.args)
    if checked.errors.messages:
        raise AnsibleActionFail("; ".join(checked.errors.messages))
    return t.cast("dict[str, t.Any]", checked.validated_parameters)
