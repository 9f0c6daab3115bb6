# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Running a loaded program on a packet of ours (BPF_PROG_TEST_RUN), which no interface sees.

The layout is that of ``union bpf_attr`` in include/uapi/linux/bpf.h, Linux 6.18; what
is written here of the kernel's rules is in bpf_prog_test_run_xdp (net/bpf/test_run.c).
The flag for live frames, which would send real packets, is never set.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf

_PROG_TEST_RUN = 10

#: prog_fd, retval, data_size_in, data_size_out, data_in, data_out, repeat, duration, ctx_size_in, ctx_size_out, ctx_in,
#: ctx_out; then flags, cpu, batch_size and padding, which stay zero.
_ATTR = struct.Struct("=4I2Q4I2Q4I")
#: Linux 5.10 has the first ten, with ctx_in and ctx_out, for other kinds of programs.

#: ``struct xdp_md``: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex.
_CONTEXT = struct.Struct("=6I")

#: What the kernel keeps of a page: XDP_PACKET_HEADROOM before the packet, struct skb_shared_info behind it.
_HEADROOM = 256
_SHARED_INFO = 320
#: MAX_SKB_FRAGS: so many more pages has a packet in several fragments.
_FRAGMENTS = 17


class Ran(NamedTuple):
    """What became of a packet in a test run (BPF_PROG_TEST_RUN)."""

    #: What the program returned; enum xdp_action, or any other number.
    verdict: int
    #: The packet as the program left it, without its metadata.
    data: bytes
    #: Average time of a run in nanoseconds, whole ones.
    nanoseconds: int


class WithoutContext(Exception):
    """The kernel takes no context for XDP programs (before Linux 5.15), and the packet needs one."""


def largest(fragments: bool) -> int:
    """Bytes of packet and metadata that a real interface could hand to a program, with several fragments or one."""
    page = os.sysconf("SC_PAGE_SIZE")
    return page - _HEADROOM - _SHARED_INFO + (_FRAGMENTS * page if fragments else 0)


def run(fd: int, data: bytes, metadata: bytes = b"", ifindex: int = 0, queue: int = 0, repeat: int = 1) -> Ran:
    """Run the program on a packet.

    With ``ifindex`` 0 it comes in on the loopback interface. ``repeat`` > 1 is for
    measuring: each run gets the packet as the one before has left it.
    """
    whole = metadata + data
    context = _CONTEXT.pack(len(metadata), len(whole), 0, ifindex, queue, 0)
    try:
        return _run(fd, whole, context, repeat)
    except OSError as error:
        if error.errno != errno.EINVAL or not _lacks_context():
            raise
    if metadata or ifindex or queue:
        raise WithoutContext
    return _run(fd, whole, b"", repeat)


def _lacks_context() -> bool:
    """Support came with commit 47316f4a3053 (Linux 5.15)."""
    from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import host

    return host.parse_release(os.uname().release) < (5, 15)


def _run(fd: int, data: bytes, context: bytes, repeat: int) -> Ran:
    """``data`` begins with the metadata."""
    # Programs may make room before the packet and behind it, a page at most.
    room = len(data) + 2 * os.sysconf("SC_PAGE_SIZE")
    sent, received = ctypes.create_string_buffer(data, len(data)), ctypes.create_string_buffer(room)
    given = ctypes.create_string_buffer(context, len(context)) if context else None
    left = ctypes.create_string_buffer(len(context)) if context else None
    attr = _ATTR.pack(
        fd,
        0,
        len(data),
        room,
        bpf.address(sent),
        bpf.address(received),
        repeat,
        0,
        len(context),
        len(context),
        bpf.address(given),
        bpf.address(left),
        0,
        0,
        0,
        0,
    )
    answer = _ATTR.unpack(bpf.call(_PROG_TEST_RUN, attr)[1])
    begin = _CONTEXT.unpack(left.raw)[0] if left is not None else 0
    return Ran(answer[1], received.raw[begin : answer[3]], answer[7])
