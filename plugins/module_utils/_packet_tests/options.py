# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The option ``tests`` of modules, and what it asks.

The action plugin has made bytes of ``packet``, ``hex`` or ``pcap``, and likewise
of ``out``. They travel in ``_data`` and ``_out``, in base 64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError

#: ``struct ethhdr``: the kernel refuses anything shorter (bpf_prog_test_run_xdp in net/bpf/test_run.c).
_SMALLEST = 14
#: Bytes of metadata before a packet: whole words, as many as 8 bits can say (xdp_metalen_invalid in include/net/xdp.h).
_MOST_METADATA = 252
#: Packets of one test. One takes some 20 µs.
MOST_PACKETS = 100_000
#: Indexes of queues are 32 bits.
_MOST_QUEUES = 1 << 32


class PacketTest(NamedTuple):
    """A packet, and what the program should do with it."""

    name: str
    data: bytes
    #: One of ``VERDICTS`` (_spec/counted.py).
    verdict: str
    #: The packet as the program should leave it; ``None`` where that does not matter.
    out: bytes | None = None
    #: The interface that it comes in on, and which of its queues.
    interface: str | None = None
    queue: int = 0
    metadata: bytes = b""
    #: The packet comes so many times, and the verdict is that about the last one.
    count: int = 1  # type: ignore[assignment]  # a field, not the method of tuples


def take(elements: Sequence[dict[str, Any]]) -> tuple[PacketTest, ...]:
    """The tests that these options ask for; raises ``XdpError`` for what cannot be."""
    tests = tuple(_test(each, place) for place, each in enumerate(elements))
    seen: set[str] = set()
    for test in tests:
        if test.name in seen:
            raise XdpError(f"tests: two tests are called {test.name}. Give each a name of its own. Nothing was changed")
        seen.add(test.name)
    return tests


def _test(element: dict[str, Any], place: int) -> PacketTest:
    within = f"tests[{place}]"
    data = _bytes(element["_data"], within)
    if data is None:
        raise XdpError(
            f"{within} has no packet. Give one of packet, hex and pcap, and run the module by its name in a task, whose "
            f"action plugin makes bytes of it"
        )
    metadata = _metadata(element["metadata"], within)
    if len(data) < _SMALLEST:
        raise XdpError(
            f"{within}: a packet of {len(data)} bytes cannot be: an Ethernet header alone has {_SMALLEST}. "
            f"Nothing was changed"
        )
    count, queue = element["count"], element["queue"]
    if not 1 <= count <= MOST_PACKETS:
        raise XdpError(f"{within}.count: {count} is not a number from 1 to {MOST_PACKETS}. Nothing was changed")
    if queue is not None and element["interface"] is None:
        raise XdpError(f"{within}.queue: a queue belongs to an interface. Give interface as well. Nothing was changed")
    if queue is not None and not 0 <= queue < _MOST_QUEUES:
        raise XdpError(f"{within}.queue: {queue} is not the number of a queue. Nothing was changed")
    out = _bytes(element["_out"], f"{within}.out")
    if out is not None and element["verdict"] in ("drop", "aborted"):
        raise XdpError(
            f"{within}.out: no packet comes out with the verdict {element['verdict']}. Remove out. Nothing was changed"
        )
    return PacketTest(
        element["name"] or f"test {place + 1}",
        data,
        element["verdict"],
        out,
        element["interface"],
        queue or 0,
        metadata,
        count,
    )


def _bytes(encoded: str | None, within: str) -> bytes | None:
    if encoded is None:
        return None
    import binascii

    try:
        return binascii.a2b_base64(encoded)
    except ValueError as error:
        raise XdpError(f"{within}: the packet's bytes were damaged on their way to the host") from error


def _metadata(digits: str | None, within: str) -> bytes:
    try:
        metadata = bytes.fromhex(digits or "")
    except ValueError as error:
        raise XdpError(f"{within}.metadata is not pairs of hexadecimal digits. Nothing was changed") from error
    if len(metadata) % 4 or len(metadata) > _MOST_METADATA:
        raise XdpError(
            f"{within}.metadata: {len(metadata)} bytes. Metadata has a multiple of 4 bytes, {_MOST_METADATA} at most. "
            f"Nothing was changed"
        )
    return metadata
