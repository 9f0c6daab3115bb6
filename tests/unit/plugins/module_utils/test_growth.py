# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The measure itself: it lets work in proportion pass, and finds what grows with the square."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils import growth


def each_byte(data: bytes) -> int:
    return sum(data)


def each_byte_for_every_hundredth(data: bytes) -> int:
    return sum(data.count(b"ab") for _place in range(0, len(data), 100))


def pairs_of_bytes(data: bytes) -> int:
    return len(bytearray(len(data) ** 2 // 5000))


def test_in_proportion() -> None:
    growth.check(each_byte, bytes)


@pytest.mark.parametrize(("read", "what"), [(each_byte_for_every_hundredth, "time"), (pairs_of_bytes, "memory")])
def test_with_the_square(read: object, what: str) -> None:
    with pytest.raises(AssertionError, match=what + " grows faster"):
        growth.check(read, bytes)  # type: ignore[arg-type]
