# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of xdp_pin: the source has to travel."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._object import source as sources

#: The collection's own programs: a link to bpf/.
_PROGRAMS = os.path.join(os.path.dirname(__file__), "programs")


def _headers() -> dict[str, str]:
    """The headers that come with the collection, by name."""
    return {name: sources.read(os.path.join(_PROGRAMS, name)) for name in _own(".h")}


def _own(suffix: str) -> list[str]:
    """Files of the collection's own programs; none where an installation left them out."""
    return sorted(name for name in os.listdir(_PROGRAMS) if name.endswith(suffix)) if os.path.isdir(_PROGRAMS) else []


class ActionModule(ActionBase):
    TRANSFERS_FILES = False  # The text travels in the arguments: a transfer costs more than a whole run.

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        self._supports_async = True
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        reserved = sorted(name for name in arguments if str(name).startswith("_"))
        if reserved:
            raise AnsibleActionFail(f"Unsupported parameters for xdp_pin: {', '.join(reserved)}")
        if arguments.get("state", "present") == "present" and arguments.get("src"):
            try:
                remote = boolean(arguments.get("remote_src") or False)
            except TypeError as error:
                raise AnsibleActionFail(f"remote_src: {error}") from error
            try:
                if remote:
                    arguments["_headers"] = _headers()
                else:
                    arguments["_text"] = self._flattened(str(arguments["src"]))
            except XdpError as error:
                raise AnsibleActionFail(str(error)) from error
        return t.cast(
            "dict[str, t.Any]",
            self._execute_module(module_args=arguments, task_vars=task_vars, wrap_async=self._task.async_val),
        )

    def _flattened(self, src: str) -> str:
        path = self._find(src)
        return sources.flatten(path, self._read(path), sources.header_finder(_headers(), self._read)).text

    def _find(self, src: str) -> str:
        """As ``copy`` finds its ``src``, then among the collection's own programs."""
        own = os.path.join(_PROGRAMS, src)
        try:
            found = self._find_needle("files", src)
        except AnsibleError as error:
            if os.path.basename(src) != src or not os.path.isfile(own):
                raise AnsibleActionFail(
                    f"{error} The collection's own programs are: {', '.join(_own('.c'))}"
                ) from error
            found = own
        if not os.path.isfile(found):
            raise AnsibleActionFail(f"The source {found} is not a file")
        return t.cast(str, found)

    def _read(self, path: str) -> str:
        """Through the loader, so that sources under ansible-vault work as with ``copy``."""
        real = self._loader.get_real_file(path)
        try:
            with open(real, "rb") as file:
                return sources.decode(path, file.read())
        finally:
            self._loader.cleanup_tmp_file(real)
