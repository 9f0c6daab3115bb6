# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``xdp_filter.c`` does with the fields of a packet, by the compiled tables and constants alone."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.ebpf.xdp.plugins.module_utils._contents import forms
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Table
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.compile import Compiled
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.fields import Fields


def rows(table: Table) -> dict[t.Any, int]:
    found: dict[t.Any, int] = {}
    for block in table.blocks:
        key, value = block.columns
        assert (key.path, value.path) == (("key",), ("value",))
        keys = forms.items(key.kind, key.data, key.quoted)
        found.update(zip(keys, forms.items(value.kind, value.data), strict=True))
        assert len(keys) == block.count
    return found


class Program:
    def __init__(self, compiled: Compiled) -> None:
        self.constants = compiled.constants
        self._rows = {name: rows(table) for name, table in compiled.tables.items()}
        self._tries = {
            name: [(ipaddress.ip_network(key), value) for key, value in self._rows[name].items()]
            for name in ("source4", "source6", "destination4", "destination6")
            if name in self._rows
        }

    def matching(self, fields: Fields) -> list[int]:
        """The rules whose conditions are all met, first one first."""
        constants = self.constants
        every = mask = constants["all_rules"]
        for direction, address in (("source", fields.source), ("destination", fields.destination)):
            if constants[f"any_{direction}"] != every:
                mask &= constants[f"any_{direction}"] | self._of_address(direction, fields.family, address)
        for condition, name, key in (
            ("source_port", "source_ports", fields.source_port),
            ("destination_port", "destination_ports", fields.destination_port),
            ("protocol", "protocols", fields.protocol),
            ("icmp_type", "icmp_types", fields.icmp_type),
            ("tcp_flags", "tcp_flags", fields.tcp_flags),
            ("source_mac", "source_macs", fields.source_mac and fields.source_mac.hex(":")),
            ("ethertype", "ethertypes", fields.ethertype),
            ("vlan", "vlans", fields.vlan),
        ):
            if constants[f"any_{condition}"] != every:
                mask &= constants[f"any_{condition}"] | self._rows.get(name, {}).get(key, 0)
        if constants["if_fragment"] & constants["if_whole"] != every:
            fragment, whole = constants["if_fragment"], constants["if_whole"]
            mask &= {None: fragment & whole, True: fragment, False: whole}[fields.fragment]
        if constants["if_malformed"] & constants["if_sound"] != every:
            mask &= constants["if_malformed"] if fields.malformed else constants["if_sound"]
        return [place for place in range(64) if mask >> place & 1]

    def decided(self, fields: Fields) -> int | None:
        """The rule that decides about a packet that no limit stops."""
        for rule in self.matching(fields):
            if self.constants["actions"][rule] != 2 and not self.constants["dry_run_rules"] >> rule & 1:
                return rule
        return None

    def _of_address(self, direction: str, family: int | None, number: int) -> int:
        if family is None:
            return 0
        address = (ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address)(number)
        name = f"{direction}{family}"
        if self.constants[f"use_{name}_hosts"] and str(address) in self._rows[f"{name}_hosts"]:
            return self._rows[f"{name}_hosts"][str(address)]
        if self.constants[f"use_{name}"]:
            covering = [(network.prefixlen, value) for network, value in self._tries[name] if address in network]
            return max(covering, default=(0, 0))[1]
        return 0
