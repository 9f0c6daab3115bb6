# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""BTF without the kinds of types that a kernel lacks."""

from __future__ import annotations

import itertools
import random

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Btf, Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.sanitize import SINCE, example, newer_kinds, sanitized
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils import growth
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile, seen

EVERY_SET = [set(each) for size in range(5) for each in itertools.combinations(SINCE, size)]


def rich() -> tuple[BtfFile, dict[str, int]]:
    """Each newer kind, used by a structure between types that every kernel knows."""
    file = BtfFile()
    ids = {"int": file.integer("int", 4, kinds.SIGNED)}
    ids["real"] = file.real("long double", 16)
    ids["tag"] = file.add(kinds.TYPE_TAG, "user", ids["int"])
    ids["pointer"] = file.ptr(ids["tag"])
    ids["large"] = file.enum64("large", {"SMALL": 1, "LARGE": 1 << 40})
    ids["narrow"] = file.enum64("narrow", {"ONE": 1}, size=1)
    ids["below"] = file.enum64("below", {"BELOW": -(1 << 40)}, signed=True)
    ids["negative"] = file.enum("negative", {"LESS": -1, "MORE": 1}, signed=True)
    ids["positive"] = file.enum("positive", {"NONE": 0})
    members = [("real", ids["real"], 0), ("pointer", ids["pointer"], 128), ("large", ids["large"], 192)]
    ids["record"] = file.structure("record", 40, [*members, ("narrow", ids["narrow"], 256)])
    ids["variable"] = file.var("variable", ids["record"])
    ids["declaration"] = file.add(kinds.DECL_TAG, "kept", ids["variable"], [0xFFFFFFFF])
    ids["last"] = file.datasec(".data", 40, [(ids["variable"], 0, 40)])
    return file, ids


@pytest.mark.parametrize("lacking", EVERY_SET)
def test_what_the_kernel_lacks_is_gone_and_all_else_as_it_was(lacking: set[int]) -> None:
    blob, ids = rich()[0].blob(), rich()[1]
    before, after = Btf(blob), Btf(sanitized(blob, lacking))
    assert newer_kinds(blob) == set(SINCE)
    assert newer_kinds(sanitized(blob, lacking)) == set(SINCE) - lacking
    assert len(after.types) == len(before.types)
    for old, new in zip(before.types, after.types):
        is_replaced = old.kind in lacking or (old.kind == kinds.ENUM and old.flag and kinds.ENUM64 in lacking)
        assert is_replaced or new == old
    # Everything keeps its place in structures and its size.
    for name in ("record", "variable", "last", "pointer", "real", "large", "narrow", "negative"):
        if name != "variable":
            assert after.type(ids[name]).size_or_type == before.type(ids[name]).size_or_type
    was = before.type(ids["record"])
    assert was == after.type(ids["record"])


def test_the_substitutes_are_those_of_libbpf_but_for_large_enumerations() -> None:
    file, ids = rich()
    btf = Btf(sanitized(file.blob(), SINCE))
    assert seen(btf, ids["real"]) == ("struct", "", False, 16, [])
    assert seen(btf, ids["tag"]) == ("const", "", 0, (), seen(btf, ids["int"]))
    assert seen(btf, ids["large"]) == ("int", "large", False, 8, (64,))
    assert seen(btf, ids["narrow"]) == ("int", "narrow", False, 1, (8,))
    assert seen(btf, ids["below"]) == ("int", "below", False, 8, (kinds.SIGNED << 24 | 64,))
    assert seen(btf, ids["negative"])[2] is False
    assert seen(btf, ids["declaration"]) == ("int", "kept", False, 1, (8,))


@pytest.mark.parametrize("kind", SINCE)
def test_an_example_has_the_kind_and_no_other_that_is_newer(kind: int) -> None:
    assert newer_kinds(example(kind)) == {kind}


def test_an_enumeration_with_a_sign_needs_what_a_large_one_needs() -> None:
    file = BtfFile()
    file.enum("less", {"LESS": -1}, signed=True)
    assert newer_kinds(file.blob()) == {kinds.ENUM64}
    was = Btf(file.blob()).type(1)
    assert was._replace(flag=False) == Btf(sanitized(file.blob(), {kinds.ENUM64})).type(1)


def test_what_lies_between_header_types_and_strings_does_not_matter() -> None:
    file, _ids = rich()
    blob = file.blob()
    types, strings = b"".join(file.types), bytes(file.strings)
    # Strings first, and a gap after them.
    moved = blob[:8] + b"".join(
        each.to_bytes(4, "little" if blob[0] == 0x9F else "big")
        for each in (len(strings) + 3, len(types), 0, len(strings))
    )
    assert sanitized(moved + strings + b"gap" + types, SINCE) == sanitized(blob, SINCE)


@pytest.mark.parametrize("length", [0, 10, 23, 30, -1])
def test_what_is_cut_off_is_refused(length: int) -> None:
    blob = rich()[0].blob()[:length]
    for look in (newer_kinds, lambda data: sanitized(data, SINCE)):
        if length:
            with pytest.raises(Malformed):
                look(blob)
        else:
            assert not newer_kinds(blob)


def test_damage_is_refused_or_passed_on() -> None:
    blob = rich()[0].blob()
    chance = random.Random(14)
    for _round in range(2000):
        damaged = bytearray(blob)
        for _byte in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            done = sanitized(bytes(damaged), SINCE)
        except Malformed:
            continue
        assert not newer_kinds(done) & SINCE.keys()


def test_it_takes_time_in_proportion() -> None:
    def large(size: int) -> bytes:
        file = BtfFile()
        for number in range(size // 60):
            file.enum64(f"e{number}", {f"V{number}": number})
            file.real("f", 4)
        return file.blob()

    growth.check(lambda blob: sanitized(blob, SINCE), large)
