# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What test.sh leaves out of integration targets, tests/thorough.sh runs; and each of their files is a part of something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT

TARGETS = sorted(path for path in (ROOT / "tests/integration/targets").iterdir() if (path / "tasks").is_dir())


def _texts(target: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(target.rglob("*.yml")))


def test_thorough_runs_each_target_that_leaves_something_out() -> None:
    named = re.findall(r"^\[ \$# -gt 0 \] \|\| set -- (.*)$", (ROOT / "tests/thorough.sh").read_text(), re.MULTILINE)
    leaving_out = {target.name for target in TARGETS if "thorough | default(false)" in _texts(target)}
    assert leaving_out
    assert leaving_out <= set(named[0].split())


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_something_includes_each_file_of_tasks(target: Path) -> None:
    # All targets use the lab.
    texts = "\n".join(map(_texts, TARGETS)) if target.name == "setup_lab" else _texts(target)
    files = {path.name for path in (target / "tasks").glob("*.yml")} - {"main.yml"}
    missing = {name for name in files if not re.search(rf"\b({name}|tasks_from: {name[:-4]})\b", texts)}
    assert missing == set()
