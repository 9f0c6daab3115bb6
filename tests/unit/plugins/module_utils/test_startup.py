# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lets a process from an archive start sooner, on each version of Python that this machine has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

_SOURCE = Path(__file__).resolve().parents[4] / "plugins" / "module_utils" / "_startup.py"

#: Those that hosts may have and that _startup.py was measured with.
_VERSIONS = [f"3.{minor}" for minor in range(8, 15)]


def _pythons() -> dict[str, str]:
    """By version, the first interpreter of it on PATH or by pyenv; with this one, in any case."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = {f"3.{sys.version_info[1]}": sys.executable}
    for version in _VERSIONS:
        # Those of pyenv first: on PATH there may be a script that knows which of them is meant, and says that none is.
        for path in (*sorted(pyenv.glob(f"{version}.*/bin/python")), shutil.which(f"python{version}")):
            if path and version not in found:
                found[version] = str(path)
    return found


PYTHONS = _pythons()

# Every compilation is an event of its own (the table of audit events in Python's library reference).
_PROGRAM = """
import gc, json, sys, traceback, weakref
compiled = []
sys.addaudithook(lambda event, given: compiled.append(given[1]) if event == "compile" else None)
sys.path[:0] = sys.argv[1:]
before = gc.get_freeze_count()  # Python 3.12 begins with some
import ours._startup
from ours.inner import leaf
import others.leaf
try:
    leaf.fail()
except ValueError:
    said = traceback.format_exc()


class Circle:
    def __init__(self):
        self.own = self


gone = []
weakref.finalize(Circle(), gone.append, True)
gc.collect()
print(json.dumps({
    "said": said,
    "collected": gone,
    "compiled": [str(name) for name in compiled],
    "files": [leaf.__file__, sys.modules["ours.inner"].__file__, others.leaf.__file__],
    "frozen": gc.get_freeze_count() - before,
}))
"""


_LEAF = "def fail():\n    raise ValueError(1)\n"


def _archive(path: Path, files: dict[str, str]) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return str(path)


def _told(python: str, *paths: str) -> Any:
    # Nothing compiled is left beside the files, which other versions would find.
    command = [python, "-B", "-c", _PROGRAM, *paths]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


@pytest.fixture
def others(tmp_path: Path) -> str:
    return _archive(tmp_path / "others.zip", {"others/__init__.py": "", "others/leaf.py": ""})


def test_this_python_is_among_them() -> None:
    assert sys.executable in PYTHONS.values()


@pytest.mark.parametrize("version", PYTHONS)
def test_each_file_of_its_archive_is_compiled_once(tmp_path: Path, others: str, version: str) -> None:
    files = {
        "ours/__init__.py": "",
        "ours/_startup.py": _SOURCE.read_text(),
        "ours/inner/__init__.py": "",
        "ours/inner/leaf.py": _LEAF,
    }
    archive = _archive(tmp_path / "ours.zip", files)
    told = _told(PYTHONS[version], archive, others)
    times = Counter(told["compiled"])
    leaf, package, foreign = told["files"]
    assert (leaf, package) == (f"{archive}/ours/inner/leaf.py", f"{archive}/ours/inner/__init__.py")
    assert times[leaf] == 1
    assert told["frozen"] > 0
    # Tracebacks have the file and the line, and what is made later is garbage as ever.
    assert f'File "{leaf}", line 2, in fail\n    raise ValueError(1)\n' in told["said"]
    assert told["collected"] == [True]
    # What it is for; and nobody else's imports are touched.
    assert times[foreign] == 2


@pytest.mark.parametrize("version", PYTHONS)
def test_files_are_imported_as_ever(tmp_path: Path, others: str, version: str) -> None:
    inner = tmp_path / "files" / "ours" / "inner"
    inner.mkdir(parents=True)
    for file, text in ((inner / "leaf.py", _LEAF), (inner.parent / "_startup.py", _SOURCE.read_text())):
        file.write_text(text)
    told = _told(PYTHONS[version], str(tmp_path / "files"), others)
    assert told["files"][0] == str(inner / "leaf.py")
    assert told["frozen"] == 0
