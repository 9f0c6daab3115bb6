# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of the kernel, taken apart."""

from __future__ import annotations

import random
import struct

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import KernelError
from ansible_collections.ebpf.xdp.plugins.module_utils._network import netlink
from ansible_collections.ebpf.xdp.plugins.module_utils._network.netlink import (
    Interface,
    attributes,
    find,
    parse_interface,
)


def attribute(kind: int, payload: bytes) -> bytes:
    length = 4 + len(payload)
    return struct.pack("=HH", length, kind) + payload + bytes(-length % 4)


def test_attributes_by_type() -> None:
    data = attribute(3, b"eth0\0") + attribute(4, b"") + attribute(10, b"\x01\x02\x03\x04")
    assert attributes(data) == {3: b"eth0\0", 4: b"", 10: b"\x01\x02\x03\x04"}


def test_nothing_has_no_attributes() -> None:
    assert attributes(b"") == {}


def test_of_a_repeated_type_the_last_one_stands() -> None:
    assert attributes(attribute(1, b"old") + attribute(2, b"x") + attribute(1, b"new")) == {1: b"new", 2: b"x"}


@pytest.mark.parametrize("flag", [0x8000, 0x4000, 0xC000])
def test_flags_are_no_part_of_the_type(flag: int) -> None:
    # NLA_F_NESTED and NLA_F_NET_BYTEORDER of include/uapi/linux/netlink.h
    assert attributes(attribute(43 | flag, b"x")) == {43: b"x"}


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_header_that_is_cut_off_is_left_out(cut: int) -> None:
    assert attributes(attribute(1, b"four") + attribute(2, b"")[:cut]) == {1: b"four"}


def test_of_a_payload_that_is_cut_off_the_rest_is_given() -> None:
    assert attributes(attribute(1, b"four") + attribute(2, b"12345678")[:-3]) == {1: b"four", 2: b"12345"}


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_a_length_that_leads_nowhere_ends_it(length: int) -> None:
    bad = struct.pack("=HH", length, 9)
    assert attributes(attribute(1, b"four") + bad + attribute(2, b"x")) == {1: b"four"}


def test_any_bytes_come_to_an_end() -> None:
    rng = random.Random(20)
    for _round in range(500):
        data = bytes(rng.choice((0, 1, 4, 5, 8, 12, 255, rng.randrange(256))) for _byte in range(rng.randrange(64)))
        for kind, payload in attributes(data).items():
            assert 0 <= kind <= 0x3FFF
            assert payload in data


def message(index: int, *attrs: bytes) -> bytes:
    """RTM_NEWLINK without its netlink header: family, type, index, flags, change."""
    return struct.pack("=BxHiII", 0, 1, index, 0x11043, 0) + b"".join(attrs)


def xdp(*programs: tuple[int, int], attached: int = 2) -> bytes:
    nested = attribute(2, struct.pack("=B", attached))
    nested += b"".join(attribute(kind, struct.pack("=I", program_id)) for kind, program_id in programs)
    return attribute(43 | 0x8000, nested)


def test_an_interface_without_a_program() -> None:
    name = attribute(3, b"enp1s0f0np0.100\0")
    assert parse_interface(message(7, name)) == Interface(7, "enp1s0f0np0.100", {})
    assert parse_interface(message(7, name, xdp(attached=0))) == Interface(7, "enp1s0f0np0.100", {})


@pytest.mark.parametrize(
    ("programs", "modes"),
    [
        # Beside the id by mode the kernel gives IFLA_XDP_PROG_ID (4) when there is one program only.
        ([(4, 42), (5, 42)], {"native": 42}),
        ([(4, 42), (6, 42)], {"generic": 42}),
        ([(4, 42), (7, 42)], {"offload": 42}),
        ([(5, 42), (6, 43), (7, 4294967295)], {"native": 42, "generic": 43, "offload": 4294967295}),
    ],
)
def test_programs_by_mode(programs: list[tuple[int, int]], modes: dict[str, int]) -> None:
    body = message(2, attribute(13, b"\0" * 4), attribute(3, b"eth0\0"), xdp(*programs), attribute(23, b"\0" * 24))
    assert parse_interface(body) == Interface(2, "eth0", modes)


def test_a_name_that_is_not_utf_8_can_be_given_back() -> None:
    name = parse_interface(message(3, attribute(3, b"eth\xff\0"))).name
    assert name.encode(errors="surrogateescape") == b"eth\xff"


@pytest.mark.parametrize("mtu", [68, 1500, 65536, 4294967295])
def test_the_mtu(mtu: int) -> None:
    body = message(2, attribute(3, b"eth0\0"), attribute(4, struct.pack("=I", mtu)))
    assert parse_interface(body) == Interface(2, "eth0", {}, mtu)


def test_altnames() -> None:
    # As Linux 6.18 lists them: IFLA_PROP_LIST, with an IFLA_ALT_IFNAME for each.
    names = attribute(53, b"averyveryverylongaltname0\0") + attribute(53, b"short0\0") + attribute(99, b"other\0")
    found = parse_interface(message(2, attribute(3, b"eth0\0"), attribute(52 | 0x8000, names)))
    assert found == Interface(2, "eth0", {}, 0, ("averyveryverylongaltname0", "short0"))


def test_an_interface_is_found_by_each_of_its_names() -> None:
    one, two = Interface(2, "eth0", {}, 1500, ("uplink", "enp1s0")), Interface(3, "eth1", {})
    for name, found in {"eth0": one, "uplink": one, "enp1s0": one, "eth1": two, "up": None, "": None}.items():
        assert find(name, [one, two]) == found


def test_a_list_that_changes_is_read_again_for_some_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(netlink.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(netlink.time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    interruptions = [50]

    def ask(*_question: object) -> list[object]:
        if interruptions[0]:
            interruptions[0] -= 1
            raise netlink.DumpInterrupted
        return []

    monkeypatch.setattr(netlink, "ask", ask)
    assert netlink.interfaces() == []
    interruptions[0] = 1000
    with pytest.raises(KernelError, match="Interfaces come and go faster"):
        netlink.interfaces()
