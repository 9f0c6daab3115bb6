# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError, XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.plan import Change, Plan


class Step:
    """Writes into ``log`` what is done to it, and fails where it is told to."""

    def __init__(
        self, log: list[str], name: str, do: BaseException | None = None, undo: BaseException | None = None
    ) -> None:
        self.log = log
        self.name = name
        self._do = do
        self._undo = undo

    def do(self) -> None:
        if self._do:
            raise self._do
        self.log.append(f"do {self.name}")

    def undo(self) -> None:
        if self._undo:
            raise self._undo
        self.log.append(f"undo {self.name}")


def plan_of(*steps: Step) -> Plan:
    plan = Plan()
    for step in steps:
        plan.add(step)
    return plan


def test_steps_are_done_in_the_order_in_which_they_were_added() -> None:
    log: list[str] = []
    plan_of(Step(log, "a"), Step(log, "b"), Step(log, "c")).apply()
    assert log == ["do a", "do b", "do c"]


def test_a_failure_undoes_in_reverse_order_what_was_done() -> None:
    log: list[str] = []
    plan = plan_of(Step(log, "a"), Step(log, "b"), Step(log, "c", do=XdpError("no")), Step(log, "d"))
    with pytest.raises(XdpError):
        plan.apply()
    assert log == ["do a", "do b", "undo b", "undo a"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (XdpError("Cannot attach to eth0"), "Cannot attach to eth0."),
        (XdpError("It is in use. Try again."), "It is in use. Try again."),
        (XdpError("The log:\nlast line\n"), "The log:\nlast line\n"),
        (KernelError("Cannot pin /a", errno.EEXIST), "Cannot pin /a: File exists (EEXIST)."),
        (
            OSError(errno.EROFS, "Read-only file system", "/sys/fs/bpf/x"),
            "/sys/fs/bpf/x: Read-only file system (EROFS). "
            "The file system is mounted read-only. Choose another directory, or mount it for writing.",
        ),
        (OSError(errno.EPERM, "Operation not permitted"), "Operation not permitted (EPERM)."),
    ],
)
def test_the_message_says_what_failed_and_that_nothing_has_changed(error: Exception, sentence: str) -> None:
    with pytest.raises(XdpError) as caught:
        plan_of(Step([], "a"), Step([], "b", do=error)).apply()
    assert str(caught.value) == f"{sentence} What was there before is still in force."


def test_undoing_goes_on_when_one_step_cannot_be_undone_and_the_message_says_so() -> None:
    log: list[str] = []
    plan = plan_of(
        Step(log, "a"),
        Step(log, "b", undo=XdpError("Cannot pin b again")),
        Step(log, "c", undo=OSError(errno.ENOENT, "No such file or directory", "/c")),
        Step(log, "d", do=XdpError("Cannot attach")),
    )
    with pytest.raises(XdpError) as caught:
        plan.apply()
    assert log == ["do a", "do b", "do c", "undo a"]
    assert str(caught.value) == (
        "Cannot attach. While undoing, this failed too: /c: No such file or directory (ENOENT). Cannot pin b again."
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), ValueError("a mistake of ours")])
def test_whatever_else_ends_a_run_is_undone_and_passed_on(error: BaseException) -> None:
    log: list[str] = []
    with pytest.raises(type(error)) as caught:
        plan_of(Step(log, "a"), Step(log, "b", do=error)).apply()
    assert caught.value is error
    assert log == ["do a", "undo a"]


def test_a_plan_changes_something_when_it_has_steps() -> None:
    plan = Plan()
    plan.note(Change("links", "eth0", "native", "generic"))
    assert not plan.changed
    plan.add(Step([], "a"))
    assert plan.changed


def test_sides_show_changes_by_part_and_name_and_leave_out_what_is_absent() -> None:
    plan = Plan()
    plan.add(
        Step([], "a"),
        Change("maps", "new", None, "array"),
        Change("maps", "old", "hash", None),
        Change("maps", "other", "hash", "array"),
    )
    plan.note(Change("programs", "pass", {"tag": "1"}, {"tag": "2"}), Change("links", "eth0", "pinned", None))
    assert plan.side("before") == {
        "maps": {"old": "hash", "other": "hash"},
        "programs": {"pass": {"tag": "1"}},
        "links": {"eth0": "pinned"},
    }
    assert plan.side("after") == {"maps": {"new": "array", "other": "array"}, "programs": {"pass": {"tag": "2"}}}


def test_of_two_changes_of_one_thing_both_ends_are_shown() -> None:
    plan = Plan()
    plan.add(Step([], "detach"), Change("links", "eth0", "generic mode, link", None))
    plan.add(Step([], "attach"), Change("links", "eth0", None, "pass, native mode, link"))
    assert plan.side("before") == {"links": {"eth0": "generic mode, link"}}
    assert plan.side("after") == {"links": {"eth0": "pass, native mode, link"}}


def test_a_plan_without_changes_has_empty_sides() -> None:
    assert (Plan().side("before"), Plan().side("after")) == ({}, {})
