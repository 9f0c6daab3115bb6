# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Values of which only some bits count: those that a task declares."""

from __future__ import annotations

from collections.abc import Iterable


class Mask:
    """One value's bytes, with the bits set that count. Many values are masked at a time, as one large number."""

    def __init__(self, mask: bytes) -> None:
        self.bytes = mask
        self.is_zero = not any(mask)
        self.is_full = not self.is_zero and mask == b"\xff" * len(mask)
        self._count = -1
        self._number = 0

    def apply(self, values: bytes | bytearray | memoryview, count: int) -> bytes | bytearray | memoryview:
        """``count`` values back to back, with all bits zero that do not count."""
        if self.is_full:
            return values
        if self.is_zero:
            return bytes(len(values))
        if count != self._count:
            self._count, self._number = count, int.from_bytes(self.bytes * count, "little")
        return (int.from_bytes(values, "little") & self._number).to_bytes(len(values), "little")

    def merge(self, old: bytes, new: bytes) -> bytes:
        """One value: the bits of ``new`` that count, and the others of ``old``."""
        if self.is_full:
            return new
        mask = int.from_bytes(self.bytes, "little")
        kept, set_ = int.from_bytes(old, "little") & ~mask, int.from_bytes(new, "little") & mask
        return (kept | set_).to_bytes(len(old), "little")


def overwrites(masks: Iterable[bytes]) -> bool:
    """Whether values with these masks leave no bit of what was there before; a byte can have bits of several fields."""
    return all(Mask(mask).is_full for mask in masks)
