# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which headers become part of the text, and how often."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source import source_files as sources
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import Header
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._source.c_files import flatten, texts, write


@pytest.mark.parametrize(
    ("program", "name", "header"),
    [
        ("prog.c", "h.h", "h.h"),
        ("prog.c", "./h.h", "h.h"),
        ("prog.c", "sub/h.h", "sub/h.h"),
        ("src/prog.c", "../h.h", "h.h"),
        ("src/prog.c", "../include/h.h", "include/h.h"),
    ],
)
def test_a_header_is_found_from_the_directory_of_the_including_file(
    tmp_path: Path, program: str, name: str, header: str
) -> None:
    source = flatten(tmp_path, {program: f'int a;\n#include "{name}"\nint c;\n', header: "int b;\n"})
    assert texts(source) == ["int a;", "int b;", "int c;"]


def test_a_nested_header_is_found_from_the_header_that_includes_it(tmp_path: Path) -> None:
    files = {
        "prog.c": '#include "sub/outer.h"\n',
        "sub/outer.h": '#include "inner.h"\n#include "../other.h"\n',
        "sub/inner.h": "int right;\n",
        "inner.h": "int wrong;\n",
        "other.h": "int other;\n",
    }
    assert texts(flatten(tmp_path, files)) == ["int right;", "int other;"]


def test_an_absolute_path_is_followed(tmp_path: Path) -> None:
    files = {"src/prog.c": f'#include "{tmp_path}/h.h"\n', "h.h": "int b;\n"}
    assert texts(flatten(tmp_path, files)) == ["int b;"]


def test_a_header_of_the_library_is_found_by_its_name(tmp_path: Path) -> None:
    source = flatten(tmp_path, {"prog.c": '#include "counters.h"\nint a;\n'}, {"counters.h": "int counters;\n"})
    assert texts(source) == ["int counters;", "int a;"]


def test_a_file_next_to_the_source_comes_before_the_library(tmp_path: Path) -> None:
    files = {"prog.c": '#include "counters.h"\n', "counters.h": "int own;\n"}
    assert texts(flatten(tmp_path, files, {"counters.h": "int library;\n"})) == ["int own;"]


def test_a_header_of_the_library_includes_another_one_of_the_library(tmp_path: Path) -> None:
    library = {"outer.h": '#include "inner.h"\n', "inner.h": "int inner;\n"}
    assert texts(flatten(tmp_path, {"prog.c": '#include "outer.h"\n'}, library)) == ["int inner;"]


def test_the_library_does_not_look_into_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"elsewhere/inner.h": "int of_a_stranger;\n"})
    monkeypatch.chdir(tmp_path / "elsewhere")
    library = {"outer.h": '#include "inner.h"\n', "inner.h": "int inner;\n"}
    assert texts(flatten(tmp_path, {"prog.c": '#include "outer.h"\n'}, library)) == ["int inner;"]


@pytest.mark.parametrize(
    "line",
    ['#include "h.h"', '\t#include "h.h"', '#  include\t"h.h"', ' # include "h.h" // why', '#include"h.h" /* why */'],
)
def test_spellings_of_an_include(tmp_path: Path, line: str) -> None:
    source = flatten(tmp_path, {"prog.c": f"int a;\n{line}\nint c;\n", "h.h": "int b;\n"})
    assert texts(source) == ["int a;", "int b;", "int c;"]


def test_a_comment_that_begins_behind_an_include_goes_on_in_the_next_line(tmp_path: Path) -> None:
    text = '#include "h.h" /* why,\n and why not */\nint a;\n'
    flat = flatten(tmp_path, {"prog.c": text, "h.h": "int b;\n"}).text
    # Either the whole comment is there or nothing of it is.
    assert flat.count("/*") == flat.count("*/")


@pytest.mark.parametrize(
    "line",
    [
        '#include "missing.h"',
        "#include <h.h>",
        "#include HEADER",
        '#pragma message "h.h"',
    ],
)
def test_what_cannot_be_found_or_is_no_quoted_include_is_left_for_the_compiler(tmp_path: Path, line: str) -> None:
    assert texts(flatten(tmp_path, {"prog.c": f"{line}\nint a;\n", "h.h": "int b;\n"})) == [line, "int a;"]


@pytest.mark.parametrize(
    "text",
    [
        '// #include "h.h"\n',
        '// goes on \\\n#include "h.h"\n',
        '// goes on \\\r\n#include "h.h"\r\n',
        '/* #include "h.h" */\n',
        '/*\n#include "h.h"\n*/\n',
        '/* a "string" in it\n#include "h.h"\n*/\n',
        'char *s = "\\\n#include \\"h.h\\"\\\n";\n',
        'char *s = "/*"; /*\n#include "h.h"\n*/\n',
        'char c = \'"\'; /*\n#include "h.h"\n*/\n',
        'int a; #include "h.h"\n',
    ],
)
def test_an_include_inside_a_comment_or_a_literal_is_not_followed(tmp_path: Path, text: str) -> None:
    source = flatten(tmp_path, {"prog.c": text, "h.h": "int b;\n"})
    assert source.text == f'#line 1 "prog.c"\n{text}'


@pytest.mark.parametrize(
    "text",
    [
        'char *s = "/*";\n#include "h.h"\n',
        'char c = \'"\';\n#include "h.h"\n',
        'char *s = "\\"/*";\n#include "h.h"\n',
        '// a quote " and a beginning /*\n#include "h.h"\n',
        '/* don\'t */\n#include "h.h"\n',
        '#error don\'t\n#include "h.h"\n',
    ],
)
def test_an_include_behind_something_that_only_looks_open_is_followed(tmp_path: Path, text: str) -> None:
    assert texts(flatten(tmp_path, {"prog.c": text, "h.h": "int b;\n"}))[1:] == ["int b;"]


def test_a_byte_order_mark_does_not_hide_the_first_line(tmp_path: Path) -> None:
    source = flatten(tmp_path, {"prog.c": '\ufeff#include "h.h"\nint a;\n', "h.h": "\ufeffint b;\n"})
    assert texts(source) == ["int b;", "int a;"]


_TYPES = "struct x { int a; };\n" * 10_000


@pytest.mark.parametrize("name", ["vmlinux.h", "../types/vmlinux.h", "vmlinux_601.h"])
def test_the_kernel_s_types_stay_apart_and_their_digest_stands_for_them(tmp_path: Path, name: str) -> None:
    files = {"src/prog.c": f'int a;\n#include "{name}" /* why */\n#include "own.h"\nint c;\n', f"src/{name}": _TYPES}
    source = flatten(tmp_path, {**files, "src/own.h": f'#include "{name}"\nint b;\n'})
    base = Path(name).name
    assert texts(source) == ["int a;", f'#include "{base}" /* why */', f'#include "{base}"', "int b;", "int c;"]
    assert source.headers == (
        Header(base, hashlib.sha256(_TYPES.encode()).hexdigest(), str((tmp_path / "src" / name).resolve())),
    )


def test_of_two_headers_with_the_kernel_s_types_neither_is_guessed(tmp_path: Path) -> None:
    files = {"prog.c": '#include "vmlinux.h"\n#include "sub/vmlinux.h"\n', "vmlinux.h": _TYPES, "sub/vmlinux.h": _TYPES}
    with pytest.raises(XdpError, match=r"/sub/vmlinux\.h and .*/vmlinux\.h are both included\. Include one vmlinux\.h"):
        flatten(tmp_path, files)


def test_a_few_types_of_the_kernel_are_a_header_like_any_other(tmp_path: Path) -> None:
    source = flatten(tmp_path, {"prog.c": '#include "vmlinux.h"\n', "vmlinux.h": "int few;\n"})
    assert texts(source) == ["int few;"] and source.headers == ()


def test_a_header_of_many_types_that_is_not_there_is_left_to_be_made(tmp_path: Path) -> None:
    source = flatten(tmp_path, {"prog.c": '#include "vmlinux.h"\n'})
    assert texts(source) == ['#include "vmlinux.h"'] and source.headers == ()


def guarded(name: str, body: str) -> str:
    return f"#ifndef {name}\n#define {name}\n{body}#endif\n"


def test_a_header_that_two_others_include_takes_effect_once_behind_its_guard(tmp_path: Path) -> None:
    files = {
        "prog.c": '#include "left.h"\n#include "right.h"\n',
        "left.h": '#include "base.h"\nint left;\n',
        "right.h": '#include "base.h"\nint right;\n',
        "base.h": guarded("BASE_H", "int base;\n"),
    }
    assert texts(flatten(tmp_path, files)) == ["int base;", "int left;", "int right;"]


def test_a_header_without_guard_takes_effect_each_time(tmp_path: Path) -> None:
    files = {"prog.c": '#include "x.h"\n#include "x.h"\n', "x.h": "X(1)\n"}
    assert texts(flatten(tmp_path, files)) == ["X(1)", "X(1)"]


def test_pragma_once_holds_in_the_flat_text(tmp_path: Path) -> None:
    files = {
        "prog.c": '#include "a.h"\n#include "sub/a.h"\n#include "a.h"\n#include "./sub/a.h"\nint last;\n',
        "a.h": "#pragma once\nint a;\n",
        "sub/a.h": "// another file of the same name\n#  pragma  once  // really\nint sub_a;\n",
    }
    source = flatten(tmp_path, files)
    assert texts(source) == ["int a;", "// another file of the same name", "int sub_a;", "int last;"]
    assert "pragma" not in source.text


@pytest.mark.parametrize("text", ["// #pragma once\nint a;\n", "/*\n#pragma once\n*/\nint a;\n"])
def test_pragma_once_in_a_comment_means_nothing(tmp_path: Path, text: str) -> None:
    assert flatten(tmp_path, {"prog.c": text}).text == f'#line 1 "prog.c"\n{text}'


@pytest.mark.parametrize("guard", ["#pragma once\n", "#ifndef G\n#define G\n"])
def test_headers_that_include_each_other_come_to_an_end(tmp_path: Path, guard: str) -> None:
    end = "#endif\n" if "ifndef" in guard else ""
    files = {
        "prog.c": '#include "a.h"\n#include "b.h"\n',
        "a.h": f'{guard.replace("G", "A_H")}#include "b.h"\nint a;\n{end}',
        "b.h": f'{guard.replace("G", "B_H")}#include "a.h"\nint b;\n{end}',
    }
    assert texts(flatten(tmp_path, files)) == ["int b;", "int a;"]


def test_a_source_that_includes_itself_comes_to_an_end(tmp_path: Path) -> None:
    assert texts(flatten(tmp_path, {"prog.c": '#include "prog.c"\nint a;\n'})) == ["int a;"]


def test_headers_that_multiply_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    files = {"prog.c": '#include "0.h"\n', "30.h": "int x;\n" * 5000}
    for number in range(30):
        files[f"{number}.h"] = f'#include "{number + 1}.h"\n' * 2
    with pytest.raises(XdpError, match=r"prog\.c: its headers include more than 1 MiB\. Are guards missing\?"):
        flatten(tmp_path, files)


@pytest.mark.parametrize(("depth", "taken"), [(100, True), (300, False)])
def test_headers_nest_as_deep_as_compilers_let_them(tmp_path: Path, depth: int, taken: bool) -> None:
    files = {"prog.c": '#include "0.h"\n', f"{depth}.h": "int x;\n"}
    for number in range(depth):
        files[f"{number}.h"] = f'#include "{number + 1}.h"\n'
    if taken:
        assert texts(flatten(tmp_path, files)) == ["int x;"]
    else:
        with pytest.raises(XdpError, match=r"prog\.c: its headers include"):
            flatten(tmp_path, files)


def test_a_header_that_is_not_text_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"prog.c": '#include "h.h"\n'})
    (tmp_path / "h.h").write_bytes(b"\xff\xfe")
    path = str(tmp_path / "prog.c")
    with pytest.raises(XdpError, match=r"/h\.h is neither C source nor an ELF object"):
        sources.flatten(path, sources.read(path), sources.header_finder({}))
