# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""The tables of a filter's conditions, as declared contents of the maps of ``xdp_filter.c``.

A value is a mask of the rules whose condition the key meets. Maps that no rule
needs have no table.
"""

from __future__ import annotations

import sys
import typing as t
from array import array
from collections.abc import Iterable, Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._contents import forms
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import Block, Column, Table
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.addresses import BITS, LENGTH_BITS
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.covering import covered
from ansible_collections.ebpf.xdp.plugins.plugin_utils._filter.rule import Rule

_KEY, _VALUE = ("key",), ("value",)

#: Entries that a map for any number of them has room for at least.
_LEAST_ROOM = 1024
#: Entries of maps that have one for each port, and of one limit's buckets.
_PORTS = 65536
_BUCKETS = 65536


def tables_of(rules: Sequence[Rule]) -> dict[str, Table]:
    """The table of each map that is used, by the map's name."""
    found: dict[str, Table] = {}
    for direction in ("source", "destination"):
        for family in (4, 6):
            declared = ((bit, addresses.of(family)) for bit, addresses in _having(rules, direction))
            found.update(_of_addresses(direction, family, declared))
    for direction in ("source", "destination"):
        ranges = _having(rules, f"{direction}_port")
        found[f"{direction}_ports"] = _numbers(
            (bit, (port for first, last in each for port in range(first, last + 1))) for bit, each in ranges
        )
    found["protocols"] = _numbers(_having(rules, "protocol"))
    found["icmp_types"] = _numbers(_having(rules, "icmp_type"))
    found["tcp_flags"] = _numbers(
        (1 << place, filter(rule.has_flags, range(256)))
        for place, rule in enumerate(rules)
        if rule.tcp_flags is not None
    )
    found["source_macs"] = _macs(_having(rules, "source_mac"))
    found["ethertypes"] = _numbers(_having(rules, "ethertype"))
    found["vlans"] = _numbers(_having(rules, "vlan"))
    return {name: table for name, table in found.items() if table.count}


def map_options(tables: t.Mapping[str, Table], limits: int) -> dict[str, dict[str, int]]:
    """How large the maps have to be whose size depends on the rules, of which ``limits`` limit."""
    found = {}
    for name, table in tables.items():
        if name in ("source_ports", "destination_ports"):
            found[name] = {"max_entries": _PORTS}
        elif name in _OF_ANY_SIZE:
            found[name] = {"max_entries": _room(table.count)}
    if limits:
        found["buckets"] = {"max_entries": _BUCKETS * limits}
    return found


_OF_ANY_SIZE = {
    "source_macs",
    "ethertypes",
    *(f"{direction}{end}" for direction in ("source", "destination") for end in ("4", "6", "4_hosts", "6_hosts")),
}


def _room(count: int) -> int:
    """A power of two with a quarter to spare, so that a list may grow for a while in the same map."""
    return max(_LEAST_ROOM, 1 << (-(-count * 5 // 4) - 1).bit_length())


def _having(rules: Sequence[Rule], condition: str) -> list[tuple[int, t.Any]]:
    """The bit of each rule that has the condition, and what it wants."""
    each = ((1 << place, getattr(rule, condition)) for place, rule in enumerate(rules))
    return [(bit, wanted) for bit, wanted in each if wanted is not None]


def _of_addresses(direction: str, family: int, declared: Iterable[tuple[int, t.Sequence[int]]]) -> dict[str, Table]:
    entries = covered(family, declared)
    shift, bits = LENGTH_BITS[family], BITS[family]
    lengths = (1 << shift) - 1
    hosts = _table(f"ipv{family}", _packed(family, entries.hosts), entries.host_masks)

    def end(place: int) -> int:
        # The order of a trie: by the last address within, the longest prefix first.
        prefix = entries.prefixes[place]
        length = prefix & lengths
        return (prefix >> shift | (1 << bits - length) - 1) << shift | bits - length

    order = sorted(range(len(entries.prefixes)), key=end)
    prefixes = [entries.prefixes[place] for place in order]
    masks = [entries.prefix_masks[place] for place in order]
    size = bits // 8
    addresses = _packed(family, [prefix >> shift for prefix in prefixes])
    whole = bytearray((size + 1) * len(prefixes))
    for place in range(size):
        whole[place :: size + 1] = addresses[place::size]
    whole[size :: size + 1] = bytes([prefix & lengths for prefix in prefixes])
    trie = _table(f"prefix{family}", bytes(whole), masks)
    return {f"{direction}{family}_hosts": hosts, f"{direction}{family}": trie}


def _packed(family: int, addresses: list[int]) -> bytes:
    """Addresses back to back, in packet order."""
    if family == 6:
        return b"".join([address.to_bytes(16, "big") for address in addresses])
    numbers = array("I", addresses)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


def _numbers(declared: Iterable[tuple[int, Iterable[int]]]) -> Table:
    """The table of numbers and the rules that want them."""
    masks = _masks(declared)
    if not masks:
        return Table()
    keys = sorted(masks)
    return _table(*forms.narrowed(array("Q", keys)), [masks[key] for key in keys])


def _macs(declared: Iterable[tuple[int, Iterable[bytes]]]) -> Table:
    masks = _masks(declared)
    keys = sorted(masks)
    return _table("mac", b"".join(keys), [masks[key] for key in keys])


_Key = t.TypeVar("_Key")


def _masks(declared: Iterable[tuple[int, Iterable[_Key]]]) -> dict[_Key, int]:
    found: dict[_Key, int] = {}
    for bit, wanted in declared:
        for key in wanted:
            found[key] = found.get(key, 0) | bit
    return found


def _table(kind: str, keys: bytes, masks: list[int]) -> Table:
    if not masks:
        return Table()
    value_kind, values = forms.narrowed(array("Q", masks))
    return Table((Block(len(masks), (Column(_KEY, kind, keys), Column(_VALUE, value_kind, values))),))
