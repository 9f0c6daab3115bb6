# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible sends to a host for a task: the module and all that it imports, as one file.

Started as a program, it prints that of each module as JSON. Ansible imports the
collection in a way of its own, so that takes a process that has not imported it yet.
"""

from __future__ import annotations

import ast
import base64
import functools
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from typing import NamedTuple

MODULES = (
    "xdp_pin",
    "xdp_pinned_info",
    "xdp_stats",
    "xdp_status_info",
    "xdp_compile",
    "xdp_boot",
    "xdp_host_info",
    "xdp_kept_info",
    "xdp_map",
    "xdp_test",
)
PING = "ansible.builtin.ping"

_COLLECTION = "ansible_collections/ebpf/xdp/"
_OWN = _COLLECTION + "plugins/module_utils/"
_COLLECTIONS = os.path.abspath(os.path.join(__file__, *[os.pardir] * 8))


class Payload(NamedTuple):
    #: Bytes that go to the host, without options.
    size: int
    #: The same without the collection's comments and documentation.
    bare: int
    #: The collection's utilities in it, such as ``_bpf.bpf``.
    carried: list[str]


@functools.lru_cache(maxsize=None)
def payloads() -> dict[str, Payload]:
    """Of ``MODULES`` and of ``PING``."""
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": _COLLECTIONS}
    environment.pop("PYTHONPATH", None)
    told = subprocess.run([sys.executable, __file__], env=environment, stdout=subprocess.PIPE, check=True).stdout
    return {name: Payload(*facts) for name, facts in json.loads(told).items()}


def _build(module: str) -> bytes:
    from ansible.executor.module_common import modify_module
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import module_loader
    from ansible.template import Templar

    found = module_loader.find_plugin_with_context(module)
    built = modify_module(
        module_name=found.resolved_fqcn,
        module_path=found.plugin_resolved_path,
        module_args={},
        templar=Templar(loader=DataLoader()),
        task_vars={"ansible_python_interpreter": "/usr/bin/python3"},
        module_compression="ZIP_DEFLATED",
    )
    data: bytes = built.b_module_data
    return data


def _payload(module: str) -> Payload:
    data = _build(module)
    archive = max(re.findall(rb"[A-Za-z0-9+/=]{1000,}", data), key=len)
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(archive))) as zip_file:
        files = {name: zip_file.read(name) for name in zip_file.namelist()}
    own = [name[len(_OWN) : -len(".py")].replace("/", ".") for name in files if name.startswith(_OWN)]
    bare = io.BytesIO()
    with zipfile.ZipFile(bare, "w", zipfile.ZIP_DEFLATED) as zip_file:
        for name, content in files.items():
            zip_file.writestr(name, _code(content) if name.startswith(_COLLECTION) else content)
    return Payload(
        len(data),
        len(data) - len(archive) + len(base64.b64encode(bare.getvalue())),
        sorted(name for name in own if not name.endswith("__init__")),
    )


def _code(source: bytes) -> str:
    """What Python runs of it."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    tree.body = [node for node in tree.body if not (isinstance(node, ast.Assign) and _is_documentation(node))]
    return ast.unparse(tree)


def _is_documentation(node: ast.Assign) -> bool:
    return ast.unparse(node.targets[0]) in ("DOCUMENTATION", "EXAMPLES", "RETURN")


def main() -> None:
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([])
    found = {name: _payload(f"ebpf.xdp.{name}") for name in MODULES}
    print(json.dumps({**found, PING: _payload(PING)}))


if __name__ == "__main__":
    main()
