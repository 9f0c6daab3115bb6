# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the same random addresses in every format of entries, each in an order of its own, and files that are wrong."""

import random
import sys
from pathlib import Path

directory, count = Path(sys.argv[1]), int(sys.argv[2])
chosen = random.Random(15)
numbers = chosen.sample(range(1 << 24, 1 << 31), count)
rows = [(".".join(map(str, number.to_bytes(4, "big"))), number % 7) for number in numbers]


def write(name: str, first: str, form: str) -> None:
    chosen.shuffle(rows)
    with open(directory / name, "w") as file:
        file.write(first)
        file.writelines(form.format(key=key, value=value) for key, value in rows)


write("list.csv", "key,value\n", "{key}/32,{value}\n")
write("list.other", "\ufeff# as a spreadsheet writes it\r\n\r\nvalue,key\r\n", '"{value}","{key}"\r\n')
write("list.jsonl", "# one object a line\n", '{{"key":"{key}","value":{value}}}\n')
write("list.txt", "# keys alone\n\n", "{key}  # {value}\n")
(directory / "wrong.csv").write_text("# wrong\nkey,value\n203.0.113.0/24,1\n192.0.2.0/24,4294967296\n10.0.0.0/8,2\n")
(directory / "twice.txt").write_text("192.0.2.0/24\n10.0.0.0/8\n192.0.2.0/24\n")
(directory / "empty.txt").write_text("# nothing today\n")
(directory / "page.txt").write_text("<!DOCTYPE html>\n<html>Try again later</html>\n")
