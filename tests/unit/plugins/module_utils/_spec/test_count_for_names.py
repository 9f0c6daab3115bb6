# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._chain.link import link
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import Member
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.count_for_names import counting
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import MOST_MEMBERS
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import MapSpec, NamedCounters, ObjectSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._chain.some_members import simple

MEMBERS = ("a", "b", "c", "d", "e")


def chain(*rules: str, members: tuple[str, ...] = MEMBERS) -> ObjectSpec:
    """A chain whose first member counts for rules, in rows that have the numbers of members' slots."""
    spec = link([Member(name, simple()) for name in members])
    rows = MapSpec("a:counters", "percpu_array", 4, 32, 8, 0)
    variables = MapSpec("a:rodata", "array", 4, 8, 1, 0, variables=b"")
    counters = NamedCounters(rows.name, rules, variables.name, 0, 3, 8)
    return spec._replace(maps=(*spec.maps, rows, variables), counters=(counters,))


def test_rules_and_members_that_have_the_same_number_are_no_heirs_of_each_other() -> None:
    first = counting(chain("x", "y"), lambda map_name: {})
    assert first.slots == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "a:counters/x": 3, "a:counters/y": 4}
    again = counting(chain("y", "x", "z"), lambda map_name: first.slots)
    assert again.slots == {**first.slots, "a:counters/z": 5}
    assert first.warnings == again.warnings == []
    assert again.spec.maps[-1].variables == bytes((4, 3, 5))


def test_each_is_told_of_its_own_kind() -> None:
    many = tuple(f"m{number}" for number in range(MOST_MEMBERS))
    first = counting(chain(*"pqrst", members=many), lambda map_name: {})
    again = counting(chain(*"pqrsz", members=("new", *many[1:])), lambda map_name: first.slots)
    assert [text.partition(":")[0] for text in again.warnings] == [
        f"The chain has counters for {MOST_MEMBERS} names",
        "z got the counters of t, which is gone, and goes on from what they have counted",
    ]
    assert again.slots["new"] == first.slots["m0"] and again.slots["a:counters/z"] == first.slots["a:counters/t"]


def test_another_map_has_counted_nothing_for_anybody() -> None:
    first = counting(chain("x", "y"), lambda map_name: {})
    again = counting(chain("y"), lambda map_name: first.slots if map_name != "a:counters" else {})
    assert again.slots == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "a:counters/y": 3}
