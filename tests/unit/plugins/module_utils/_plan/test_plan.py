# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import (
    Interrupted,
    KernelError,
    NoAnswer,
    XdpError,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.half_done import HalfDone
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Change, Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.settle import settle, taking_back

LOST = OSError(errno.ENOBUFS, "No buffer space available")
INTERRUPTED = InterruptedError(errno.EINTR, "Interrupted system call")
OLD = "What was there before is still in force."


class Step:
    """Writes into ``log`` what is done to it.

    ``do`` and ``undo`` fail with these errors, each call with the next one;
    ``lost`` and ``lost_undo`` come once it has acted.
    """

    def __init__(
        self,
        log: list[str],
        name: str,
        do: BaseException | None = None,
        undo: BaseException | None = None,
        lost: BaseException | None = None,
        lost_undo: BaseException | None = None,
    ) -> None:
        self.log = log
        self.name = name
        self.there = False
        self._do = [(do, False)] * (do is not None) + [(lost, True)] * (lost is not None)
        self._undo = [(undo, False)] * (undo is not None) + [(lost_undo, True)] * (lost_undo is not None)
        self.unanswered = 0

    def do(self) -> None:
        self._act("do", True, self._do)

    def undo(self) -> None:
        self._act("undo", False, self._undo)

    def _act(self, word: str, there: bool, failures: list[tuple[BaseException | None, bool]]) -> None:
        error, acted = failures.pop(0) if failures else (None, True)
        if acted:
            self.log.append(f"{word} {self.name}")
            self.there = there
        if error:
            raise error

    def is_done(self) -> bool:
        if self.unanswered:
            self.unanswered -= 1
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return self.there


@pytest.fixture(autouse=True)
def no_signal_is_left() -> Iterator[None]:
    yield
    assert not signal.sigpending()
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())


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


@pytest.mark.parametrize("error", [LOST, INTERRUPTED, XdpError("Attaching over netlink failed: killed")])
def test_a_step_that_failed_after_it_had_acted_is_done(error: Exception) -> None:
    log: list[str] = []
    plan_of(Step(log, "a", lost=error), Step(log, "b")).apply()
    assert log == ["do a", "do b"]


def test_it_is_undone_like_others() -> None:
    log: list[str] = []
    with pytest.raises(XdpError, match=OLD):
        plan_of(Step(log, "a", lost=LOST), Step(log, "b", do=XdpError("no"))).apply()
    assert log == ["do a", "undo a"]


@pytest.mark.parametrize("error", [INTERRUPTED, KernelError("Cannot pin /a", errno.EINTR), NoAnswer("killed")])
def test_a_step_that_was_interrupted_before_it_acted_is_tried_again(error: Exception) -> None:
    log: list[str] = []
    plan_of(Step(log, "a", do=error)).apply()
    assert log == ["do a"]


def test_a_step_that_is_interrupted_for_ever_fails() -> None:
    step = Step([], "a")
    step._do = [(INTERRUPTED, False)] * 1000
    with pytest.raises(XdpError, match=rf"Interrupted system call \(EINTR\). {OLD}"):
        plan_of(step).apply()


def test_an_undo_that_failed_after_it_had_acted_is_undone() -> None:
    log: list[str] = []
    plan = plan_of(Step(log, "a"), Step(log, "b", lost_undo=LOST), Step(log, "c", do=XdpError("no")))
    with pytest.raises(XdpError) as caught:
        plan.apply()
    assert log == ["do a", "do b", "undo b", "undo a"]
    assert str(caught.value) == f"no. {OLD}"


def test_an_undo_that_was_interrupted_is_tried_again() -> None:
    log: list[str] = []
    plan = plan_of(Step(log, "a", undo=INTERRUPTED), Step(log, "b", do=XdpError("no")))
    with pytest.raises(XdpError, match=f"no. {OLD}"):
        plan.apply()
    assert log == ["do a", "undo a"]


def test_the_kernel_is_asked_again_when_it_does_not_answer() -> None:
    log: list[str] = []
    step = Step(log, "a", lost=LOST)
    step.unanswered = 2
    plan_of(step, Step(log, "b")).apply()
    assert log == ["do a", "do b"]


def test_where_the_kernel_never_answers_nothing_is_claimed() -> None:
    log: list[str] = []
    step = Step(log, "b", lost=LOST)
    step.unanswered = 1000
    with pytest.raises(XdpError) as caught:
        plan_of(Step(log, "a"), step).apply()
    assert str(caught.value) == (
        "No buffer space available (ENOBUFS). Whether it took effect all the same could not be determined: "
        "Cannot allocate memory (ENOMEM). The host, or the control group that this runs in (memory.max), is short of memory."
    )
    assert log == ["do a", "do b", "undo a"]


def test_a_step_that_is_half_done_is_told_and_all_others_are_undone() -> None:
    log: list[str] = []
    half = HalfDone(XdpError("Cannot pin"), "While undoing, this failed too: Cannot detach.")
    with pytest.raises(XdpError) as caught:
        plan_of(Step(log, "a"), Step(log, "b", do=half)).apply()
    assert str(caught.value) == "Cannot pin. While undoing, this failed too: Cannot detach."
    assert log == ["do a", "undo a"]


def test_a_mistake_of_ours_after_the_kernel_has_acted_is_undone_too() -> None:
    log: list[str] = []
    with pytest.raises(ValueError, match="a mistake"):
        plan_of(Step(log, "a"), Step(log, "b", lost=ValueError("a mistake"))).apply()
    assert log == ["do a", "do b", "undo b", "undo a"]


class Signalled(Step):
    """Sends its process a signal while it acts."""

    def __init__(self, log: list[str], name: str, *signals: signal.Signals) -> None:
        super().__init__(log, name)
        self._signals = signals

    def do(self) -> None:
        for each in self._signals:
            os.kill(os.getpid(), each)
        super().do()


ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_a_run_after_the_step_with_all_undone(number: signal.Signals) -> None:
    log: list[str] = []
    with pytest.raises(Interrupted) as caught:
        plan_of(Step(log, "a"), Signalled(log, "b", number), Step(log, "c")).apply()
    assert log == ["do a", "do b", "undo b", "undo a"]
    assert str(caught.value) == f"Interrupted by {number.name}. {OLD}"


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_during_the_last_step_does_so_too(number: signal.Signals) -> None:
    log: list[str] = []
    plan = plan_of(Step(log, "a"), Signalled(log, "b", number))
    plan.at_end(lambda: log.append("end"))
    with pytest.raises(Interrupted):
        plan.apply()
    assert log == ["do a", "do b", "undo b", "undo a"]


def test_a_signal_when_nothing_can_be_undone_any_more_is_told_with_what_is_in_force() -> None:
    log: list[str] = []
    plan = plan_of(Step(log, "a"))
    plan.at_end(lambda: os.kill(os.getpid(), signal.SIGTERM))
    plan.at_end(lambda: log.append("end"))
    with pytest.raises(Interrupted) as caught:
        plan.apply()
    assert log == ["do a", "end"]
    assert str(caught.value) == "Interrupted by SIGTERM when everything was done. What was asked for is in force."


def test_several_signals_are_all_named() -> None:
    with pytest.raises(Interrupted, match=r"Interrupted by SIG[A-Z]+, SIG[A-Z]+, SIG[A-Z]+\. What was there"):
        plan_of(Signalled([], "a", *ENDING)).apply()


def test_a_step_that_fails_and_a_signal_meanwhile() -> None:
    step = Signalled([], "a", signal.SIGTERM)
    step._do = [(XdpError("no"), False)]
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    try:
        with pytest.raises(XdpError, match=f"no. {OLD}"):
            plan_of(step).apply()
    finally:
        signal.signal(signal.SIGTERM, before)
    # Nobody took it, so it has its usual effect.
    assert received == [signal.SIGTERM]


def test_a_signal_that_the_process_ignores_ends_nothing() -> None:
    log: list[str] = []
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        plan_of(Signalled(log, "a", signal.SIGHUP), Step(log, "b")).apply()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert log == ["do a", "do b"]


def test_what_fails_at_the_end_stops_nothing_and_is_told() -> None:
    log: list[str] = []

    def fail() -> None:
        raise KernelError("Cannot detach from eth0", errno.EPERM)

    plan = plan_of(Step(log, "a"))
    plan.at_end(fail)
    plan.at_end(lambda: log.append("end"))
    with pytest.raises(XdpError) as caught:
        plan.apply()
    assert log == ["do a", "end"]
    assert str(caught.value) == ("Cannot detach from eth0: Operation not permitted (EPERM). Everything else was done.")


def test_a_plan_that_only_has_an_end_changes_something() -> None:
    plan = Plan()
    plan.at_end(lambda: None)
    assert plan.changed


def test_what_was_begun_is_taken_back_and_the_error_passed_on() -> None:
    log: list[str] = []
    with pytest.raises(XdpError, match=r"^no$"), taking_back(lambda: log.append("taken back")):
        raise XdpError("no")
    assert log == ["taken back"]


def test_what_cannot_be_taken_back_is_told_with_the_error() -> None:
    def fail() -> None:
        raise OSError(errno.EPERM, "Operation not permitted", "/x")

    with pytest.raises(HalfDone) as caught, taking_back(fail):
        raise XdpError("no")
    assert (str(caught.value), caught.value.trouble) == (
        "no.",
        "While undoing, this failed too: /x: Operation not permitted (EPERM).",
    )


@pytest.mark.parametrize("error", [ValueError("a mistake"), KeyError("x")])
def test_a_mistake_is_not_taken_for_an_unclear_answer(error: Exception) -> None:
    def act() -> None:
        raise error

    with pytest.raises(type(error)):
        settle(act, lambda: True)


def test_a_change_may_be_told_by_the_step_as_it_came_out() -> None:
    came_out = ["native mode"]
    plan = Plan()
    plan.add(Step([], "a"), Change("links", "eth0", None, lambda: came_out[-1]))
    assert plan.side("after") == {"links": {"eth0": "native mode"}}
    came_out.append("generic mode")
    assert plan.side("after") == {"links": {"eth0": "generic mode"}}
    assert plan.side("before") == {}


def test_warnings_are_said_once_and_come_along_with_a_plan() -> None:
    plan, other = Plan(), Plan()
    for text in ("One.", "Two.", "One."):
        other.warn(text)
    other.add(Step([], "a"), Change("links", "eth0", None, "native mode"))
    plan.extend(other)
    plan.note(Change("links", "eth1", "native mode", None))
    assert plan.warnings == ["One.", "Two."]
    assert plan.side("after") == {"links": {"eth0": "native mode"}}
    assert plan.side("before") == {"links": {"eth1": "native mode"}}
