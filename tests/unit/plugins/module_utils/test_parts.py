# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts that come apart from a module, in a process that has only what Ansible would send."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from ansible_collections.ebpf.xdp.plugins.module_utils import _parts
from ansible_collections.ebpf.xdp.plugins.plugin_utils._parts import archive

_HERE = Path(_parts.__file__).parent
_PACKAGE = _parts.__name__.rpartition(".")[0]


def _payload(directory: Path) -> Path:
    """All that a module imports but the parts, in an archive, as Ansible sends it."""
    file = directory / "payload.zip"
    with zipfile.ZipFile(file, "w") as zip_file:
        packages = _PACKAGE.split(".")
        for depth in range(1, len(packages)):
            zip_file.writestr("/".join(packages[:depth]) + "/__init__.py", "")
        for path in _HERE.rglob("*.py"):
            name = path.relative_to(_HERE)
            if name.parts[0] not in _parts.PARTS:
                zip_file.write(path, f"{'/'.join(packages)}/{name}")
        zip_file.writestr("/".join(packages) + "/__init__.py", "")
    return file


def _run(payload: Path, code: str) -> str:
    program = f"import sys\nsys.path.insert(0, {str(payload)!r})\nfrom {_PACKAGE} import _parts\n{code}"
    run = subprocess.run([sys.executable, "-I", "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    return run.stdout.strip()


def test_a_part_that_did_not_arrive_is_asked_for(tmp_path: Path) -> None:
    asks = "try:\n    _parts.load_part('_elf.reader')\nexcept _parts.PartsNeeded as error:\n    print(error.answer)"
    assert _run(_payload(tmp_path), asks) == "{'_parts_needed': ['_elf']}"


def test_a_part_that_arrived_is_imported_from_its_archive(tmp_path: Path) -> None:
    sent = tmp_path / "parts.zip"
    sent.write_bytes(archive(["_elf"]))
    uses = (
        f"_parts.add_parts({str(sent)!r})\nread = _parts.load_part('_elf.reader').read_object\n"
        f"print(sys.modules[read.__module__].__file__.startswith({str(sent)!r}), _parts.added() == [{str(sent)!r}])\n"
        f"try:\n    _parts.load_part('_trial.arm')\nexcept _parts.PartsNeeded as error:\n    print(error.answer)"
    )
    assert _run(_payload(tmp_path), uses).splitlines() == ["True True", "{'_parts_needed': ['_trial']}"]


def test_the_archive_is_the_same_each_time() -> None:
    assert archive(["_trial", "_elf"]) == archive(["_elf", "_trial"])
