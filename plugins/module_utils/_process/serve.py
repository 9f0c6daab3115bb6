# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The child's side of ``child.run``. Apart from it, as the child waits for all that it imports."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from typing import Any, Callable, NoReturn

#: What comes before the answer: a child that has got this far has an interpreter that can run it.
STARTED = b"started\n"

_PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h


def serve(answer_to: Callable[[Any], dict[str, Any]]) -> NoReturn:
    """The child's side: answer the one request, and end. What the work prints goes nowhere near the answer."""
    # The parent may block signals (signals.py), which its child would inherit: unblock them, so that it can be ended.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    message = json.load(sys.stdin)
    _die_with(message["parent"])
    out = os.dup(1)
    os.write(out, STARTED)
    answer = answer_to(message["request"])
    with open(out, "w", encoding="utf-8") as file:
        json.dump(answer, file)
    # Without putting anything away, which takes LLVM and Python some time, and the kernel none.
    os._exit(0)


def _die_with(parent: int) -> None:
    """A child must not go on changing things when the run that wanted them is dead, and its lock with it."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
