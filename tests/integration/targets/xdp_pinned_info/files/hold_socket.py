# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put a listening socket into a pinned map of sockets, and keep it there until a file is gone: hold_socket.py PINNED FILE"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf, bpf_change


def main() -> None:
    pinned, file = sys.argv[1:]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        bpf_change.map_update(bpf.obj_get(pinned), struct.pack("=I", 1), struct.pack("=I", listening.fileno()))
        open(file, "w").close()
        until = time.monotonic() + 60
        while os.path.exists(file) and time.monotonic() < until:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
