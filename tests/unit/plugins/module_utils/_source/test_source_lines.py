# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of the compiler name the file and the line that the user wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._source.c_files import Line, compiled, flatten


def test_lines_around_and_in_headers(tmp_path: Path) -> None:
    files = {
        "prog.c": 'int one;\n#include "a.h"\nint three;\n\n#include "sub/b.h"\nint six;\n',
        "a.h": "int a1;\nint a2;\n",
        "sub/b.h": 'int b1;\n#include "../a.h"\n\n\nint b5;\n',
    }
    assert compiled(flatten(tmp_path, files).text) == [
        Line("prog.c", 1, "int one;"),
        Line("a.h", 1, "int a1;"),
        Line("a.h", 2, "int a2;"),
        Line("prog.c", 3, "int three;"),
        Line("sub/b.h", 1, "int b1;"),
        Line("a.h", 1, "int a1;"),
        Line("a.h", 2, "int a2;"),
        Line("sub/b.h", 5, "int b5;"),
        Line("prog.c", 6, "int six;"),
    ]


def test_a_header_above_the_source_is_named_by_the_way_to_it(tmp_path: Path) -> None:
    files = {"src/prog.c": '#include "../include/h.h"\n', "include/h.h": "int b;\n"}
    assert compiled(flatten(tmp_path, files).text) == [Line("../include/h.h", 1, "int b;")]


def test_a_header_of_the_library_is_named_as_it_is_included(tmp_path: Path) -> None:
    source = flatten(tmp_path, {"prog.c": 'int a;\n#include "lib.h"\nint c;\n'}, {"lib.h": "\nint b;\n"})
    assert compiled(source.text) == [
        Line("prog.c", 1, "int a;"),
        Line("lib.h", 2, "int b;"),
        Line("prog.c", 3, "int c;"),
    ]


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
def test_it_does_not_matter_how_files_end(tmp_path: Path, end: str) -> None:
    files = {
        "prog.c": '#include "a.h"\n#include "b.h"\nint three;\n#include "a.h"' + end,
        "a.h": "int a;" + end,
        "b.h": '\n#include "a.h"' + end,
    }
    source = flatten(tmp_path, files)
    assert compiled(source.text) == [
        Line("a.h", 1, "int a;"),
        Line("a.h", 1, "int a;"),
        Line("prog.c", 3, "int three;"),
        Line("a.h", 1, "int a;"),
    ]
    assert source.text.endswith("\n")


def test_an_empty_header_leaves_the_numbers_right(tmp_path: Path) -> None:
    source = flatten(tmp_path, {"prog.c": '\n#include "empty.h"\nint three;\n', "empty.h": ""})
    assert compiled(source.text) == [Line("prog.c", 3, "int three;")]


def test_a_header_that_was_seen_already_leaves_the_numbers_right(tmp_path: Path) -> None:
    files = {
        "prog.c": '#include "a.h"\nint two;\n#include "a.h"\nint four;\n',
        "a.h": '#pragma once\n#include "a.h"\nint a3;\n',
    }
    assert compiled(flatten(tmp_path, files).text) == [
        Line("a.h", 3, "int a3;"),
        Line("prog.c", 2, "int two;"),
        Line("prog.c", 4, "int four;"),
    ]


def test_pragma_once_in_the_source_itself_leaves_the_numbers_right(tmp_path: Path) -> None:
    source = flatten(tmp_path, {"prog.c": "int one;\n#pragma once\nint three;"})
    assert compiled(source.text) == [Line("prog.c", 1, "int one;"), Line("prog.c", 3, "int three;")]


def test_comments_of_many_lines_leave_the_numbers_right(tmp_path: Path) -> None:
    files = {"prog.c": '/*\n *\n */\n#include "a.h"\n// goes \\\n   on\nint seven;\n', "a.h": "/*\n*/ int a2;\n"}
    lines = compiled(flatten(tmp_path, files).text)
    assert Line("a.h", 2, "*/ int a2;") in lines
    assert lines[-1] == Line("prog.c", 7, "int seven;")


def test_line_ends_of_other_systems_stay_and_leave_the_numbers_right(tmp_path: Path) -> None:
    files = {
        "prog.c": 'int one;\r\n#include "a.h"\r\nint three;\r\n',
        "a.h": "#pragma once\r\nint a2;\r\n",
    }
    assert compiled(flatten(tmp_path, files).text) == [
        Line("prog.c", 1, "int one;\r"),
        Line("a.h", 2, "int a2;\r"),
        Line("prog.c", 3, "int three;\r"),
    ]


def test_a_name_with_quotes_and_backslashes_is_escaped(tmp_path: Path) -> None:
    source = flatten(tmp_path, {'a "b" \\c.c': "int a;\n"})
    assert source.name == 'a "b" \\c.c'
    assert source.text == '#line 1 "a \\"b\\" \\\\c.c"\nint a;\n'
