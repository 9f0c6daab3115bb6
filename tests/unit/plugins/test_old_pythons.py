# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs on hosts is imported by Python 3.8, whose own types and those of collections.abc take no brackets at run time.

What runs before the version is checked (module_utils/_python.py) is imported by Python 3.6 as well.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils import _python

_PLUGINS = Path(__file__).parents[3] / "plugins"
_ON_HOSTS = sorted((*(_PLUGINS / "module_utils").rglob("*.py"), *(_PLUGINS / "modules").glob("*.py")))

_CHECK = _PLUGINS / "module_utils" / "_python.py"
_OURS = "ansible_collections.ebpf.xdp.plugins.module_utils"

_TYPES = {"dict", "frozenset", "list", "set", "tuple", "type"}


def _postpones(tree: ast.Module) -> bool:
    """Whether nothing evaluates its annotations."""
    return any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)


def _evaluated(node: ast.AST, postponed: bool) -> Iterator[ast.AST]:
    """All of it but annotations that nothing evaluates, as those of a function's own variables."""
    yield node
    for field, value in ast.iter_fields(node):
        if postponed and field in ("annotation", "returns"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AnnAssign) and isinstance(
                node, (ast.FunctionDef, ast.If, ast.For, ast.With, ast.Try)
            ):
                yield from _evaluated(each.value, postponed) if each.value else ()
            elif isinstance(each, ast.AST):
                yield from _evaluated(each, postponed)


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
        for node in _evaluated(tree, _postpones(tree))
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


def test_annotations_count_where_they_are_evaluated() -> None:
    line = "def f(a: dict[str, int]): ..."
    assert len(_wrong(line)) == 1
    assert _wrong(f"from __future__ import annotations\n{line}") == []
    assert _wrong(line.replace("dict[str, int]", "'dict[str, int]'")) == []


def test_others_are_not() -> None:
    assert (
        _wrong(
            "from __future__ import annotations\nfrom collections.abc import Sequence\ndef f(a: Sequence[int]) -> list[int]: ...\na: dict[str, int] = b['c']"
        )
        == []
    )


def _imported(tree: ast.Module) -> list[str]:
    """What a file imports when it is imported, in this order."""
    return [
        name
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    ]


#: What Python 3.6 has, of what modules import before the check.
_OF_3_6 = {
    "os",
    "tempfile",
    "collections.abc.Callable",
    "collections.abc.Iterable",
    "collections.abc.Sequence",
    "contextlib.ExitStack",
    "typing.Any",
    "typing.Callable",
    "typing.Optional",
    "typing.TYPE_CHECKING",
}

_RUN_ON_HOSTS = [path for path in sorted((_PLUGINS / "modules").glob("*.py")) if _OURS in path.read_text()]


@pytest.mark.parametrize("path", _RUN_ON_HOSTS, ids=lambda path: path.stem)
def test_modules_reach_the_check_on_python_3_6(path: Path) -> None:
    imported = _imported(ast.parse(path.read_text(), feature_version=(3, 6)))
    assert f"{_OURS}._python" in imported
    before = imported[: imported.index(f"{_OURS}._python")]
    assert set(before) <= _OF_3_6


def test_the_check_is_readable_by_python_3_6() -> None:
    assert _imported(ast.parse(_CHECK.read_text(), feature_version=(3, 6))) == ["json", "sys"]


@pytest.mark.parametrize(("version", "status"), [((3, 6, 15), 1), ((3, 7, 16), 1), ((3, 8, 0), 0)])
def test_the_check_answers_as_a_module(version: tuple[int, ...], status: int) -> None:
    program = f"import sys; sys.version_info = {version}; exec(open(sys.argv[1]).read())"
    ran = subprocess.run([sys.executable, "-c", program, str(_CHECK)], stdout=subprocess.PIPE, check=False)
    assert ran.returncode == status
    said = json.loads(ran.stdout) if ran.stdout else {}
    assert said == ({"failed": True, "msg": _python.too_old(version, sys.executable)} if status else {})


def test_the_message_names_both_versions() -> None:
    assert "needs Python 3.8 or later on the host, and /usr/bin/python3 is Python 3.6." in _python.too_old(
        (3, 6, 15), "/usr/bin/python3"
    )
    assert _python.too_old((3, 10, 0), "/usr/bin/python3") == ""
