# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import MOST_MEMBERS, SLOT
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import chain


def test_members_are_found_by_their_slots() -> None:
    cpu = bytearray(MOST_MEMBERS * SLOT + 8)
    struct.pack_into("=6Q", cpu, 2 * SLOT, 1, 2, 3, 4, 5, 6)
    found = chain.by_member(bytes(cpu) * 2, [("filter", "xdp_filter", ["pass"])], {"filter": 2})
    packets = {"aborted": 2, "drop": 4, "pass": 6, "tx": 8, "redirect": 10, "unknown": 12}
    assert found == [{"name": "filter", "program": "xdp_filter", "proceed_on": ["pass"], "packets": packets}]


def test_members_on_record() -> None:
    record = {
        "program": {
            "chain": [["one", "main", ["pass"], "5e"], ["two", "main", [], "5f"]],
            "slots": {"one": 1, "two": 99},
        }
    }
    assert chain.members(json.dumps(record)) == ([("one", "main", ["pass"])], {"one": 1})


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"program": {}}', '{"program": {"chain": [1], "slots": {}}}', "[" * 10000]
)
def test_records_of_no_chain(text: str) -> None:
    assert chain.members(text) == ([], {})


def test_what_a_trial_is_to_have() -> None:
    assert chain.on_trial(json.dumps({"new": "{}"})) == "{}"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"new": null}', "[" * 10000])
def test_texts_of_no_trial(text: str) -> None:
    assert chain.on_trial(text) is None


def test_a_set_is_of_its_network_namespace() -> None:
    assert chain.netns('{"netns": [7, 4, 99]}') == (7, 4, 99)
    assert chain.netns('{"netns": [7, 4, 98]}') != (7, 4, 99)
    for text in ('{"netns": null}', '{"netns": [7, 4]}', "{}", "", "[1]"):
        assert chain.netns(text) is None
