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
        every, mask = constants["all_rules"], self._of_addresses(fields)
        for condition, key in (
            ("source_port", fields.source_port),
            ("destination_port", fields.destination_port),
            ("protocol", fields.protocol),
            ("icmp_type", fields.icmp_type),
            ("tcp_flags", fields.tcp_flags),
        ):
            mask &= self._of_number(condition, key)
        if constants["if_fragment"] & constants["if_whole"] != every:
            fragment, whole = constants["if_fragment"], constants["if_whole"]
            mask &= {None: fragment & whole, True: fragment, False: whole}[fields.fragment]
        return _places(mask & self._of_malformed(fields))

    def matching_the_short_way(self, fields: Fields) -> list[int] | None:
        """The same of a whole packet with a header of TCP or UDP, or ``None`` of others."""
        if fields.fragment is not False or fields.source_port is None or fields.protocol not in (6, 17):
            return None
        mask = self._of_addresses(fields) & self.constants["if_tcp" if fields.protocol == 6 else "if_udp"]
        mask &= self._of_number("source_port", fields.source_port)
        mask &= self._of_number("destination_port", fields.destination_port)
        if fields.protocol == 6:
            mask &= self._of_number("tcp_flags", fields.tcp_flags)
        return _places(mask & self._of_malformed(fields))

    def decided(self, fields: Fields) -> int | None:
        """The rule that decides about a packet that no limit stops."""
        for rule in self.matching(fields):
            if self.constants["actions"][rule] != 2 and not self.constants["dry_run_rules"] >> rule & 1:
                return rule
        return None

    def _of_addresses(self, fields: Fields) -> int:
        """With what is in the Ethernet header."""
        constants = self.constants
        every = mask = constants["all_rules"]
        for direction, address in (("source", fields.source), ("destination", fields.destination)):
            if constants[f"any_{direction}"] != every:
                mask &= constants[f"any_{direction}"] | self._of_address(direction, fields.family, address)
        mask &= self._of_number("source_mac", fields.source_mac and fields.source_mac.hex(":"))
        return mask & self._of_number("ethertype", fields.ethertype) & self._of_number("vlan", fields.vlan)

    def _of_number(self, condition: str, key: t.Any) -> int:
        name = condition if condition == "tcp_flags" else f"{condition}s"
        wanting = self.constants[f"any_{condition}"]
        return wanting if wanting == self.constants["all_rules"] else wanting | self._rows.get(name, {}).get(key, 0)

    def _of_malformed(self, fields: Fields) -> int:
        return self.constants["if_malformed"] if fields.malformed else self.constants["if_sound"]

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


def _places(mask: int) -> list[int]:
    return [place for place in range(64) if mask >> place & 1]
