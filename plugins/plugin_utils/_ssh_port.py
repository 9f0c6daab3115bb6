# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The port that a task's connection goes to: where management has to come in."""

from __future__ import annotations

import re
import shlex
import subprocess
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

#: Connection plugins that reach a host over SSH, without the names of their collections.
_PLUGINS = frozenset({"ssh", "paramiko", "paramiko_ssh", "libssh"})

_DEFAULT = 22


def ssh_port(action: ActionBase) -> tuple[int, str | None]:
    """The port, and a warning if it is a guess; 22 where the connection is none of SSH, or nothing says another one."""
    connection = action._connection
    plugin = str(connection.transport).rpartition(".")[2]
    if plugin not in _PLUGINS:
        return _DEFAULT, None
    # Not the host's variables: these may be templates, and of another host where the task is delegated.
    given = _option(connection, "port") or action._play_context.port
    if given or plugin != "ssh":
        return int(given or _DEFAULT), None
    configured = _configured(connection)
    if configured is None:
        return _DEFAULT, (
            f"The SSH client does not say to which port it connects (ssh -G failed). management_sources may connect to port "
            f"{_DEFAULT}. Set ssh_port if the SSH server listens on another port"
        )
    return configured, None


def _option(connection: t.Any, name: str) -> t.Any:
    """``None`` for one that this plugin does not have."""
    try:
        return connection.get_option(name)
    except (AnsibleError, AttributeError, KeyError):
        return None


def _configured(connection: t.Any) -> int | None:
    """The port that ssh(1) would go to, which its own configuration may say (``ssh -G``); ``None`` if it does not tell."""
    try:
        words = [
            word
            for option in ("ssh_args", "ssh_common_args", "ssh_extra_args")
            for word in shlex.split(_option(connection, option) or "")
        ]
        user = _option(connection, "remote_user")
        command = [_option(connection, "ssh_executable") or "ssh", *words, *(("-l", user) if user else ())]
        told = subprocess.run(
            [*command, "-G", str(_option(connection, "host"))],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=10,
        ).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    found = re.search(rb"^port (\d+)$", told, re.MULTILINE)
    return int(found[1]) if found else None
