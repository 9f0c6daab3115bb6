# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What users are told when something cannot be done: the one exception of the backend, and words for the system's own."""

from __future__ import annotations

import os
from typing import Any


def printable(text: str) -> str:
    """The text with what a terminal would obey, or not show, written as Python writes it.

    Names of pins and interfaces may be of somebody else's choice, and have any
    byte but a few. Line ends and tabs stay: compilers and the verifier say
    several lines.
    """
    return "".join(each if each.isprintable() or each in "\n\t" else ascii(each)[1:-1] for each in text)


class XdpError(Exception):
    """Something cannot be done.

    The text says what was tried, on what, what the kernel answered and what
    the user can do next; the modules hand it to the user as it is.
    """

    #: What a module answers besides the text.
    answer: dict[str, Any] = {}  # noqa: RUF012  # never changed in place

    def __init__(self, text: str) -> None:
        super().__init__(printable(text))


class NoAnswer(XdpError):
    """No answer of the kernel came. It may have acted all the same, so the caller has to find out, or try again."""


class Interrupted(XdpError):
    """A signal ended the run. A caller that works on several sets has to stop."""


class KernelError(XdpError):
    """The kernel refused a call; ``action`` is what was tried and on what, ``errno`` the answer.

    Without ``advice``, ``general_advice`` is used.
    """

    def __init__(self, action: str, errno: int, advice: str = "") -> None:
        # Here, as runs that find everything as it should be have nothing to explain.
        from ansible_collections.ebpf.xdp.plugins.module_utils._answers import errno_name, general_advice

        self.action = action
        self.errno = errno
        text = f"{action}: {os.strerror(errno)} ({errno_name(errno)})"
        advice = advice or general_advice(errno)
        super().__init__(f"{text}. {advice}" if advice else text)
