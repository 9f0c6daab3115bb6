# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What puts a change on trial; what that takes is a part (_parts.py), so that runs without a change do without it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils import _parts

if TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.module_utils._attach.standing import Standing
    from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import Observed
    from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan
    from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.absent import Absence
    from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.planner import Planner


class Arming:
    """``Request.on_trial`` of xdp_pin."""

    def __init__(self, timeout: int) -> None:
        self._timeout = timeout
        self._arming: Any = None

    def expect(self) -> None:
        """Something is to be loaded. Raises ``PartsNeeded``, before time is spent on that."""
        if self._arming is None:
            self._arming = _parts.load_part("_trial.arm").Arming(self._timeout)

    def of_present(self, plan: Plan, planner: Planner, standing: Sequence[Standing], held: ExitStack) -> Plan | None:
        """The plan that takes itself back; ``None`` when nothing changes that interfaces run. So it is with the next one."""
        if not plan.changed:
            return None
        self.expect()
        taking_back: Plan | None = self._arming.of_present(planner, standing, held)
        return taking_back

    def of_absent(self, plan: Plan, observed: Observed, absence: Absence, held: ExitStack) -> Plan | None:
        """The same for a set that is being removed."""
        if not plan.changed:
            return None
        self.expect()
        taking_back: Plan | None = self._arming.of_absent(observed, absence, held)
        return taking_back

    def armed(self, check_mode: bool) -> dict[str, Any]:
        """The result when the plan is done, or would be, as modules return it."""
        if self._arming is None:
            return {"state": "unneeded", "timeout": self._timeout}
        armed: dict[str, Any] = self._arming.armed(check_mode)
        return armed
