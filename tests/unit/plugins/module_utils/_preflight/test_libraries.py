# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding libraries without importing them, with interpreters that are written here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._preflight import libraries as subject


def interpreter(directory: Path, *packages: str) -> str:
    """A python that has these packages, by the paths of their files; importing one would fail."""
    for name in packages:
        path = directory / "packages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for file in (path, path.parent / "__init__.py"):
            file.write_text("raise SystemExit(1)\n")
    script = directory / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={directory}/packages exec {sys.executable} -S "$@"\n')
    script.chmod(0o755)
    return str(script)


@pytest.fixture
def with_interpreters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The candidates: one without anything, a broken one, and those that a test adds."""
    (tmp_path / "bare").mkdir()
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho no; exit 1\n")
    broken.chmod(0o755)
    candidates = [interpreter(tmp_path / "bare"), str(broken)]
    monkeypatch.setattr(subject.child, "interpreters", lambda: candidates)
    return candidates


def test_where_nothing_is(with_interpreters: list[str]) -> None:
    found = subject.libraries()
    assert (found["bcc"], found["pyroute2"]) == (None, None)


def test_each_library_in_the_first_that_has_it(with_interpreters: list[str], tmp_path: Path) -> None:
    for name, packages in {
        "one": ["pyroute2/__init__.py"],
        "two": ["bcc/libbcc.py", "pyroute2/__init__.py"],
        "three": ["bcc/libbcc.py"],
    }.items():
        (tmp_path / name).mkdir()
        with_interpreters.append(interpreter(tmp_path / name, *packages))
    found = subject.libraries()
    assert found["pyroute2"] == str(tmp_path / "one" / "python")
    assert found["bcc"] == str(tmp_path / "two" / "python")


def test_another_package_of_the_same_name_does_not_count(with_interpreters: list[str], tmp_path: Path) -> None:
    (tmp_path / "pypi").mkdir()
    with_interpreters.append(interpreter(tmp_path / "pypi", "bcc/blockchain.py"))
    assert subject.libraries()["bcc"] is None


def test_what_clang_takes_is_found_on_path_and_beyond(
    with_interpreters: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("clang", "bpftool"):
        (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / "clang").chmod(0o755)
    header = tmp_path / "bpf_helpers.h"
    monkeypatch.setattr(subject.clang_tools, "_HEADER", str(header))
    monkeypatch.setattr(subject.clang_tools, "_USUAL", str(tmp_path))
    monkeypatch.setenv("PATH", "/nonexistent")
    found = subject.libraries()
    assert (found["clang"], found["bpftool"], found["libbpf_headers"]) == (str(tmp_path / "clang"), None, False)
    header.write_text("")
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "clang").symlink_to(tmp_path / "clang")
    monkeypatch.setenv("PATH", str(tmp_path / "first"))
    found = subject.libraries()
    assert (found["clang"], found["libbpf_headers"]) == (str(tmp_path / "first" / "clang"), True)


def test_headers_are_all_or_none(with_interpreters: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(subject.kernel_headers, "_USER_API", str(tmp_path))
    for name in ("linux", "asm", "asm-generic"):
        assert subject.libraries()["headers"] is False
        assert subject.kernel_headers.missing() == str(tmp_path / name)
        (tmp_path / name).mkdir()
    assert subject.libraries()["headers"] is True
