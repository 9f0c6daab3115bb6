# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

_SOURCE = Path(__file__).resolve().parents[4] / "plugins" / "module_utils" / "_startup.py"

# Every compilation is an event of its own (the table of audit events in Python's library reference).
_PROGRAM = """
import gc, json, sys
compiled = []
sys.addaudithook(lambda event, given: compiled.append(given[1]) if event == "compile" else None)
sys.path[:0] = sys.argv[1:]
import ours._startup
from ours.inner import leaf
import others.leaf
print(json.dumps({
    "compiled": [str(name) for name in compiled],
    "files": [leaf.__file__, sys.modules["ours.inner"].__file__, others.leaf.__file__],
    "frozen": gc.get_freeze_count(),
}))
"""


def _archive(path: Path, files: dict[str, str]) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return str(path)


def _told(*paths: str) -> Any:
    command = [sys.executable, "-c", _PROGRAM, *paths]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


@pytest.fixture
def others(tmp_path: Path) -> str:
    return _archive(tmp_path / "others.zip", {"others/__init__.py": "", "others/leaf.py": ""})


def test_each_file_of_its_archive_is_compiled_once(tmp_path: Path, others: str) -> None:
    files = {
        "ours/__init__.py": "",
        "ours/_startup.py": _SOURCE.read_text(),
        "ours/inner/__init__.py": "",
        "ours/inner/leaf.py": "",
    }
    archive = _archive(tmp_path / "ours.zip", files)
    told = _told(archive, others)
    times = Counter(told["compiled"])
    leaf, package, foreign = told["files"]
    assert (leaf, package) == (f"{archive}/ours/inner/leaf.py", f"{archive}/ours/inner/__init__.py")
    assert times[leaf] == 1
    assert told["frozen"] > 0
    # What it is for; and nobody else's imports are touched.
    assert times[foreign] == 2


def test_files_are_imported_as_ever(tmp_path: Path, others: str) -> None:
    inner = tmp_path / "files" / "ours" / "inner"
    inner.mkdir(parents=True)
    for file, text in ((inner / "leaf.py", ""), (inner.parent / "_startup.py", _SOURCE.read_text())):
        file.write_text(text)
    told = _told(str(tmp_path / "files"), others)
    assert told["files"][0] == str(inner / "leaf.py")
    assert told["frozen"] == 0
