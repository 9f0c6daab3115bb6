# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/kept_bytecode.py compiles what comes from an archive once, and again when its source is another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT


def imported(directory: Path, source: str) -> str:
    """What a module of this source, imported from an archive by a Python of its own, says; and whether it was compiled for that."""
    with zipfile.ZipFile(directory / "archive.zip", "w") as archive:
        archive.writestr("sent.py", source)
    program = (
        "import sys, zipimport, kept_bytecode\n"
        "compiled = []\n"
        "really = kept_bytecode._compile\n"
        "kept_bytecode._compile = lambda *source: compiled.append(1) or really(*source)\n"
        "kept_bytecode.start()\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import sent\n"
        "print('compiled' if compiled else 'kept', sent.word)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(directory / "archive.zip")],
        env={**os.environ, "PYTHONPATH": str(directory)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return run.stdout.strip()


def test_it_compiles_a_source_once(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests/kept_bytecode.py", tmp_path)
    assert imported(tmp_path, "word = 'first'") == "compiled first"
    assert imported(tmp_path, "word = 'first'") == "kept first"
    assert imported(tmp_path, "word = 'second'") == "compiled second"
    assert imported(tmp_path, "word = 'first'") == "kept first"


def test_it_works_where_nothing_can_be_kept(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests/kept_bytecode.py", tmp_path)
    (tmp_path / "kept_bytecode.cache").write_text("no directory", encoding="utf-8")
    assert imported(tmp_path, "word = 'first'") == "compiled first"
    assert imported(tmp_path, "word = 'first'") == "compiled first"
