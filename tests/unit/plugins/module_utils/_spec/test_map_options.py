# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.map_options import set_map_options
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import InitialValue, MapSpec, ObjectSpec
from ansible_collections.ebpf.xdp.tests.unit.plugins.module_utils._spec.specs import SPEC

NUMA_NODE = 1 << 2


def changed(name: str, **options: Any) -> MapSpec:
    """The map ``name`` of the example with these options; all others are as they were."""
    found = set_map_options(SPEC, {name: options})
    assert found._replace(maps=()) == SPEC._replace(maps=())
    for before, after in zip(SPEC.maps, found.maps):
        assert before == after or after.name == name
    return next(map_spec for map_spec in found.maps if map_spec.name == name)


def refusal(options: Any, spec: ObjectSpec = SPEC) -> str:
    with pytest.raises(XdpError) as caught:
        set_map_options(spec, options)
    return str(caught.value)


def test_nothing_changes_nothing() -> None:
    assert set_map_options(SPEC, {}) is SPEC
    assert set_map_options(SPEC, {"ports": {}}) == SPEC


@pytest.mark.parametrize(("given", "entries"), [(1, 1), (4_294_967_295, 4_294_967_295), ("4096", 4096), (" 0x10 ", 16)])
def test_a_map_gets_its_size(given: Any, entries: int) -> None:
    assert changed("ports", max_entries=given) == SPEC.maps[0]._replace(max_entries=entries)


def test_a_map_gets_its_node_and_the_flag_that_says_so() -> None:
    assert changed("ports", numa_node=0) == SPEC.maps[0]._replace(numa_node=0, flags=SPEC.maps[0].flags | NUMA_NODE)
    assert changed("stats", numa_node="1", max_entries=7)[4:6] == (7, NUMA_NODE)


def test_the_digest_follows() -> None:
    digests = {spec_text.digest(set_map_options(SPEC, {"ports": {"max_entries": size}})) for size in (1024, 1025, 1026)}
    assert len(digests) == 3 and spec_text.digest(SPEC) in digests


@pytest.mark.parametrize("option", ["max_entries", "numa_node"])
@pytest.mark.parametrize(
    "value", [True, -1, 1.5, None, "", "many", "1 2", [1], {"x": 1}, 1 << 32, "9" * 21, "9" * 100_000]
)
def test_a_value_that_is_no_number_in_range_is_refused(option: str, value: Any) -> None:
    text = refusal({"ports": {option: value}})
    assert text.startswith(f"map_options: {option} of ports is ") and len(text) < 400


def test_ranges() -> None:
    assert refusal({"ports": {"max_entries": 0}}) == (
        "map_options: max_entries of ports is 0, and has to be a number from 1 to 4294967295"
    )
    assert refusal({"ports": {"numa_node": 1024}}) == (
        "map_options: numa_node of ports is 1024, and has to be a number from 0 to 1023"
    )


def test_unknown_names_come_with_the_nearest_one() -> None:
    assert refusal({"port": {}}) == (
        "map_options: the object has no map port. Did you mean ports? It has: ports, rodata, stats"
    )
    assert refusal({"ports": {"max_entry": 1}}) == (
        "map_options: ports has no option max_entry. Did you mean max_entries? There is: max_entries, numa_node"
    )
    assert "no map 7" in refusal({7: {}})


@pytest.mark.parametrize("options", [1, "max_entries=1", [], None])
def test_options_that_are_no_dictionary_are_refused(options: Any) -> None:
    assert refusal({"ports": options}) == ("map_options: ports is not a dictionary. Write ports: {max_entries: N}")


def test_variables_have_no_options() -> None:
    assert refusal({"rodata": {"max_entries": 2}}).startswith("map_options: rodata has the program's variables")


@pytest.mark.parametrize("map_type", ["sk_storage", "task_storage", "cgroup_storage"])
def test_some_types_have_no_size(map_type: str) -> None:
    spec = ObjectSpec((), (MapSpec("m", map_type, 4, 4, 0, 1),))
    assert refusal({"m": {"max_entries": 2}}, spec) == (
        f"map_options: m is of type {map_type}, which has no max_entries. Leave it out"
    )


def test_a_map_has_room_for_its_initial_values() -> None:
    map_spec = MapSpec("calls", "prog_array", 4, 4, 8, 0, values=(InitialValue(0, "drop"), InitialValue(5, "pass")))
    spec = SPEC._replace(maps=(map_spec,))
    assert set_map_options(spec, {"calls": {"max_entries": 6}}).maps[0].max_entries == 6
    assert refusal({"calls": {"max_entries": 5}}, spec) == (
        "map_options: max_entries of calls is 5, and the object fills its entry 5. Set at least 6"
    )


def test_the_keys_of_a_hash_of_maps_are_not_places() -> None:
    values = (InitialValue(0, "blue"), InitialValue(5, "green"))
    map_spec = MapSpec("tables", "hash_of_maps", 4, 4, 8, 0, inner=MapSpec("", "hash", 4, 4, 1, 0), values=values)
    spec = SPEC._replace(maps=(map_spec,))
    assert set_map_options(spec, {"tables": {"max_entries": 2}}).maps[0].max_entries == 2
    assert refusal({"tables": {"max_entries": 1}}, spec) == (
        "map_options: max_entries of tables is 1, and the object fills 2 of its entries. Set at least 2"
    )


@pytest.mark.parametrize(
    ("map_type", "flags", "options", "refused"),
    [
        ("array", 0, {"max_entries": 16}, "max_entries"),
        ("array", 1 << 12, {"max_entries": 16}, None),
        ("hash", 0, {"max_entries": 16}, None),
        ("hash", 0, {"numa_node": 0}, "numa_node"),
        ("array", 0, {"max_entries": 8}, None),
    ],
)
def test_an_inner_map_stays_as_the_outer_one_wants_it(
    map_type: str, flags: int, options: dict[str, int], refused: str | None
) -> None:
    blue = MapSpec("blue", map_type, 4, 8, 8, flags)
    outer = MapSpec("tables", "array_of_maps", 4, 4, 8, 0, inner=blue, values=(InitialValue(0, "blue"),))
    spec = SPEC._replace(maps=(blue, outer))
    if refused is None:
        assert set_map_options(spec, {"blue": options}).maps[0].max_entries in (8, 16)
    else:
        assert refusal({"blue": options}, spec) == (
            f"map_options: blue is in the map of maps tables, which holds only maps as its declaration says, so {refused} "
            "cannot be set for it. Change it in the source"
        )
