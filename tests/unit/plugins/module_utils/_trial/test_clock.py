# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a clock says of a trial."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import clock
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.look import Seen
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.trial_record import Trial

_HOUR = 3600 * clock.SECOND


@pytest.mark.parametrize(
    ("when", "pending", "confirmed", "outcome"),
    [
        (clock.When(0, 0), False, False, None),
        (clock.When(clock.now(), _HOUR), True, False, None),
        (clock.When(clock.now() + clock.SECOND, _HOUR), True, False, None),
        (clock.When(clock.now() - 6 * clock.SECOND, 5 * clock.SECOND), False, False, "expired"),
        (clock.When(clock.now(), 0), False, False, "rolled_back"),
        (clock.When(clock.now(), clock.FOR_GOOD), False, True, "confirmed"),
    ],
)
def test_states(when: clock.When, pending: bool, confirmed: bool, outcome: str | None) -> None:
    seen = Seen(Trial("", 5, "kernel", None, "", None, None, (), {}, {}), when)
    assert (seen.is_pending, seen.is_confirmed) == (pending, confirmed)
    assert pending or seen.outcome() == outcome
