# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of ansible-core that the collection supports, and Pythons for them.

cores.py list            their names, one a line
cores.py python RELEASE  the path of a Python on this machine that runs it
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


class Core(NamedTuple):
    release: str
    #: What the controller may be, from ansible_test/_util/target/common/constants.py.
    pythons: tuple[str, ...]
    #: The version of get-pip.py that ansible-test fetches: ansible_test/_internal/python_requirements.py.
    get_pip: str


CORES = (
    Core("2.16", ("3.10", "3.11", "3.12"), "23_1_2"),
    Core("2.17", ("3.10", "3.11", "3.12"), "23_1_2"),
    Core("2.18", ("3.11", "3.12", "3.13"), "24_2"),
    Core("2.19", ("3.11", "3.12", "3.13"), "24_2"),
    Core("2.20", ("3.12", "3.13", "3.14"), "25_2"),
    Core("2.21", ("3.12", "3.13", "3.14"), "25_2"),
)


def _has_venv(python: str) -> bool:
    """Distributions have what makes environments in a package of its own."""
    tried = subprocess.run([python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL, check=False)
    return tried.returncode == 0


def interpreter(versions: tuple[str, ...]) -> tuple[str, str] | None:
    """The version and path of the first Python of these that is here, on PATH or by pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in versions:
        for path in (shutil.which(f"python{version}"), *map(str, sorted(pyenv.glob(f"{version}.*/bin/python")))):
            if path and _has_venv(path):
                return version, path
    return None


def main() -> int:
    if sys.argv[1:] == ["list"]:
        print("\n".join(core.release for core in CORES))
        return 0
    if len(sys.argv) != 3 or sys.argv[1] != "python":
        print(__doc__, file=sys.stderr)
        return 2
    release = sys.argv[2]
    core = next((core for core in CORES if core.release == release), None)
    if core is None:
        print(f"{release} is not among {', '.join(core.release for core in CORES)}", file=sys.stderr)
        return 2
    found = interpreter(core.pythons)
    if found is None:
        print(f"ansible-core {release} needs Python {', '.join(core.pythons)}. None of them is here", file=sys.stderr)
        return 3
    print(found[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
