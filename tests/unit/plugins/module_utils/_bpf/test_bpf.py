# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of the bpf(2) call needs no kernel."""

from __future__ import annotations

import ctypes
import errno
import os
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("xdp_stats", "xdp_stats"),
        ("a_name_that_is_too_long", "a_name_that_is_"),
        ("größe", "gr__e"),
        ("a$b", "a_b"),
        ("", ""),
    ],
)
def test_a_name_as_the_kernel_keeps_it(name: str, kept: str) -> None:
    assert bpf.object_name(name) == kept


class Answers:
    """Stands for libc's ``syscall``; each answer is an errno, or 0. It scribbles into the attributes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: int) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[int, bytes]] = []
        monkeypatch.setattr(bpf, "_libc", SimpleNamespace(syscall=self._syscall))

    def _syscall(self, _number: int, command: int, attr: Any, _size: int) -> int:
        self.asked.append((command, attr.raw))
        attr.raw = bytes(len(attr))
        code = self._answers.pop(0)
        ctypes.set_errno(code)
        return -1 if code else 7


@pytest.mark.parametrize("command", [0, 1, 5, 7, 13, 15, 24, 31])
def test_what_was_interrupted_is_asked_again_in_the_same_words(monkeypatch: pytest.MonkeyPatch, command: int) -> None:
    answers = Answers(monkeypatch, errno.EINTR, errno.EINTR, 0)
    assert bpf.call(command, b"abcd")[0] == 7
    assert answers.asked == [(command, b"abcd")] * 3


@pytest.mark.parametrize("command", [6, 22, 28, 29, 34])
def test_what_may_have_acted_is_not_done_twice(monkeypatch: pytest.MonkeyPatch, command: int) -> None:
    answers = Answers(monkeypatch, errno.EINTR)
    with pytest.raises(InterruptedError):
        bpf.call(command, b"abcd")
    assert len(answers.asked) == 1


def test_who_is_always_interrupted_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    Answers(monkeypatch, *[errno.EINTR] * 1000)
    with pytest.raises(InterruptedError):
        bpf.call(15, b"abcd")


def test_other_answers_are_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    Answers(monkeypatch, errno.EPERM)
    with pytest.raises(PermissionError, match=os.strerror(errno.EPERM)):
        bpf.call(15, b"abcd")


@pytest.mark.parametrize("second", [0, errno.EBUSY])
def test_a_map_that_was_frozen_although_that_was_interrupted_is_frozen(
    monkeypatch: pytest.MonkeyPatch, second: int
) -> None:
    answers = Answers(monkeypatch, errno.EINTR, second)
    bpf_change.map_freeze(3)
    assert len(answers.asked) == 2


def test_a_map_that_cannot_be_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    Answers(monkeypatch, errno.EBUSY)
    with pytest.raises(OSError, match=os.strerror(errno.EBUSY)):
        bpf_change.map_freeze(3)
    Answers(monkeypatch, errno.EINTR, errno.EPERM)
    with pytest.raises(PermissionError):
        bpf_change.map_freeze(3)


def test_a_link_that_is_being_made_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(bpf.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(bpf.time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    answers = Answers(monkeypatch, *[errno.EAGAIN] * 150, 0)
    assert bpf.link_by_id(3) == 7
    assert len(answers.asked) == 151 and 5 < clock[0] < 10
    with pytest.raises(BlockingIOError):
        Answers(monkeypatch, *[errno.EAGAIN] * 1000)
        bpf.link_by_id(3)
