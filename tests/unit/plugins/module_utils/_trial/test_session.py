# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which connection a run came over, by the processes above it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import clock, session

_PROVE = """
import sys
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import clock, session
try:
    print(session.prove(session.Over(), clock.now() + int(float(sys.argv[1]) * clock.SECOND)).result())
except XdpError as error:
    print(error)
"""


def _below_sshd(tmp_path: Path, begin: float) -> str:
    """What a run says that descends from a process by the name of sshd; the program began so many seconds ago."""
    shell = tmp_path / "sshd-session"
    shutil.copy(os.path.realpath("/bin/sh"), shell)
    # The second command keeps the shell from being replaced by the first.
    command = 'sh -c \'"$0" -c "$1" "$2"; true\' "$@"; true'
    found = subprocess.run(
        [str(shell), "-c", command, "x", sys.executable, _PROVE, str(begin)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return found.stdout


def test_a_connection_that_began_later_proves_it(tmp_path: Path) -> None:
    assert "'confirmed_by': 'connection'" in _below_sshd(tmp_path, -60)


def test_an_older_one_does_not(tmp_path: Path) -> None:
    said = _below_sshd(tmp_path, 2)
    assert "began 2." in said or "began 1." in said
    assert "older than the program on trial: sshd " in said


def test_without_ssh_nothing_is_verified() -> None:
    proof = session.prove(session.Over(ssh=False), clock.now())
    assert proof.result() == {"confirmed_by": "unverified", "session": None}
    assert proof.warning is not None
    with pytest.raises(XdpError, match="confirm_strict"):
        session.prove(session.Over(ssh=False, strict=True), clock.now())
