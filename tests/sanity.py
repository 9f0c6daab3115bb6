# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test sanity on each supported ansible-core, side by side: sanity.py COLLECTIONS [ARGUMENT...]

COLLECTIONS is a directory with ansible_collections/ebpf/xdp in it, ARGUMENTs go to ansible-test. A release of ansible-core
needs one of its own versions of Python, and what hosts run is tried on their oldest. Where this machine has none of them,
that is said, and the others are run. The variable SANITY_CORES names the releases of ansible-core, by default all, and
SANITY_SKIP tests that are left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from cores import CORES, Core, interpreter

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = REPOSITORY / ".cache/sanity"


#: The oldest Python of hosts, an ansible-core that knows it, and the tests that depend on it.
OLDEST = "3.8"
OLDEST_CORE = next(core for core in CORES if core.release == "2.19")
OLDEST_TESTS = ("--test", "compile", "--test", "import")


class Run(NamedTuple):
    what: str
    status: int
    said: str


def environment(core: Core, python: str) -> Path:
    """A directory of programs with this ansible-core in it, kept in the cache."""
    place = CACHE / f"core-{core.release}"
    if not (place / "bin/ansible-test").exists():
        subprocess.run([python, "-m", "venv", "--clear", place], check=True)
        quiet = ["--quiet", "--disable-pip-version-check"]
        subprocess.run([place / "bin/pip", "install", *quiet, f"ansible-core ~= {core.release}.0"], check=True)
    return place / "bin"


def home(core: Core) -> Path:
    """A home for ansible-test, which makes environments in it: two of it in one home would make the same at a time."""
    place = CACHE / f"home-{core.release}"
    cache = place / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    # It fetches get-pip.py to make its environments. The distribution's pip does as well.
    shutil.copyfile(REPOSITORY / "tests/get_pip.py", cache / f"get_pip_{core.get_pip}.py")
    # How this machine reaches packages, and those that it has had before.
    for name in (".config", ".cache", ".pip"):
        theirs, ours = Path.home() / name, place / name
        if theirs.is_dir() and not ours.is_symlink():
            ours.symlink_to(theirs)
    return place


def ansible_test(core: Core, programs: Path, python: tuple[str, str], collections: Path, options: list[str]) -> Run:
    version, path = python
    search = (programs, Path(path).parent, "/usr/local/bin", "/usr/bin", "/bin")
    command = [f"{programs}/ansible-test", "sanity", "--color", "no", "--local", "--requirements", "--python", version]
    with tempfile.TemporaryDirectory() as root:
        shutil.copytree(collections, root, symlinks=True, dirs_exist_ok=True)
        result = subprocess.run(
            [*command, *options],
            check=False,
            cwd=Path(root) / "ansible_collections/ebpf/xdp",
            env={"HOME": str(home(core)), "PATH": ":".join(map(str, search)), "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    return Run(f"ansible-core {core.release}, Python {version}", result.returncode, result.stdout)


def sanity(core: Core, python: tuple[str, str], collections: Path, arguments: list[str]) -> list[Run]:
    programs = environment(core, python[1])
    runs = [ansible_test(core, programs, python, collections, arguments)]
    oldest = interpreter((OLDEST,))
    if core is OLDEST_CORE and oldest:
        runs.append(ansible_test(core, programs, oldest, collections, [*OLDEST_TESTS, *arguments]))
    return runs


def main() -> int:
    collections, arguments = Path(sys.argv[1]), sys.argv[2:]
    asked, skipped = (os.environ.get(name, "").split() for name in ("SANITY_CORES", "SANITY_SKIP"))
    arguments += [argument for test in skipped for argument in ("--skip-test", test)]
    found = [(core, interpreter(core.pythons)) for core in CORES if not asked or core.release in asked]
    with ThreadPoolExecutor() as pool:
        started = [pool.submit(sanity, core, python, collections, arguments) for core, python in found if python]
        runs = [run for future in started for run in future.result()]
    for run in runs:
        if run.status:
            print(run.said)
    for run in runs:
        tests = run.said.count('Running sanity test "')
        print(f"{run.what}: {tests} tests {'run, FAILED' if run.status else 'passed'}")
    for core, python in found:
        if python is None:
            print(f"ansible-core {core.release}: NOT RUN, this machine has no Python {', '.join(core.pythons)}")
    for core in CORES:
        if asked and core.release not in asked:
            print(f"ansible-core {core.release}: left to ./test.sh sanity and tests/matrix.sh")
    for test in skipped:
        print(f"{test}: left to ./test.sh sanity and tests/matrix.sh")
    if interpreter((OLDEST,)) is None:
        print(f"Python {OLDEST}, the oldest of hosts: NOT RUN, this machine does not have it")
    return 1 if not runs or any(run.status for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
