# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two tables of results in docs/kernels.md: rows by kernels, and everything else, a line each.

They are all that is known from one run of the matrix to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .cells import KERNELS, OTHERS, ROOT

DOCUMENT = ROOT / "docs/kernels.md"

BY_KERNEL = f"| | {' | '.join(KERNELS.values())} |"
EVERYTHING_ELSE = "| where | what | result |"

_COLUMNS = {title: column for column, title in OTHERS.items()}


class Known(NamedTuple):
    #: See runner.Result; more may follow, by hand.
    outcome: str
    #: None if it is from a run before results had one.
    commit: str | None

    def __str__(self) -> str:
        return f"{self.outcome}, `{self.commit}`" if self.commit else self.outcome


def _table(lines: list[str], heading: str) -> Iterator[tuple[int, list[str]]]:
    """The numbers of its lines, and the cells in each."""
    number = lines.index(heading) + 2
    while lines[number].startswith("|"):
        yield number, [cell.strip() for cell in lines[number].strip("|").split("|")]
        number += 1


def _known(text: str) -> Known:
    outcome, _comma, commit = text.partition(", ")
    found = re.match(r"`([0-9a-f]+)`", commit)
    return Known(outcome, found[1] if found else None)


def known(document: str) -> dict[tuple[str, str], Known]:
    """The last result of each cell, by the cell's key."""
    lines = document.split("\n")
    results = {
        (suite, row): _known(shown)
        for _number, (row, *cells) in _table(lines, BY_KERNEL)
        for suite, shown in zip(KERNELS, cells)
    }
    results.update(
        ((_COLUMNS[where], what), _known(shown)) for _number, (where, what, shown) in _table(lines, EVERYTHING_ELSE)
    )
    return results


def with_results(document: str, results: Mapping[tuple[str, str], Known]) -> str:
    """The document with these results. Cells without one stay as they are."""
    lines = document.split("\n")
    for number, (row, *cells) in _table(lines, BY_KERNEL):
        shown = [str(results.get((suite, row), cell)) for suite, cell in zip(KERNELS, cells)]
        lines[number] = f"| {' | '.join([row, *shown])} |"
    for number, (where, what, cell) in _table(lines, EVERYTHING_ELSE):
        lines[number] = f"| {where} | {what} | {results.get((_COLUMNS[where], what), cell)} |"
    return "\n".join(lines)
