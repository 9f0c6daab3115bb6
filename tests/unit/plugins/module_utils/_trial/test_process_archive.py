# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from ansible_collections.ebpf.xdp.plugins.module_utils._trial import process


def _archive(path: Path, files: dict[str, str]) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return str(path)


def test_a_part_is_found_in_the_copy_of_a_module_of_an_older_ansible_core(tmp_path: Path) -> None:
    path = tmp_path / "module.zip"
    module = _archive(
        path,
        {
            "ours/__init__.py": "",
            "ours/utility.py": "",
            "sitecustomize.py": f"import sys\nsys.path.insert(0, {str(path)!r})",
        },
    )
    part = _archive(tmp_path / "part.zip", {"ours/part/__init__.py": "", "ours/part/watch.py": "print('here')"})
    merged = io.BytesIO()
    process.merge([module, part], merged)
    copy = tmp_path / "copy.zip"
    copy.write_bytes(merged.getvalue())
    command = [sys.executable, "-s", "-m", "ours.part.watch"]
    environment = {"PATH": os.defpath, "PYTHONPATH": str(copy)}
    assert subprocess.run(command, env=environment, cwd="/", stdout=subprocess.PIPE, check=True).stdout == b"here\n"
