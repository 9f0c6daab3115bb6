# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write a block list of random prefixes, and the same with some of them replaced: LIST CHANGED COUNT REPLACED."""

from __future__ import annotations

import ipaddress
import random
import sys


def main() -> None:
    listed, changed, count, replaced = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    pick = random.Random(15)
    found: dict[str, None] = {}
    while len(found) < count + replaced:
        length = pick.choice((16, 20, 22, 24, 24, 24, 28, 32, 32))
        found[f"{ipaddress.ip_address(pick.getrandbits(length) << 32 - length)}/{length}"] = None
    prefixes = list(found)
    for path, some in ((listed, prefixes[:count]), (changed, prefixes[replaced:])):
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(f"{prefix}\n" for prefix in some))


if __name__ == "__main__":
    main()
