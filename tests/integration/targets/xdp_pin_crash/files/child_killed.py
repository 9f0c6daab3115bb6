# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The child that changes something over netlink, killed after the kernel has acted."""

from __future__ import annotations

import os
import signal
from typing import Any, NoReturn

from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink_xdp
from ansible_collections.ebpf.xdp.plugins.module_utils._process.serve import serve


def answer_to(request: Any) -> NoReturn:
    netlink_xdp.answer_to(request)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("not reached")


if __name__ == "__main__":
    serve(answer_to)
