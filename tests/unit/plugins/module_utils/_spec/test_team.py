# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs that run together."""

from __future__ import annotations

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import attachable, choose
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    XDP,
    XDP_DEVMAP,
    InitialValue,
    LeftOut,
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team, team_of


def program(name: str, *maps: str, attach_type: str = XDP) -> ProgramSpec:
    return ProgramSpec(name, b"", tuple(MapReference(0, map_name) for map_name in maps), "GPL", attach_type=attach_type)


def array(name: str, *programs: str) -> MapSpec:
    values = tuple(InitialValue(*each) for each in enumerate(programs))
    return MapSpec(name, "prog_array", 4, 4, 8, 0, values=values)


SPEC = ObjectSpec(
    (
        program("first", "one", "empty"),
        program("second", "two"),
        program("third", "one"),
        program("other", "three"),
        program("leaving", attach_type=XDP_DEVMAP),
    ),
    (array("one", "first", "second"), array("two", "third"), array("three", "second"), array("empty")),
)


def test_helpers_are_all_that_the_program_can_lead_to() -> None:
    assert team_of(SPEC, "first") == Team("first", ("leaving", "second", "third"), ("one", "two"))
    assert team_of(SPEC, "other") == Team("other", ("first", "leaving", "second", "third"), ("one", "three", "two"))


def test_programs_that_are_named_are_helpers_with_all_that_they_lead_to() -> None:
    team = team_of(SPEC, "first", ["other"])
    assert team == Team("first", ("leaving", "other", "second", "third"), ("one", "three", "two"), ("other",))
    assert team_of(SPEC, "first", ["third", "second"]).named == ("second", "third")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("first", "helpers: first is the program of the set, which is loaded in any case. Leave it out"),
        ("secnd", "helpers: the object has no program secnd. "),
        ("lost", "helpers: the program lost cannot be loaded: it is in section tc"),
    ],
)
def test_what_is_no_helper_is_refused(name: str, says: str) -> None:
    spec = SPEC._replace(left_out=(LeftOut("lost", "it is in section tc"),))
    with pytest.raises(XdpError) as caught:
        team_of(spec, "first", [name])
    assert str(caught.value).startswith(says)


def test_a_program_on_request_is_a_helper_only_when_it_is_named() -> None:
    spec = SPEC._replace(
        programs=(program("main"), program("leaving", attach_type=XDP_DEVMAP)._replace(on_request=True))
    )
    assert team_of(spec, "main").helpers == ()
    assert team_of(spec, "main", ["leaving"]).helpers == ("leaving",)


def test_a_network_card_has_no_devmap() -> None:
    assert team_of(SPEC, "first", on_card=True).helpers == ("second", "third")


def test_a_program_for_a_devmap_is_alone() -> None:
    assert team_of(SPEC, "leaving") == Team("leaving")


def test_maps_alone_have_no_programs_and_need_no_array_with_entries() -> None:
    team = team_of(SPEC, None)
    assert (team, team.programs) == (Team(), ())
    assert [map_spec.name for map_spec in SPEC.maps if team.needs(map_spec)] == ["empty"]


def test_arrays_of_other_programs_are_not_needed() -> None:
    team = team_of(SPEC, "first")
    assert [map_spec.name for map_spec in SPEC.maps if team.needs(map_spec)] == ["one", "two", "empty"]
    assert [map_spec.name for map_spec in SPEC.maps if team.is_own(map_spec)] == ["one", "two"]


def test_a_program_for_a_devmap_counts_only_when_it_is_named() -> None:
    spec = SPEC._replace(programs=(program("main"), program("leaving", attach_type=XDP_DEVMAP)))
    assert attachable(spec) == ("main",)
    assert choose(spec, None) == "main"
    assert choose(spec, "leaving") == "leaving"
    with pytest.raises(XdpError, match="no program for an interface, only for a devmap or cpumap"):
        choose(spec._replace(programs=spec.programs[1:]), None)
