# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send Ethernet frames: INTERFACE COUNT [SIZE [TYPE]]. SIZE is in bytes, without the frame check sequence."""

from __future__ import annotations

import socket
import sys


def main() -> None:
    """Send what the arguments ask for."""
    interface, count = sys.argv[1], int(sys.argv[2])
    size = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    # The first of the types for experiments (IEEE 802).
    ethertype = int(sys.argv[4], 16) if len(sys.argv) > 4 else 0x88B5
    # To everybody, from a locally administered address.
    header = b"\xff" * 6 + b"\x02" + bytes(5) + ethertype.to_bytes(2, "big")
    frame = header.ljust(size, b"\0")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((interface, 0))
        for _number in range(count):
            sender.send(frame)


if __name__ == "__main__":
    main()
