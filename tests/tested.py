# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What README.md says was tested: the facts of runs of test.sh that passed, each with its commit.

tested.py note FILE       write the facts of the run that has just passed here (test.sh does, when it ran everything)
tested.py publish FILE... take them over into tests/tested.json, and write README.md's rows anew

A unit test holds README.md to tests/tested.json.
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
PUBLISHED = ROOT / "tests" / "tested.json"
README = ROOT / "README.md"

_BEGIN = "<!-- Written by tests/tested.py -->\n"
_END = "<!-- end -->\n"


def facts() -> dict[str, str]:
    """Of this machine and this checkout; a commit with "+" has changes on top that are not committed."""
    release = platform.freedesktop_os_release()
    git = ("git", "-c", "safe.directory=*")  # root may test what is another user's
    commit = _said(*git, "rev-parse", "--short=10", "HEAD")
    return {
        "distribution": f"{release['ID'].capitalize()} {release.get('VERSION_ID', '')}".strip(),
        "kernel": ".".join(os.uname().release.split(".")[:2]),
        "machine": os.uname().machine,
        "python": platform.python_version(),
        "ansible_core": _said("ansible", "--version").splitlines()[0].rpartition(" ")[2].rstrip("]"),
        "bcc": _package("python3-bpfcc"),
        "pyroute2": _package("python3-pyroute2"),
        "clang": _said("clang", "-dumpversion"),
        "commit": commit + ("+" if _said(*git, "status", "--porcelain") else ""),
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    }


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.strip()


def _package(name: str) -> str:
    """The upstream version of a Debian package."""
    version = _said("dpkg-query", "-W", "-f", "${source:Upstream-Version}", name)
    return version.partition("+")[0]


def rows(runs: list[dict[str, str]]) -> str:
    """The table of README.md."""
    lines = ["| distribution | with | kernel | commit |", "|---|---|---|---|"]
    for run in sorted(runs, key=lambda run: run["distribution"]):
        libraries = ", ".join(
            f"{name} {run[key]}"
            for name, key in (
                ("Python", "python"),
                ("ansible-core", "ansible_core"),
                ("bcc", "bcc"),
                ("pyroute2", "pyroute2"),
                ("clang", "clang"),
            )
        )
        where = f"Linux {run['kernel']}, {run['machine']}"
        lines.append(f"| {run['distribution']} | {libraries} | {where} | {run['commit']}, {run['date']} |")
    return "\n".join(lines) + "\n"


def with_rows(readme: str, runs: list[dict[str, str]]) -> str:
    """README.md with these runs in it."""
    before, _begin, rest = readme.partition(_BEGIN)
    _old, _end, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{rows(runs)}\n{_END}{after}"


def publish(paths: list[str]) -> None:
    known = {run["distribution"]: run for run in json.loads(PUBLISHED.read_text(encoding="utf-8"))}
    for path in paths:
        run = json.loads(Path(path).read_text(encoding="utf-8"))
        if run["commit"].endswith("+"):
            raise SystemExit(f"{path} is of a checkout with changes that are not committed. Nothing was written")
        known[run["distribution"]] = run
    runs = [known[name] for name in sorted(known)]
    PUBLISHED.write_text(json.dumps(runs, indent=2) + "\n", encoding="utf-8")
    README.write_text(with_rows(README.read_text(encoding="utf-8"), runs), encoding="utf-8")


def main() -> None:
    command, *paths = sys.argv[1:] or ["help"]
    if command == "note" and len(paths) == 1:
        Path(paths[0]).write_text(json.dumps(facts(), indent=2) + "\n", encoding="utf-8")
    elif command == "publish" and paths:
        publish(paths)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
