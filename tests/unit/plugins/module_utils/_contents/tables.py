# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables for maps of some types, and what their entries are as bytes."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode import encode
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import Encoded, WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.table import (
    INTEGERS,
    WIDTHS,
    Block,
    Column,
    Path,
    Table,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.constant_specs import Maker


def types_of(key: Maker, value: Maker, map_type: str = "hash", cpus: int = 1, **options: Any) -> MapTypes:
    """Of a map with BTF."""
    file = BtfFile()
    ids = key(file), value(file)
    btf = Btf(file.blob())
    return MapTypes(map_type, btf.size(ids[0]), btf.size(ids[1]), btf, *ids, cpus=cpus, **options)


def column(path: str, kind: str, values: Sequence[Any], quoted: bool = False) -> Column:
    """``path`` such as ``value.rate``."""
    return Column(as_path(path), kind, data_of(kind, values), quoted)


def as_path(path: str) -> Path:
    return tuple(path.split("."))


def data_of(kind: str, values: Sequence[Any]) -> bytes | list[Any]:
    if kind in INTEGERS:
        return b"".join(int(each).to_bytes(INTEGERS[kind], "little", signed=kind[0] == "i") for each in values)
    return b"".join(map(_packed, values)) if kind in WIDTHS else list(values)


def _packed(text: str) -> bytes:
    address, slash, length = text.partition("/")
    if len(address) == 17 and address.count(":") == 5:
        return bytes.fromhex(address.replace(":", ""))
    packed = ipaddress.ip_address(address).packed
    return packed + bytes((int(length),)) if slash else packed


def table(*blocks: Sequence[Column]) -> Table:
    return Table(tuple(Block(_count(columns[0]), tuple(columns)) for columns in blocks))


def _count(first: Column) -> int:
    width = WIDTHS.get(first.kind) or INTEGERS.get(first.kind) or 1
    return len(first.data) // width


def entries(types: MapTypes, encoded: Encoded) -> list[tuple[bytes, bytes]]:
    """Key and value of each entry, as they are written for a new one."""
    found = []
    for each in encoded.segments:
        for index in range(each.count):
            key = each.keys[index * types.key_size : (index + 1) * types.key_size]
            place = 0 if each.uniform else index * encoded.value_length
            found.append((key, each.values[place : place + encoded.value_length]))
    return found


def shown(types: MapTypes, encoded: Encoded) -> list[tuple[Any, Any]]:
    return [(types.decode_key(key), types.decode_value(value)) for key, value in entries(types, encoded)]


def refusal(types: MapTypes, *columns: Column) -> tuple[int, str]:
    """The row, and what is wrong with it."""
    with pytest.raises(WrongEntry) as caught:
        encode(table(columns), types)
    assert caught.value.block == 0
    return caught.value.row, str(caught.value)


def prefix_key(address: str, length: int) -> bytes:
    return struct.pack("=I", length) + ipaddress.ip_address(address).packed
