# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The controller's part of a trial: it proves over a new connection that the host can be reached, or says what became of it.

The host brings the old program back by itself. So whatever happens here, an error, an interrupt, the end of this
process, only means that the trial is not confirmed.
"""

from __future__ import annotations

import typing as t
from contextlib import ExitStack, suppress

from ansible.errors import AnsibleActionFail, AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.validation import check_type_int
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.ebpf.xdp.plugins.module_utils import _internal
from ansible_collections.ebpf.xdp.plugins.plugin_utils._fresh_connections import SILENCE, Clock, Connections
from ansible_collections.ebpf.xdp.plugins.plugin_utils._gate import Counted, Gate, counted_of, gate_of

if t.TYPE_CHECKING:
    from ansible_collections.ebpf.xdp.plugins.plugin_utils._object_action import ObjectAction

Result = dict[str, t.Any]

#: Seconds. The host refuses to confirm in the last second (_trial/decide.py).
_LEAST_LEFT = 1.0

#: Seconds past the deadline for which a host that is back may take to answer: a network card may reset.
_PATIENCE = 30.0

#: Seconds between two attempts.
_PAUSE = 0.5

#: Seconds that a host may take to accept a connection. With a longer trial there is more time for it.
_CONNECT, _LONGEST_CONNECT = 3.0, 10.0

#: The longest silence in seconds while the change is made: some network cards lose their link for a while when their driver
#: begins to run XDP. The new program does not decide yet.
_LONGEST_SILENCE = 15

#: How often a connection is tried before anything is changed, or while nobody else tries.
_CONNECTIONS = 3

#: How often a host may refuse before the change is taken back.
_REFUSALS = 3

#: Seconds more than the host says until the new program decides: the times of processes are counted in ticks.
_TICK = 0.05


def on_trial(
    action: ObjectAction, arguments: Result, task_vars: dict[str, t.Any] | None, arm: t.Callable[[], Result]
) -> Result:
    """Run xdp_pin with ``confirm_timeout`` or ``gate``, or to end a trial; ``arm`` runs the module with ``arguments``."""
    if action._task.async_val:
        raise AnsibleActionFail(
            "confirm_timeout and gate are not possible with async: nobody would be there to confirm the change. Remove async. To "
            "change many hosts in little time, use serial or throttle, or a lower confirm_timeout. Nothing was changed"
        )
    variables = task_vars or {}
    host = str(variables.get("inventory_hostname") or action._play_context.remote_addr)
    connections = Connections(action, host)
    if arguments.get("state") == "confirmed":
        arguments["_over_ssh"] = connections.over_ssh
        with ExitStack() as held:
            _connect(connections, _LONGEST_CONNECT, Clock(), held)
            return arm()
    if arguments.get("state") == "rolled_back":
        return _over_any(connections, arm)
    state = str(arguments.get("state", "present"))
    given = arguments.pop("gate", None)
    timeout = _seconds(arguments.get("confirm_timeout"))
    gate = gate_of(given, timeout, state) if given is not None else None
    confirms = boolean(arguments.get("confirm", True), strict=False)
    if gate is not None and not confirms:
        raise AnsibleActionFail(
            "gate: A task with confirm: false ends before there is anything to judge. Remove one of the two. Nothing was changed"
        )
    if not timeout or not confirms or action._task.check_mode:
        return arm()  # which predicts, leaves the trial to later tasks, does without one, or refuses the value
    trial = TrialAction(action, arguments, variables, arm, connections, Clock(), host)
    return trial.run(timeout, gate)


def _connect(connections: Connections, patience: float, clock: Clock, held: ExitStack, silence: int = SILENCE) -> None:
    """Enter a new connection. A server that many connect to at once drops some of them (MaxStartups of sshd_config(5))."""
    for attempts_left in reversed(range(_CONNECTIONS)):
        try:
            held.enter_context(connections.fresh(patience, silence))
            return
        except AnsibleAuthenticationFailure:
            # As with the connections that Ansible keeps: more attempts may lock the account.
            raise
        except AnsibleConnectionFailure as error:
            # Since ansible-core 2.19, a wrong password is no authentication failure where ssh asks for it. A refused key never was.
            if not attempts_left or "Permission denied (" in str(error):
                raise
        clock.sleep(1)


def _over_any(connections: Connections, run: t.Callable[[], Result]) -> Result:
    """Over a new connection, as the one that Ansible keeps may hang; or else over that, as only new ones may be kept away."""
    with ExitStack() as held:
        with suppress(AnsibleConnectionFailure):
            held.enter_context(connections.fresh(_CONNECT))
        return run()


def _seconds(value: t.Any) -> int | None:
    try:
        return None if value is None or isinstance(value, bool) else int(check_type_int(value))
    except TypeError:
        return None


class TrialAction:
    """The controller's part of a change on trial: arm, gate, confirm, or end it early."""

    def __init__(
        self,
        action: ObjectAction,
        arguments: Result,
        task_vars: dict[str, t.Any],
        arm: t.Callable[[], Result],
        connections: Connections,
        clock: Clock,
        host: str,
    ) -> None:
        self._action = action
        self._set: Result = {name: arguments[name] for name in ("name", "pin_root") if name in arguments}
        #: The same, for modules that look at its interfaces; a trial knows its network namespace itself.
        self._set_there: Result = {**self._set, **({"netns": arguments["netns"]} if arguments.get("netns") else {})}
        self._strict = arguments.get("confirm_strict", False)
        self._task_vars = task_vars
        self._arm = arm
        self._connections = connections
        self._clock = clock
        self._host = host
        self._gate: Gate | None = None
        self._timeout = 0
        self._patience = _CONNECT
        #: What the module has returned that armed.
        self._armed: Result = {}
        #: When the new program began to decide and when it ends, by this clock.
        self._began = self._deadline = 0.0
        self._before: Counted | None = None
        self._judged: Result | None = None
        #: Seconds from the new program's begin until new connections were answered.
        self._answered: float | None = None
        #: Whether a confirmation is under way whose answer may be lost.
        self._asked_to_confirm = False
        self._connections_failed = 0
        self._warnings: list[str] = []

    def run(self, timeout: int, gate: Gate | None) -> Result:
        """Make the change and decide on it. Raises ``AnsibleActionFail`` where nothing was changed."""
        self._timeout, self._gate = timeout, gate
        self._patience = min(max(_CONNECT, timeout / 10), _LONGEST_CONNECT)
        lost: AnsibleConnectionFailure | None = None
        with ExitStack() as held:
            try:
                # Whether a new connection is possible at all is found out before anything is changed. The change is made over
                # it as well: it notices when it is cut off, and the one that Ansible keeps stays without traffic meanwhile.
                silence = min(max(SILENCE, timeout // 2), _LONGEST_SILENCE)
                _connect(self._connections, self._patience, self._clock, held, silence)
            except AnsibleConnectionFailure as error:
                raise AnsibleActionFail(
                    f"A change on trial is confirmed over a new connection, and none to {self._host} could be made before the "
                    f"change: {_text(error)}. Nothing was changed"
                ) from None  # a cause would be said once more
            if gate is not None and gate.max_drop_increase is not None:
                unchanged = self._look_before()
                if unchanged is not None:
                    return unchanged
            try:
                self._armed = self._arm()
            except AnsibleConnectionFailure as error:
                lost = error
            now = self._clock.now()
        trial = self._armed.get("trial")
        if lost is None and (self._armed.get("failed") or not trial or trial.get("state") != "pending"):
            return {**self._armed, "gate": None}
        self._began = now + (float(trial["begins_in"]) if trial else 1.0) + _TICK
        self._deadline = self._began + timeout
        if lost is not None:
            return self._take_back(f"The connection to {self._host} was lost while the change was made: {_text(lost)}")
        self._clock.sleep(self._began - self._clock.now())
        return self._confirm()

    def _look_before(self) -> Result | None:
        """Count what the old program does. The result where nothing would change, as then there is nothing to judge."""
        self._action._task.check_mode = True
        try:
            predicted = self._arm()
        finally:
            self._action._task.check_mode = False
        unneeded = (predicted.get("trial") or {}).get("state") == "unneeded"
        if not predicted.get("failed") and unneeded:
            return None if predicted.get("changed") else {**predicted, "gate": None}
        there = self._ask("ebpf.xdp.xdp_pinned_info", dict(self._set_there))
        name = self._set.get("name")
        if not any(each.get("owner") == name for each in there.get("interfaces") or ()):
            return None  # no program: it drops nothing
        try:
            self._before = self._count()
        except ValueError as error:
            raise AnsibleActionFail(
                f"gate.max_drop_increase: The packets of the program before cannot be counted: {error}. Nothing was changed"
            ) from None  # as above
        return None

    def _confirm(self) -> Result:
        trouble = "there was no time left for it"
        refusals = 0
        while refusals < _REFUSALS:
            left = self._deadline - _LEAST_LEFT - self._clock.now()
            if left <= (self._gate.seconds if self._gate is not None and self._judged is None else 0):
                break
            try:
                if self._gate is not None and self._judged is None:
                    self._judged = self._judge(self._gate, left)
                if self._judged is not None and not self._judged["passed"]:
                    return self._take_back(
                        f"The program did not pass the gate: {'; '.join(self._judged['failures'])}. It decided about "
                        f"{self._judged['packets']} packets in {self._judged['seconds']} seconds"
                    )
                # Another connection than the one that counted: a program may let only the first one in.
                with self._connections.fresh(min(self._patience, left)):
                    self._note_answer()
                    self._asked_to_confirm = True
                    answer = self._end("confirmed")
            except AnsibleError as error:
                self._note_failure()
                trouble = _text(error)
            else:
                if _state(answer) == "confirmed":
                    return self._confirmed(answer)
                refusals += 1
                trouble = str(answer.get("msg", "the host has answered something else"))
            self._clock.sleep(_PAUSE)
        what = (
            "The host refused to confirm the trial"
            if refusals
            else "The trial could not be confirmed over a new connection"
        )
        return self._take_back(f"{what}: {trouble}")

    def _judge(self, gate: Gate, left: float) -> Result:
        with self._connections.fresh(min(self._patience, left)):
            self._note_answer()
            if gate.counts:
                try:
                    judged = gate.judge(self._count(), self._before)
                    if judged["passed"] and not judged["enough"]:
                        self._warnings.append(_not_judged(judged["packets"], judged["seconds"]))
                    return judged
                except ValueError as error:
                    return _not_counted(f"its packets could not be counted: {error}")
        self._clock.sleep(gate.seconds)
        return {**_not_counted(None), "seconds": gate.seconds}

    def _confirmed(self, answer: Result) -> Result:
        trial = {**self._armed["trial"], **(answer.get("trial") or {})}
        trial.setdefault("confirmed_by", "connection" if self._connections.over_ssh else "unverified")
        return self._with({**self._armed, "gate": self._judged}, trial, answer)

    def _take_back(self, why: str) -> Result:
        """Bring the old program back, or find that it is back, and fail; says so if the host can still not be reached."""
        if self._connections_failed and self._answered is None:
            # It does not answer before that. An attempt that begins earlier fails, or takes longer: TCP tries again after a second.
            self._clock.sleep(self._deadline - self._clock.now())
        until = max(self._deadline, self._clock.now()) + _PATIENCE
        refusals, trouble, answer = 0, "", Result()
        while refusals < _REFUSALS:
            try:
                with self._connections.fresh(self._patience):
                    self._note_answer()
                    answer = self._end("rolled_back")
                    if answer.get("failed") and self._asked_to_confirm:
                        # The answer may have been lost that it was confirmed. While it is pending this confirms it, as it may.
                        confirmed = self._end("confirmed")
                        if _state(confirmed) == "confirmed":
                            return self._confirmed(confirmed)
            except AnsibleError as error:
                self._note_failure()
                trouble = _text(error)
            else:
                if not answer.get("failed"):
                    return self._failed(why, answer)
                refusals += 1
                trouble = str(answer.get("msg"))
            if self._clock.now() >= until:
                break
            self._clock.sleep(_PAUSE)
        if not refusals:
            self._action._cleanup_remote_tmp = False  # it would wait for the host once more
        return self._not_verified(why, trouble, reached=bool(refusals))

    def _failed(self, why: str, answer: Result) -> Result:
        if self._connections_failed:
            self._connections.forget()
        after = self._answered if self._connections.over_ssh else None
        msg = _back_again(why, self._host, after)
        ended = answer.get("trial") or {}
        trial = {**(self._armed.get("trial") or {}), **ended, "state": ended.get("state", "rolled_back")}
        return self._with({"failed": True, "changed": False, "msg": msg, "gate": self._judged}, trial, answer)

    def _not_verified(self, why: str, trouble: str, *, reached: bool) -> Result:
        self._connections.forget()
        trial = {**(self._armed.get("trial") or {}), "state": "unknown"}
        passed = None if reached else self._clock.now() - self._began
        msg = _not_known(why, self._host, passed, trouble, trial.get("protection") == "process")
        return self._with({"failed": True, "changed": True, "msg": msg, "gate": self._judged}, trial, {})

    def _with(self, result: Result, trial: Result, answer: Result) -> Result:
        """The final result: names, the trial as it ended, and warnings of all runs of the module."""
        trial.pop("begins_in", None)
        after = self._answered
        trial["answered_after"] = None if after is None else round(after, 3)
        for name in ("name", "path"):
            if name in self._armed:
                result.setdefault(name, self._armed[name])
        warnings = [*self._warnings, *self._armed.get("warnings", ()), *answer.get("warnings", ())]
        if warnings:
            result["warnings"] = warnings
        return {**result, "trial": trial}

    def _note_failure(self) -> None:
        self._connections_failed += 1
        self._answered = None  # what matters is when it answers for good

    def _note_answer(self) -> None:
        if self._answered is None:
            self._answered = max(0.0, self._clock.now() - self._began)

    def _end(self, state: str) -> Result:
        # This trial, and not one that somebody else has begun since. It is not known where the answer of the host was lost.
        begun = (self._armed.get("trial") or {}).get("id")
        arguments = {**self._set, "state": state, "_trial": begun}
        if state == "confirmed":
            arguments.update(confirm_strict=self._strict, _over_ssh=self._connections.over_ssh)
        return self._action.parts.supplied(arguments, lambda: self._ask("ebpf.xdp.xdp_pin", arguments))

    def _count(self) -> Counted:
        """ValueError says why not."""
        if self._gate is None:
            raise ValueError("there is no gate")
        answer = self._ask(
            "ebpf.xdp.xdp_stats", {**self._set_there, "map": self._gate.map, "interval": self._gate.seconds}
        )
        if answer.get("failed"):
            raise ValueError(str(answer.get("msg")))
        return counted_of(answer)

    def _ask(self, module: str, arguments: Result) -> Result:
        return t.cast(
            Result,
            self._action._execute_module(
                module_name=module, module_args=_internal.pack(arguments), task_vars=self._task_vars
            ),
        )


def _not_judged(packets: int, seconds: float) -> str:
    return (
        f"gate had nothing to judge by: {packets} packets in {seconds} seconds are fewer than min_packets. It counts as passed. "
        f"With require_traffic: true it fails"
    )


def _back_again(why: str, host: str, after: float | None) -> str:
    """What a task fails with whose change was taken back; ``after`` are the seconds until the host answered."""
    if after is None:
        return f"{why}. {host} is back at what it was before. Nothing has changed"
    return (
        f"{why}. {host} is back at what it was before, and answered {after:.1f} seconds after the new program began to decide. "
        f"Nothing has changed"
    )


def _not_known(why: str, host: str, passed: float | None, trouble: str, by_process: bool) -> str:
    """What a task fails with where nobody knows whether the change was taken back."""
    if by_process:
        how = "A process on the host was to bring the old program back"
    else:
        how = "The kernel of the host runs what was there before the change since the trial is over"
    if passed is None:
        return f"{why}. Whether {host} is back at what it was could not be verified: {trouble}. {how}"
    return f"{why}. {host} still does not answer, {passed:.0f} seconds after the new program began to decide: {trouble}. {how}"


def _state(answer: Result) -> str | None:
    trial = answer.get("trial")
    return None if answer.get("failed") or not isinstance(trial, dict) else str(trial.get("state"))


def _not_counted(failure: str | None) -> Result:
    return {
        "passed": failure is None,
        "enough": False,
        **Counted(0, 0, None, None)._asdict(),
        "drop_increase": None,
        "failures": [] if failure is None else [failure],
    }


def _text(error: Exception) -> str:
    """One line of what ssh(1) says, without what the user sees anyway."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "; ".join(line.rstrip(".") for line in lines[-3:]) or type(error).__name__
