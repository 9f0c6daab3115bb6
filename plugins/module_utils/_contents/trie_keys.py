# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""An LPM trie's keys: a prefix length as the host has its numbers, and the address in packet order."""

from __future__ import annotations

import struct
from typing import Tuple

#: What a trie is sorted by.
Place = Tuple[int, int]  # at run time, so in the words of Python 3.8


def place(key: bytes) -> Place:
    """Where a prefix comes when a trie is read: by its last address, longer prefixes first.

    ``trie_get_next_key`` in kernel/bpf/lpm_trie.c goes to both children before it
    comes to the node itself.
    """
    length, address, host = _parts(key)
    return address | host, -length


def canonical(key: bytes) -> bytes:
    """The same prefix without host bits, which the kernel keeps as they were given and does not look at."""
    length, address, host = _parts(key)
    if not address & host:
        return key
    return struct.pack("=I", length) + (address & ~host).to_bytes(len(key) - 4, "big")


def _parts(key: bytes) -> tuple[int, int, int]:
    """Length, address, and an address that has just the host bits."""
    (length,) = struct.unpack_from("=I", key)
    bits = 8 * (len(key) - 4)
    return length, int.from_bytes(key[4:], "big"), (1 << max(0, bits - length)) - 1
