# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that are made anew, beside the one that Ansible keeps."""

from __future__ import annotations

import os
import shlex
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.ebpf.xdp.plugins.plugin_utils import _fresh_connections
from ansible_collections.ebpf.xdp.plugins.plugin_utils._fresh_connections import Clock, Connections


class Connection:
    """What a connection plugin is asked; ``did`` is shared by copies of it."""

    def __init__(self, transport: str = "ssh", **options: Any) -> None:
        self.transport = transport
        self._options = {"ssh_args": "-o ControlPersist=60s", "timeout": 10, "reconnection_retries": 3, **options}
        self._origins = dict.fromkeys(self._options, "default")
        self.did: list[str] = []
        self.answer: tuple[int, bytes, bytes] = (0, b"ebpf-xdp\r\n", b"")

    def get_option(self, name: str) -> Any:
        return self._options[name]

    def set_option(self, name: str, value: Any) -> None:
        self._options[name] = value
        self._origins[name] = "Direct"

    def exec_command(
        self, command: str, in_data: bytes | None = None, sudoable: bool = True
    ) -> tuple[int, bytes, bytes]:
        self.did.append(command)
        assert not sudoable
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def reset(self) -> None:
        self.did.append("reset")


class Action:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection


def _options(connection: Any) -> dict[str, str]:
    """What ssh(1) makes of its arguments: the first of each counts."""
    words = shlex.split(connection.get_option("ssh_args"))
    found: dict[str, str] = {}
    for word in words[1::2]:
        name, _sign, value = word.partition("=")
        found.setdefault(name, value)
    return found


def test_another_connection_has_a_path_of_its_own_and_gives_up_soon() -> None:
    action = Action(standing := Connection(ssh_args="-o ControlPath=/x -o ControlPersist=60s -o Port=2222"))
    with Connections(action, "router1").fresh(4.4):  # type: ignore[arg-type]
        another = action._connection
        assert another is not standing
        options = _options(another)
        assert os.path.isdir(os.path.dirname(options["ControlPath"]))
    assert action._connection is standing
    assert not os.path.exists(os.path.dirname(options.pop("ControlPath")))
    assert options == {
        "ControlMaster": "auto",
        "ControlPersist": "30",
        "ServerAliveInterval": "1",
        "ServerAliveCountMax": "3",
        "ConnectTimeout": "4",
        "Port": "2222",
    }
    assert another.get_option("reconnection_retries") == 0
    assert standing._options["ssh_args"] == "-o ControlPath=/x -o ControlPersist=60s -o Port=2222"
    assert standing._origins["ssh_args"] == "default" and standing.get_option("reconnection_retries") == 3
    assert standing.did == ["echo ebpf-xdp", "reset"]


def test_two_connections_have_two_paths() -> None:
    action = Action(Connection(ssh_args=None))
    connections = Connections(action, "router1")  # type: ignore[arg-type]
    paths = []
    for _attempt in range(2):
        with connections.fresh(3):
            paths.append(_options(action._connection)["ControlPath"])
    assert len({*paths}) == 2


def test_a_long_directory_for_temporary_files_is_not_used_for_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Integration targets, which may run beside this, look at what is in /tmp.
    monkeypatch.setattr(_fresh_connections, "_SHORT_DIRECTORY", tempfile.gettempdir())
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    action = Action(Connection())
    with Connections(action, "router1").fresh(3):  # type: ignore[arg-type]
        assert len(_options(action._connection)["ControlPath"]) <= 107 - 17
    assert list(long.iterdir()) == []


@pytest.mark.parametrize(
    "answer", [AnsibleConnectionFailure("timed out"), (255, b"", b"Permission denied"), (0, b"Welcome!\n", b"")]
)
def test_a_host_that_does_not_answer_leaves_nothing(answer: Any) -> None:
    action = Action(standing := Connection())
    standing.answer = answer
    connections = Connections(action, "router1")  # type: ignore[arg-type]
    with pytest.raises(AnsibleConnectionFailure), connections.fresh(3):
        pytest.fail("it has not answered")
    assert action._connection is standing and standing.did[-1] == "reset"


@pytest.mark.parametrize("transport", ["paramiko", "paramiko_ssh", "ansible.netcommon.libssh"])
def test_other_plugins_for_ssh_are_reset(transport: str) -> None:
    action = Action(standing := Connection(transport))
    connections = Connections(action, "router1")  # type: ignore[arg-type]
    assert connections.over_ssh
    with connections.fresh(3):
        assert action._connection is standing and standing.did == ["reset", "echo ebpf-xdp"]


@pytest.mark.parametrize("transport", ["local", "community.docker.docker", "community.general.lxd"])
def test_without_ssh_there_is_nothing_to_make_anew(transport: str) -> None:
    action = Action(standing := Connection(transport))
    connections = Connections(action, "router1")  # type: ignore[arg-type]
    assert not connections.over_ssh
    with connections.fresh(3):
        assert action._connection is standing and standing.did == []


def test_the_standing_connection_can_be_forgotten() -> None:
    action = Action(standing := Connection())
    Connections(action, "router1").forget()  # type: ignore[arg-type]
    assert standing.did == ["reset"]


def test_the_clock_runs() -> None:
    before = Clock.now()
    Clock.sleep(0.01)
    Clock.sleep(-1)
    assert 0.01 <= Clock.now() - before < 5 and before <= time.monotonic()
