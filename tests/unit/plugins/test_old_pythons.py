# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs on hosts is imported by Python 3.8, whose own types and those of collections.abc take no brackets at run time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_PLUGINS = Path(__file__).parents[3] / "plugins"
_ON_HOSTS = sorted((*(_PLUGINS / "module_utils").rglob("*.py"), *(_PLUGINS / "modules").glob("*.py")))

_TYPES = {"dict", "frozenset", "list", "set", "tuple", "type"}


def _evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """All of it but annotations, which nobody evaluates."""
    yield node
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _evaluated(each)


def _wrong(source: str) -> list[str]:
    tree = ast.parse(source, feature_version=(3, 8))
    named = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "collections.abc"
        for alias in node.names
    }
    return [
        f"line {node.lineno}: {node.value.id}[...]"
        for node in _evaluated(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in named | _TYPES
    ]


@pytest.mark.parametrize("path", _ON_HOSTS, ids=lambda path: str(path.relative_to(_PLUGINS)))
def test_types_with_brackets_are_only_in_annotations(path: Path) -> None:
    assert _wrong(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "class A(Sequence[int]): pass",
        "A = Callable[[int], Sequence[int]]",
        "A = list[int]",
        "def f(): return dict[str, int]()",
    ],
)
def test_they_are_found(line: str) -> None:
    assert len(_wrong(f"from collections.abc import Sequence\n{line}")) == 1


def test_others_are_not() -> None:
    assert (
        _wrong(
            "from collections.abc import Sequence\ndef f(a: Sequence[int]) -> list[int]: ...\na: dict[str, int] = b['c']"
        )
        == []
    )
