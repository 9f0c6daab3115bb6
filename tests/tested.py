# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What README.md says was tested, held to runs of test.sh that passed.

tested.py note FILE      write the facts of the run that has just passed here (test.sh does, when it ran everything)
tested.py check FILE...  fail where README.md does not have the row of one of these runs (.ci/run does)
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def commit(apart: str | None = None) -> str:
    """Of this checkout, and "+" if it has changes that are not committed, apart from those of one file."""
    git = ("git", "-c", "safe.directory=*")  # root may test what is another user's
    changed = _said(*git, "status", "--porcelain", "--", ".", *([f":!{apart}"] if apart else ()))
    return _said(*git, "rev-parse", "--short=10", "HEAD") + ("+" if changed else "")


def facts() -> dict[str, str]:
    """Of this machine and this checkout."""
    release = platform.freedesktop_os_release()
    return {
        "distribution": f"{release['ID'].capitalize()} {release.get('VERSION_ID', '')}".strip(),
        "kernel": os.uname().release,
        "machine": os.uname().machine,
        "python": platform.python_version(),
        "ansible_core": _said("ansible", "--version").splitlines()[0].rpartition(" ")[2].rstrip("]"),
        "bcc": _package("python3-bpfcc"),
        "pyroute2": _package("python3-pyroute2"),
        "clang": _said("clang", "-dumpversion"),
        "commit": commit(),
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    }


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.strip()


def _package(name: str) -> str:
    """The upstream version of a Debian package."""
    return _said("dpkg-query", "-W", "-f", "${source:Upstream-Version}", name).partition("+")[0]


def row(run: dict[str, str]) -> str:
    """The run's row in README.md: what its distribution brings, without what changes from one week to the next."""
    python, core, bcc, pyroute2 = (
        ".".join(run[name].split(".")[:2]) for name in ("python", "ansible_core", "bcc", "pyroute2")
    )
    clang = run["clang"].partition(".")[0]
    return f"| {run['distribution']} | {python} | {core} | {bcc} | {pyroute2} | {clang} |"


def check(paths: list[str]) -> int:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    missing = 0
    for path in paths:
        run = json.loads(Path(path).read_text(encoding="utf-8"))
        print(f"Tested: commit {run['commit']} on {run['distribution']}, Linux {run['kernel']}, {run['machine']}")
        if row(run) not in readme:
            print(f"README.md does not have the row of this run: {row(run)}", file=sys.stderr)
            missing += 1
    return min(missing, 1)


def main() -> int:
    command, *paths = sys.argv[1:] or ["help"]
    if command == "note" and len(paths) == 1:
        Path(paths[0]).write_text(json.dumps(facts(), indent=2) + "\n", encoding="utf-8")
        return 0
    if command == "check" and paths:
        return check(paths)
    sys.stderr.write(__doc__ or "")
    return 2


if __name__ == "__main__":
    sys.exit(main())
