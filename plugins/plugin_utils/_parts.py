# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The controller's side of module_utils/_parts.py: sends what a module lacks, and runs it again."""

from __future__ import annotations

import io
import os
import typing as t
import zipfile

from ansible.plugins.action import ActionBase
from ansible_collections.ebpf.xdp.plugins.module_utils import _parts
from ansible_collections.ebpf.xdp.plugins.plugin_utils._asked_again import Discarded

_NAME = "ebpf-xdp-parts.zip"


class Parts:
    """The parts of module_utils that one task has sent to its host."""

    def __init__(self, action: ActionBase) -> None:
        self._action = action
        self._names: set[str] = set()
        #: The path on the host; ``None`` before anything was sent.
        self.path: str | None = None

    def send(self, names: t.Iterable[str] = _parts.PARTS) -> None:
        """Transfer these parts, and those that were sent before, to the task's temporary directory, which Ansible removes."""
        self._names.update(set(names).intersection(_parts.PARTS))
        shell = self._action._connection._shell
        if shell.tmpdir is None:
            self._action._make_tmp_path()
        # A name for each content: an archive is read once by a process, and may be in use by one.
        self.path = shell.join_path(shell.tmpdir, f"{'-'.join(sorted(self._names))}-{_NAME}")
        self._action._transfer_data(self.path, archive(self._names))
        self._action._fixup_perms2([shell.tmpdir, self.path])

    def lacking(self, result: dict[str, t.Any], asked: set[str]) -> bool:
        """Send the parts that a module's answer asks for; whether there were any.

        ``asked`` has what earlier answers asked for: one that goes on asking for the same fails with its own message.
        """
        needed = set(result.pop(_parts.NEEDED, ())) - asked
        if needed:
            asked |= needed
            self.send(needed)
        return bool(needed)

    def supplied(self, arguments: dict[str, t.Any], run: t.Callable[[], dict[str, t.Any]]) -> dict[str, t.Any]:
        """What a module answers once it has the parts that it asks for; ``run`` runs it with ``arguments``."""
        discarded = Discarded()
        asked: set[str] = set()
        while True:
            if self.path is not None:
                arguments["_parts"] = self.path
            result = run()
            if not self.lacking(result, asked):
                return discarded.before(result)
            discarded.add(result)


def archive(names: t.Iterable[str]) -> bytes:
    """A zip file with the sources of these packages, which is the same each time."""
    root = os.path.dirname(_parts.__file__)
    package = _parts.__name__.rpartition(".")[0].replace(".", "/")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip_file:
        for name in sorted(names):
            for file in sorted(os.listdir(os.path.join(root, name))):
                if file.endswith(".py"):
                    with open(os.path.join(root, name, file), "rb") as source:
                        entry = zipfile.ZipInfo(f"{package}/{name}/{file}")
                        entry.compress_type = zipfile.ZIP_DEFLATED
                        zip_file.writestr(entry, source.read())
    return packed.getvalue()
