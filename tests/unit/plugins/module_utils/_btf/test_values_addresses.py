# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses given as text, and numbers in network byte order."""

from __future__ import annotations

import struct
import sys
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.values import address
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.constant_specs import (
    Maker,
    after,
    array,
    boolean,
    char,
    integer,
    object_of,
    refusal,
)

IPV4 = bytes((192, 0, 2, 1))
IPV6 = bytes.fromhex("fc00 0000 0000 0000 0000 0000 0000 0001")
MAC = bytes.fromhex("02005e100001")


def named(name: str, make: Maker) -> Maker:
    return lambda file: file.typedef(name, make(file))


def wrapped(inner: Maker, size: int, kind: int = kinds.STRUCT, more: tuple[tuple[str, int], ...] = ()) -> Maker:
    """A structure or a union of one member, and ``more`` of u32, as name and place in bits."""

    def make(file: BtfFile) -> int:
        members = [("a", inner(file), 0), *((name, file.u32(), place) for name, place in more)]
        return file.structure("s", size, members, kind=kind)

    return make


BE16, BE32, BE64 = (named(f"__be{8 * size}", integer(size)) for size in (2, 4, 8))
#: As in linux/in6.h.
IN6_ADDR = wrapped(wrapped(array(integer(1), 16), 16, kinds.UNION, (("w", 0),)), 16)


@pytest.mark.parametrize(
    "make",
    [
        integer(4),
        integer(4, signed=True),
        BE32,
        array(integer(1), 4),
        array(BE16, 2),
        array(BE32, 1),
        named("ip_t", array(named("u8", integer(1)), 4)),
        wrapped(BE32, 4),
        None,
    ],
)
def test_an_ipv4_address_is_in_packet_order_whatever_the_type(make: Maker | None) -> None:
    assert after(object_of(make, 4), "192.0.2.1") == IPV4


@pytest.mark.parametrize(
    "make",
    [integer(16), array(integer(1), 16), array(integer(4), 4), array(BE32, 4), array(integer(8), 2), IN6_ADDR, None],
)
@pytest.mark.parametrize("text", ["fc00::1", "FC00:0:0::0001"])
def test_an_ipv6_address_is_in_packet_order_whatever_the_type(make: Maker | None, text: str) -> None:
    assert after(object_of(make, 16), text) == IPV6


@pytest.mark.parametrize("make", [array(integer(1), 6), array(BE16, 3), named("mac_t", array(integer(1), 6)), None])
@pytest.mark.parametrize("text", ["02:00:5e:10:00:01", "02-00-5E-10-00-01"])
def test_a_mac_address_is_in_packet_order_whatever_the_type(make: Maker | None, text: str) -> None:
    assert after(object_of(make, 6), text) == MAC


def test_addresses_in_lists_and_structures() -> None:
    def vip(file: BtfFile) -> int:
        members = [("addr", BE32(file), 0), ("port", BE16(file), 32), ("mac", array(integer(1), 6)(file), 48)]
        return file.structure("vip", 12, members)

    spec = object_of(array(vip, 2))
    value = {"addr": "192.0.2.1", "port": 80, "mac": "02:00:5e:10:00:01"}
    assert after(spec, [value, {"port": "443"}]) == IPV4 + b"\0\x50" + MAC + bytes(4) + b"\1\xbb" + bytes(6)


@pytest.mark.parametrize(
    ("make", "value", "message"),
    [
        (array(integer(1), 16), "192.0.2.1", "x is 192.0.2.1, an IPv4 address of 4 bytes, and its type has 16"),
        (integer(4), "fc00::1", "x is fc00::1, an IPv6 address of 16 bytes, and its type has 4"),
        (integer(8), "02:00:5e:10:00:01", "x is 02:00:5e:10:00:01, a MAC address of 6 bytes, and its type has 8"),
        (
            array(integer(1), 16),
            "x",
            "x is 'x', and has to be a list or an IPv6 address in quotes. Texts are for arrays of char",
        ),
        (array(integer(1), 6), 8885765, "x is 8885765, and has to be a list or a MAC address in quotes"),
        (integer(4), "192.0.2", "x is '192.0.2', and has to be a number or an IPv4 address"),
        (integer(4), "192.0.2.1/24", "x is '192.0.2.1/24', and has to be a number or an IPv4 address"),
        (boolean, "192.0.2.1", "x is '192.0.2.1', and has to be true or false"),
        (array(boolean, 4), "192.0.2.1", "x is '192.0.2.1', and has to be a list. Texts are for arrays of char"),
        (wrapped(BE32, 8, more=(("b", 32),)), "192.0.2.1", "x is '192.0.2.1', and has to be a dictionary"),
        (lambda file: file.ptr(0), "fc00::1", "x is of a type that cannot be set, such as a pointer"),
    ],
)
def test_what_is_no_address_for_the_type_is_refused(make: Maker, value: Any, message: str) -> None:
    assert refusal(object_of(make), value) == message


def test_an_address_for_characters_is_a_text() -> None:
    assert after(object_of(array(char, 16)), "fc00::1") == b"fc00::1" + bytes(9)


@pytest.mark.parametrize(("make", "size"), [(BE16, 2), (BE32, 4), (BE64, 8)])
@pytest.mark.parametrize("value", [0x1234, "0x1234"])
def test_a_number_is_in_network_order_where_the_type_says_so(make: Maker, size: int, value: Any) -> None:
    expected = (0x1234).to_bytes(size, "big")
    assert after(object_of(make), value) == expected
    assert after(object_of(named("port_t", make)), value) == expected
    assert after(object_of(array(make, 2)), [value, value]) == 2 * expected


@pytest.mark.parametrize("name", ["__u16", "be16", "__le16", "__be16x"])
def test_a_number_is_in_host_order_where_it_does_not(name: str) -> None:
    assert after(object_of(named(name, integer(2))), 0x1234) == struct.pack("=H", 0x1234)


def test_a_structure_of_that_name_says_nothing() -> None:
    make = named("__be32", wrapped(integer(4), 4))
    assert after(object_of(make), {"a": 1}) == (1).to_bytes(4, sys.byteorder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2.3",
        "01.2.3.4",
        "1.2.3.4 ",
        ":",
        "::g",
        "fe80::1%eth0",
        "02:00:5e:10:00",
        "02:00:5e:10-00:01",
        "\0",
        "\ud800",
        "x" * 1000,
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert address(text) is None


def test_a_structure_that_contains_itself_takes_no_address() -> None:
    spec = object_of(lambda file: file.structure("s", 4, [("a", len(file.types) + 1, 0)]))
    assert refusal(spec, "192.0.2.1") == "x is '192.0.2.1', and has to be a dictionary"
