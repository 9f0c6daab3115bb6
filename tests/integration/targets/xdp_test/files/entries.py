#!/usr/bin/python3
# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a table of so many addresses from 11.0.0.0 on, all with the value 1: entries.py FILE COUNT"""

import ipaddress
import sys

first = ipaddress.ip_address("11.0.0.0")
with open(sys.argv[1], "w") as file:
    file.write("key,value\n")
    file.writelines(f"{first + number},1\n" for number in range(int(sys.argv[2])))
