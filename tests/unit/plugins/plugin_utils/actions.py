# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of an action plugin and its loader as reading an origin takes."""

from __future__ import annotations

import base64
import os
from typing import Any

from ansible.errors import AnsibleFileNotFound


class Loader:
    """Reads files as they are, or for ``secret`` files a decrypted copy, as ansible-vault does."""

    def __init__(self) -> None:
        self.temporary: list[str] = []
        self.cleaned: list[str] = []

    def get_real_file(self, path: str) -> str:
        if not path.endswith(".vault"):
            return path
        with open(path, "rb") as file:
            content = file.read()
        self.temporary.append(f"{path}.plain")
        with open(self.temporary[-1], "wb") as file:
            file.write(content[::-1])
        return self.temporary[-1]

    def cleanup_tmp_file(self, path: str) -> None:
        self.cleaned.append(path)


class Task:
    def __init__(self, args: dict[str, Any]) -> None:
        self.args = args


class Shell:
    tmpdir: str | None = None

    def join_path(self, *parts: str) -> str:
        return "/".join(parts)


class Connection:
    def __init__(self) -> None:
        self._shell = Shell()


class Action:
    """``files`` are on the controller, ``remote`` is what a host has, by path."""

    def __init__(self, files: str = "", remote: dict[str, bytes] | None = None, **args: Any) -> None:
        self._files = files
        self._remote = remote or {}
        self._task = Task(args)
        self._loader = Loader()
        self._connection = Connection()
        #: What has been sent, by its path on the host, and what the host's user was then let read.
        self.sent: dict[str, bytes] = {}
        self.readable: list[str] = []
        #: What has been read of the host, and sizes other than what ``remote`` has.
        self.asked: list[str] = []
        self.sizes: dict[str, int] = {}

    def _find_needle(self, directory: str, name: str) -> str:
        path = os.path.join(self._files, name)
        if directory != "files" or not os.path.exists(path):
            raise AnsibleFileNotFound(f"Could not find {name}.")
        return path

    def _execute_module(self, module_name: str, module_args: dict[str, Any], task_vars: Any) -> dict[str, Any]:
        if module_name == "ansible.builtin.stat":
            data = self._remote.get(module_args["path"])
            size = self.sizes.get(module_args["path"], len(data or b""))
            return {"stat": {"exists": True, "isreg": True, "size": size} if data is not None else {"exists": False}}
        assert module_name == "ansible.builtin.slurp"
        self.asked.append(module_args["src"])
        if module_args["src"] not in self._remote:
            return {"failed": True, "msg": f"file not found: {module_args['src']}"}
        return {"content": base64.b64encode(self._remote[module_args["src"]]).decode(), "encoding": "base64"}

    def _make_tmp_path(self) -> None:
        self._connection._shell.tmpdir = "/tmp/ansible"

    def _transfer_data(self, path: str, data: bytes) -> None:
        self.sent[path] = data

    def _fixup_perms2(self, paths: list[str]) -> None:
        self.readable += paths
