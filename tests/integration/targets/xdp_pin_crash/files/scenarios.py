# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From which state to which other one the runs lead that are struck."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._contents.options import declared
from ansible_collections.ebpf.xdp.plugins.module_utils._contents.wanted import Wanted
from teams import TABLE
from world import World


class Scenario(NamedTuple):
    name: str
    before: Callable[[World], Any]
    run: Callable[[World], Any]
    #: Tags that the interfaces may run at any time in between, for each interface.
    allowed: Callable[[World], list[set[str | None]]]
    #: What they run in the end.
    after: Callable[[World], list[str | None]]
    #: Whether packets are dropped at all times.
    dropping: bool
    #: The file with the arguments of the module itself, which is then run instead of the backend alone.
    module: str | None = None
    #: In which mode they run it in the end, where that changes.
    mode: str | None = None
    #: Whether entries of a devmap lead to the helper that is pinned, before and in the end.
    led: bool = False
    #: What the program's table may contain in between, by the program's tag; in the end, the first of what the new one may.
    tables: Callable[[World], dict[str, list[frozenset[tuple[int, int]]]]] | None = None


def _both(tag: Callable[[World], set[str | None]]) -> Callable[[World], list[set[str | None]]]:
    return lambda world: [tag(world), tag(world)]


def _nothing(world: World) -> Any:
    return world.absent()


def _programs_absent(world: World) -> Any:
    return world.absent_by(world.request(None, scope="programs"))


def _pin(number: int, **options: Any) -> Callable[[World], Any]:
    return lambda world: world.present(world.versions[number], interfaces=world.lab.interfaces, **options)


def _one(world: World) -> str:
    return world.versions[0].tag


def _two(world: World) -> str:
    return world.versions[1].tag


def _changes(
    name: str, before: Callable[[World], Any], run: Callable[[World], Any], mode: str | None = None
) -> Scenario:
    """The same program in another way: the kernel cannot do that in one step, so that there may be none for a moment."""
    ones = _both(lambda w: {_one(w), None})
    return Scenario(name, before, run, ones, lambda w: [_one(w), _one(w)], dropping=False, mode=mode)


def _removes(name: str, before: Callable[[World], Any], run: Callable[[World], Any]) -> Scenario:
    return Scenario(name, before, run, _both(lambda w: {_one(w), None}), lambda w: [None, None], dropping=False)


def _upgrade(name: str, **options: Any) -> Scenario:
    return Scenario(
        name,
        _pin(0, **options),
        _pin(1, **options),
        _both(lambda w: {_one(w), _two(w)}),
        lambda w: [_two(w), _two(w)],
        dropping=True,
    )


def _another_map(world: World) -> None:
    """Somebody pins a map of his own under the name of the program's."""
    _pin(0)(world)
    path = os.path.join(world.path, "maps", "xdp_counters")
    os.unlink(path)
    shape = ("type", "percpu_array", "key", "4", "value", "104", "entries", "65", "name", "xdp_counters")
    subprocess.run(["bpftool", "map", "create", path, *shape], check=True)


def _larger_map(world: World) -> Any:
    """The second version, with a larger map: it gets the entries of the smaller one."""
    version = world.versions[1]
    maps = tuple(map_spec._replace(max_entries=map_spec.max_entries + 3) for map_spec in version.spec.maps)
    larger = version._replace(spec=version.spec._replace(maps=maps))
    return world.present(larger, interfaces=world.lab.interfaces, on_map_change="migrate")


def _team(number: int) -> Callable[[World], Any]:
    return lambda world: world.present(world.teams[number], interfaces=world.lab.interfaces, program="dropping")


_OLD_ENTRIES = dict.fromkeys(range(1, 31), 1)
_NEW_ENTRIES = {number: 1 + number % 2 for number in range(11, 51)}


def _filled_team(number: int, entries: dict[int, int], **options: Any) -> Callable[[World], Any]:
    """With a table of exactly these entries."""
    rows = [{"key": key, "value": value} for key, value in entries.items()]
    table = declared(rows).table
    contents = (Wanted(TABLE, table, exclusive=True, **options),)
    return lambda world: world.present(
        world.teams[number], interfaces=world.lab.interfaces, program="dropping", contents=contents
    )


def _table(entries: dict[int, int]) -> frozenset[tuple[int, int]]:
    return frozenset(entries.items())


def _led_team(world: World) -> None:
    _team(0)(world)
    world.let_entry_lead()


def _names_swapped(world: World) -> None:
    """Somebody gives each link's pin the name of the other's interface."""
    _pin(0)(world)
    one, two = (os.path.join(world.path, "links", name) for name in world.lab.interfaces)
    for old, new in ((one, f"{one}_"), (two, one), (f"{one}_", two)):
        os.rename(old, new)


def _repairs(name: str, before: Callable[[World], Any]) -> Scenario:
    return Scenario(name, before, _pin(0), _both(lambda w: {_one(w)}), lambda w: [_one(w), _one(w)], dropping=True)


FIRST = _changes("first pin", _nothing, _pin(0))
UPGRADE = _upgrade("upgrade")
UPGRADE_NETLINK = _upgrade("upgrade over netlink", attach="netlink")
MOVE = Scenario(
    "change of interfaces",
    lambda world: world.present(world.versions[0], interfaces=world.lab.interfaces[:1]),
    lambda world: world.present(world.versions[0], interfaces=world.lab.interfaces[1:]),
    lambda w: [{_one(w), None}, {None, _one(w)}],
    lambda w: [None, _one(w)],
    dropping=False,
)
UNPIN = _removes("unpin", _pin(0), _nothing)
UNPIN_NETLINK = _removes("unpin over netlink", _pin(0, attach="netlink"), _nothing)
UNPIN_PROGRAMS = _removes("unpin the program alone", _pin(0), _programs_absent)
TO_NETLINK = _changes("link to netlink", _pin(0, attach="link"), _pin(0, attach="netlink"))
TO_LINK = _changes("netlink to link", _pin(0, attach="netlink"), _pin(0, attach="link"))
TO_GENERIC = _changes("native to generic", _pin(0, mode="native"), _pin(0, mode="generic"), "generic")
ANOTHER_MAP = _repairs("another map under the name", _another_map)
NAMES_SWAPPED = _repairs("names of links swapped", _names_swapped)
MIGRATE = UPGRADE._replace(name="upgrade with a larger map", run=_larger_map)
HELPERS = Scenario(
    "upgrade with helpers",
    _led_team,
    _team(1),
    _both(lambda w: {each.tag for each in w.teams}),
    lambda w: [w.teams[1].tag, w.teams[1].tag],
    dropping=True,
    led=True,
)
REPLACED = Scenario(
    "upgrade with a table that is replaced",
    _filled_team(0, _OLD_ENTRIES),
    _filled_team(1, _NEW_ENTRIES, atomic=True),
    _both(lambda w: {each.tag for each in w.teams}),
    lambda w: [w.teams[1].tag, w.teams[1].tag],
    dropping=True,
    tables=lambda w: {w.teams[0].tag: [_table(_OLD_ENTRIES)], w.teams[1].tag: [_table(_NEW_ENTRIES)]},
)
CHANGED = REPLACED._replace(
    name="a table that is changed",
    run=_filled_team(0, _NEW_ENTRIES),
    allowed=_both(lambda w: {w.teams[0].tag}),
    after=lambda w: [w.teams[0].tag, w.teams[0].tag],
    # Killed in between, it has some of both, which the next run puts right.
    tables=lambda w: {w.teams[0].tag: [_table(_NEW_ENTRIES)]},
)
FIRST_NETLINK = _changes("first pin over netlink", _nothing, _pin(0, attach="netlink"))

BY_LINK = [FIRST, UPGRADE, MOVE, UNPIN, UNPIN_PROGRAMS, TO_GENERIC, ANOTHER_MAP, NAMES_SWAPPED, MIGRATE, HELPERS]
BY_NETLINK = [FIRST_NETLINK, UPGRADE_NETLINK, UNPIN_NETLINK, TO_NETLINK, TO_LINK]


def through_the_module(world: World, path: str) -> Scenario:
    """The same upgrade by the module that Ansible runs, with its compiler, rather than by the backend alone."""
    new = world.versions[1]
    arguments = {
        "name": "edge",
        "pin_root": world.lab.pin_root,
        "src": "versions.c",
        "xdp_internal": {"text": new.text},
        "compiler": "bcc",  # as the action plugin has chosen
        "defines": new.defines,
        "interfaces": world.lab.interfaces,
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"ANSIBLE_MODULE_ARGS": arguments}, file)
    return UPGRADE._replace(name="upgrade by the module itself", module=path)
