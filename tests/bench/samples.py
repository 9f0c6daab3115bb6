# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of measurements, one a line: ``BENCH_SAMPLES`` names it."""

from __future__ import annotations

import json
import os


def add(name: str, value: float, unit: str, base: float | None = None) -> None:
    """``base`` is what it is compared with, measured just before."""
    line = {"name": name, "value": value, "unit": unit, "base": base}
    with open(os.environ["BENCH_SAMPLES"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
