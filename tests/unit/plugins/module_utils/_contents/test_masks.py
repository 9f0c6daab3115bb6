# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of which only some bits count."""

from __future__ import annotations

import random

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.masks import Mask, overwrites


def _masked(value: bytes, mask: bytes) -> bytes:
    return bytes(one & other for one, other in zip(value, mask))


@pytest.mark.parametrize("mask", [b"\xff\xff\xff", bytes(3), b"\xff\0\x0f", b"\x80\0\x01"])
@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_many_values_are_masked_like_each_of_them(mask: bytes, count: int) -> None:
    values = [random.Random(at).randbytes(3) for at in range(count)]
    assert bytes(Mask(mask).apply(b"".join(values), count)) == b"".join(_masked(value, mask) for value in values)


def test_one_mask_serves_batches_of_different_sizes() -> None:
    mask = Mask(b"\xf0")
    for count in (3, 1, 5, 5):
        assert mask.apply(memoryview(b"\xff" * count), count) == b"\xf0" * count


@pytest.mark.parametrize(
    ("mask", "new"),
    [(b"\xff\xff", b"\x12\x34"), (b"\0\0", b"\xab\xcd"), (b"\xff\0", b"\x12\xcd"), (b"\x0f\xf0", b"\xa2\x3d")],
)
def test_bits_outside_the_mask_stay(mask: bytes, new: bytes) -> None:
    assert Mask(mask).merge(b"\xab\xcd", b"\x12\x34") == new


def test_a_mask_of_no_bytes_is_of_no_bits() -> None:
    assert Mask(b"").is_zero
    assert not Mask(b"").is_full


@pytest.mark.parametrize(
    ("masks", "whole"),
    [([b"\xff\xff"], True), ([b"\xff", b"\xff"], True), ([b"\x0f"], False), ([b"\xff\xff", b"\xff\xfe"], False)],
)
def test_values_overwrite_others_where_each_bit_counts(masks: list[bytes], whole: bool) -> None:
    assert overwrites(masks) is whole
