# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One wait for all sets, where another run holds the lock: BPFFS DIRECTORY"""

from __future__ import annotations

import sys
import time

from ansible_collections.ebpf.xdp.plugins.module_utils._boot import restore as restoring
from ansible_collections.ebpf.xdp.plugins.module_utils._kernel import bpffs

_SECONDS = 1
_SETS = 3


def main() -> None:
    restoring._PATIENCE = _SECONDS
    with bpffs.locked(sys.argv[1]):
        start = time.monotonic()
        found = list(restoring.restore(["edge"] * _SETS, restoring.Options(sys.argv[2], check_mode=False)))
        took = time.monotonic() - start
    assert all("Another run is at work on" in each.error for each in found), found
    assert _SECONDS <= took < 1.5 * _SECONDS, took
    print(f"waited once for {len(found)} sets")


if __name__ == "__main__":
    main()
