# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run waits for a network namespace that is being taken apart, but not for ever."""

from __future__ import annotations

from itertools import count

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import observe
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import NotGoneYet


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(observe.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(observe.time, "sleep", lambda seconds: now.append(now.pop() + seconds))
    return now


def test_it_is_done_again_until_it_can_be_done(clock: list[float]) -> None:
    tries = count()

    def run() -> str:
        if next(tries) < 3:
            raise NotGoneYet("it is still there")
        return "done"

    assert observe.until_gone(run) == "done"
    assert next(tries) == 4 and 0 < clock[0] < 10


def test_in_the_end_it_is_an_error(clock: list[float]) -> None:
    def run() -> None:
        raise NotGoneYet("it is still there")

    with pytest.raises(NotGoneYet, match="it is still there"):
        observe.until_gone(run)
    assert 30 <= clock[0] < 32
