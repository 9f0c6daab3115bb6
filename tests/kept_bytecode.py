# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compile the modules that Ansible sends once, rather than at each task. For integration tests alone.

Ansible sends a module as an archive of sources, and Python keeps no bytecode of what it imports from one. So each task
compiles some hundred files anew, which was more than a quarter of the processor time of the target xdp_map. This keeps
the bytecode beside this file, under the hash of the source, as a hash-based .pyc does. What it replaces is in Python 3.8
to 3.13.

A traceback names the archive that was compiled first, not this one. keep_bytecode in environment.sh puts this among the
modules of an interpreter.
"""

from __future__ import annotations

import contextlib
import importlib.util
import marshal
import os
import sys
import zipimport

_KEPT = os.path.splitext(__file__)[0] + ".cache"
_compile = zipimport._compile_source


def _compile_once(pathname: str, source: bytes):
    """Does what zipimport._compile_source does."""
    kept = os.path.join(_KEPT, f"{importlib.util.source_hash(source).hex()}.{sys.implementation.cache_tag}")
    try:
        with open(kept, "rb") as file:
            return marshal.load(file)
    except (OSError, EOFError, TypeError, ValueError):
        pass  # not there yet, or cut off by a machine that went down
    code = _compile(pathname, source)
    # An unprivileged user may read what is kept, no more.
    with contextlib.suppress(OSError):
        os.makedirs(_KEPT, exist_ok=True)
        # Several do this at a time.
        own = f"{kept}.{os.getpid()}"
        with open(own, "wb") as file:
            marshal.dump(code, file)
        os.replace(own, kept)
    return code


def start() -> None:
    zipimport._compile_source = _compile_once
