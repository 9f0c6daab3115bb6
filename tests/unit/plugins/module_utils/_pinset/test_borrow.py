# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who borrows maps."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import borrow
from ansible_collections.ebpf.xdp.plugins.module_utils._record import record as records
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Borrowed, Record, RecordedProgram


def record(tmp_path: Path, name: str, **borrowed: Borrowed) -> None:
    program = RecordedProgram(
        "", "", "main", 1, "", ("main",), {each: borrowed_map.id for each, borrowed_map in borrowed.items()}
    )
    (tmp_path / name).mkdir()
    os.symlink(Record(program=program, borrowed=borrowed).to_text(), tmp_path / name / "record")


def test_what_is_on_trial_may_borrow_as_well(tmp_path: Path) -> None:
    borrowed_map = Borrowed(str(tmp_path / "filter/maps/blocked"), 7)
    program = RecordedProgram("", "", "main", 1, "", ("main",), {"blocked": 7})
    on_trial = {"new": Record(program=program, borrowed={"blocked": borrowed_map}).to_text()}
    for name, text in (("edge", json.dumps(on_trial)), ("going", '{"new": null}'), ("damaged", "{")):
        (tmp_path / name / "trial").mkdir(parents=True)
        os.symlink(text, tmp_path / name / "trial" / "record")
    assert borrow.borrowers(str(tmp_path), "filter", [borrowed_map]) == {borrowed_map.path: ["edge"]}


def test_borrowers_are_found_by_the_path_or_the_id(tmp_path: Path) -> None:
    seen = f"{tmp_path}/filter/maps/seen"
    record(tmp_path, "filter")
    record(tmp_path, "one", seen=Borrowed(seen, 17))
    record(tmp_path, "two", a=Borrowed("/elsewhere", 17), b=Borrowed(seen, 17))
    record(tmp_path, "three", seen=Borrowed(seen, 16), other=Borrowed("/elsewhere", 3))
    record(tmp_path, "four", other=Borrowed("/elsewhere", 3))
    (tmp_path / "no_record").mkdir()
    root = str(tmp_path)
    assert borrow.borrowers(root, "filter", [(seen, 17), ("/x", 18)]) == {seen: ["one", "three", "two"]}
    assert borrow.borrowers(root, "filter", [("/x", 18)]) == {}
    borrow.require_unlent(root, "filter", [("/x", 18)])
    with pytest.raises(XdpError, match=f"^The map {seen} is lent to the pin set one and three and two "):
        borrow.require_unlent(root, "filter", [(seen, 17)])
    # What a set borrows itself does not keep it from anything.
    assert borrow.borrowers(root, "one", [("/x", 17)]) == {"/x": ["two"]}


def test_a_record_of_a_newer_version_may_say_more(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    os.symlink('{"version":2,"by":"99.0.0","lends":1}', tmp_path / "new" / "record")
    with pytest.raises(XdpError, match=r"was written by ebpf\.xdp 99\.0\.0"):
        borrow.borrowers(str(tmp_path), "filter", [("/x", 1)])


def test_a_record_without_borrowed_maps_has_the_text_that_it_had() -> None:
    program = RecordedProgram("", "", "main", 1, "", ("main",), {"seen": 17})
    text = Record(program=program).to_text()
    assert "borrowed" not in text
    lent = Record(program=program, borrowed={"seen": Borrowed("/bpf/filter/maps/seen", 17)})
    assert records.parse(lent.to_text()) == lent
    assert '"borrowed":{"seen":["/bpf/filter/maps/seen",17]}' in lent.to_text()
    # The pin of that name, if there is one, is not the set's.
    assert lent.names("maps") == set()


@pytest.mark.parametrize(
    "damage",
    [
        "[]",
        '{"a/b":["/x",1]}',
        '{"a":["x",1]}',
        '{"a":["/x"]}',
        '{"a":["/x",-1]}',
        '{"a":["/x",1,2]}',
        '{"a":[7,1]}',
        '{"a":7}',
    ],
)
def test_a_damaged_one_is_no_record(damage: str) -> None:
    text = Record().to_text()
    assert records.parse(f'{text[:-1]},"borrowed":{damage}}}') is None
