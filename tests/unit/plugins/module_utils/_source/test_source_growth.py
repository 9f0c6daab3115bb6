# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a source takes time in proportion to its size, whatever is in it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source import clang_lines
from ansible_collections.ebpf.xdp.plugins.module_utils._source import source_files as sources
from ansible_collections.ebpf.xdp.plugins.module_utils._source.libbpf_source import compiler_for

# What comes first, what is repeated, what comes last, and how often. Half of them once took the square of their size.
_SHAPES = {
    "comments without an end": ("", "/*\n", "", 25_000),
    "a comment without an end, and lines": ("/*", "\n", "", 250_000),
    "comments behind an include": ('#include "nowhere.h" ', "/* ", "\n", 25_000),
    "quotes in a string without an end": ('"', '\\"', "\n", 50_000),
    "apostrophes without an end": ("", "don't\n", "", 50_000),
    "includes of itself": ("", '#include "prog.c"\n', "", 10_000),
    "includes of an empty header": ("", '#include "empty.h"\n', "", 2_500),
    "lines of blanks": ("", " " * 50 + "\n", "", 10_000),
    "a macro of bcc's with a long name": ("BPF_x", "_PINNED", "\n", 10_000),
    "sections without a name": ("", "SEC(   \n", "", 50_000),
    "backslashes in a comment": ("//", "\\", "\n", 250_000),
    "directives without a name": ("", "  #  include\n", "", 50_000),
    "a line of sections without a name": ("", "SEC( ", "\n", 50_000),
    "a line of open parentheses": ("section", "( ", "\n", 100_000),
    "markers of files with as many lines": ("", '#line 100000 "{n}"\nx\n', "", 10_000),
}


def _seconds(directory: Path, text: str) -> float:
    path = str(directory / "prog.c")
    Path(path).write_text(text)
    begin = time.process_time()
    try:
        source = sources.flatten(path, sources.read(path), sources.header_finder({}))
        compiler_for(path, sources.without_comments(source.text), "auto")
        clang_lines.files_of(source.text)
    except XdpError:
        pass  # that it is refused is well, if it is soon
    return time.process_time() - begin


def _times(repeated: str, count: int) -> str:
    """Each with its number where it asks for that."""
    return "".join(repeated.replace("{n}", str(n)) for n in range(count)) if "{n}" in repeated else repeated * count


@pytest.mark.parametrize("shape", _SHAPES)
def test_twice_the_text_is_not_more_than_two_and_a_half_times_the_work(tmp_path: Path, shape: str) -> None:
    before, repeated, after, count = _SHAPES[shape]
    (tmp_path / "empty.h").write_text("")
    growth = []
    for _attempt in range(5):  # others use the processor as well: one undisturbed measurement is enough
        once, twice = (_seconds(tmp_path, before + _times(repeated, count * factor) + after) for factor in (1, 2))
        growth.append(twice / max(once, 0.002))
        if growth[-1] <= 2.5:
            return
    pytest.fail(f"{shape}: grows by {growth}")


def test_fifty_thousand_line_ends_behind_open_comments_take_no_time(tmp_path: Path) -> None:
    assert _seconds(tmp_path, "/*\n" * 50_000) < 1
