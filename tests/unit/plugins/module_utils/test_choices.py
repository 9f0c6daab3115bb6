# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short, unknown_name


def test_the_nearest_name_comes_first() -> None:
    assert unknown_name("egde", ["core", "edge"]) == "Did you mean edge? There is: core, edge"
    assert unknown_name("filter", ["core", "edge"]) == "There is: core, edge"
    assert unknown_name("edge", []) == "There is: nothing"
    assert unknown_name("on", ["off"], "It has") == "It has: off"


def test_lists_and_names_are_bounded() -> None:
    names = [f"set{number:03}" for number in range(200)]
    assert listed([]) == "nothing"
    assert listed(names) == ", ".join(names[:30]) + " and 170 more"
    assert len(short("x" * 100_000)) == 200
    assert len(unknown_name("y" * 100_000, ["x" * 100_000] * 100)) < 10_000


def test_hostile_names_take_no_time() -> None:
    started = time.process_time()
    unknown_name("a" * 100_000, ["ab" * 120] * 100_000)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("name", ["", "a", "x" * 200])
def test_a_name_of_usual_length_is_quoted_whole(name: str) -> None:
    assert short(name) == name


@pytest.mark.parametrize("length", [201, 1000, 1 << 20])
def test_of_a_longer_name_200_characters_are_quoted(length: int) -> None:
    assert short("x" * length) == "x" * 197 + "..."
