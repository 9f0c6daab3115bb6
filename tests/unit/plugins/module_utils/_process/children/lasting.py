# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A child that says who it is in a file, and then takes its time."""

from __future__ import annotations

import os
import time
from typing import Any


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    with open(request["file"], "w", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(60)
    return {}


if __name__ == "__main__":
    from ansible_collections.ebpf.xdp.plugins.module_utils._process.serve import serve

    serve(answer_to)
