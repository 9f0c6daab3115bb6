# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one exception that the backend shows to users."""

from __future__ import annotations

import errno as _errno
import os

# Linux has one number for two names, of which Python picks the other one; and one of
# its own that escapes to users all the same (include/linux/errno.h).
_NAMES = {_errno.EOPNOTSUPP: "EOPNOTSUPP", 524: "ENOTSUPP"}

# What to do about answers that say the same wherever they come from.
_ADVICE = {
    _errno.EMFILE: "This process may not open more files. Raise the limit (ulimit -n; LimitNOFILE in a unit)",
    _errno.ENFILE: "No process of this host may open more files. Raise the limit (sysctl fs.file-max)",
}


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

    def __init__(self, text: str) -> None:
        super().__init__(printable(text))


class NoAnswer(XdpError):
    """The kernel's answer did not come. It may have acted all the same: who asked finds out, or asks again."""


class Interrupted(XdpError):
    """A signal ended the run. Whoever works on one set after the other has to stop."""

def _general_advice(errno: int) -> str:
    return _ADVICE.get(errno, "")


class KernelError(XdpError):
    """The kernel refused a call; ``action`` is what was tried and on what, ``errno`` the answer."""

    def __init__(self, action: str, errno: int, advice: str = "") -> None:
        self.action = action
        self.errno = errno
        name = _NAMES.get(errno) or _errno.errorcode.get(errno, str(errno))
        text = f"{action}: {os.strerror(errno)} ({name})"
        advice = advice or _general_advice(errno)
        super().__init__(f"{text}. {advice}" if advice else text)
