# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the controller does with a change on trial, whatever the host and the connections do."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleAuthenticationFailure, AnsibleConnectionFailure
from ansible_collections.ebpf.xdp.plugins.plugin_utils._gate import gate_of
from ansible_collections.ebpf.xdp.plugins.plugin_utils._trial_action import TrialAction, on_trial

from .trials import BEGINS_IN, Host, trial_on


def _gate(timeout: int = 30, **options: Any) -> Any:
    return gate_of(options, timeout, "present")


def test_a_good_program_is_confirmed_over_another_connection_than_the_one_that_armed() -> None:
    host = Host()
    result = trial_on(host).run(30, None)
    assert not result.get("failed") and result["changed"]
    assert (host.asked, host.made, host.state) == (["arm", "confirmed"], 2, "confirmed")
    assert result["trial"]["confirmed_by"] == "connection" and result["trial"]["state"] == "confirmed"
    assert "begins_in" not in result["trial"] and result["trial"]["answered_after"] < 1
    assert result["warnings"] == ["armed"]


def test_nothing_is_confirmed_before_the_new_program_decides() -> None:
    host = Host()
    seen: list[float] = []
    host.instead["confirmed"] = [lambda: seen.append(host.clock.time - (host.began or 0))]
    trial_on(host).run(30, None)
    assert seen[0] > 0


def test_without_a_new_connection_before_nothing_is_changed() -> None:
    host = Host()
    host.answers = lambda: False  # type: ignore[method-assign]
    with pytest.raises(
        AnsibleActionFail, match=r"none to router1 could be made before the change: .*Nothing was changed"
    ):
        trial_on(host).run(30, None)
    assert host.asked == [] and host.made == 3


def test_a_connection_that_is_dropped_before_the_change_is_tried_again() -> None:
    host = Host()
    answers = iter([False, False])
    host.answers = lambda: next(answers, True)  # type: ignore[method-assign]
    result = trial_on(host).run(30, None)
    assert (host.asked, host.made) == (["arm", "confirmed"], 4)
    assert result["trial"]["state"] == "confirmed"


@pytest.mark.parametrize(
    "refused",
    [
        AnsibleAuthenticationFailure("Invalid/incorrect username/password"),
        AnsibleConnectionFailure(
            "Failed to connect to the host via ssh: root@router1: Permission denied (publickey,password)."
        ),
    ],
)
def test_a_password_that_is_refused_is_not_tried_again(refused: Exception) -> None:
    host = Host()

    def refuse() -> bool:
        raise refused

    host.answers = refuse  # type: ignore[method-assign]
    with pytest.raises(AnsibleActionFail, match=r"Invalid/incorrect username/password|Permission denied"):
        trial_on(host).run(30, None)
    assert host.asked == [] and host.made == 1


@pytest.mark.parametrize("timeout", [5, 30, 3600])
def test_a_host_that_is_cut_off_is_back_after_the_time_and_the_task_fails(timeout: int) -> None:
    host = Host(reachable=lambda since: False, timeout=timeout)
    result = trial_on(host).run(timeout, None)
    assert result["failed"] and not result["changed"]
    assert host.asked == ["arm", "rolled_back"] and host.state == "expired"
    assert result["trial"]["state"] == "expired"
    assert timeout <= result["trial"]["answered_after"] < timeout + 2
    assert "router1 is back at what it was before, and answered" in result["msg"]
    assert "Connection timed out" in result["msg"]
    assert host.forgotten == 1


def test_a_host_that_was_away_for_a_moment_only_is_confirmed() -> None:
    host = Host(reachable=lambda since: since > 10)
    result = trial_on(host).run(30, None)
    assert result["trial"]["state"] == "confirmed"
    assert 10 <= result["trial"]["answered_after"] < 15


def test_a_lost_answer_of_the_confirmation_is_asked_for_again() -> None:
    host = Host()

    def commit_and_die() -> None:
        host.state = "confirmed"
        raise AnsibleConnectionFailure("Connection reset by peer")

    host.instead["confirmed"] = [commit_and_die]
    result = trial_on(host).run(30, None)
    assert not result.get("failed") and host.state == "confirmed"
    assert host.asked == ["arm", "confirmed", "confirmed"]
    assert result["trial"]["confirmed_by"] == "connection"


def test_a_lost_answer_in_the_last_moment_is_asked_for_after_the_deadline() -> None:
    host = Host(timeout=5)

    def commit_and_die() -> None:
        host.state = "confirmed"
        host.clock.sleep(6)
        raise AnsibleConnectionFailure("Connection reset by peer")

    host.instead["confirmed"] = [commit_and_die]
    result = trial_on(host).run(5, None)
    assert not result.get("failed") and result["trial"]["state"] == "confirmed"
    assert host.asked == ["arm", "confirmed", "rolled_back", "confirmed"]


def test_a_refusal_of_the_host_takes_the_change_back() -> None:
    host = Host()
    refused = {"failed": True, "msg": "This run came over a connection that is older"}
    host.instead["confirmed"] = [refused, refused, refused]
    result = trial_on(host).run(30, None)
    assert result["failed"] and host.state == "rolled_back"
    assert result["msg"].startswith("The host refused to confirm the trial: This run came over")
    assert host.clock.time < 1000 + 10


def test_a_host_that_stays_away_is_said_to_be_away() -> None:
    host = Host()
    host.answers = lambda: host.began is None  # type: ignore[method-assign]
    trial = trial_on(host)
    result = trial.run(30, None)
    assert result["failed"] and result["changed"] and result["trial"]["state"] == "unknown"
    assert "router1 still does not answer" in result["msg"] and "The kernel of the host runs" in result["msg"]
    assert host.clock.time >= 1000 + BEGINS_IN + 30 + 30
    assert host.forgotten == 1 and trial._action._cleanup_remote_tmp is False


def test_a_host_that_cannot_say_whether_it_is_back_is_not_said_to_be_back() -> None:
    host = Host(reachable=lambda since: False)
    host.instead["rolled_back"] = [{"failed": True, "msg": "The lock is held"}] * 3
    result = trial_on(host).run(30, None)
    assert result["failed"] and result["trial"]["state"] == "unknown"
    assert "could not be verified: The lock is held" in result["msg"]


@pytest.mark.parametrize(("timeout", "silence"), [(5, 3), (20, 10), (600, 15)])
def test_the_host_may_be_silent_for_longer_while_arming_than_while_confirming(timeout: int, silence: int) -> None:
    host = Host(timeout=timeout)
    trial_on(host).run(timeout, None)
    assert host.silences == [silence, 3]


def test_a_connection_that_is_lost_while_arming_ends_in_taking_back() -> None:
    host = Host()

    def arm_and_die() -> None:
        host.began, host.state = host.clock.time + BEGINS_IN, "pending"
        raise AnsibleConnectionFailure("client_loop: send disconnect: Broken pipe")

    host.instead["arm"] = [arm_and_die]
    result = trial_on(host).run(30, None)
    assert result["failed"] and host.state == "rolled_back"
    assert "was lost while the change was made" in result["msg"]
    assert "confirmed" not in host.asked


@pytest.mark.parametrize(
    "answer",
    [
        {"changed": False, "trial": {"state": "unneeded"}},
        {"failed": True, "msg": "The verifier refused it"},
        {"failed": True, "msg": "An old one", "trial": {"state": "pending"}},
        {"changed": True, "trial": None},
    ],
)
def test_without_a_trial_the_answer_of_the_module_is_the_result(answer: dict[str, Any]) -> None:
    host = Host()
    host.instead["arm"] = [answer]
    assert trial_on(host).run(30, None) == {**answer, "gate": None}
    assert host.asked == ["arm"]


def test_without_ssh_the_second_run_confirms() -> None:
    host = Host()
    result = trial_on(host, over_ssh=False).run(30, None)
    assert result["trial"]["state"] == "confirmed" and host.asked == ["arm", "confirmed"]


def test_the_gate_is_judged_over_a_connection_of_its_own_before_confirming() -> None:
    host = Host()
    host.stats = [{"drop": 0.01}]
    result = trial_on(host).run(30, _gate(max_drop_share=0.05))
    assert host.asked == ["arm", "xdp_stats", "confirmed"] and host.made == 3
    assert result["gate"]["passed"] and result["gate"]["drop_share"] == pytest.approx(0.01)
    assert result["gate"]["packets"] == 5000


def test_what_does_not_pass_the_gate_is_taken_back_at_once() -> None:
    host = Host()
    host.stats = [{"drop": 0.2}]
    result = trial_on(host).run(30, _gate(max_drop_share=0.05))
    assert result["failed"] and host.state == "rolled_back" and not result["changed"]
    assert host.asked == ["arm", "xdp_stats", "rolled_back"]
    assert "it dropped 20 %, more than 5 %" in result["msg"] and result["gate"]["passed"] is False


def test_packets_that_cannot_be_counted_do_not_pass() -> None:
    host = Host()
    host.instead["xdp_stats"] = [{"failed": True, "msg": "There is no map xdp_stats"}]
    result = trial_on(host).run(30, _gate(max_drop_share=0.05))
    assert result["failed"] and host.state == "rolled_back"
    assert "could not be counted: There is no map xdp_stats" in result["msg"]


def test_a_host_that_goes_away_while_it_is_judged_is_taken_back() -> None:
    host = Host(reachable=lambda since: since < 3)
    host.stats = [{"drop": 0.0}] * 5
    result = trial_on(host).run(30, _gate(max_drop_share=0.05))
    assert result["failed"] and "confirmed" not in host.asked and host.state == "expired"
    assert result["trial"]["answered_after"] >= 30


def test_a_host_that_goes_away_after_it_was_judged_is_taken_back() -> None:
    host = Host(reachable=lambda since: since < 5.9)
    result = trial_on(host).run(30, _gate(seconds=6))
    assert result["failed"] and host.state == "expired" and result["trial"]["answered_after"] >= 30


def test_the_program_before_is_counted_before_the_change() -> None:
    host = Host()
    host.stats = [{"drop": 0.5}, {"drop": 0.52}]
    result = trial_on(host).run(30, _gate(max_drop_increase=0.05))
    assert host.asked == ["arm", "xdp_pinned_info", "xdp_stats", "arm", "xdp_stats", "confirmed"]
    assert host.check_modes == [True, False]
    assert result["gate"]["passed"] and result["gate"]["drop_increase"] == pytest.approx(0.02)


def test_an_increase_above_the_limit_does_not_pass() -> None:
    host = Host()
    host.stats = [{"drop": 0.5}, {"drop": 0.6}]
    result = trial_on(host).run(30, _gate(max_drop_increase=0.05))
    assert result["failed"] and host.state == "rolled_back"
    assert "it dropped 60 % and the old program 50 %" in result["msg"]


def test_a_converged_run_counts_nothing() -> None:
    host = Host()
    host.instead["arm"] = [{"changed": False, "trial": {"state": "unneeded"}}]
    assert trial_on(host).run(30, _gate(max_drop_increase=0.05))["changed"] is False
    assert host.asked == ["arm"] and host.check_modes == [True]


def test_where_no_program_was_before_nothing_is_counted_of_it() -> None:
    host = Host()
    host.owned = False
    host.stats = [{"drop": 0.03}]
    result = trial_on(host).run(30, _gate(max_drop_increase=0.05))
    assert result["gate"]["drop_increase"] == pytest.approx(0.03)


def test_a_program_before_that_cannot_be_counted_is_an_error_before_the_change() -> None:
    host = Host()
    host.instead["xdp_stats"] = [{"failed": True, "msg": "There is no map xdp_stats"}]
    with pytest.raises(
        AnsibleActionFail, match=r"program before cannot be counted: There is no map .*Nothing was changed"
    ):
        trial_on(host).run(30, _gate(max_drop_increase=0.05))
    assert host.state == "none"


def _watched(trial: TrialAction) -> list[dict[str, Any]]:
    """The arguments of the modules that will be run."""
    seen: list[dict[str, Any]] = []
    execute = trial._action._execute_module

    def watch(module_name: str, module_args: dict[str, Any], task_vars: Any) -> dict[str, Any]:
        seen.append(module_args)
        return execute(module_name=module_name, module_args=module_args, task_vars=task_vars)

    trial._action._execute_module = watch  # type: ignore[method-assign,assignment]
    return seen


def test_the_program_is_looked_for_and_counted_in_the_namespace_of_the_task() -> None:
    host = Host()
    host.stats = [{"drop": 0.4}, {"drop": 0.4}]
    seen = _watched(trial := trial_on(host, netns="blue"))
    assert trial.run(30, _gate(max_drop_increase=0.05))["gate"]["passed"]
    # The trial knows it itself.
    assert [each.get("netns") for each in seen] == ["blue", "blue", "blue", None]


def test_a_set_is_named_with_its_pin_root_when_it_is_ended() -> None:
    host = Host()
    trial = trial_on(host, pin_root="/run/other/bpf", confirm_strict=True, src="x.c", interfaces=["eth0"])
    seen = _watched(trial)
    trial.run(30, None)
    assert seen == [
        {
            "name": "edge",
            "pin_root": "/run/other/bpf",
            "state": "confirmed",
            "confirm_strict": True,
            "xdp_internal": {"trial": "1", "over_ssh": True},
        }
    ]


class _Connection:
    def __init__(self, transport: str, *, reachable: bool = True) -> None:
        self.transport = transport
        self.reachable = reachable
        self.did: list[str] = []

    def reset(self) -> None:
        self.did.append("reset")

    def exec_command(self, command: str, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        if not self.reachable:
            raise AnsibleConnectionFailure("timed out")
        self.did.append(command)
        return 0, b"ebpf-xdp\n", b""


class _Task:
    def __init__(self, async_val: int = 0, check_mode: bool = False) -> None:
        self.async_val = async_val
        self.check_mode = check_mode


class _Plugin:
    def __init__(self, transport: str = "local", reachable: bool = True, **task: Any) -> None:
        self._connection = _Connection(transport, reachable=reachable)
        self._task = _Task(**task)


def _on_trial(plugin: _Plugin, **arguments: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    asked: list[dict[str, Any]] = []

    def arm() -> dict[str, Any]:
        asked.append(dict(arguments))
        return {"changed": True, "trial": {"state": "pending"}}

    return asked, on_trial(plugin, arguments, {"inventory_hostname": "router1"}, arm)  # type: ignore[arg-type]


def test_async_is_refused_with_what_to_do_instead() -> None:
    with pytest.raises(AnsibleActionFail, match=r"not possible with async.*serial or throttle"):
        _on_trial(_Plugin(async_val=60), name="edge", confirm_timeout=30)


@pytest.mark.parametrize("timeout", [True, "soon", None, 0, " 0"])
def test_the_module_alone_decides_about_what_is_not_a_time_for_a_trial(timeout: Any) -> None:
    asked, _result = _on_trial(_Plugin(), name="edge", confirm_timeout=timeout)
    assert asked == [{"name": "edge", "confirm_timeout": timeout}]


def test_check_mode_predicts_and_makes_no_connection() -> None:
    plugin = _Plugin("paramiko", check_mode=True)
    asked, _result = _on_trial(plugin, name="edge", confirm_timeout=30, gate={"seconds": 1})
    assert asked == [{"name": "edge", "confirm_timeout": 30}] and plugin._connection.did == []


def test_a_wrong_gate_is_refused_in_check_mode_too() -> None:
    with pytest.raises(AnsibleActionFail, match="Give at least 40"):
        _on_trial(_Plugin(check_mode=True), name="edge", confirm_timeout=30, gate={"seconds": 30})


def test_later_tasks_may_decide_but_not_judge() -> None:
    asked, result = _on_trial(_Plugin(), name="edge", confirm_timeout=30, confirm=False)
    assert len(asked) == 1 and result["trial"] == {"state": "pending"}
    with pytest.raises(AnsibleActionFail, match="confirm: false ends before there is anything to judge"):
        _on_trial(_Plugin(), name="edge", confirm_timeout=30, confirm=False, gate={"seconds": 1})


@pytest.mark.parametrize(("transport", "over_ssh"), [("paramiko", True), ("local", False)])
def test_a_trial_is_confirmed_over_a_new_connection(transport: str, over_ssh: bool) -> None:
    plugin = _Plugin(transport)
    asked, _result = _on_trial(plugin, name="edge", state="confirmed")
    assert asked == [{"name": "edge", "state": "confirmed", "_over_ssh": over_ssh}]
    assert plugin._connection.did == (["reset", "echo ebpf-xdp"] if over_ssh else [])


def test_a_trial_is_not_confirmed_over_an_old_connection() -> None:
    with pytest.raises(AnsibleConnectionFailure):
        _on_trial(_Plugin("paramiko", reachable=False), name="edge", state="confirmed")


def test_a_trial_is_taken_back_over_any_connection() -> None:
    assert len(_on_trial(_Plugin("paramiko"), name="edge", state="rolled_back")[0]) == 1
    assert len(_on_trial(_Plugin("paramiko", reachable=False), name="edge", state="rolled_back")[0]) == 1


def test_too_few_packets_pass_with_a_warning() -> None:
    host = Host()
    host.stats = [{"rate": 0.0}]
    result = trial_on(host).run(30, _gate(max_drop_share=0.05))
    assert result["gate"]["passed"] and not result["gate"]["enough"]
    assert result["warnings"][0].startswith("gate had nothing to judge by: 0 packets in 5.0 seconds")


def test_without_ssh_a_failure_says_nothing_of_answers() -> None:
    host = Host()
    host.stats = [{"aborted": 0.2}]
    result = trial_on(host, over_ssh=False).run(30, _gate(max_abort_share=0))
    assert result["msg"].endswith("router1 is back at what it was before. Nothing has changed")


def test_where_a_process_goes_back_a_host_that_stays_away_may_still_run_the_new_program() -> None:
    host = Host()
    host.answers = lambda: host.began is None  # type: ignore[method-assign]

    def by_process() -> dict[str, Any]:
        host.began = host.clock.time
        return {"changed": True, "trial": {"state": "pending", "begins_in": 0.0, "protection": "process"}}

    host.instead["arm"] = [by_process]
    result = trial_on(host).run(30, None)
    assert result["msg"].endswith("A process on the host was to bring the old program back")


def test_the_whole_course_begins_with_the_arguments_of_a_task() -> None:
    plugin = _Plugin("paramiko", reachable=False)
    with pytest.raises(AnsibleActionFail, match="none to router1 could be made before"):
        _on_trial(plugin, name="edge", confirm_timeout="30")
