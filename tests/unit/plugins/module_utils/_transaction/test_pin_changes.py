# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a record that is all that has to change."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.target import Target
from ansible_collections.ebpf.xdp.plugins.module_utils._plan.plan import Plan
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.pin_changes import PinChanges


def _changes(record: Record | None) -> PinChanges:
    observed: Any = SimpleNamespace(layout=Layout("/sys/fs/bpf/ansible", "edge"), record=record)
    return PinChanges(Plan(), observed, Target(None, {}, "", ""))


@pytest.mark.parametrize(
    ("there", "record", "shown"),
    [("spoilt", None, "unreadable"), ("{}", Record(), "another"), (None, None, None)],
)
def test_the_diff_says_what_the_record_was(there: str | None, record: Record | None, shown: str | None) -> None:
    changes = _changes(record)
    changes.write_record(there, "new")
    assert changes.plan.side("before").get("record", {}).get("record") == shown
    assert changes.plan.side("after") == {"record": {"record": "written anew"}}


def test_with_other_changes_it_goes_without_saying() -> None:
    changes = _changes(None)
    changes.make_directory("/sys/fs/bpf/ansible/edge")
    changes.write_record(None, "new")
    assert changes.plan.changes == []


def test_what_a_map_of_maps_holds_is_on_record_before_it_is_pinned() -> None:
    record = Record(inner={"tables": "array"})
    observed: Any = SimpleNamespace(
        layout=Layout("/sys/fs/bpf/ansible", "edge"),
        record=record,
        record_text=record.to_text(),
        pending=list,
        link_ids=dict,
    )
    changes = PinChanges(Plan(), observed, Target(None, {}, "", ""))
    claimed = changes.claim(["maps/new"], None, {}, {}, {"new": "hash", "tables": "hash"})
    # The one that is pinned as tables is still the old one.
    assert claimed.inner == {"new": "hash", "tables": "array"}
