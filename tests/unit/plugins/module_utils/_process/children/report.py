# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A child that tells what it was asked and how it was started."""

from __future__ import annotations

import os
import signal
from typing import Any


def answer_to(request: Any) -> dict[str, Any]:
    answer = {
        "request": request,
        "environment": dict(os.environ),
        "directory": os.getcwd(),
        "session": os.getsid(0),
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    }
    if isinstance(request, dict) and "fd" in request:
        answer["read"] = os.read(request["fd"], 100).decode()
    return answer


if __name__ == "__main__":
    from ansible_collections.ebpf.xdp.plugins.module_utils._process.serve import serve

    serve(answer_to)
