# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The boot program as one file: a zip archive of the sources that it is made of, which Python runs."""

from __future__ import annotations

import ast
import importlib.util
import io
import os
import re
import shutil
import sys
import zipfile
from importlib.abc import InspectLoader
from typing import cast

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import installed, program
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._kept import kept
from ansible_collections.ebpf.xdp.plugins.module_utils._python import OLDEST

_PACKAGE = "ansible_collections.ebpf.xdp.plugins.module_utils."

#: As systemd has it (DEFAULT_PATH in its src/basic/path-util.h).
_PATH_OF_SERVICES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_MAIN = f"from {program.__name__} import main\n\nraise SystemExit(main())\n"


def _source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    source = cast(InspectLoader, spec.loader).get_source(module) if spec is not None else None
    if source is None:
        raise XdpError(f"The source of {module} is not there to make the boot program of")
    return source


def _imported(source: str) -> set[str]:
    """The modules of the collection that a source imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and (node.module + ".").startswith(_PACKAGE):
            found.add(node.module)
            found.update(f"{node.module}.{name.name}" for name in node.names)
    return {name for name in found if name.startswith(_PACKAGE) and _is_module(name)}


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # what is before its last dot is a module, so it is a name in that
        return False


def _interpreter() -> str:
    """The host's own ``python3``; where there is none or it is too old, the one that runs this, which the user has chosen."""
    found = shutil.which("python3", path=_PATH_OF_SERVICES)
    # Distributions link python3 to the version. A process that tells it would take longer than all else here.
    version = re.search(r"python3\.([0-9]+)$", os.path.realpath(found)) if found else None
    return sys.executable if found is None or (version and (3, int(version[1])) < OLDEST) else "python3"


def build() -> bytes:
    """The file's content, which is the same each time on one host."""
    sources: dict[str, str] = {}
    waiting = [program.__name__]
    while waiting:
        module = waiting.pop()
        if module not in sources:
            sources[module] = _source(module)
            waiting += sorted(_imported(sources[module]))
    files = {"__main__.py": _MAIN}
    for module, source in sources.items():
        parts = module.split(".")
        is_package = any(other.startswith(f"{module}.") for other in sources)
        files["/".join(parts) + ("/__init__.py" if is_package else ".py")] = source
        for depth in range(1, len(parts)):
            files.setdefault("/".join(parts[:depth]) + "/__init__.py", "")
    archive = io.BytesIO()
    archive.write(installed.INTERPRETER % _interpreter().encode(errors="surrogateescape"))
    # Neither compressed nor with a time of day: both would make it another file with each version of Python and run.
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_STORED) as zip_file:
        for name in sorted(files):
            zip_file.writestr(zipfile.ZipInfo(name), files[name])
        zip_file.comment = installed.comment(kept.LATEST)
    return archive.getvalue()
