# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which constants are set, and what of the object stays as it is."""

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, ObjectSpec, VariableSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.constant_specs import char
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import BARE, SPEC

BTF = BtfFile()
U16 = BTF.const_volatile(BTF.integer("unsigned short", 2))
TAG = BTF.array(char(BTF), 4)
PAIR = BTF.structure("pair", 8, [("a", U16, 0), ("b", TAG, 32)])

#: Six bytes of value, of which the last ones are zero, and another map for one more.
OBJECT = BARE._replace(
    maps=(
        MapSpec("other", "hash", 4, 4, 10, 0),
        MapSpec("rodata", "array", 4, 16, 1, 0x480, variables=b"\1\2\3\4\5"),
        MapSpec("rodata_x", "array", 4, 2, 1, 0x480, variables=b""),
    ),
    btf=BTF.blob(),
    source="5e1f",
    variables=(
        VariableSpec("port", "rodata", 2, 2, U16),
        VariableSpec("tag", "rodata", 4, 4, TAG),
        VariableSpec("pair", "rodata", 8, 8, PAIR),
        VariableSpec("far", "rodata_x", 0, 2, 0),
    ),
)


def variables(values: dict[str, Any]) -> dict[str, bytes | None]:
    return {map_spec.name: map_spec.variables for map_spec in set_constants(OBJECT, values).maps}


def test_no_values_are_the_same_object() -> None:
    assert set_constants(OBJECT, {}) == OBJECT


def test_only_the_constant_s_bytes_change() -> None:
    assert variables({"port": 0}) == {"other": None, "rodata": b"\1\2\0\0\5", "rodata_x": b""}
    assert variables({"tag": "ab"}) == {"other": None, "rodata": b"\1\2\3\4ab", "rodata_x": b""}


def test_nothing_but_the_variables_changes() -> None:
    changed = set_constants(OBJECT, {"port": 80, "far": 1})
    assert changed._replace(maps=OBJECT.maps) == OBJECT
    for new, old in zip(changed.maps, OBJECT.maps):
        assert new._replace(variables=None) == old._replace(variables=None)


def test_several_constants_in_one_map_and_in_several() -> None:
    found = variables({"far": "0x0101", "tag": [9, 9, 9, 9], "port": 0})
    assert found == {"other": None, "rodata": b"\1\2\0\0\x09\x09\x09\x09", "rodata_x": b"\1\1"}


def test_the_order_of_the_values_makes_no_difference() -> None:
    assert set_constants(OBJECT, {"port": 1, "tag": "z"}) == set_constants(OBJECT, {"tag": "z", "port": 1})


def test_zeros_at_the_end_are_left_out() -> None:
    # So that the same values are the same text.
    assert variables({"tag": ""})["rodata"] == b"\1\2\3\4"
    assert variables({"far": 0})["rodata_x"] == b""


def test_a_value_that_is_there_already_is_the_same_object() -> None:
    assert set_constants(OBJECT, {"tag": [5, 0, 0, 0]}) == OBJECT


def test_setting_again_is_as_setting_once() -> None:
    once = set_constants(OBJECT, {"port": 80, "pair": {"a": 1}})
    assert set_constants(once, {"port": 80}) == once
    assert set_constants(once, {"pair": {"b": "x"}}) == set_constants(OBJECT, {"port": 80, "pair": {"a": 1, "b": "x"}})


def test_an_object_with_constants_set_has_another_digest() -> None:
    assert spec_text.digest(set_constants(OBJECT, {"port": 80})) != spec_text.digest(OBJECT)


def test_an_object_with_constants_set_can_travel() -> None:
    changed = set_constants(OBJECT, {"port": 80, "far": 1})
    assert spec_text.from_json(spec_text.to_json(changed)) == changed


@pytest.mark.parametrize("name", ["ports", "PORT", "", "other", "rodata"])
def test_a_constant_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(XdpError) as caught:
        set_constants(OBJECT, {"port": 1, name: 1})
    near = "Did you mean port? " if name == "ports" else ""
    assert str(caught.value) == (
        f"constants: the object has no read-only variable {name}. {near}It has: far, pair, port, tag. "
        f"Such variables are declared as: const volatile __u32 {name};"
    )


def test_an_object_without_constants_has_none() -> None:
    with pytest.raises(XdpError, match=r"It has: nothing\. Such variables"):
        set_constants(BARE, {"port": 1})


@pytest.mark.parametrize("name", [1, None, 1.5])
def test_a_name_that_is_no_text_is_refused(name: Any) -> None:
    with pytest.raises(XdpError, match=r"^constants: the object has no read-only variable"):
        set_constants(OBJECT, {name: 1})


def test_damaged_types_are_refused() -> None:
    with pytest.raises(XdpError, match=r"^constants: the object's BTF is damaged: it is shorter than its header$"):
        set_constants(SPEC, {"port": 1})


def test_a_type_that_is_not_there_is_refused() -> None:
    spec = OBJECT._replace(variables=(VariableSpec("port", "rodata", 2, 2, 4000),))
    with pytest.raises(XdpError, match=r"^constants: the object's BTF is damaged: there is no type 4000$"):
        set_constants(spec, {"port": 1})


@pytest.mark.parametrize("type_id", [TAG, PAIR])
def test_a_type_of_another_size_is_refused(type_id: int) -> None:
    spec = OBJECT._replace(variables=(VariableSpec("port", "rodata", 2, 2, type_id),))
    with pytest.raises(XdpError, match=r"BTF is damaged: port is not of the size of its type$"):
        set_constants(spec, {"port": 1})


@pytest.mark.parametrize("value", [0, 1, -1, "", [], {}])
def test_a_constant_of_no_size_is_refused(value: Any) -> None:
    spec = OBJECT._replace(variables=(VariableSpec("none", "rodata", 2, 0, 0),))
    taken_or_refused(spec, {"none": value})


def taken_or_refused(spec: ObjectSpec, values: dict[str, Any]) -> bool:
    try:
        changed = set_constants(spec, values)
    except XdpError:
        return False
    assert changed._replace(maps=spec.maps) == spec
    for new, old in zip(changed.maps, spec.maps):
        assert new._replace(variables=None) == old._replace(variables=None)
        assert len(new.variables or b"") <= new.value_size
    return True


def rich() -> tuple[BtfFile, ObjectSpec]:
    file = BtfFile()
    u32, small = file.u32(), file.integer("signed char", 1, 1)
    mode = file.enum("mode", {"OFF": 0, "ON": -1}, 2, signed=True)
    inner = file.structure("inner", 4, [("on", small, 0), ("mode", mode, 16)])
    real = file.real("float", 4)
    members = [
        ("n", u32, 0),
        ("list", file.array(inner, 2), 32),
        ("real", real, 96),
        ("text", file.array(char(file), 4), 128),
    ]
    type_id = file.const_volatile(file.structure("all", 20, members))
    map_spec = MapSpec("rodata", "array", 4, 20, 1, 0x480, variables=bytes(range(1, 21)))
    return file, BARE._replace(
        maps=(map_spec,), btf=file.blob(), variables=(VariableSpec("all", "rodata", 0, 20, type_id),)
    )


GOOD = {"n": 7, "list": [{"on": 1, "mode": "OFF"}, {"mode": 3}], "real": 1.5, "text": "abc"}
WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    255,
    1 << 70,
    1.5,
    1e300,
    float("nan"),
    "",
    "OFF",
    "0x7f",
    "x" * 30,
    [],
    [1],
    {},
    {"on": 2},
)


def test_whatever_the_value_it_is_taken_or_refused() -> None:
    _file, spec = rich()
    assert taken_or_refused(spec, {"all": GOOD})
    for value in WRONG:
        taken_or_refused(spec, {"all": value})
        for name in GOOD:
            taken_or_refused(spec, {"all": {**GOOD, name: value}})
            taken_or_refused(spec, {"all": {"list": [{"on": value}, {"mode": value}]}})


def test_whatever_the_types_the_value_is_taken_or_refused() -> None:
    rng = random.Random(41)
    _file, spec = rich()
    found = set()
    for _round in range(3000):
        blob = bytearray(spec.btf)
        for _change in range(rng.choice((1, 1, 2))):
            blob[rng.randrange(len(blob))] = rng.choice((0, 1, 2, 3, 4, 8, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        found.add(taken_or_refused(spec._replace(btf=bytes(blob)), {"all": GOOD}))
    assert found == {True, False}
