# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be the name of a pin."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short
from ansible_collections.ebpf.xdp.plugins.module_utils._object.names import usable_name


@pytest.mark.parametrize("name", ["a", "xdp_stats", "a-b", "a$b", "9", "-", "x" * 200, "programs", "_"])
def test_names_that_can_be_pins(name: str) -> None:
    assert usable_name(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a.b", "a/b", "/", "a b", "a~", "größe", "x" * 201, "a\n", "\0", "a\0", "\ud800"]
)
def test_names_that_cannot_be_pins(name: str) -> None:
    assert not usable_name(name)


@pytest.mark.parametrize("name", ["", "a", "x" * 200])
def test_a_name_of_usual_length_is_quoted_whole(name: str) -> None:
    assert short(name) == name


@pytest.mark.parametrize("length", [201, 1000, 1 << 20])
def test_of_a_longer_name_200_characters_are_quoted(length: int) -> None:
    assert short("x" * length) == "x" * 197 + "..."


def test_a_list_of_names_is_cut_off_and_counted() -> None:
    assert listed([]) == ""
    assert listed(["b", "a"]) == "b, a"
    assert listed([str(number) for number in range(40)]).endswith("38, 39")
    assert listed([str(number) for number in range(1040)]).endswith("38, 39 and 1000 more")
    assert len(listed(["x" * 1000] * 1000)) < 40 * 202 + 20
