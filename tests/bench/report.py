# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table of medians and ratios from the times that the playbook left: report.py FILE"""

from __future__ import annotations

import json
import statistics
import sys

BASE = "ping"


def main() -> None:
    times: dict[str, list[float]] = {}
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            each = json.loads(line)
            times.setdefault(each["task"], []).append(each["seconds"])
    base = times[BASE]
    print(f"| what | median | of {BASE}, median of {len(base)} pairs |\n|---|---|---|")
    for name, seconds in times.items():
        if len(seconds) == len(base):  # those of the rounds
            ratio = statistics.median(a / b for a, b in zip(seconds, base))
            print(f"| {name} | {statistics.median(seconds) * 1000:.1f} ms | {ratio:.2f} |")


if __name__ == "__main__":
    main()
