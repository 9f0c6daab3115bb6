# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What failed, in a few lines, from logs of targets (Ansible) and of checks (nox): failures.py LOG...

Often the end of a log is all that is kept of it, and there is what cleaned up.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

#: Of each log, and of each failure in it. The last ones, as a target may well go through failures that it wants. Those of checks
#: have a line each.
_FAILURES = 3
_CHECKS = 8
_LINES = 3
_WIDTH = 250

_CHECK_FAILED = re.compile(r"(FAILED|ERROR)\b|nox > (Command|Session) .* failed|\S+: error: ")


def failures(log: str) -> list[str]:
    """The last failures in it, each of one line or several."""
    lines = log.splitlines()
    found: list[str] = []
    checks: list[str] = []
    task = ""
    for number, line in enumerate(lines):
        if line.startswith("TASK ["):
            task = line.rstrip(" *")
        elif line.startswith(("fatal: ", "failed: ")):
            if not _ignored(lines[number + 1 :]):
                found.append("\n".join([task, *_told(lines[number:])]))
        elif _CHECK_FAILED.match(line) and not line.startswith("FAILED - RETRYING"):
            checks.append(_cut(line))
    return [*found[-_FAILURES:], *checks[-_CHECKS:]]


def _ignored(following: list[str]) -> bool:
    """Whether a task with ignore_errors failed: it says so after its result, which may have several lines."""
    for line in following:
        if line.startswith("...ignoring"):
            return True
        if line.startswith(("TASK [", "PLAY ", "fatal: ", "failed: ", "ok: ", "changed: ")):
            break
    return False


def _told(lines: list[str]) -> list[str]:
    """Who failed, and what the result says of it: one that is a run of Ansible itself is looked into."""
    who, _arrow, beginning = lines[0].partition(" => ")
    # Of one line, or with its last brace in a line of its own.
    text = [beginning, *lines[1 : lines.index("}") + 1]] if beginning == "{" and "}" in lines else [beginning]
    try:
        result = json.loads("\n".join(text))
    except ValueError:
        return [_cut(lines[0])]
    said = [f"{result[name]}" for name in ("assertion", "msg") if result.get(name)]
    inner = failures(str(result.get("stdout", "")))
    if inner:
        return [_cut(who), *inner]
    for output in ("stdout", "stderr", "module_stdout", "module_stderr"):
        said += str(result.get(output, "")).splitlines()[-_LINES:]
    return [_cut(who), *(_cut(line) for each in said for line in each.splitlines()[:_LINES])]


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…"


def main() -> None:
    for path in map(Path, sys.argv[1:]):
        for each in failures(path.read_text(encoding="utf-8", errors="replace")):
            print(f"{path.stem}: {each}")


if __name__ == "__main__":
    main()
