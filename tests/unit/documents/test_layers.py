# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports run one way, as docs/inside.md has it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT, name

_PLUGINS = "ansible_collections.ebpf.xdp.plugins."
_UTILITIES = ROOT / "plugins" / "module_utils"
#: Lowest first; those in one place know nothing of each other.
_LAYERS = (
    ("_python", "_startup", "_version"),
    ("_answers",),
    ("_choices", "_columns", "_errors"),
    ("_parts",),
    ("_process", "_disk"),
    ("_bpf", "_plan"),
    ("_network",),
    ("_btf",),
    ("_spec",),
    ("_elf", "_chain", "_fold"),
    ("_source",),
    ("_load", "_contents"),
    ("_record",),
    ("_kept", "_maps"),
    ("_pinset",),
    ("_fill", "_attach"),
    ("_transaction",),
    ("_trial",),
    ("_monitor", "_packet_tests", "_preflight", "_statistics"),
    ("_survey",),
    ("_metrics",),
    ("_boot",),
)
_HEIGHTS = {layer: height for height, layers in enumerate(_LAYERS) for layer in layers}
_FILES = sorted(path for path in _UTILITIES.rglob("*.py") if path.parent != _UTILITIES or path.stem in _HEIGHTS)


def _layer(path: Path) -> str:
    return path.relative_to(_UTILITIES).parts[0].removesuffix(".py")


def _imported(path: Path) -> set[Path]:
    """The files of the collection that this one imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(_PLUGINS):
            base = ROOT / "plugins" / node.module[len(_PLUGINS) :].replace(".", "/")
            found |= {base / f"{alias.name}.py" if base.is_dir() else base.with_suffix(".py") for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "_parts.load_part":
            found.add(_UTILITIES / f"{ast.literal_eval(node.args[0]).replace('.', '/')}.py")
    return found


@pytest.mark.parametrize("path", _FILES, ids=name)
def test_imports_run_downwards(path: Path) -> None:
    for other in _imported(path):
        if _layer(other) != _layer(path):
            assert _HEIGHTS[_layer(other)] < _HEIGHTS[_layer(path)], name(other)


def test_there_is_no_circle() -> None:
    left = {path: _imported(path) for path in _FILES}
    while free := [path for path, imported in left.items() if not imported & left.keys()]:
        for path in free:
            del left[path]
    assert sorted(map(name, left)) == []


def test_the_document_has_them_in_this_order() -> None:
    text = (ROOT / "docs" / "inside.md").read_text()
    drawn = re.findall(r"^ {6}((?:_\w+(?:, )?)+)  ", text, re.MULTILINE)
    assert [tuple(layers.split(", ")) for layers in reversed(drawn)] == list(_LAYERS)
