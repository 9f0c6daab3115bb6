# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pinned maps go on living under a new program."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from ansible_collections.ebpf.xdp.plugins.module_utils._bpf.info import MapInfo
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._fill.migrate_steps import old_map
from ansible_collections.ebpf.xdp.plugins.module_utils._maps.target_map import TargetMap
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.observe import MapPin
from ansible_collections.ebpf.xdp.plugins.module_utils._pinset.request import Request
from ansible_collections.ebpf.xdp.plugins.module_utils._record.record import (
    Borrowed,
    Record,
    RecordedMaps,
    RecordedProgram,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import InitialValue, MapSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team
from ansible_collections.ebpf.xdp.plugins.module_utils._transaction.load import _other_inner_maps, _reusable_maps

STATS = MapSpec("stats", "percpu_array", 4, 16, 5, 0)
RODATA = MapSpec("rodata", "array", 4, 16, 1, 0x480, variables=b"\7")


def pinned(spec: MapSpec, fd: int) -> MapPin:
    """The pin of a map as this one."""
    facts = MapInfo(
        fd, spec.name, spec.type, spec.key_size, spec.value_size, spec.max_entries, spec.flags, 0, 0, 0, 0, 0
    )
    return MapPin(f"/bpf/edge/maps/{spec.name}", fd, facts)


class Observed:
    """As much of what is observed as is asked for here."""

    def __init__(self, *maps: MapSpec, used: dict[str, int] | None = None, unclaimed: tuple[MapSpec, ...] = ()) -> None:
        self.maps = {map_spec.name: pinned(map_spec, 100 + number) for number, map_spec in enumerate(maps)}
        self.record = Record(program=RecordedProgram("", "", "main", 1, "", ("main",), used)) if used else None
        self.unclaimed = {map_spec.name: pinned(map_spec, 200 + number) for number, map_spec in enumerate(unclaimed)}
        self.adopted: list[str] = []
        self.asked: list[int] = []

    def unclaimed_map(self, name: str) -> MapPin | None:
        return self.unclaimed.get(name)

    def adopt_map(self, pin: MapPin) -> None:
        self.adopted.append(pin.path)

    def map(self, map_id: int) -> None:
        self.asked.append(map_id)


def reused(
    observed: Observed,
    *specs: MapSpec,
    on_map_change: str = "fail",
    team: Team = Team("pass"),  # noqa: B008
    of_filters: Collection[str] = (),
) -> dict[str, int]:
    request = Request("edge", "/bpf", "all", on_map_change=on_map_change)
    return _reusable_maps(specs, team, request, observed, of_filters=of_filters)  # type: ignore[arg-type]


def test_a_pinned_map_that_fits_goes_on_living() -> None:
    assert reused(Observed(STATS), STATS) == {"stats": 100}


def test_a_map_without_a_pin_is_made() -> None:
    assert reused(Observed(STATS), STATS._replace(name="ports")) == {}


def test_a_pinned_map_that_does_not_fit_is_refused() -> None:
    with pytest.raises(XdpError) as caught:
        reused(Observed(STATS), STATS._replace(max_entries=6))
    assert str(caught.value) == (
        "A pinned map does not fit the new program. /bpf/edge/maps/stats: max_entries is 5 and would have to be 6. "
        "Set on_map_change: recreate to make it anew, which loses its contents"
    )


def test_a_pinned_map_that_does_not_fit_is_made_anew_when_asked_for() -> None:
    assert reused(Observed(STATS), STATS._replace(max_entries=6), on_map_change="recreate") == {}


def test_a_pinned_map_that_does_not_fit_is_made_anew_when_its_entries_can_be_copied() -> None:
    assert reused(Observed(STATS), STATS._replace(max_entries=6), on_map_change="migrate") == {}


def test_a_pinned_map_whose_entries_cannot_be_copied_is_refused() -> None:
    with pytest.raises(XdpError) as caught:
        reused(Observed(STATS), STATS._replace(value_size=8), on_map_change="migrate")
    assert str(caught.value) == (
        "A pinned map does not fit the new program. /bpf/edge/maps/stats: value_size is 16 and would have to be 8. "
        "on_map_change: migrate copies entries only where value_size stays the same. "
        "Set on_map_change: recreate to make it anew, which loses its contents"
    )


@pytest.mark.parametrize("on_map_change", ["fail", "recreate", "migrate"])
def test_only_the_maps_of_filters_are_made_anew_without_asking(on_map_change: str) -> None:
    table = STATS._replace(name="filter:ports")
    observed = Observed(STATS, table)
    assert reused(
        observed, STATS, table._replace(value_size=8), on_map_change=on_map_change, of_filters={table.name}
    ) == {"stats": 100}
    with pytest.raises(XdpError, match="stats: max_entries"):
        reused(observed, STATS._replace(max_entries=6), table, of_filters={table.name})


def test_no_entries_are_copied_into_variables() -> None:
    with pytest.raises(XdpError, match="migrate does not copy entries into a program's variables"):
        reused(Observed(RODATA._replace(variables=None, max_entries=2)), RODATA, on_map_change="migrate")


@pytest.mark.parametrize("on_map_change", ["fail", "recreate", "migrate"])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"variables": b"\x08"},
        # Another version of the program has more of them, or they are no constants any more.
        {"value_size": 400},
        {"flags": 0x400},
        {"value_size": 4, "flags": 0x400},
    ],
)
def test_variables_begin_anew_without_asking(change: dict[str, Any], on_map_change: str) -> None:
    assert reused(Observed(RODATA), RODATA._replace(**change), on_map_change=on_map_change) == {}


@pytest.mark.parametrize("change", [{"type": "hash"}, {"max_entries": 64}, {"key_size": 8}])
def test_a_map_that_has_the_name_of_variables_is_not_lost_without_asking(change: dict[str, Any]) -> None:
    before = RODATA._replace(variables=None, **change)
    with pytest.raises(XdpError, match=r"^A pinned map does not fit the new program\. /bpf/edge/maps/rodata: "):
        reused(Observed(before), RODATA)
    assert reused(Observed(before), RODATA, on_map_change="recreate") == {}


def test_all_maps_that_do_not_fit_are_named() -> None:
    ports = STATS._replace(name="ports")
    with pytest.raises(XdpError, match=r"maps/stats: type is .*\. /bpf/edge/maps/ports: type is "):
        reused(Observed(STATS, ports), STATS._replace(type="array"), ports._replace(type="hash"))


def test_a_map_without_a_pin_that_the_program_uses_is_looked_for_by_its_id() -> None:
    observed = Observed(used={"stats": 17})
    assert reused(observed, STATS) == {}
    assert observed.asked == [17]


def test_variables_of_the_program_before_are_not_looked_for() -> None:
    observed = Observed(used={"rodata": 17})
    assert reused(observed, RODATA) == {}
    assert observed.asked == []


def test_a_map_of_which_no_record_says_whose_it_is_is_taken_over_where_it_fits() -> None:
    observed = Observed(unclaimed=(STATS,))
    assert reused(observed, STATS) == {"stats": 200}
    assert observed.adopted == ["/bpf/edge/maps/stats"]


@pytest.mark.parametrize("on_map_change", ["fail", "recreate"])
@pytest.mark.parametrize(("there", "wanted"), [(STATS._replace(max_entries=6), STATS), (RODATA, RODATA)])
def test_any_other_is_left_where_it_is(there: MapSpec, wanted: MapSpec, on_map_change: str) -> None:
    observed = Observed(unclaimed=(there,))
    assert reused(observed, wanted, on_map_change=on_map_change) == {}
    assert observed.adopted == []


OUTER = MapSpec("outer", "hash_of_maps", 4, 4, 2, 0, inner=MapSpec("", "array", 4, 8, 8, 0))
CALLS = MapSpec("calls", "prog_array", 4, 4, 2, 0, values=(InitialValue(1, "drop"),))


def recorded(inner: dict[str, str]) -> Observed:
    observed = Observed(OUTER)
    observed.record = Record(inner=inner)
    return observed


def test_a_map_of_maps_goes_on_living_where_the_record_says_that_it_holds_the_same() -> None:
    assert reused(recorded({"outer": "array, key 4, value 8, 8 entries, flags 0x0"}), OUTER) == {"outer": 100}


@pytest.mark.parametrize("inner", [{}, {"outer": "array, key 4, value 16, 8 entries, flags 0x0"}])
def test_a_map_of_maps_that_may_hold_others_is_refused(inner: dict[str, str]) -> None:
    with pytest.raises(XdpError, match=r"inner map is .* and would have to be array, key 4, value 8, 8 entries"):
        reused(recorded(inner), OUTER)


def test_a_program_array_with_entries_is_never_taken_over() -> None:
    team = Team("pass", ("drop",), ("calls",))
    assert reused(Observed(CALLS), CALLS, team=team) == {}
    assert reused(Observed(CALLS), CALLS._replace(values=()), team=Team("pass")) == {"calls": 100}


def test_a_program_array_of_other_programs_is_not_looked_for() -> None:
    assert reused(Observed(CALLS), CALLS, team=Team("pass")) == {}


def running(team: Team) -> Observed:
    """A set whose program came with a program array, which is pinned."""
    observed = Observed(CALLS)
    recorded = RecordedProgram("", "", "pass", 1, "", ("pass",), {"calls": 100}, arrays=team.arrays)
    observed.record = Record(program=recorded)
    return observed


def test_a_run_about_maps_alone_does_not_empty_the_array_of_the_program_that_stays() -> None:
    other = MapSpec("calls", "hash", 4, 4, 2, 0)
    for on_map_change in ("fail", "recreate", "migrate"):
        with pytest.raises(XdpError) as caught:
            reused(running(Team("pass", (), ("calls",))), other, on_map_change=on_map_change, team=Team())
        assert str(caught.value) == (
            "/bpf/edge/maps/calls is a program array with initial values, which the program pass would lose with the pin, "
            "so it cannot become another map while that program stays. Use scope: all"
        )
    assert reused(running(Team("pass", (), ("calls",))), other, on_map_change="recreate") == {}
    assert reused(running(Team("pass")), other, on_map_change="recreate", team=Team()) == {}


FILLED = OUTER._replace(values=(InitialValue(1, "inner"),))


@pytest.mark.parametrize(
    ("before", "pending", "filled"),
    [
        ({"inner": 7}, (), False),
        # Made anew, or another set's now, or no longer; or new, or begun by a run that was killed.
        ({"inner": 8}, (), True),
        ({}, (), True),
        ({"inner": 7}, ("maps/inner",), True),
    ],
)
@pytest.mark.parametrize("half", ["maps", "program"])
def test_a_slot_gets_its_map_where_that_is_another_than_before(
    before: dict[str, int], pending: tuple[str, ...], filled: bool, half: str
) -> None:
    program = RecordedProgram("", "", "pass", 1, "", ("pass",), before)
    observed = Observed()
    if half == "program":
        observed.record = Record(program=program, pending=pending)
    else:
        observed.record = Record(maps=RecordedMaps("", "", before), pending=pending)
    maps = {"outer": TargetMap(5, pinned(OUTER, 5).info, True), "inner": TargetMap(7, pinned(STATS, 7).info, True)}
    found = _other_inner_maps((FILLED,), maps, observed)  # type: ignore[arg-type]
    assert found == ((("outer", 1, "inner"),) if filled else ())
    maps["outer"] = maps["outer"]._replace(reused=False)
    assert _other_inner_maps((FILLED,), maps, observed) == ()  # type: ignore[arg-type]


def test_a_map_that_was_borrowed_does_not_become_the_sets_own() -> None:
    observed = Observed(used={"stats": 17, "ports": 18})
    assert observed.record is not None
    observed.record = observed.record._replace(borrowed={"stats": Borrowed("/bpf/other/maps/stats", 17)})
    assert reused(observed, STATS, STATS._replace(name="ports")) == {}
    assert observed.asked == [18]
    observed.asked.clear()
    assert old_map("stats", observed) is None  # type: ignore[arg-type]
    assert observed.asked == []
