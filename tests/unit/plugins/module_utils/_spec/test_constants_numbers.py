# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers, booleans and enumerators as values of constants."""

from __future__ import annotations

import struct
import sys
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._btf.btf_files import BtfFile
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.constant_specs import (
    Maker,
    after,
    boolean,
    integer,
    object_of,
    refusal,
)


def number(data: bytes, signed: bool = False) -> int:
    return int.from_bytes(data, sys.byteorder, signed=signed)


@pytest.mark.parametrize("size", [1, 2, 4, 8, 16])
def test_an_unsigned_number_goes_from_0_to_its_top(size: int) -> None:
    spec, top = object_of(integer(size)), (1 << 8 * size) - 1
    for value in (0, 1, 7, top - 1, top):
        assert number(after(spec, value)) == value
    for value in (-1, top + 1, -top, 1 << 200):
        assert refusal(spec, value) == f"x is {value}, and has to be from 0 to {top} ({8 * size} bits)"


@pytest.mark.parametrize("size", [1, 2, 4, 8, 16])
def test_a_signed_number_goes_as_far_below_0(size: int) -> None:
    spec, top = object_of(integer(size, signed=True)), (1 << 8 * size - 1) - 1
    for value in (0, 1, -1, top, -top - 1):
        assert number(after(spec, value), signed=True) == value
    for value in (top + 1, -top - 2):
        assert refusal(spec, value) == f"x is {value}, and has to be from {-top - 1} to {top} ({8 * size} bits)"


@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_without_types_both_ranges_are_taken(size: int) -> None:
    spec, top = object_of(None, size), (1 << 8 * size) - 1
    for value in (0, top, -1, -(1 << 8 * size - 1)):
        assert number(after(spec, value)) == value & top
    for value in (top + 1, -(1 << 8 * size - 1) - 1):
        assert refusal(spec, value).endswith(f"({8 * size} bits)")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("0", 0),
        ("-5", -5),
        ("0x1F", 31),
        ("0b101", 5),
        ("0o17", 15),
        (" 12 ", 12),
        ("1_000", 1000),
        ("+3", 3),
    ],
)
def test_a_number_may_be_a_text(text: str, value: int) -> None:
    # As a template gives it, or ansible-playbook -e.
    assert number(after(object_of(integer(4, signed=True)), text), signed=True) == value


@pytest.mark.parametrize(
    "value", [None, "", "x", "1.5", "0x", "010", "1 2", 1.5, 7.0, float("nan"), [], [1], {}, {"x": 1}, b"7", "9" * 5000]
)
@pytest.mark.parametrize("make", [integer(4), None])
def test_what_is_no_number_is_refused(make: Maker | None, value: Any) -> None:
    assert refusal(object_of(make, 4), value) == f"x is {short(repr(value))}, and has to be a number or an IPv4 address"


@pytest.mark.parametrize(
    "value", [pytest.param("0x" + "f" * 5000, id="a text"), pytest.param(1 << 20_000, id="a number")]
)
def test_a_number_may_be_too_large_to_be_shown(value: Any) -> None:
    assert refusal(object_of(integer(4)), value)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (True, 1),
        (False, 0),
        (1, 1),
        (0, 0),
        ("1", 1),
        ("yes", 1),
        ("No", 0),
        ("TRUE", 1),
        ("false", 0),
        ("on", 1),
        ("Off", 0),
    ],
)
def test_a_boolean(value: Any, data: int) -> None:
    assert after(object_of(boolean), value) == bytes([data])


@pytest.mark.parametrize("value", [2, -1, 255, 256, "7", "y", "yess", "", None, 1.5, [], {}])
def test_a_boolean_is_nothing_else(value: Any) -> None:
    # A _Bool that is neither makes of "if (!x)" what the compiler likes.
    assert refusal(object_of(boolean), value)


@pytest.mark.parametrize(("value", "data"), [(True, 1), (False, 0), ("yes", 1), ("False", 0)])
def test_a_number_may_be_a_boolean(value: Any, data: int) -> None:
    # As in C, and as with defines.
    assert number(after(object_of(integer(4)), value)) == data


@pytest.mark.parametrize(
    ("value", "shown"), [(2, "2, and has to be from 0 to 1 (8 bits)"), ("x", "'x', and has to be true or false")]
)
def test_what_a_boolean_may_be_is_said(value: Any, shown: str) -> None:
    assert refusal(object_of(boolean), value) == f"x is {shown}"


def enum(size: int = 4, signed: bool = False) -> Maker:
    return lambda file: file.enum("mode", {"OFF": 0, "ON": 1, "MANY": 100, "BAD": -1}, size, signed)


def enum64(file: BtfFile) -> int:
    return file.enum64("mode", {"LOW": 5, "HIGH": 1 << 40 | 9, "TOP": (1 << 64) - 1})


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize(("name", "value"), [("OFF", 0), ("ON", 1), ("MANY", 100)])
def test_an_enumerator_by_its_name(size: int, name: str, value: int) -> None:
    assert number(after(object_of(enum(size)), name)) == value


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("signed", [True, False])
def test_an_enumerator_below_0_by_its_name(size: int, signed: bool) -> None:
    # The word in BTF is of 32 bits, whatever the variable's size; older compilers do not say that it is signed.
    assert number(after(object_of(enum(size, signed)), "BAD"), signed=True) == -1


def test_an_enumerator_that_the_compiler_cut_off_is_refused() -> None:
    spec = object_of(enum(8))
    assert refusal(spec, "ON") == (
        "x is ON, but the compiler kept only 32 of its 64 bits in the object. "
        "Give the number, or build the object with clang 15 or later"
    )
    assert number(after(spec, 1 << 40)) == 1 << 40


@pytest.mark.parametrize(("name", "value"), [("LOW", 5), ("HIGH", 1 << 40 | 9), ("TOP", (1 << 64) - 1)])
def test_an_enumerator_of_64_bits_by_its_name(name: str, value: int) -> None:
    assert number(after(object_of(enum64), name)) == value


@pytest.mark.parametrize("value", [0, 1, 7, -1, 200])
def test_an_enumeration_may_be_set_by_a_number(value: int) -> None:
    assert number(after(object_of(enum()), value)) == value & 0xFFFFFFFF


@pytest.mark.parametrize("name", ["off", "", "OFF ", "1x", "yes"])
def test_an_enumerator_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    assert refusal(object_of(enum()), name) == f"x is {name!r}, and has to be one of: OFF, ON, MANY, BAD"


@pytest.mark.parametrize("text", ["1", "0x1"])
def test_an_enumeration_may_be_set_by_a_number_in_a_text(text: str) -> None:
    assert number(after(object_of(enum()), text)) == 1


@pytest.mark.parametrize(("value", "shown"), [(True, "true"), (False, "false")])
def test_an_enumeration_is_not_set_by_a_boolean(value: bool, shown: str) -> None:
    # YAML makes one of "policy: ON".
    assert refusal(object_of(enum()), value) == (
        f"x is {shown}, and has to be one of: OFF, ON, MANY, BAD. "
        f"Without quotes YAML reads on, off, yes and no as booleans"
    )


@pytest.mark.parametrize("value", [None, 1.5, [], {}])
def test_what_is_no_enumerator_is_refused(value: Any) -> None:
    assert refusal(object_of(enum(2)), value) == f"x is {value!r}, and has to be a number"


def real(size: int) -> Maker:
    return lambda file: file.real(f"float{size}", size)


@pytest.mark.parametrize(("size", "layout"), [(4, "=f"), (8, "=d")])
@pytest.mark.parametrize("value", [0, 1.5, -2, True, float("inf")])
def test_a_number_with_a_fraction(size: int, layout: str, value: float) -> None:
    assert after(object_of(real(size)), value) == struct.pack(layout, value)


@pytest.mark.parametrize("text", ["1.5", "-1e10", "7", "inf", "-inf"])
def test_a_number_with_a_fraction_may_be_a_text(text: str) -> None:
    assert after(object_of(real(8)), text) == struct.pack("=d", float(text))


@pytest.mark.parametrize("value", [None, "x", [], {}, [1.5]])
def test_what_is_no_number_with_a_fraction_is_refused(value: Any) -> None:
    assert refusal(object_of(real(8)), value) == f"x is {value!r}, and has to be a number"


@pytest.mark.parametrize(("size", "value"), [(4, 1e300), (4, -1e39), (4, 10**40), pytest.param(8, 10**400, id="8")])
def test_a_number_with_a_fraction_may_be_too_large(size: int, value: float) -> None:
    assert refusal(object_of(real(size)), value)


@pytest.mark.parametrize(
    "make",
    [
        lambda file: file.ptr(0),
        lambda file: file.real("long double", 16),
    ],
)
@pytest.mark.parametrize("value", [0, "x", None, {"a": 1}, 1.5])
def test_a_constant_that_is_no_value_cannot_be_set(make: Maker, value: Any) -> None:
    assert refusal(object_of(make), value) == "x is of a type that cannot be set, such as a pointer"


@pytest.mark.parametrize("size", [3, 5, 12, 16])
def test_without_types_any_size_is_a_number(size: int) -> None:
    assert number(after(object_of(None, size), 7)) == 7


@pytest.mark.parametrize("size", [17, 64, 2000, 100_000])
@pytest.mark.parametrize("value", [0, 7, "7", "text", [1, 2], {"a": 1}])
def test_without_types_what_is_larger_cannot_be_set(size: int, value: Any) -> None:
    assert refusal(object_of(None, size), value)
