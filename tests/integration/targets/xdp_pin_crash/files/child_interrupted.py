# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The child that changes something over netlink; before it answers, somebody presses Ctrl-C.

A terminal sends SIGINT to its foreground process group, which is that of the run.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink_xdp
from ansible_collections.ebpf.xdp.plugins.module_utils._process.serve import serve


def answer_to(request: Any) -> dict[str, Any]:
    answer = netlink_xdp.answer_to(request)
    os.killpg(os.getpgid(os.getppid()), signal.SIGINT)
    return answer


if __name__ == "__main__":
    serve(answer_to)
