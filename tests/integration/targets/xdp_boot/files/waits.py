# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One wait for all sets, where another run holds the lock: BPFFS DIRECTORY"""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import restore as restoring
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpffs

_SECONDS = 1
_MORE = ("edge2", "edge3")


def main() -> None:
    root, directory = sys.argv[1:]
    restoring._PATIENCE = _SECONDS
    with ExitStack() as held:
        for name in _MORE:
            held.callback(os.unlink, _copied(directory, name))
        held.enter_context(bpffs.locked(root))
        start = time.monotonic()
        found = list(restoring.restore(["edge", *_MORE], restoring.Options(directory, check_mode=False)))
        took = time.monotonic() - start
    assert all("Another run is at work on" in each.error for each in found), found
    assert _SECONDS <= took < 1.5 * _SECONDS, took
    print(f"waited once for {len(found)} sets")


def _copied(directory: str, name: str) -> str:
    """The path of a file that keeps the set "edge" by another name."""
    path = os.path.join(directory, f"{name}.json")
    with open(os.path.join(directory, "edge.json"), encoding="utf-8") as kept, open(
        path, "w", encoding="utf-8"
    ) as file:
        file.write(kept.read().replace('"name":"edge"', f'"name":"{name}"', 1))
    return path


if __name__ == "__main__":
    main()
