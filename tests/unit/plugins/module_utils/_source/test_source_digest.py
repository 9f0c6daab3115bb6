# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Equal digests mean that nothing has to be compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._source import source as sources
from ansible_collections.ebpf.xdp.plugins.module_utils._source import source_files
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._source.c_files import flatten, write

FILES = {"src/prog.c": '#include "a.h"\n#include "../b.h"\n', "src/a.h": "#pragma once\nint a;\n", "b.h": "int b;\n"}


def digest(text: str, defines: dict[str, Any]) -> str:
    return sources.digest(sources.Source("prog.c", text), sources.define_flags(defines))


def test_is_the_same_on_every_host_and_in_every_python() -> None:
    # A change of this value recompiles and upgrades every program of every host.
    text = '#line 1 "prog.c"\nint a; // ß\n'
    assert digest(text, {"X": 1}) == "939ac678febccbf82474b492772ad31109dc18007bfcf4624f311141916346b2"


def test_of_a_source_for_clang_is_the_same_with_every_clang() -> None:
    source = sources.Source("prog.c", '#line 1 "prog.c"\nint a; // ß\n', (sources.Header("vmlinux.h", "a" * 64, "/x"),))
    digest = sources.clang_digest(source, ["-DX=1"], {"b": [1, "ß"], "a": True})
    # A change of this value recompiles and upgrades every program of every host.
    assert digest == "1e8bab402d652f0f680456a254fd79f99c4932906ddbba30426abe9027cf929c"
    assert digest == sources.clang_digest(source._replace(name="x.c"), ["-DX=1"], {"a": True, "b": [1, "ß"]})
    elsewhere = (sources.Header("vmlinux.h", "a" * 64),)
    assert digest == sources.clang_digest(source._replace(headers=elsewhere), ["-DX=1"], {"b": [1, "ß"], "a": True})


def test_does_not_depend_on_the_order_of_the_constants() -> None:
    assert digest("int a;\n", {"A": 1, "B": 2}) == digest("int a;\n", {"B": 2, "A": 1})


@pytest.mark.parametrize(
    ("text", "defines"),
    [
        ("int b;\n", {"A": 1, "B": None}),
        ("int a;\n\n", {"A": 1, "B": None}),
        ("int a;\n", {}),
        ("int a;\n", {"A": 1}),
        ("int a;\n", {"A": 2, "B": None}),
        ("int a;\n", {"A": 1, "B": ""}),
        ("int a;\n", {"A": "1,-DB", "B": None}),
        ("int a;\n-DA=1", {"B": None}),
    ],
)
def test_differs_with_the_text_and_with_each_constant(text: str, defines: dict[str, Any]) -> None:
    assert digest(text, defines) != digest("int a;\n", {"A": 1, "B": None})


def test_does_not_depend_on_where_the_source_is(tmp_path: Path) -> None:
    here = flatten(tmp_path / "here", FILES)
    there = flatten(tmp_path / "over" / "there", FILES)
    assert sources.digest(here, []) == sources.digest(there, [])


@pytest.mark.parametrize("path", ["prog.c", "./prog.c", "../src/prog.c", "../../here/src/prog.c"])
def test_does_not_depend_on_how_the_source_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    absolute = flatten(tmp_path / "here", FILES)
    monkeypatch.chdir(tmp_path / "here" / "src")
    relative = source_files.flatten(path, source_files.read(path), source_files.header_finder({}))
    assert relative.text == absolute.text


def test_differs_with_a_header(tmp_path: Path) -> None:
    before = flatten(tmp_path, FILES)
    write(tmp_path, {"b.h": "int c;\n"})
    assert sources.digest(flatten(tmp_path, {**FILES, "b.h": "int c;\n"}), []) != sources.digest(before, [])
