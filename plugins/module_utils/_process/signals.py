# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The signals that end a run, held back while it changes something."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable

#: What a user, a service manager or a lost connection sends to end a process.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def held_back() -> Iterator[Callable[[], str]]:
    """Block the ending signals; yields a function that takes those which came, and names them (or says ``""``).

    A signal that was taken no longer ends the process: whoever took it does.
    One that nobody took has its usual effect afterwards. Signals that the
    process ignores (``nohup``) stay ignored: the kernel would report them as
    pending while they are blocked.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    blocked = {each for each in ENDING if signal.getsignal(each) != signal.SIG_IGN} - before
    try:
        # A signal that came just before this raises KeyboardInterrupt here, with the signals blocked.
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
        yield lambda: _take(blocked)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _take(blocked: set[signal.Signals]) -> str:
    names = []
    while blocked:
        came = signal.sigtimedwait(blocked, 0)
        if came is None:
            break
        names.append(signal.Signals(came.si_signo).name)
    return ", ".join(names)
