# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conventions of the code that ruff does not check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLUGINS = ROOT / "plugins"
#: Code that only plugins of this collection import. ansible-test wants ``__init__.py`` empty.
PRIVATE = sorted(
    path
    for directory in ("module_utils", "plugin_utils")
    for path in (PLUGINS / directory).rglob("*.py")
    if path.name != "__init__.py"
)
OURS = sorted(path for directory in ("playbooks", "plugins", "tests") for path in (ROOT / directory).rglob("*.py"))

#: Short, because it is in each file that travels to a host.
NOTICE = "# Private: may change without notice."

#: Methods that ``Step`` of _plan/settle.py documents for all of its kind.
OF_STEPS = {"do", "undo", "is_done"}

_SUPPRESSION = re.compile(r"# (?:type: ignore|noqa|pylint: disable)")
_WITH_CODE = re.compile(
    r"# (?:type: ignore\[[a-z-]+(?:,[a-z-]+)*\]|noqa: [A-Z]+\d+|pylint: disable=[a-z-]+(?:,[a-z-]+)*)"
)
#: What makes a module import something first says why (_python.py, _startup.py).
_OBVIOUS = (
    "import _startup  # noqa: F401  # pylint: disable=unused-import",
    "module_utils import (  # noqa: F401  # pylint: disable=unused-import",
)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def undocumented(tree: ast.Module) -> list[str]:
    """Names without a docstring, of the module, its public functions and classes, and their public methods."""

    def within(parent: ast.Module | ast.ClassDef, before: str) -> Iterator[str]:
        for node in parent.body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_"):
                if ast.get_docstring(node) is None and not (before and node.name in OF_STEPS):
                    yield before + node.name
                if isinstance(node, ast.ClassDef):
                    yield from within(node, f"{node.name}.")

    return [*([] if ast.get_docstring(tree) else ["the module"]), *within(tree, "")]


def without_reason(source: str, reasons: bool = True) -> list[str]:
    """Suppressed findings of checks that name no code, or with ``reasons`` none beside them or in a comment above."""
    lines = source.splitlines()
    found = []
    for number, line in enumerate(lines):
        suppressed = _SUPPRESSION.findall(line)
        if len(_WITH_CODE.findall(line)) != len(suppressed):
            found.append(f"line {number + 1}: no code")
        elif suppressed and reasons and not line.endswith(_OBVIOUS):
            rest = _WITH_CODE.sub("", line[_SUPPRESSION.search(line).start() :])  # type: ignore[union-attr]
            above = lines[number - 1].strip() if number else ""
            if not re.search(r"[a-z]{3}", rest) and not above.startswith("#"):
                found.append(f"line {number + 1}: no reason")
    return found


def dropped_causes(source: str) -> list[str]:
    """Errors that are raised ``from None`` without a reason."""
    return [
        f"line {number}"
        for number, line in enumerate(source.splitlines(), 1)
        if re.search(r"\bfrom None\b", line) and not re.search(r"from None  # \w", line)
    ]


@pytest.mark.parametrize("path", PRIVATE, ids=_name)
def test_it_is_said_to_be_private(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert NOTICE in lines[3:5]


@pytest.mark.parametrize("path", PRIVATE, ids=_name)
def test_public_names_are_documented(path: Path) -> None:
    assert undocumented(ast.parse(path.read_text())) == []


@pytest.mark.parametrize("path", OURS, ids=_name)
def test_what_is_suppressed_has_a_code_and_in_plugins_a_reason(path: Path) -> None:
    assert without_reason(path.read_text(), PLUGINS in path.parents) == []


@pytest.mark.parametrize("path", sorted(PLUGINS.rglob("*.py")), ids=_name)
def test_an_error_that_becomes_another_is_its_cause(path: Path) -> None:
    assert dropped_causes(path.read_text()) == []


def test_what_is_missing_is_found() -> None:
    source = "class A:\n    def do(self): pass\n    def other(self): pass\n    def _own(self): pass\ndef do(): pass\n"
    assert undocumented(ast.parse(source)) == ["the module", "A", "A.other", "do"]
    bare, coded, told = ("x = 1  # no" + "qa" + rest for rest in ("", ": E501", ": E501  # a long text"))
    assert without_reason(bare) == ["line 1: no code"]
    assert without_reason(coded) == ["line 1: no reason"] and not without_reason(coded, False)
    assert not without_reason(told) and not without_reason(f"# A long text.\n{coded}")
    assert dropped_causes("raise A from None\nraise A from None  # said by B") == ["line 1"]
