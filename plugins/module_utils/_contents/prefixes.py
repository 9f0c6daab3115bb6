# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Keys of LPM tries, written as prefixes."""

from __future__ import annotations

import re
import socket
import sys
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._btf.values import WrongValue, address
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import LENGTH_SIZE

_LENGTH = re.compile(r"[0-9]{1,3}", re.ASCII)

_FAMILIES = {4: socket.AF_INET, 16: socket.AF_INET6}
_NAMES = {4: "IPv4", 6: "MAC", 16: "IPv6"}


def put_prefix(place: memoryview, value: Any, path: str) -> None:
    """Write a prefix such as ``10.0.0.0/8`` over a key; an address alone is one of full length. Raises ``WrongValue``."""
    size = len(place) - LENGTH_SIZE
    text, slash, length_text = value.partition("/") if isinstance(value, str) else ("", "", "")
    data = address(text) if len(text) <= 64 else None
    if data is None or (slash and not _LENGTH.fullmatch(length_text)):
        example = "10.0.0.0/8" if size == 4 else "2001:db8::/32"
        raise WrongValue(f"{path} is {short(repr(value))}, and has to be an {_NAMES[size]} prefix such as {example}")
    if len(data) != size:
        raise WrongValue(
            f"{path} is {value}, of {_NAMES[len(data)]}, and the keys of the map are {_NAMES[size]} prefixes"
        )
    length = int(length_text) if slash else 8 * size
    if length > 8 * size:
        raise WrongValue(f"{path} is {value}, and the length of a prefix has to be from 0 to {8 * size}")
    place[:LENGTH_SIZE] = length.to_bytes(LENGTH_SIZE, sys.byteorder)
    place[LENGTH_SIZE:] = data
    require_no_host_bits(place, path)


def require_no_host_bits(place: memoryview | bytes, path: str) -> None:
    """Refuse a key with bits behind its length, which the trie would keep and never look at. Raises ``WrongValue``."""
    length = int.from_bytes(place[:LENGTH_SIZE], sys.byteorder)
    data = bytes(place[LENGTH_SIZE:])
    bits = 8 * len(data)
    if length > bits:
        raise WrongValue(f"{path} has the length {length}, and the length of a prefix has to be from 0 to {bits}")
    behind = bits - length
    number = int.from_bytes(data, "big")
    masked = number >> behind << behind
    if masked != number:
        shown = _shown(data, length)
        right = _shown(masked.to_bytes(len(data), "big"), length)
        raise WrongValue(f"{path} is {shown}, which has bits set behind its length. Write {right}")


def _shown(data: bytes, length: int) -> str:
    family = _FAMILIES.get(len(data))
    return f"{socket.inet_ntop(family, data) if family else f'0x{data.hex()}'}/{length}"
