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


def ssh_port(action: ActionBase, task_vars: dict[str, t.Any]) -> int:
    """The port; 22 where the connection is none of SSH, or nothing says another one."""
    plugin = str(action._connection.transport).rpartition(".")[2]
    if plugin not in _PLUGINS:
        return _DEFAULT
    try:
        given = int(
            task_vars.get("ansible_port") or task_vars.get("ansible_ssh_port") or action._play_context.port or 0
        )
    except (TypeError, ValueError):
        given = 0
    return given or (_configured(action._connection) if plugin == "ssh" else None) or _DEFAULT


def _configured(connection: t.Any) -> int | None:
    """The port that ssh(1) would go to, which its own configuration may say (``ssh -G``); ``None`` if it does not tell."""
    try:
        words = [
            word
            for option in ("ssh_args", "ssh_common_args", "ssh_extra_args")
            for word in shlex.split(connection.get_option(option) or "")
        ]
        user = connection.get_option("remote_user")
        command = [connection.get_option("ssh_executable"), *words, *(("-l", user) if user else ())]
        told = subprocess.run(
            [*command, "-G", str(connection.get_option("host"))],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=10,
        ).stdout
    except (AnsibleError, AttributeError, KeyError, OSError, TypeError, ValueError, subprocess.SubprocessError):
        return None
    found = re.search(rb"^port (\d+)$", told, re.MULTILINE)
    return int(found[1]) if found else None
