# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of an LPM trie, and its keys without host bits."""

from __future__ import annotations

import ipaddress
import random
import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.trie_keys import canonical, place


def _key(text: str) -> bytes:
    address, length = text.split("/")
    return struct.pack("=I", int(length)) + ipaddress.ip_address(address).packed


def test_children_come_before_what_has_them() -> None:
    ordered = [
        "10.0.0.0/32",
        "10.0.0.1/32",
        "10.0.0.0/31",
        "10.0.0.0/24",
        "10.0.1.0/24",
        "10.0.0.0/8",
        "128.0.0.0/1",
        "0.0.0.0/0",
    ]
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=lambda text: place(_key(text))) == ordered


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3/32", "10.1.2.3/32"),
        ("255.255.255.255/0", "0.0.0.0/0"),
        ("2001:db8::1/33", "2001:db8::/33"),
    ],
)
def test_host_bits_go(given: str, same: str) -> None:
    assert canonical(_key(given)) == _key(same)
    assert place(_key(given)) == place(_key(same))


def test_a_length_that_is_too_large_is_no_error() -> None:
    key = struct.pack("=I", 99) + b"\1\2\3\4"
    assert canonical(key) == key
