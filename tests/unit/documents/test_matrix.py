# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/matrix keeps its results in the tables of docs/kernels.md."""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tests"))


@pytest.fixture
def cells() -> ModuleType:
    return importlib.import_module("matrix.cells")


@pytest.fixture
def table() -> ModuleType:
    return importlib.import_module("matrix.table")


@pytest.fixture
def document() -> str:
    return (ROOT / "docs/kernels.md").read_text(encoding="utf-8")


def test_the_tables_have_each_cell(cells: ModuleType, table: ModuleType, document: str) -> None:
    assert sorted(table.known(document)) == sorted(cell.key for cell in cells.cells())


@pytest.mark.parametrize(
    "key", [("trixie", "target `xdp_stats`"), ("2.18", "targets that exercise Ansible itself"), ("here", "the docsite")]
)
def test_a_result_gets_into_its_cell_alone(table: ModuleType, document: str, key: tuple[str, str]) -> None:
    result = table.Known("FAILED", "0123456789")
    new = table.with_results(document, {key: result})
    assert table.known(new) == {**table.known(document), key: result}
    changed = [(was, now) for was, now in zip(document.split("\n"), new.split("\n")) if was != now]
    assert len(changed) == 1
    assert len(document.split("\n")) == len(new.split("\n"))


def test_without_results_nothing_changes(table: ModuleType, document: str) -> None:
    assert table.with_results(document, {}) == document
    assert table.with_results(document, table.known(document)).count("see below") == 0


@pytest.mark.parametrize(
    ("shown", "outcome", "commit"),
    [
        ("passed", "passed", None),
        ("passed, `0ab7e6dbee`", "passed", "0ab7e6dbee"),
        ("FAILED, `dac91e6ffc`: see below", "FAILED", "dac91e6ffc"),
        # Of changes that nobody else has.
        ("passed, `0ab7e6dbee+`", "passed", None),
        ("not run: no Python 3.14 here, `0ab7e6dbee`", "not run: no Python 3.14 here", "0ab7e6dbee"),
    ],
)
def test_a_cell_is_read(table: ModuleType, document: str, shown: str, outcome: str, commit: str | None) -> None:
    key = ("trixie", "target `xdp_stats`")
    text = table.with_results(document, {key: shown})
    assert table.known(text)[key] == (outcome, commit)


@pytest.mark.parametrize(
    ("result", "left_out"),
    [
        (("passed", "after"), True),
        (("passed", "since"), True),
        (("passed", "before"), False),
        (("passed", None), False),
        (("FAILED", "after"), False),
        (("passed", "0123456789"), False),
    ],
)
def test_since_leaves_out_what_has_passed(
    table: ModuleType,
    document: str,
    result: tuple[str, str | None],
    left_out: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    matrix = importlib.import_module("matrix.__main__")
    # What is tested may be a copy without its history.
    commits = {name: _commit(tmp_path) for name in ("before", "since", "after")}
    key = ("trixie", "target `xdp_stats`")
    outcome, commit = result
    kept = tmp_path / "kernels.md"
    known = table.Known(outcome, commits.get(commit, commit))
    kept.write_text(table.with_results(document, {key: known}), encoding="utf-8")
    monkeypatch.setattr(matrix, "DOCUMENT", kept)
    monkeypatch.setattr(matrix, "ROOT", tmp_path)
    assert matrix.main(["--list", "--whole", "--since", commits["since"], "--row", "xdp_stats", "trixie"]) == 0
    assert capsys.readouterr().out.strip() == ("" if left_out else "trixie target `xdp_stats`")


def test_what_loads_programs_here_runs_one_after_the_other(
    cells: ModuleType, document: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    matrix = importlib.import_module("matrix.__main__")
    # Each fails while the other one runs.
    alone = ("sh", "-c", f"mkdir {tmp_path}/running && sleep 0.3 && rmdir {tmp_path}/running")
    two = [cell._replace(command=alone) for cell in cells.cells(whole=False) if cell.loads][:2]
    assert len(two) == 2
    kept = tmp_path / "kernels.md"
    kept.write_text(document, encoding="utf-8")
    monkeypatch.setattr(matrix, "DOCUMENT", kept)
    monkeypatch.setattr(matrix.tested, "commit", lambda apart: "0123456789")
    monkeypatch.setattr(matrix, "ROOT", tmp_path)
    monkeypatch.setattr(matrix, "LOGS", tmp_path)
    monkeypatch.setattr(cells, "LOGS", tmp_path)
    monkeypatch.setattr(matrix, "cells", lambda whole=True: two)
    monkeypatch.setattr(cells.Cell, "cannot", lambda self: None)
    # It is of the whole process, and other tests send signals to theirs.
    monkeypatch.setattr(matrix.signal, "signal", lambda number, handler: None)
    assert matrix.main([]) == 0


def test_the_matrix_leaves_the_ansible_core_of_the_other_tests_to_them(cells: ModuleType) -> None:
    theirs = (ROOT / "tests/requirements/demo.txt").read_text(encoding="utf-8")
    (left_out,) = {core.release for core in cells.cores.CORES} - {core.release for core in cells.CORES}
    assert f"ansible-core ~= {left_out}.0\n" in theirs


def _commit(directory: Path) -> str:
    """A new commit in a repository there, which is made first if there is none."""

    def git(*command: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        done = subprocess.run(("git", *who, *command), cwd=directory, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "one more")
    return git("rev-parse", "--short=10", "HEAD")


def test_cells_have_names_of_their_own(cells: ModuleType) -> None:
    every = cells.cells()
    assert len({cell.log for cell in every}) == len(every)
