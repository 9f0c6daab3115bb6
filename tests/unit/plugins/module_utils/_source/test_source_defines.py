# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Constants for the compiler."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._source.source import define_flags


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        (True, "-DX=1"),
        (False, "-DX=0"),
        (None, "-DX"),
        (0, "-DX=0"),
        (-7, "-DX=-7"),
        (1 << 64, "-DX=18446744073709551616"),
        (1.5, "-DX=1.5"),
        ("", "-DX="),
        ("bpf_ntohs(0x0800)", "-DX=bpf_ntohs(0x0800)"),
        ('"two words"', '-DX="two words"'),
        ("a=b", "-DX=a=b"),
    ],
)
def test_each_kind_of_value(value: Any, flag: str) -> None:
    assert define_flags({"X": value}) == [flag]


def test_flags_are_in_the_order_of_the_names() -> None:
    assert define_flags({"b": 1, "_": 2, "B": 3, "a1": None}) == ["-DB=3", "-D_=2", "-Da1", "-Db=1"]


def test_no_constants_are_no_flags() -> None:
    assert define_flags({}) == []


@pytest.mark.parametrize("name", ["", "1X", "A-B", "A B", "A=1", "X(a)", "Ä", "X\n", 7, None])
def test_a_name_that_is_no_identifier_is_refused(name: Any) -> None:
    with pytest.raises(XdpError) as caught:
        define_flags({name: 1})
    assert str(caught.value) == f"defines: {name!r} is not a C identifier"


@pytest.mark.parametrize(("value", "kind"), [({"a": 1}, "dict"), ({}, "dict"), ([1], "list"), ([], "list")])
def test_a_value_of_several_parts_is_refused(value: Any, kind: str) -> None:
    with pytest.raises(XdpError) as caught:
        define_flags({"PORTS": value})
    assert str(caught.value) == f"defines: the value of PORTS is a {kind}. Give a number, a string or a boolean"


@pytest.mark.parametrize("value", ["a\nb", "a\n", "\r", "\t", "\0"])
def test_a_value_of_more_than_one_line_is_refused(value: str) -> None:
    with pytest.raises(XdpError, match=r"^defines: the value of X has a control character in it"):
        define_flags({"X": value})
