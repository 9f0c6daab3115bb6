# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which libraries the steps that need one would find on this host.

Nothing is imported, neither here nor in a child: finding a package costs an
interpreter's start, importing bcc 100 MB.
"""

from __future__ import annotations

import json
import os
import subprocess

from ansible_collections.ebpf.xdp.plugins.module_utils._process import child
from ansible_collections.ebpf.xdp.plugins.module_utils._source import clang_tools, kernel_headers

# The package named bcc in the Python Package Index is something else: only the compiler's has libbcc.
_FILES = {"bcc": "libbcc.py", "pyroute2": "__init__.py"}

_PROGRAM = """
import importlib.util, json, os, sys
found = []
for name, file in json.loads(sys.argv[1]).items():
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    if any(os.path.exists(os.path.join(place, file)) for place in places or ()):
        found.append(name)
print(json.dumps(found))
"""


def libraries() -> dict[str, str | bool | None]:
    """By library the interpreter that has it, by tool its path, or ``None``; and which headers are there.

    The interpreters, and their order, are those that the work is tried with.
    """
    found: dict[str, str | bool | None] = dict.fromkeys(_FILES)
    for interpreter in child.interpreters():
        for name in _found_by(interpreter):
            found[name] = found[name] or interpreter
        if all(found.values()):
            break
    found["headers"] = kernel_headers.missing() is None
    found["clang"] = clang_tools.find("clang")
    found["libbpf_headers"] = clang_tools.has_libbpf_headers()
    found["bpftool"] = clang_tools.find("bpftool")
    return found


def _found_by(interpreter: str) -> list[str]:
    # Not AnsibleModule's run_command: there is no module here, and nothing of this process's environment goes along.
    answer = subprocess.run(  # pylint: disable=ansible-bad-function
        [interpreter, "-s", "-c", _PROGRAM, json.dumps(_FILES)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",  # where nothing is that could be taken for one of them
        check=False,
    )
    try:
        names = json.loads(answer.stdout)
    except ValueError:  # an interpreter that does not work has nothing
        return []
    return [name for name in names if name in _FILES]
