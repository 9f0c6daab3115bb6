# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record, RecordedMember, RecordedProgram
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics import rules


def _text(name: str, action: str = "drop") -> bytes:
    return struct.pack("64s12s436s", name.encode(), action.encode(), f"{action} all".encode())


def _record(slots: object) -> str:
    return json.dumps({"program": {"slots": slots}})


@pytest.mark.parametrize("prefix", ["", "filter:"])
def test_the_record_says_whose_each_row_is(prefix: str) -> None:
    found = rules.filter_of(_record({f"{prefix}counters/blocklist": 4, f"{prefix}counters/gone": 5, "member": 1}))
    assert found == (prefix, {"blocklist": 4, "gone": 5})
    assert (found.rules, found.counters) == (f"{prefix}rules", f"{prefix}counters")


def test_of_several_filters_the_first_one_counts() -> None:
    slots = {"last:counters/a": 4, "one:counters/a": 3, "one:counters/b": 5, "one": 1, "two": 2}
    chain = tuple(RecordedMember(name, "main", (), "") for name in ("two", "one", "last"))
    program = RecordedProgram("", "", "chain", 1, "", ("chain",), {}, chain=chain, slots=slots)
    found = rules.filter_of(Record(program=program).to_text())
    assert found == ("one:", {"a": 3, "b": 5})


@pytest.mark.parametrize("record", ["", "[]", "{}", _record(None), _record({"a": "b"}), _record({"member": 1})])
def test_a_record_of_another_kind_has_no_filter(record: str) -> None:
    assert rules.filter_of(record) is None


def test_rules_come_in_their_order_with_the_sum_of_all_cpus() -> None:
    found = rules.Filter("", {"late": 3, "early": 4})
    texts = [_text("early"), _text("late", "pass"), _text("early"), bytes(512)]
    rows = {0: struct.pack("=8Q", 1, 60, 0, 0, 2, 120, 0, 0), 4: struct.pack("=8Q", 5, 6, 7, 8, 50, 60, 70, 80)}
    shown = rules.counted(found, texts, rows)
    assert [each["name"] for each in shown] == ["early", "late", "default", "essential", "replies"]
    assert shown[0] == {
        "name": "early",
        "action": "drop",
        "text": "drop all",
        "packets": 55,
        "bytes": 66,
        "would_packets": 77,
        "would_bytes": 88,
    }
    assert (shown[1]["packets"], shown[2]["packets"], shown[2]["action"]) == (0, 3, None)
