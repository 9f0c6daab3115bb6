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

#: The collection's own programs; a link, so that it is there in every form the collection is installed in.
_PROGRAMS = os.path.join(os.path.dirname(__file__), "programs")


def _headers() -> dict[str, str]:
    """The headers that come with the collection, by name."""
    names = sorted(name for name in os.listdir(_PROGRAMS) if name.endswith(".h"))
    return {name: sources.read(os.path.join(_PROGRAMS, name)) for name in names}


class ActionModule(ActionBase):
    TRANSFERS_FILES = False  # The text travels in the arguments: a transfer costs more than a whole run.

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        reserved = sorted(name for name in arguments if str(name).startswith("_"))
        if reserved:
            raise AnsibleActionFail(f"Unsupported parameters for xdp_pin: {', '.join(reserved)}")
        if arguments.get("state", "present") == "present" and arguments.get("src"):
            try:
                remote = boolean(arguments.get("remote_src", False))
            except TypeError as error:
                raise AnsibleActionFail(f"remote_src: {error}") from error
            try:
                if remote:
                    arguments["_headers"] = _headers()
                else:
                    arguments["_text"] = self._flattened(str(arguments["src"]))
            except XdpError as error:
                raise AnsibleActionFail(str(error)) from error
        return t.cast("dict[str, t.Any]", self._execute_module(module_args=arguments, task_vars=task_vars))

    def _flattened(self, src: str) -> str:
        path = self._find(src)
        finder = sources.header_finder(_headers())
        return sources.flatten(path, sources.decode(path, self._read(path)), finder).text

    def _find(self, src: str) -> str:
        """As ``copy`` finds its ``src``, then among the collection's own programs."""
        own = os.path.join(_PROGRAMS, src)
        try:
            found = self._find_needle("files", src)
        except AnsibleError as error:
            if os.path.basename(src) != src or not os.path.isfile(own):
                raise AnsibleActionFail(
                    f"{error} The collection's own programs are: "
                    f"{', '.join(sorted(name for name in os.listdir(_PROGRAMS) if name.endswith('.c')))}"
                ) from error
            found = own
        if not os.path.isfile(found):
            raise AnsibleActionFail(f"The source {found} is not a file")
        return t.cast(str, found)

    def _read(self, path: str) -> bytes:
        """Through the loader, so that a source under ansible-vault works as with ``copy``."""
        with open(self._loader.get_real_file(path), "rb") as file:
            return file.read()
