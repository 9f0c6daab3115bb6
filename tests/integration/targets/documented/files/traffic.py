# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send Ethernet frames to the interfaces named, until the standard input ends: what a quiet router might see.

Of a hundred frames, two are of the type for experiments (IEEE 802, 0x88b5), two are UDP for port 7, the rest UDP for port 9.
"""

from __future__ import annotations

import select
import socket
import struct
import sys

_ETHERNET = b"\xff" * 6 + b"\x02" + bytes(5)


def _udp(port: int) -> bytes:
    # Addresses for documentation (RFC 5737), no checksums: nobody looks at them.
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 46, 0, 0, 64, 17, 0, b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02")
    return _ETHERNET + b"\x08\x00" + ip + struct.pack("!HHHH", 1024, port, 26, 0) + bytes(18)


def main() -> None:
    frames = [_udp(9)] * 48 + [_udp(7), (_ETHERNET + b"\x88\xb5").ljust(60, b"\0")]
    senders = []
    for interface in sys.argv[1:]:
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sender.bind((interface, 0))
        senders.append(sender)
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        for sender in senders:
            for frame in frames:
                sender.send(frame)


if __name__ == "__main__":
    main()
