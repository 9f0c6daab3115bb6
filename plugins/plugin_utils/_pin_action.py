# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What xdp_pin and xdp_filter do on the controller: they send what the host has to load, and confirm trials."""

from __future__ import annotations

import typing as t

from ansible_collections.ebpf.xdp.plugins.plugin_utils._object_action import ObjectAction

if t.TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.plugin_utils._contents_action import Contents

#: The values of ``confirm_timeout`` that mean no trial. A template may have made a text of the number.
_NO_TRIAL = (None, 0, "0")


class PinAction(ObjectAction):
    """xdp_pin and what runs it: an object, contents, tests, and a change on trial."""

    MODULE = "xdp_pin"
    FILLS = True
    TESTS = True

    def _answer(
        self,
        arguments: dict[str, t.Any],
        apart: dict[str, str],
        contents: Contents | None,
        task_vars: dict[str, t.Any] | None,
    ) -> dict[str, t.Any]:
        def answer() -> dict[str, t.Any]:
            return super(PinAction, self)._answer(arguments, apart, contents, task_vars)

        tried = arguments.get("confirm_timeout") not in _NO_TRIAL or arguments.get("gate") is not None
        if not tried and arguments.get("state") not in ("confirmed", "rolled_back"):
            arguments.pop("gate", None)
            return answer()
        # Imported here, as most tasks try nothing.
        from ansible_collections.ebpf.xdp.plugins.plugin_utils._trial_action import on_trial

        return on_trial(self, arguments, task_vars, answer)
