# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of a trial says all that it was told, and what is damaged is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._network.namespace import NetworkNamespace
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.trial_record import Place, Side, Trial, parse
from hypothesis import given
from hypothesis import strategies as st

_PATH = "/sys/fs/bpf/ansible/edge/trial/record"

TRIAL = Trial(
    id="db7a1e8d757c6eed",
    timeout=30,
    protection="process",
    why="the mode changes",
    object="52b5",
    old='{"version":2}',
    new=None,
    places=(
        Place("eth0", 2, Side(7, "native", "link"), Side(9, None, "link"), 11, 3),
        Place("eth1", 3, None, Side(9, "generic", "netlink"), 12, 0),
        Place("eth2", 4, Side(7, "native", "netlink"), None, 13, 0),
        Place("eth3", 5, Side(8, "native", "link"), Side(9, "native", "link"), 14, 4, "edge"),
    ),
    pins={"maps/seen": 5, "programs/drop@2": 9},
    gone={"programs/pass": 7},
    netns=NetworkNamespace(20888, 4, 4026532267),
    givers=("edge", "another"),
)


def test_there_and_back() -> None:
    assert parse(TRIAL.to_text(), _PATH) == TRIAL


@pytest.mark.parametrize(
    "change",
    [
        {"pins": {"maps/../../../etc": 5}},
        {"pins": {"links/x": 5}},
        {"givers": ["edge", "../x"]},
        {"givers": []},  # of which eth3 comes from one
        {"pins": {"maps/seen": -1}},
        {"places": [["../x", 2, None, [9, None, "link"], 0, 0]]},
        {"places": [["eth0", 2, None, None, 0, 0]]},
        {"places": [["eth0", 2, None, [9, "odd", "link"], 0, 0]]},
        {"protection": "nobody"},
        {"id": 7},
        {"surplus": 1},
        {"timeout": None},
    ],
)
def test_what_nobody_wrote_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(XdpError, match="is not the record of a trial"):
        parse(json.dumps({**json.loads(TRIAL.to_text()), **change}), _PATH)


def test_a_newer_one_is_refused_with_its_writer() -> None:
    with pytest.raises(XdpError, match=r"was written by ebpf\.xdp 9\.9"):
        parse(json.dumps({**json.loads(TRIAL.to_text()), "version": 2, "by": "9.9"}), _PATH)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_text_is_a_record_or_refused(text: str) -> None:
    with pytest.raises(XdpError):
        parse(text, _PATH)


@given(
    st.sampled_from(sorted(json.loads(TRIAL.to_text()))),
    st.none() | st.integers() | st.text() | st.lists(st.integers()),
)
def test_any_damage_is_found_or_harmless(field: str, value: Any) -> None:
    try:
        trial = parse(json.dumps({**json.loads(TRIAL.to_text()), field: value}), _PATH)
    except XdpError:
        return
    assert parse(trial.to_text(), _PATH) == trial
