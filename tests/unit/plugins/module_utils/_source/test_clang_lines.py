# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a flat text, for clang to find the lines of the source in."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._source import clang_lines as subject
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._source.c_files import compiled, flatten

FILES = {
    "src/prog.c": 'int a;\n#include "own.h"\n#include "../b.h" /* with\n a comment */\nint c;\n\nint d;\n',
    "src/own.h": '#pragma once\nint own;\n#include "../b.h"\nint more;\n',
    "b.h": "int b;\n\n\nint bb;\n",
}


def test_each_line_that_is_compiled_is_found_by_its_file_and_number(tmp_path: Path) -> None:
    flat = flatten(tmp_path, FILES).text
    files = subject.files_of(flat)
    assert {*files} == {"prog.c", "own.h", "../b.h"}
    lines = compiled(flat)
    assert len(lines) > 6
    for line in lines:
        assert files[line.file].split("\n")[line.number - 1] == line.text


def test_they_are_written_where_clang_looks(tmp_path: Path) -> None:
    files = subject.files_of(flatten(tmp_path / "from", FILES).text)
    assert subject.levels_above(list(files)) == 1
    directory = tmp_path / "top" / "d"
    directory.mkdir(parents=True)
    subject.write(str(directory), str(tmp_path / "top"), files)
    assert (directory / "prog.c").read_text().startswith("int a;\n")
    assert (directory / "../b.h").read_text().split("\n")[:4] == ["int b;", "", "", "int bb;"]


@pytest.mark.parametrize("name", ["/etc/{0}", "../../{0}", "a/../../../{0}", "d/there", "a\0b", "x" * 300])
def test_nothing_is_written_outside_or_over_anything(tmp_path: Path, name: str) -> None:
    name = name.format(tmp_path.name)
    directory = tmp_path / "top" / "d"
    (directory / "d").mkdir(parents=True)
    (directory / "d" / "there").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    subject.write(str(directory), str(tmp_path / "top"), {name: "other"})
    assert sorted(tmp_path.rglob("*")) == before
    assert (directory / "d" / "there").read_text() == "mine"
    assert not Path(f"/etc/{tmp_path.name}").exists()


@pytest.mark.parametrize("marker", ['#line 999999999 "a"', '#line 99999999999999999999 "a"', '#line 0 "a"'])
def test_a_marker_written_by_hand_asks_for_no_memory(marker: str) -> None:
    files = subject.files_of(f"{marker}\nint x;\nint y;\n")
    assert sum(map(len, files.values())) < 100


def test_names_are_as_they_were_before_they_were_quoted() -> None:
    assert [*subject.files_of('#line 1 "a\\"b\\\\c.h"\nint x;\n')] == ['a"b\\c.h']
