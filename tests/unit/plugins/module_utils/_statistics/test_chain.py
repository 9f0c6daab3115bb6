# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import COUNTERS, MOST_MEMBERS, ROW, SLOT, VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import chain
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.verdicts import Counter


def _row(ifindex: int, **counted: tuple[int, int]) -> bytes:
    numbers = [number for name in (*VERDICTS, "unknown") for number in counted.get(name, (0, 0))]
    return struct.pack(f"=2I{2 * COUNTERS}Q", ifindex, 0, *numbers)


def test_rows_are_added_up_by_verdict_and_cpu() -> None:
    # Two rows, each with two CPUs.
    values = [
        _row(2, drop=(1, 60)) + _row(2, drop=(2, 120)),
        _row(3, drop=(10, 600), unknown=(5, 50)) + _row(0),
    ]
    interfaces = chain.by_interface(values)
    drop, aborted = VERDICTS.index("drop"), VERDICTS.index("aborted")
    assert interfaces.keys() == {2, 3}
    assert interfaces[2][drop] == [Counter(1, 60), Counter(2, 120)]
    assert interfaces[3][drop] == [Counter(10, 600), Counter(0, 0)]
    found = chain.total(interfaces.values(), chain.cpus_of(values[0]))
    assert found[drop] == [Counter(11, 660), Counter(2, 120)]
    assert found[aborted] == [Counter(5, 50), Counter(0, 0)]  # as the kernel takes it
    assert chain.is_rows("percpu_array", 4, ROW) and not chain.is_rows("percpu_array", 4, 16)


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


def test_interfaces_that_share_a_row_are_one() -> None:
    values = [_row(66, drop=(1, 60)) + _row(2, drop=(2, 120)), _row(0, drop=(5, 300)) + _row(0)]
    found = chain.by_interface(values)
    # Each CPU gives its row to the first that comes.
    assert {ifindex: chain.total([each], 2)[VERDICTS.index("drop")] for ifindex, each in found.items()} == {
        66: [Counter(1, 60), Counter(0, 0)],
        2: [Counter(0, 0), Counter(2, 120)],
        0: [Counter(5, 300), Counter(0, 0)],
    }
    assert chain.total([], 2) == chain.nothing(2)


def test_a_set_is_of_its_network_namespace() -> None:
    assert chain.netns('{"netns": [7, 4, 99]}') == (7, 4, 99)
    assert chain.netns('{"netns": [7, 4, 98]}') != (7, 4, 99)
    for text in ('{"netns": null}', '{"netns": [7, 4]}', "{}", "", "[1]"):
        assert chain.netns(text) is None
