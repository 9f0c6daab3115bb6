# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits that a program on trial must hold to."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.ebpf.xdp.plugins.plugin_utils._gate import Counted, counted_of, gate_of
from hypothesis import given
from hypothesis import strategies as some

SHARES = some.floats(0, 1)


def test_options_have_the_defaults_of_the_role() -> None:
    gate = gate_of({}, 30, "present")
    assert (gate.seconds, gate.min_packets, gate.require_traffic, gate.map) == (5, 1, False, None)
    assert not gate.counts


@pytest.mark.parametrize("name", ["max_drop_share", "max_drop_increase", "max_abort_share"])
def test_a_limit_makes_it_count(name: str) -> None:
    assert gate_of({name: 0}, 30, "present").counts


@pytest.mark.parametrize(
    ("options", "timeout", "state", "said"),
    [
        ({"max_drop_share": 1.5}, 30, "present", r"gate\.max_drop_share: 1\.5 is not a share"),
        ({"max_abort_share": -0.1}, 30, "present", r"gate\.max_abort_share: -0\.1 is not a share"),
        ({"max_drop_increase": "nan"}, 30, "present", r"gate\.max_drop_increase: nan is not a share"),
        ({"seconds": 0}, 30, "present", r"gate\.seconds: 0"),
        ({"seconds": "inf"}, 30, "present", r"gate\.seconds: inf"),
        ({"max_drops": 1}, 30, "present", "gate.max_drops"),
        ({"min_packets": "many"}, 30, "present", "min_packets"),
        ({"min_packets": 0}, 30, "present", "gate.min_packets: 0 is not possible"),
        ([], 30, "present", "gate"),
        ({}, None, "present", "needs confirm_timeout"),
        ({}, 0, "present", "needs confirm_timeout"),
        ({"seconds": 21}, 30, "present", "Give at least 31"),
        ({"max_drop_share": 0}, 30, "absent", "after state: absent there is no program"),
    ],
)
def test_what_is_wrong_is_refused_before_anything(options: Any, timeout: int | None, state: str, said: str) -> None:
    with pytest.raises(AnsibleActionFail, match=said):
        gate_of(options, timeout, state)


def test_the_margin_is_ten_seconds() -> None:
    assert gate_of({"seconds": 20}, 30, "present").seconds == 20
    with pytest.raises(AnsibleActionFail):
        gate_of({"seconds": 20.5}, 30, "present")


def test_time_alone_is_possible_after_absent() -> None:
    assert not gate_of({"seconds": 3}, 30, "absent").counts


@given(limit=SHARES, drop=SHARES, abort=SHARES)
def test_shares_are_compared_with_their_limits(limit: float, drop: float, abort: float) -> None:
    counted = Counted(100, 5.0, drop, abort)
    assert gate_of({"max_drop_share": limit}, 30, "present").judge(counted, None)["passed"] is (drop <= limit)
    assert gate_of({"max_abort_share": limit}, 30, "present").judge(counted, None)["passed"] is (abort <= limit)


@given(limit=SHARES, drop=SHARES, before=SHARES)
def test_an_increase_is_what_the_old_program_did_not_drop(limit: float, drop: float, before: float) -> None:
    gate = gate_of({"max_drop_increase": limit}, 30, "present")
    judged = gate.judge(Counted(100, 5.0, drop, 0.0), Counted(100, 5.0, before, 0.0))
    assert judged["passed"] is (drop - before <= limit)
    assert gate.judge(Counted(100, 5.0, drop, 0.0), None)["passed"] is (drop <= limit)


def test_an_old_program_with_too_few_packets_counts_as_one_that_dropped_nothing() -> None:
    gate = gate_of({"max_drop_increase": 0.1, "min_packets": 50}, 30, "present")
    assert not gate.judge(Counted(100, 5.0, 0.5, 0.0), Counted(49, 5.0, 0.5, 0.0))["passed"]
    assert gate.judge(Counted(100, 5.0, 0.5, 0.0), Counted(50, 5.0, 0.5, 0.0))["passed"]


@pytest.mark.parametrize("required", [False, True])
def test_too_few_packets_pass_unless_traffic_is_required(required: bool) -> None:
    gate = gate_of({"max_drop_share": 0, "min_packets": 10, "require_traffic": required}, 30, "present")
    judged = gate.judge(Counted(9, 5.0, 1.0, 0.0), None)
    assert (judged["passed"], judged["enough"]) == (not required, False)


def test_rates_become_shares() -> None:
    stats = {
        "drop": {"packets_per_second": 30.0},
        "aborted": {"packets_per_second": 10.0},
        "pass": {"packets_per_second": 60.0},
    }
    assert counted_of({"seconds": 2.0, "stats": stats, "total": {"packets_per_second": 100.0}}) == Counted(
        200, 2.0, 0.3, 0.1
    )


def test_no_packets_have_no_shares() -> None:
    stats = {"drop": {"packets_per_second": 0.0}, "aborted": {"packets_per_second": 0.0}}
    assert counted_of({"seconds": 2.0, "stats": stats, "total": {"packets_per_second": 0.0}}) == Counted(
        0, 2.0, None, None
    )


def test_rates_that_are_no_numbers_are_an_error() -> None:
    stats = {"drop": {"packets_per_second": 0.0}, "aborted": {"packets_per_second": 0.0}}
    for rate in (float("inf"), float("nan")):
        with pytest.raises(ValueError, match="a rate that is no number"):
            counted_of({"seconds": 2.0, "stats": stats, "total": {"packets_per_second": rate}})


@pytest.mark.parametrize(
    "answer", [{}, {"seconds": 1.0}, {"seconds": 1.0, "stats": [], "total": {}}, {"seconds": None}]
)
def test_an_answer_that_lacks_something_is_an_error(answer: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="xdp_stats has answered without"):
        counted_of(answer)
