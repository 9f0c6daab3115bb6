# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the pins in a set's directories are the set's own."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import LinkInfo, MapInfo, ProgramInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._record.ours import Ours, Pins, ours
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import Record, RecordedMaps, RecordedProgram

FILTER, NEW, STRANGER = 42, 43, 66
RECORD = Record(
    RecordedMaps("", "", {"stats": 17}),
    RecordedProgram("", "", "filter", FILTER, "", ("filter",), {"stats": 17}),
    links={"eth0": 7},
)


def bpf_map(map_id: int, name: str) -> MapInfo:
    return MapInfo(map_id, name, "array", 4, 4, 1, 0, 0, 0, 0, 0, 0)


def program(program_id: int, name: str, *map_ids: int) -> ProgramInfo:
    return ProgramInfo(program_id, name, "xdp", "", map_ids, 0, 0, True, 0, 0, 0, 0, 0)


def link(link_id: int, program_id: int, link_type: str = "xdp") -> LinkInfo:
    return LinkInfo(link_id, link_type, program_id, 2)


#: A set as it is made here, with what somebody else has pinned into each of its directories.
PINS = Pins(
    {"stats": bpf_map(17, "stats"), "stranger": bpf_map(18, "stranger"), "alias": bpf_map(17, "stats")},
    {"filter": program(FILTER, "filter", 17), "stranger": program(STRANGER, "stranger", 18)},
    {"eth0": link(7, FILTER), "eth1": link(8, STRANGER + 1)},
)
WHOLE = Ours({"stats"}, {"filter"}, {"eth0"}, {FILTER})


def own(record: Record | None, pins: Pins = PINS, over_netlink: Collection[int] = ()) -> Ours:
    return ours(record, pins, over_netlink)


@pytest.mark.parametrize("record", [RECORD, RECORD._replace(links={}, format=1), None])
def test_what_others_pinned_is_not_ours_whatever_is_known(record: Record | None) -> None:
    assert own(record) == WHOLE


def test_a_link_on_record_is_ours_whatever_it_runs() -> None:
    pins = PINS._replace(links={"eth0": link(7, STRANGER), "eth1": link(8, STRANGER)})
    assert own(RECORD, pins).links == {"eth0"}
    # What it runs is not ours for that.
    assert own(RECORD, pins).program_ids == {FILTER}
    assert own(RECORD._replace(links={}, format=1), pins).links == set()


def test_a_link_on_record_is_ours_under_whatever_name() -> None:
    assert own(RECORD, PINS._replace(links={"eth0~": link(7, STRANGER)})).links == {"eth0~"}
    assert own(RECORD, PINS._replace(links={"eth0": link(9, STRANGER)})).links == set()


def test_a_link_with_a_pending_name_is_ours() -> None:
    record = RECORD._replace(pending=("links/eth1",), links={})
    assert own(record, PINS._replace(links={"eth1": link(8, NEW), "eth2": link(9, NEW)})).links == {"eth1"}


def test_a_link_is_ours_when_it_runs_a_program_of_ours_pinned_or_on_record_alone() -> None:
    record = RECORD._replace(links={}, format=1)
    assert own(record, PINS._replace(programs={})).links == {"eth0"}
    pins = PINS._replace(
        programs={"filter": program(FILTER, "filter"), "filter~": program(NEW, "filter")},
        links={"eth0": link(7, NEW)},
    )
    assert own(record, pins) == Ours({"stats"}, {"filter", "filter~"}, {"eth0"}, {FILTER, NEW})


def test_links_of_other_types_are_not_ours() -> None:
    for record in (RECORD, None):
        assert own(record, PINS._replace(links={"eth0": link(7, FILTER, "tcx")})).links == set()


def test_pins_with_names_on_record_are_ours_whatever_is_behind_them() -> None:
    pins = PINS._replace(maps={"stats": bpf_map(99, "other")}, programs={"filter": program(99, "other")})
    assert own(RECORD, pins) == Ours({"stats"}, {"filter"}, {"eth0"}, {FILTER, 99})


def test_an_empty_record_claims_nothing() -> None:
    assert own(Record()) == Ours(set(), set(), set(), set())


def test_without_a_record_a_set_that_nothing_runs_is_anybodys() -> None:
    assert own(None, PINS._replace(links={})) == Ours(set(), set(), set(), set())
    assert own(None, PINS._replace(links={"eth1": link(8, STRANGER + 1)})) == Ours(set(), set(), set(), set())


def test_without_a_record_a_program_that_an_interface_runs_over_netlink_is_ours() -> None:
    assert own(None, PINS._replace(links={}), {FILTER, 1000}) == WHOLE._replace(links=set())


def test_without_a_record_a_pin_must_have_the_name_of_what_is_behind_it() -> None:
    pins = PINS._replace(programs={"alias": program(FILTER, "filter", 17)})
    assert own(None, pins, {FILTER}) == Ours(set(), set(), set(), set())
    long = "count_what_arrives_here"
    pins = Pins({long: bpf_map(17, long[:15])}, {long: program(FILTER, long[:15], 17)}, {"eth0": link(7, FILTER)})
    assert own(None, pins) == Ours({long}, {long}, {"eth0"}, {FILTER})


@pytest.mark.parametrize("record", [Record(), RECORD, None])
def test_staged_names_are_nobody_elses(record: Record | None) -> None:
    pins = Pins({"stats~": bpf_map(17, "stats")}, {"filter~": program(NEW, "filter")}, {"eth0~": link(7, NEW)})
    found = own(record, pins)
    assert (found.maps, found.programs, found.links) == ({"stats~"}, {"filter~"}, {"eth0~"})


@pytest.mark.parametrize("record", [RECORD, RECORD._replace(links={}, format=1), None])
def test_another_pin_of_a_link_of_ours_is_somebody_elses(record: Record | None) -> None:
    assert own(record, PINS._replace(links={"eth0": link(7, FILTER), "lan": link(7, FILTER)})).links == {"eth0"}


def test_the_pin_on_record_is_the_one_that_is_ours() -> None:
    assert own(RECORD, PINS._replace(links={"alias": link(7, FILTER), "eth0": link(7, FILTER)})).links == {"eth0"}
    assert own(RECORD, PINS._replace(links={"alias": link(7, FILTER), "lan": link(7, FILTER)})).links == {"alias"}


def test_programs_that_are_bound_to_interfaces_are_ours_under_their_names() -> None:
    pins = PINS._replace(
        programs={
            "filter@2": program(FILTER, "filter", 17),
            "filter@3": program(NEW, "filter", 17),
            "filter@4": program(STRANGER, "filter", 18),
        },
        links={"eth0": link(7, FILTER), "eth1": link(8, NEW)},
    )
    recorded = RecordedProgram("", "", "filter", FILTER, "", ("filter",), {"stats": 17}, bound={"2": FILTER, "3": NEW})
    for record in (RECORD._replace(program=recorded), None):
        found = own(record, pins)
        assert (found.programs, found.program_ids) == ({"filter@2", "filter@3"}, {FILTER, NEW})


def test_without_a_record_helpers_and_inner_maps_are_ours_by_the_types_that_they_were_loaded_with() -> None:
    pins = Pins(
        {
            "blue": bpf_map(19, "blue")._replace(btf_id=5),
            "green": bpf_map(20, "green")._replace(btf_id=6),
            "grey": bpf_map(21, "grey"),
        },
        {
            "filter": program(FILTER, "filter")._replace(btf_id=5),
            "leaving": program(NEW, "leaving")._replace(btf_id=5),
            "alias": program(NEW, "leaving")._replace(btf_id=5),
            "stranger": program(STRANGER, "stranger")._replace(btf_id=6),
            "plain": program(STRANGER + 1, "plain"),
        },
        {"eth0": link(7, FILTER)},
    )
    assert own(None, pins) == Ours({"blue"}, {"filter", "leaving"}, {"eth0"}, {FILTER, NEW})
    # Without types there is nothing to tell them by.
    bare = {name: each._replace(btf_id=0) for name, each in pins.programs.items()}
    assert own(None, pins._replace(programs=bare)).programs == {"filter"}
