# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Parts of this package that travel to a host only for a task that uses them.

Ansible sends with a module everything that it imports, whether the task uses it or not, by looking at the import
statements. A part is imported by its name instead, so Ansible does not see it. A module that lacks one answers so before it
changes anything; the action plugin sends it and runs the module again (plugin_utils/_parts.py). So a converged
task does not carry it.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils import _startup
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: What the answer has that asks for parts.
NEEDED = "_parts_needed"

#: Packages of this one.
PARTS = ("_chain", "_elf", "_trial")

_PACKAGE = __name__.rpartition(".")[0]


class PartsNeeded(XdpError):
    """A part is not on this host."""

    def __init__(self, *parts: str) -> None:
        super().__init__(
            f"This task needs parts of the collection that did not arrive on this host: {', '.join(parts)}. Run the module "
            f"by its full name, so that Ansible runs its action plugin as well"
        )
        self.answer = {NEEDED: list(parts)}


def add_parts(archive: str | None) -> None:
    """Let parts be imported from this zip file, which the action plugin has sent, if it has."""
    if archive is None:
        return
    _startup.add(archive)
    path = sys.modules[_PACKAGE].__path__
    directory = os.path.join(archive, *_PACKAGE.split("."))
    if directory not in path:
        path.append(directory)


def added() -> list[str]:
    """The zip files that were added."""
    depth = len(_PACKAGE.split("."))
    return [os.path.normpath(os.path.join(each, *[os.pardir] * depth)) for each in sys.modules[_PACKAGE].__path__[1:]]


def load_part(name: str) -> Any:
    """A module of a part, such as ``_trial.arm``. Raises ``PartsNeeded``."""
    part = name.partition(".")[0]
    try:
        importlib.import_module(f"{_PACKAGE}.{part}")
    except ModuleNotFoundError as error:
        raise PartsNeeded(part) from error
    return importlib.import_module(f"{_PACKAGE}.{name}")
