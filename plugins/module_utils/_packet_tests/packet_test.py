# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One packet test, as data."""

from __future__ import annotations

from typing import NamedTuple

#: What programs return (enum xdp_action of include/uapi/linux/bpf.h), in the words of the options and results.
VERDICTS = ("aborted", "drop", "pass", "tx", "redirect")


class PacketTest(NamedTuple):
    """A packet, and what the program should do with it."""

    name: str
    data: bytes
    #: One of ``VERDICTS``.
    verdict: str
    #: The packet as the program should leave it; ``None`` where that does not matter.
    out: bytes | None = None
    #: The interface that it comes in on, and which of its queues.
    interface: str | None = None
    queue: int = 0
    metadata: bytes = b""
    #: The packet comes so many times, and the verdict is that about the last one.
    count: int = 1  # type: ignore[assignment]  # a field, not the method of tuples
