# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/matrix.py writes its results into the table of docs/kernels.md."""

from __future__ import annotations

import importlib
import re
from types import ModuleType

import pytest
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT


@pytest.fixture
def matrix(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tests"))
    return importlib.import_module("matrix")


def test_the_table_has_each_row_and_column(matrix: ModuleType) -> None:
    text = (ROOT / "docs/kernels.md").read_text(encoding="utf-8")
    assert f"| | {' | '.join(matrix.KERNELS.values())} |" in text
    table = text.partition("`tests/matrix.sh` writes")[2].partition("\n\nOn 5.10")[0]
    rows = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    assert sorted(rows) == sorted(matrix.ROWS)


def test_a_result_gets_into_its_cell_alone(matrix: ModuleType) -> None:
    text = (ROOT / "docs/kernels.md").read_text(encoding="utf-8")
    results = [
        matrix.Result("trixie", "target `xdp_stats`", "FAILED", 1, "0123456789"),
        matrix.Result("trixie", "target `xdp_stats`", "passed", 1, "abcdef0123"),
        matrix.Result("2.16", "integration", "passed", 1, "abcdef0123"),
    ]
    old, new = text.split("\n"), matrix.with_results(text, results).split("\n")
    changed = [(was, now) for was, now in zip(old, new) if was != now]
    assert len(old) == len(new)
    assert len(changed) == 1
    was, now = ([cell.strip() for cell in line.split("|")] for line in changed[0])
    assert was[1] == now[1] == "target `xdp_stats`"
    assert [place for place, cell in enumerate(was) if cell != now[place]] == [4]
    assert now[4] == "passed, `abcdef0123`"


def test_cells_have_names_of_their_own(matrix: ModuleType) -> None:
    every = matrix.cells()
    assert len({cell.log for cell in every}) == len(every)
