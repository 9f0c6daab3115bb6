# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The port of SSH that a task's connection goes to."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.plugin_utils._ssh_port import ssh_port


def _port(transport: str, play: int | None = None, doubted: bool = False, **options: Any) -> int:
    connection = SimpleNamespace(transport=transport, get_option={"host": "edge1", **options}.__getitem__)
    action = SimpleNamespace(_connection=connection, _play_context=SimpleNamespace(port=play))
    port, doubt = ssh_port(action)  # type: ignore[arg-type]
    assert (doubt is not None) is doubted
    return port


@pytest.mark.parametrize(
    "transport", ["ssh", "ansible.builtin.ssh", "paramiko", "paramiko_ssh", "ansible.netcommon.libssh"]
)
def test_ansible_says_it(transport: str) -> None:
    assert _port(transport) == 22
    assert _port(transport, play=2222) == 2222
    # As the connection has it: of the host that the task is delegated to, and no template any more.
    assert _port(transport, play=2222, port=2200) == 2200


def test_what_is_no_ssh_has_the_default() -> None:
    assert _port("local", play=2222, port=2200) == 22


@pytest.mark.parametrize(
    ("user", "expected"),
    [(None, 2022), ("operator", 2023)],
)
def test_the_configuration_of_ssh_says_it(tmp_path: Path, user: str | None, expected: int) -> None:
    config = tmp_path / "a config"
    config.write_text("Match user operator\n Port 2023\nHost edge*\n Port 2022\n", encoding="utf-8")
    options = {
        "ssh_executable": "ssh",
        "ssh_args": "-C -o ControlMaster=auto -o ControlPersist=60s",
        "ssh_common_args": f"-F '{config}'",
        "ssh_extra_args": None,
        "remote_user": user,
    }
    assert _port("ssh", **options) == expected
    # What Ansible says comes first.
    assert _port("ssh", port=2200, **options) == 2200
    # Others do not read it.
    assert _port("paramiko", **options) == 22


@pytest.mark.parametrize(
    "wrong",
    [
        {"ssh_executable": "/nonexistent/ssh"},
        {"ssh_executable": "false"},
        {"ssh_args": "'"},
        {"ssh_args": "-F /nonexistent"},
    ],
)
def test_an_ssh_that_does_not_tell_leaves_the_default_and_a_doubt(wrong: dict[str, str]) -> None:
    options = {
        "ssh_executable": "ssh",
        "ssh_args": "",
        "ssh_common_args": "",
        "ssh_extra_args": "",
        "remote_user": None,
    }
    assert _port("ssh", doubted=True, **{**options, **wrong}) == 22
