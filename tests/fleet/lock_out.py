# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges what lock_out.yml and locked_out.yml have said: lock_out.py ROLLED_OUT LOOKED"""

from __future__ import annotations

import os
import re
import statistics
import sys

GOOD = "let_pass_too"
TIMEOUT = float(os.environ["LOCK_OUT_TIMEOUT"])
#: Seconds after the deadline in which each host has to answer.
TOLERANCE = 2.0

with open(sys.argv[1]) as file:
    tried = re.findall(r'"msg": "(\w+) (\w+) (\w+) answered after ([\d.]*)', file.read())
with open(sys.argv[2]) as file:
    looked = {host: (program, state) for host, program, state in re.findall(r'"msg": "(\w+) (\w+) (\w+)"', file.read())}

failures = []
answered: dict[str, list[float]] = {}
for host, program, state, after in tried:
    if state != ("confirmed" if program == GOOD else "expired"):
        failures.append(f"{host}, {program}: {state}")
    if not after or float(after) > TIMEOUT + TOLERANCE:
        failures.append(f"{host}, {program}: answered after {after or 'never'}")
    else:
        answered.setdefault(program, []).append(float(after))
changed = {host: program for host, program, state, _after in tried if state == "confirmed"}
for host, (program, state) in looked.items():
    if program != changed.get(host, "let_pass") or state == "pending":
        failures.append(f"{host} runs {program}, and its trial is {state}")
if not len(tried) < len(looked):
    failures.append(f"{len(tried)} hosts of {len(looked)} were in the batch that failed")
print(
    f"{len(tried)} hosts of {len(looked)} were in the batch that failed. Seconds until they answered, least, median, most:"
)
for program, seconds in sorted(answered.items()):
    print(
        f"  {program:15} {len(seconds):3} hosts  {min(seconds):.1f}  {statistics.median(seconds):.1f}  {max(seconds):.1f}"
    )
print("\n".join(failures))
raise SystemExit(1 if failures else 0)
