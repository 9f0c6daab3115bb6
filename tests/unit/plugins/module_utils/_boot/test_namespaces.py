# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which namespaces have appeared, by a clock that does not wait."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._boot import namespaces
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netns

#: When each name is there, and when its interfaces are; if two more: when the namespace goes and another one of this name comes.
Times = dict[str, tuple[float, ...]]

_NEVER = 10_000.0


def begun(monkeypatch: pytest.MonkeyPatch, times: Times) -> list[tuple[str, int]]:
    """Which were begun, and when; each takes 2 seconds."""
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    def is_there(since: float, gone: float = _NEVER, again: float = _NEVER) -> bool:
        return since <= clock[0] < gone or clock[0] >= again

    monkeypatch.setattr(namespaces.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(namespaces.time, "sleep", sleep)
    monkeypatch.setattr(namespaces, "kept_for", lambda _directory, names: {name: name for name in names})
    monkeypatch.setattr(kept, "names", lambda _directory: list(times))
    monkeypatch.setattr(
        netns, "named", lambda: [name for name, (there, _complete, *away) in times.items() if is_there(there, *away)]
    )
    monkeypatch.setattr(namespaces, "_inode", lambda _name: 1)
    monkeypatch.setattr(namespaces, "_can_begin", lambda name, _directory: clock[0] >= times[name][1])
    found = []
    for name in namespaces.appeared("/nowhere"):
        found.append((name, round(clock[0])))
        sleep(2)
    return found


def test_nothing_is_waited_for_where_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert begun(monkeypatch, {"blue": (_NEVER, _NEVER)}) == []


def test_what_is_complete_begins_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert begun(monkeypatch, {"blue": (0, 5), "red": (0, 0)}) == [("red", 0), ("blue", 5)]


def test_one_that_is_never_complete_takes_no_time_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"blue": (0, _NEVER), "green": (29, 40)}
    assert begun(monkeypatch, times) == [("blue", 30), ("green", 40)]


def test_one_that_comes_while_the_last_is_brought_back_is_met(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"blue": (0, _NEVER), "green": (31, 31)}
    assert begun(monkeypatch, times) == [("blue", 30), ("green", 32)]


def test_one_that_is_made_anew_is_another_one_although_the_kernel_gives_it_the_same_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = {"blue": (0, _NEVER), "red": (0, 0, 5, 10)}
    assert begun(monkeypatch, times) == [("red", 0), ("red", 10), ("blue", 30)]
