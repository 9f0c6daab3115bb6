# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""test.sh runs the checks that are asked for, all of them."""

from __future__ import annotations

import re
import subprocess

import pytest
from ansible_collections.ebpf.xdp.tests.unit.documents.files import ROOT

# nox itself says which sessions it would run.
_AROUND = """
set -euo pipefail
repository=$1; shift
say() { :; }
need_python() { :; }
nox() { command nox --list "$@"; }
%s
checks "$@"
"""


@pytest.mark.parametrize("sessions", [["types"], ["types", "changelog"], ["unit", "artefact", "docs"]])
def test_each_check_that_is_named_is_run(sessions: list[str]) -> None:
    function = re.search(r"^checks\(\) \{\n.*?^\}\n", (ROOT / "test.sh").read_text(), re.MULTILINE | re.DOTALL)
    assert function is not None
    said = subprocess.run(
        ["bash", "-c", _AROUND % function[0], "bash", str(ROOT), *sessions],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    assert sorted(re.findall(r"^\* (\S+)", said, re.MULTILINE)) == sorted(sessions)
