# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The repository's documents, with the reader of their blocks that the integration target has."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[3]
TARGET = ROOT / "tests" / "integration" / "targets" / "documented"
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("roles/*/README.md")])
MODULES = sorted(ROOT.glob("plugins/modules/*.py"))
FRAGMENTS = sorted(ROOT.glob("plugins/doc_fragments/*.py"))
ARGUMENT_SPECS = sorted(ROOT.glob("roles/*/meta/argument_specs.yml"))

_spec = importlib.util.spec_from_file_location("blocks", TARGET / "files" / "blocks.py")
if _spec is None or _spec.loader is None:
    raise ImportError("tests/integration/targets/documented/files/blocks.py is missing")
blocks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(blocks)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def texts(path: Path) -> dict[str, str]:
    """DOCUMENTATION, EXAMPLES and so on of a plugin."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = node.value.value
    return found
