# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prefixes as numbers, and entries with the bits of all that cover them, against the ipaddress module."""

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter import addresses
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.covering import covered
from hypothesis import given
from hypothesis import strategies as st


def _networks(family: int) -> st.SearchStrategy[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    bits = addresses.BITS[family]
    kind = ipaddress.IPv4Network if family == 4 else ipaddress.IPv6Network
    # Few different bits, so that prefixes lie within each other.
    numbers = st.one_of(
        st.integers(0, (1 << bits) - 1), st.sampled_from((0, 1, 5 << bits - 8, 5 << bits - 8 | 1, (1 << bits) - 1))
    )
    return st.builds(
        lambda number, length: kind((number >> bits - length << bits - length, length)),  # type: ignore[arg-type]
        numbers,
        st.sampled_from((0, 1, 7, 8, 9, bits - 1, bits)),
    )


def _number(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> int:
    return int(network.network_address) << addresses.LENGTH_BITS[network.version] | network.prefixlen


@given(st.lists(st.one_of(_networks(4), _networks(6)), max_size=20))
def test_texts_are_read(networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> None:
    four, six = addresses.read([str(network) for network in networks])
    assert four == [_number(network) for network in networks if network.version == 4]
    assert six == [_number(network) for network in networks if network.version == 6]
    for family, prefixes in ((4, four), (6, six)):
        for prefix in prefixes:
            text = addresses.written(family, prefix)
            assert addresses.read([text])[family == 6] == [prefix]


@pytest.mark.parametrize(
    "text, prefix",
    [("10.0.0.1", 0x0A000001 << 6 | 32), ("10.0.0.1/32", 0x0A000001 << 6 | 32), ("0.0.0.0/0", 0)],
)
def test_addresses_are_prefixes_of_full_length(text: str, prefix: int) -> None:
    assert addresses.read([text]) == ([prefix], [])


def test_any_spelling_of_ipv6_is_read() -> None:
    assert addresses.read(["2001:DB8:0:0::1", "2001:db8::1/128"]) == ([], [(0x20010DB8 << 96 | 1) << 8 | 128] * 2)


@pytest.mark.parametrize(
    "text, message",
    [
        ("10.0.0.1/8", "the prefix 10.0.0.1/8 has bits set beyond its first 8. Probably 10.0.0.0/8 is meant"),
        (
            "2001:db8::1/32",
            "the prefix 2001:db8::1/32 has bits set beyond its first 32. Probably 2001:db8::/32 is meant",
        ),
        (
            "10.0.0.0/255.0.0.0",
            "'10.0.0.0/255.0.0.0' does not end in the prefix's length as a number. Write 10.0.0.0/8",
        ),
        ("10.0.0.0/08", "'10.0.0.0/08' does not end in the prefix's length as a number. Write 10.0.0.0/8"),
        ("10.0.0.0/33", "is neither an address nor a prefix"),
        ("10.0.0.0/", "is neither an address nor a prefix"),
        ("10.0.0", "is neither an address nor a prefix"),
        ("10.0.0.01", "is neither an address nor a prefix"),
        ("fe80::1%eth0", "is neither an address nor a prefix"),
        ("::/129", "is neither an address nor a prefix"),
        ("example.org", "is neither an address nor a prefix"),
        ("10.0.0.1\0", "is neither an address nor a prefix"),
        ("1" * 10000, "'111"),
        ("", "'' is neither"),
    ],
)
def test_the_first_wrong_text_is_named(text: str, message: str) -> None:
    with pytest.raises(addresses.WrongAddress) as raised:
        addresses.read(["192.0.2.1", "::1", text, "nonsense"])
    assert message in str(raised.value)
    assert raised.value.place == 2
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("family", [4, 6])
@given(st.data())
def test_an_address_is_looked_up(family: int, data: st.DataObject) -> None:
    networks = data.draw(st.lists(_networks(family), max_size=6))
    numbers = list(map(_number, networks))
    found = addresses.addresses(numbers if family == 4 else (), numbers if family == 6 else ())
    ranges = addresses.ranges(family, found.of(family))
    assert ranges[0] == sorted(ranges[0])
    assert all(end + 1 < start for start, end in zip(ranges[0][1:], ranges[1]))
    every = [edge for network in networks for edge in (int(network[0]), int(network[-1]))]
    bits = addresses.BITS[family]
    for address in {*every, *(edge + 1 for edge in every), *(edge - 1 for edge in every), 0, 7}:
        if 0 <= address < 1 << bits:
            expected = any(int(network[0]) <= address <= int(network[-1]) for network in networks)
            assert found.have(family, address) == expected
            assert addresses.within(([address], [address]), ranges) == expected
            assert not found.have(10 - family, address % (1 << 32))


@pytest.mark.parametrize("family", [4, 6])
@given(st.data())
def test_entries_have_the_bits_of_all_that_cover_them(family: int, data: st.DataObject) -> None:
    rules = data.draw(st.lists(st.lists(_networks(family), max_size=8), max_size=4))
    found = covered(family, [(1 << place, sorted({*map(_number, each)})) for place, each in enumerate(rules)])
    expected = {}
    for network in {network for each in rules for network in each}:
        expected[_number(network)] = sum(
            1 << place
            for place, each in enumerate(rules)
            if any(network.subnet_of(other) for other in each)  # type: ignore[arg-type]
        )
    bits, shift = addresses.BITS[family], addresses.LENGTH_BITS[family]
    entries = dict(zip(found.prefixes, found.prefix_masks))
    entries.update((host << shift | bits, mask) for host, mask in zip(found.hosts, found.host_masks))
    assert entries == expected
    assert found.hosts == sorted({*found.hosts})
    assert all(prefix & (1 << shift) - 1 < bits for prefix in found.prefixes)
