# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes frames, given in hexadecimal digits, into a file of libpcap's format: capture.py FILE FRAME..."""

import struct
import sys

with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for number, digits in enumerate(sys.argv[2:]):
        frame = bytes.fromhex(digits)
        file.write(struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame)
