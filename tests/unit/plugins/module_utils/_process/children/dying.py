# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A child that ends as it is told, without an answer."""

from __future__ import annotations

import os
import sys
from typing import Any


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    if "signal" in request:
        os.kill(os.getpid(), request["signal"])
    sys.exit(request["says"])


if __name__ == "__main__":
    from ansible_collections.ebpf.xdp.plugins.module_utils._process.serve import serve

    serve(answer_to)
