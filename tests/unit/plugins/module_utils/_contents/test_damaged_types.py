# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of objects that are damaged: what cannot be used is told, and nothing else happens."""

from __future__ import annotations

import random
import time

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encode import encode
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.encoded import WrongEntry
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.types import MapTypes
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._contents.tables import column, table


def object_of_many_kinds() -> tuple[bytes, int]:
    file = BtfFile()
    u32, char = file.u32(), file.integer("char", 1, kinds.SIGNED)
    enum = file.enum("e", {"A": 1, "B": -2})
    text = file.array(char, 8)
    union = file.union("", 4, [("a", u32, 0), ("b", file.array(file.integer("u8", 1), 4), 0)])
    address = file.structure("in_addr", 4, [("s_addr", file.typedef("__be32", u32), 0)])
    lock = file.structure("bpf_spin_lock", 4, [("val", u32, 0)])
    raw = file.typedef("format:ipv4", file.array(file.integer("u8", 1), 4))
    pointer = file.ptr(file.add(kinds.TYPE_TAG, "kptr", u32))
    members = [
        ("n", u32, 0),
        ("low", u32, 3 << 24 | 32),
        ("mode", enum, 5 << 24 | 35),
        ("text", text, 64),
        ("", union, 128),
        ("address", address, 160),
        ("lock", lock, 192),
        ("raw", raw, 224),
        ("pointer", pointer, 256),
        ("real", file.real("double", 8), 320),
        ("large", file.enum64("l", {"C": 1}), 384),
    ]
    type_id = file.structure("value", 56, members, flag=True)
    return file.blob(), type_id


VALUE = {
    "n": 1,
    "low": 2,
    "mode": "B",
    "text": "abc",
    "a": 7,
    "address": "10.0.0.1",
    "raw": "10.0.0.2",
    "real": 1.5,
    "large": "C",
}


def use(btf: Btf, type_id: int) -> None:
    """All that is done with types."""
    types = MapTypes("hash", 4, 56, btf, 1, type_id)
    types.decode_key(bytes(4))
    types.decode_value(bytes(range(56)))
    assert types.signature
    for name, value in VALUE.items():
        kind = "json" if not isinstance(value, str) else "ipv4" if "." in value else "text"
        try:
            encode(table([column("key", "u8", [1]), column(f"value.{name}", kind, [value])]), types)
        except WrongEntry:
            pass
    try:
        encode(table([column("key", "u8", [1]), column("value", "json", [VALUE])]), types)
    except WrongEntry:
        pass


def test_whole_types_are_used() -> None:
    blob, type_id = object_of_many_kinds()
    types = MapTypes("hash", 4, 56, Btf(blob), 1, type_id)
    encoded = encode(table([column("key", "u8", [1]), column("value", "json", [VALUE])]), types)
    decoded = types.decode_value(encoded.segments[0].values)
    assert {**decoded, **VALUE} == decoded
    assert decoded.keys() - VALUE.keys() == {"b"}
    use(Btf(blob), type_id)


@pytest.mark.parametrize("seed", range(8))
def test_bytes_that_are_changed(seed: int) -> None:
    chance = random.Random(seed)
    blob, type_id = object_of_many_kinds()
    began = time.process_time()
    usable = 0
    for _round in range(100):
        changed = bytearray(blob)
        for _byte in range(chance.choice((1, 1, 2, 5))):
            changed[chance.randrange(24, len(changed))] = chance.choice((0, 1, 4, 255, chance.randrange(256)))
        try:
            btf = Btf(bytes(changed))
        except Malformed:
            continue
        use(btf, type_id)
        usable += 1
    assert usable > 20
    assert time.process_time() - began < 10


@pytest.mark.parametrize(("format_name", "size"), [("ipv4", 3), ("mac", 4), ("other", 4), ("", 4)])
def test_names_of_formats_in_an_object_mean_nothing_where_they_do_not_fit(format_name: str, size: int) -> None:
    file = BtfFile()
    type_id = file.typedef(f"format:{format_name}", file.array(file.integer("u8", 1), size))
    types = MapTypes("hash", size, 4, Btf(file.blob()), type_id, 0)
    assert types.decode_key(bytes(size)) == [0] * size
    assert encode(table([column("key", "json", [[1] * size])]), types).segments[0].keys == b"\1" * size
