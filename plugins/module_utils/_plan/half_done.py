# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Steps of which neither all was done nor nothing."""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._answers import refusal
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError


class HalfDone(XdpError):
    """A step failed, and the present state is neither the previous nor the desired one, or it is not known."""

    def __init__(self, error: Exception, trouble: str = "") -> None:
        super().__init__(sentence(error))
        #: More of it, in whole sentences.
        self.trouble = trouble


def sentence(error: Exception) -> str:
    """The error as a whole sentence."""
    text = str(error)
    if isinstance(error, OSError):
        text = refusal(error)
    return text if text.endswith((".", "\n")) else text + "."
