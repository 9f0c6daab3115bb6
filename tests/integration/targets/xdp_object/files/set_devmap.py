# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let the first entry of a devmap lead to an interface through a program: MAP PROGRAM IFINDEX. bpftool cannot."""

from __future__ import annotations

import struct
import sys

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change


def main() -> None:
    map_fd, program = (bpf.obj_get(path) for path in sys.argv[1:3])
    bpf_change.map_update(map_fd, bytes(4), struct.pack("=II", int(sys.argv[3]), program))


if __name__ == "__main__":
    main()
