# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order in which sets come back that lend maps to each other."""

from __future__ import annotations

import random

from ansible_collections.ebpf.xdp.plugins.module_utils._boot.order import by_lending


def test_without_lending_the_order_stays() -> None:
    assert by_lending({"b": [], "a": [], "c": []}) == (["b", "a", "c"], {})


def test_lenders_come_first() -> None:
    assert by_lending({"a": ["b", "c"], "b": ["c"], "c": []}).names == ["c", "b", "a"]


def test_lenders_that_are_not_restored_do_not_count() -> None:
    assert by_lending({"a": ["elsewhere"]}) == (["a"], {})


def test_a_circle_is_named_and_holds_nobody_else() -> None:
    found = by_lending({"x": ["a"], "a": ["b"], "b": ["c"], "c": ["a"], "y": []})
    assert set(found.circles) == {"a", "b", "c"}
    assert found.circles["a"] == ["a", "b", "c"]
    assert sorted(found.names) == ["a", "b", "c", "x", "y"]
    assert found.names.index("x") > found.names.index("a")


def test_a_chain_may_be_longer_than_python_calls_functions() -> None:
    chain = {str(number): [str(number + 1)] for number in range(3000)}
    assert by_lending({**chain, "3000": []}).names == [str(number) for number in range(3000, -1, -1)]


def test_each_comes_after_those_that_it_borrows_from() -> None:
    chance = random.Random(14)
    for _case in range(200):
        names = [str(number) for number in range(chance.randrange(1, 12))]
        # Each borrows only from later ones, so that there is no circle.
        lenders = {
            name: chance.sample(names[place + 1 :], chance.randrange(len(names) - place))
            for place, name in enumerate(names)
        }
        shuffled = dict(chance.sample(sorted(lenders.items()), len(lenders)))
        found = by_lending(shuffled)
        assert sorted(found.names) == sorted(names)
        assert found.circles == {}
        for name in names:
            assert all(found.names.index(lender) < found.names.index(name) for lender in lenders[name])
