# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/failures.py finds what failed, and nothing of what only looks like it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT

STARS = " " + 40 * "*"


def said(log: str, directory: Path) -> str:
    path = directory / "target.failed"
    path.write_text(log, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests/failures.py"), str(path)], check=True, stdout=subprocess.PIPE, text=True
    )
    return run.stdout


def failed(task: str, result: dict[str, object], indent: int | None = None) -> str:
    return f"TASK [{task}]{STARS}\nfatal: [host]: FAILED! => {json.dumps(result, indent=indent)}\n"


CLEANED = f"\nTASK [clean up]{STARS}\nok: [host]\n\nPLAY RECAP{STARS}\nhost : ok=2 failed=1\n"


@pytest.mark.parametrize("indent", [None, 4])
def test_an_assertion_is_shown_with_its_task(tmp_path: Path, indent: int | None) -> None:
    log = failed("compare", {"assertion": "one == two", "evaluated_to": False, "msg": "They differ"}, indent) + CLEANED
    assert said(log, tmp_path) == "target: TASK [compare]\nfatal: [host]: FAILED!\none == two\nThey differ\n"


def test_of_a_run_within_a_task_its_own_failure_is_shown(tmp_path: Path) -> None:
    inner = failed("inner", {"msg": "no such interface"}) + CLEANED
    log = failed("run a playbook", {"msg": "non-zero return code", "stdout": inner, "stderr": "a warning"}) + CLEANED
    assert said(log, tmp_path).splitlines() == [
        "target: TASK [run a playbook]",
        "fatal: [host]: FAILED!",
        "TASK [inner]",
        "fatal: [host]: FAILED!",
        "no such interface",
    ]


def test_the_end_of_what_a_command_wrote_is_shown(tmp_path: Path) -> None:
    written = "".join(f"line {number}\n" for number in range(9))
    log = failed("command", {"msg": "non-zero return code", "stdout": written, "stderr": "wrong"})
    assert said(log, tmp_path).splitlines()[2:] == ["non-zero return code", "line 6", "line 7", "line 8", "wrong"]


@pytest.mark.parametrize("indent", [None, 4])
def test_what_is_ignored_or_tried_again_is_no_failure(tmp_path: Path, indent: int | None) -> None:
    ignored = failed("try", {"msg": "no"}, indent) + "...ignoring\n"
    again = f"TASK [wait]{STARS}\nFAILED - RETRYING: [host]: wait (3 retries left).\nok: [host]\n"
    assert said(ignored + again + CLEANED, tmp_path) == ""


def test_of_many_the_last_are_shown(tmp_path: Path) -> None:
    log = "".join(failed(f"step {number}", {"msg": str(number)}) for number in range(9))
    assert [line for line in said(log, tmp_path).splitlines() if line.isdigit()] == ["6", "7", "8"]


def test_what_cannot_be_read_is_cut(tmp_path: Path) -> None:
    told = said(f"TASK [odd]{STARS}\nfatal: [host]: FAILED! => {{ {999 * 'x'}\n", tmp_path)
    assert told.startswith("target: TASK [odd]\nfatal: [host]: FAILED! => { xxx")
    assert max(map(len, told.splitlines())) < 300


def test_failed_checks_are_shown(tmp_path: Path) -> None:
    log = (
        "nox > Running session unit\nsome output\nFAILED tests/unit/test_it.py::test_one - assert 1 == 2\n"
        "nox > Command pytest failed with exit code 1\nnox > Session unit failed.\nnox > * lint: success\n"
    )
    assert said(log, tmp_path).splitlines() == [
        "target: FAILED tests/unit/test_it.py::test_one - assert 1 == 2",
        "target: nox > Command pytest failed with exit code 1",
        "target: nox > Session unit failed.",
    ]
