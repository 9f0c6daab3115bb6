# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run imports that has nothing to change: each utility costs every such run some time."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from ansible_collections.ebpf.xdp.tests.unit.plugins.modules import payloads

_UTILITIES = "ansible_collections.ebpf.xdp.plugins.module_utils."
_COLLECTIONS = os.path.abspath(os.path.join(payloads.__file__, *[os.pardir] * 8))

# Written by a run that changes something, has other kinds of maps, or reads files; or only needed to say what is wrong.
_OF_OTHER_RUNS = {
    "_contents.change",
    "_contents.forms",
    "_contents.lexical",
    "_contents.read_file",
    "_contents.references",
    "_contents.type_options",
    "_network.attachments",
    "_bpf.map_delete",
    "_bpf.map_write",
    "_network.netlink",
    "_fill.migrate_steps",
    "_fill.names_in_entries",
    "_pinset.observe",
    "_record.record",
    "_pinset.target",
    "_spec.spec",
}


def test_a_converged_xdp_map_imports_nothing_that_changes_maps() -> None:
    program = (
        "import json, sys\n"
        "from ansible_collections.ebpf.xdp.plugins.modules import xdp_map\n"
        "from ansible_collections.ebpf.xdp.plugins.module_utils._contents import pack\n"
        "print(json.dumps(list(sys.modules)))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": _COLLECTIONS},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    imported = {name[len(_UTILITIES) :] for name in json.loads(told) if name.startswith(_UTILITIES)}
    assert "_fill.contents" in imported
    assert not imported & _OF_OTHER_RUNS
