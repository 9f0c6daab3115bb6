# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables are as ``lexical.table_of`` makes them of the same rows, and survive packing."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._contents import lexical, pack
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.places import Places
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils._filter.program import rows
from ansible_collections.ebpf.xdp.tests.unit.plugins.plugin_utils._filter.worlds import RULES, compiled
from hypothesis import given


@given(RULES)
def test_tables_are_those_that_entries_would_make(rules: list[dict[str, t.Any]]) -> None:
    for table in compiled(rules).tables.values():
        numbered = [(key, value, number) for number, (key, value) in enumerate(rows(table).items())]
        assert lexical.table_of(reversed(numbered), Places()).table == table
        assert pack.unpack(pack.pack(table)) == table


def test_all_kinds_of_tables() -> None:
    drop = {"action": "drop"}
    found = compiled(
        [
            {
                "name": "a",
                **drop,
                "source": ["10.0.0.0/8", "2001:db8::/32", "::1"],
                "destination": "10.9.9.9, 10.0.0.0/9",
            },
            {
                "name": "b",
                **drop,
                "source": "10.1.2.3",
                "source_port": "1-3",
                "destination_port": 3,
                "tcp_flags": "syn,!ack",
            },
            {"name": "c", **drop, "protocol": ["tcp", 17], "vlan": ["none", "5-6"], "source_mac": "AA:00:00:00:00:01"},
            {"name": "d", **drop, "icmp_type": "echo-request"},
            {"name": "e", **drop, "ethertype": ["arp", "0x88b5"]},
            {"name": "f", **drop, "source": "10.1.0.0/16"},
        ],
    )
    tables = {name: rows(table) for name, table in found.tables.items()}
    flags = tables.pop("tcp_flags")
    assert len(flags) == 64
    assert all(key & 2 and not key & 16 and value == 2 for key, value in flags.items())
    assert tables == {
        "source4_hosts": {"10.1.2.3": 0b100011},
        "source4": {"10.0.0.0/8": 0b000001, "10.1.0.0/16": 0b100001},
        "source6_hosts": {"::1": 1},
        "source6": {"2001:db8::/32": 1},
        "destination4_hosts": {"10.9.9.9": 1},
        "destination4": {"10.0.0.0/9": 1},
        "source_ports": {1: 2, 2: 2, 3: 2},
        "destination_ports": {3: 2},
        "protocols": {6: 4, 17: 4},
        "vlans": {5: 4, 6: 4, 4096: 4},
        "source_macs": {"aa:00:00:00:00:01": 4},
        "icmp_types": {8: 8, 256 + 128: 8},
        "ethertypes": {0x0806: 16, 0x88B5: 16},
    }
    for name in ("source4_hosts", "source4", "source6_hosts", "source6", "destination4_hosts", "destination4"):
        assert found.constants[f"use_{name}"] is True
    assert found.constants["use_destination6"] is False
    assert found.map_options["source_macs"] == found.map_options["ethertypes"] == {"max_entries": 1024}


def test_everything_is_a_prefix_too() -> None:
    found = compiled([{"name": "a", "action": "drop", "source": ["0.0.0.0/0", "::/0"]}])
    assert rows(found.tables["source4"]) == {"0.0.0.0/0": 1}
    assert rows(found.tables["source6"]) == {"::/0": 1}


@pytest.mark.parametrize(
    "count, room", [(1, 1024), (819, 1024), (820, 2048), (1638, 2048), (1639, 4096), (100_000, 131072)]
)
def test_maps_have_room_to_grow(count: int, room: int) -> None:
    listed = "".join(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}\n" for number in range(count))
    found = compiled([{"name": "a", "action": "drop", "source_from": "list"}], {"list": listed.encode()})
    assert found.map_options == {"source4_hosts": {"max_entries": room}}


def test_a_prefix_in_many_lists_is_one_entry() -> None:
    files = {"a": b"10.0.0.1\n10.0.0.0/24\n10.0.0.1\n", "b": b"10.0.0.1/32\n"}
    found = compiled(
        [{"name": name, "action": "drop", "source_from": [name, "a"], "source": "10.0.0.2"} for name in files], files
    )
    assert rows(found.tables["source4_hosts"]) == {"10.0.0.1": 3, "10.0.0.2": 3}
    assert rows(found.tables["source4"]) == {"10.0.0.0/24": 3}
