# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a pin set, as the target of a symbolic link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset import record
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.record import Record, RecordedMaps, RecordedProgram

MAPS = RecordedMaps("5e1f", "0b1e", {"stats": 17, "ports": 18})
PROGRAM = RecordedProgram(
    "5e1f", "0b1e", "pass", 42, "7524a119f44a4890", ("drop", "pass"), {"stats": 17, "scratch": 19}
)
PENDING = ("maps/stats", "maps/new", "programs/pass", "programs/other")


@pytest.mark.parametrize("maps", [None, MAPS, RecordedMaps("0", "1", {})])
@pytest.mark.parametrize("program", [None, PROGRAM, PROGRAM._replace(maps={})])
@pytest.mark.parametrize("pending", [(), PENDING])
def test_comes_back_equal(maps: RecordedMaps | None, program: RecordedProgram | None, pending: tuple[str, ...]) -> None:
    written = Record(maps, program, pending)
    assert record.parse(written.to_text()) == written


def test_the_form_is_fixed() -> None:
    # The next version has to read what this one wrote: pin sets outlive upgrades of the collection.
    assert Record(MAPS, PROGRAM, ("maps/x",)).to_text() == (
        '{"maps":{"ids":{"ports":18,"stats":17},"object":"0b1e","source":"5e1f"},'
        '"pending":["maps/x"],'
        '"program":{"functions":["drop","pass"],"id":42,"maps":{"scratch":19,"stats":17},"name":"pass",'
        '"object":"0b1e","source":"5e1f","tag":"7524a119f44a4890"},'
        '"version":1}'
    )


def test_equal_records_are_equal_texts() -> None:
    other_order = MAPS._replace(ids=dict(reversed(list(MAPS.ids.items()))))
    assert Record(other_order).to_text() == Record(MAPS).to_text()


@pytest.mark.parametrize(
    ("known", "maps", "programs"),
    [
        (Record(), set(), set()),
        (Record(maps=MAPS), {"stats", "ports"}, set()),
        # A pin of any map of the program may come from an earlier run in another scope.
        (Record(program=PROGRAM), {"stats", "scratch"}, {"pass"}),
        (Record(pending=PENDING), {"stats", "new"}, {"pass", "other"}),
        (Record(MAPS, PROGRAM, PENDING), {"stats", "ports", "scratch", "new"}, {"pass", "other"}),
    ],
)
def test_names_are_the_pins_that_are_ours(known: Record, maps: set[str], programs: set[str]) -> None:
    assert known.names("maps") == maps
    assert known.names("programs") == programs


def length_of(name_length: int) -> Record:
    return Record(RecordedMaps("", "", {"x" * name_length: 1}))


def test_a_record_as_long_as_a_path_can_be_is_taken() -> None:
    overhead = len(length_of(0).to_text())
    assert len(length_of(4095 - overhead).to_text()) == 4095


def test_a_longer_record_is_refused() -> None:
    overhead = len(length_of(0).to_text())
    with pytest.raises(XdpError, match=r"^The record of this pin set would take 4096 bytes, and 4095 are possible"):
        length_of(4096 - overhead).to_text()


def test_the_text_is_ascii_so_that_its_length_is_in_bytes() -> None:
    assert Record(RecordedMaps("", "", {"ä\ud800": 1})).to_text().isascii()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = str(tmp_path / "record")
    record.write(path, Record(MAPS).to_text())
    assert record.read(path) == Record(MAPS).to_text()
    assert os.listdir(tmp_path) == ["record"]


def test_writing_replaces_what_was_there(tmp_path: Path) -> None:
    path = str(tmp_path / "record")
    record.write(path, "old")
    record.write(path, "new")
    assert record.read(path) == "new"
    assert os.listdir(tmp_path) == ["record"]


def test_writing_takes_the_place_of_what_a_killed_run_left(tmp_path: Path) -> None:
    os.symlink("old", tmp_path / "record")
    os.symlink("half done", tmp_path / "record~")
    record.write(str(tmp_path / "record"), "new")
    assert os.readlink(tmp_path / "record") == "new"
    assert os.listdir(tmp_path) == ["record"]


def test_without_a_link_there_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").write_text("text")
    for name in ("missing", "directory", "file", "missing/record", "file/record"):
        assert record.read(str(tmp_path / name)) is None
