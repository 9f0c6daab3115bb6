# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""A step that needs a library runs under the interpreter of the host that has it.

Ansible may pick an interpreter (a virtual environment, say) that lacks the
distribution's bcc and pyroute2. Starting the whole module again under another
one costs more than a first deployment, so only the step that needs the library
is run there, as a child that gets JSON and answers JSON.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._process.serve import STARTED

_PACKAGE_DEPTH = 5  # ansible_collections/ebpf/xdp/plugins/module_utils

_SYSTEM_INTERPRETERS = ("/usr/bin/python3", "/usr/libexec/platform-python", "/usr/local/bin/python3")

# The archive that Ansible sends is on the path of a child. ansible-core 2.19 and 2.20 put a module in it that Python imports first and
# cannot compile, of which it complains before the child begins.
_OF_ANSIBLE = re.compile(r"^Error in sitecustomize|\(sitecustomize\.py, line \d+\)$")


class NotUsable(Exception):
    """No interpreter of the host has the library; the text says what each one said."""


def interpreters() -> list[str]:
    """Candidates, best first: the one that runs this, then the distribution's."""
    found = []
    for candidate in (sys.executable, *_SYSTEM_INTERPRETERS, shutil.which("python3")):
        if candidate and os.access(candidate, os.X_OK) and candidate not in found:
            found.append(candidate)
    return found


def import_root() -> str:
    """The directory or zip file from which this package was imported."""
    root = os.path.abspath(__file__)
    for _level in range(_PACKAGE_DEPTH + 2):
        root = os.path.dirname(root)
    return root


def run(module: str, request: Any, pass_fds: Iterable[int] = ()) -> Any:
    """Run ``python -m module``, which must ``serve``, on ``request``; returns its answer.

    The child answers ``{"not_usable": why}`` when its interpreter lacks the
    library, and the next one is tried; so it is when an interpreter does not get
    as far as to serve. Raises ``NotUsable`` when none can, and
    ``subprocess.CalledProcessError`` when a child dies at its work.
    """
    said = []
    # An environment of our own: bcc, clang and Python all obey variables.
    environment = {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": import_root(),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for interpreter in interpreters():
        try:
            # Not AnsibleModule's run_command: this layer knows no Ansible, and the child takes descriptors.
            child = subprocess.run(  # pylint: disable=ansible-bad-function
                [interpreter, "-s", "-m", module],
                input=json.dumps({"parent": os.getpid(), "request": request}).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                pass_fds=tuple(pass_fds),
                cwd="/",  # python -m imports from the working directory first
                # A Ctrl-C at the terminal is for the run: it decides when to end, and what to undo.
                start_new_session=True,
                check=False,
            )
        except OSError as error:  # no pipe, no process, no memory for one
            raise KernelError(f"Cannot start {interpreter} as a child process", error.errno or 0) from error
        started = child.stdout.startswith(STARTED)
        # One that a signal has ended, as where memory ran out, says nothing of what it has.
        if child.returncode < 0 or (started and child.returncode != 0):
            raise subprocess.CalledProcessError(child.returncode, interpreter, child.stdout, child.stderr)
        answer = (
            json.loads(child.stdout[len(STARTED) :])
            if started
            else {"not_usable": last_line(child.stderr) or "it does not start"}
        )
        if "not_usable" not in answer:
            return answer
        said.append(f"{interpreter}: {answer['not_usable']}")
    raise NotUsable("; ".join(said))


def last_line(output: bytes) -> str:
    """Where a program that fails says why; empty when it says nothing."""
    lines = [each for each in output.decode(errors="replace").strip().splitlines() if not _OF_ANSIBLE.search(each)]
    return lines[-1] if lines else ""
