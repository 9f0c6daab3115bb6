# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Interfaces go from one pin set to another and back: under a flood, and struck at every call.

PIN_ROOT NEAR,NEAR FAR_NAMESPACE FAR,FAR MOVES. All programs drop, so that a packet
that meets no program comes through to a packet socket behind XDP.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from gap import flooded
from hooks import Effect, Strike
from scenarios import Scenario
from strikes import strike_within
from sweep import Sweep
from world import World, as_json, lab_from

_OTHER = "other"
_KILLED = Effect("SIGKILL after", after=signal.SIGKILL)
_EFFECTS = (
    _KILLED,
    Effect("SIGINT before", before=signal.SIGINT),
    Effect("EPERM instead of", error=errno.EPERM, acts=False),
    Effect("EINTR after", error=errno.EINTR),
)


class Two(World):
    """With a second set, that is cleaned up like the first."""

    def absent(self) -> Any:
        self.absent_by(self.request(None, name=_OTHER))
        return super().absent()

    def clear(self) -> None:
        shutil.rmtree(os.path.join(self.lab.pin_root, _OTHER), ignore_errors=True)
        super().clear()

    def give(self, **options: Any) -> Any:
        """The other set has both interfaces."""
        return self.present(self.versions[0], name=_OTHER, interfaces=self.lab.interfaces, **options)

    def take(self, **options: Any) -> Any:
        return self.present(self.versions[1], interfaces=self.lab.interfaces, replace_sets=(_OTHER,), **options)


def _scenario(name: str, **options: Any) -> Scenario:
    return Scenario(
        name,
        lambda world: world.give(**options),
        lambda world: world.take(),
        lambda w: [{w.versions[0].tag, w.versions[1].tag}] * 2,
        lambda w: [w.versions[1].tag] * 2,
        dropping=True,
    )


_BY_LINK = _scenario("hand over")
_SCENARIOS = (_BY_LINK, _scenario("hand over over netlink", attach="netlink"))


def under_a_flood(world: Two, attach: str, moves: int) -> bool:
    """Both interfaces go to and fro; returns whether no packet came through."""
    world.give(attach=attach)
    world.passed()
    changed = interrupted = 0
    with flooded(world) as counts:
        for number in range(moves):
            outcome = world.give(replace_sets=("edge",)) if number % 2 else world.take()
            changed += outcome.changed
            interrupted += sum(each["interrupted"] for each in outcome.links)
    sent = counts[0]
    passed = world.passed()
    world.absent()
    left = world.gone()
    print(f"{attach}: {changed} moves under {sent} packets: {passed} came through, {left} left", flush=True)
    return changed == moves and not passed and not interrupted and sent > 0 and not left


def _goes_on(world: Two, what: str, run: Callable[[], str | None], refusal: str) -> list[str]:
    """After a run that was killed, at each call, ``run`` gets its turn, and then the set that takes the interfaces.

    ``run`` returns what is wrong with what it leaves, also where it is refused, with ``refusal``.
    """
    failures = []
    number = refused = 0
    new = world.versions[1].tag
    while True:
        number += 1
        world.give()
        world.passed()
        if not strike_within(world, _BY_LINK, Strike(_KILLED, number)).hit:
            break
        try:
            wrong = run()
        except XdpError as error:
            refused += 1
            wrong = None if refusal in str(error) else str(error)
            if set(world.tags()) - {version.tag for version in world.versions}:
                wrong = f"refused, it leaves {world.tags()}"
        pins = _pinned_links(world)
        if len(set(pins)) != len(pins):
            wrong = "a link is pinned twice"
        if wrong:
            failures.append(f"killed after call {number}, {what}: {wrong}")
        world.take()
        again = world.take()
        if again.changed or world.tags() != [new, new]:
            failures.append(
                f"killed after call {number}: {world.tags()} in the end, then {again.before} to {again.after}"
            )
        if world.passed():
            failures.append(f"killed after call {number}: packets came through")
        world.absent()
        left = world.gone()
        if left:
            failures.append(f"killed after call {number}: left {left}")
    world.absent()
    print(f"{what}: {number - 1} points, of which {refused} refused", flush=True)
    return failures


def _pinned_links(world: Two) -> list[int]:
    return [
        as_json("bpftool", "-j", "link", "show", "pinned", os.path.join(directory, name))["id"]
        for directory, _directories, names in os.walk(world.lab.pin_root)
        for name in names
        if os.path.basename(directory) == "links"
    ]


def goes_on_with_the_other(world: Two) -> list[str]:
    """The set that had the interfaces gets its turn first."""

    def run() -> str | None:
        world.give()
        return None if world.tags() == [world.versions[0].tag] * 2 else f"the other set's run leaves {world.tags()}"

    return _goes_on(world, "the other set goes on", run, "replace_sets: [edge]")


def goes_on_without_naming(world: Two) -> list[str]:
    """The task without ``replace_sets``: no link is ever held by two sets."""

    def run() -> None:
        world.present(world.versions[1], interfaces=world.lab.interfaces)

    return _goes_on(world, "without naming the other set", run, f"replace_sets: [{_OTHER}]")


def main() -> int:
    world = Two(lab_from(sys.argv[1:5]))
    whole = [under_a_flood(world, attach, int(sys.argv[5])) for attach in ("link", "netlink")]
    failures = goes_on_with_the_other(world) + goes_on_without_naming(world)
    sweep = Sweep(world, "")
    for scenario in _SCENARIOS:
        for effect in _EFFECTS:
            sweep.within(scenario, effect)
    failures += sweep.failures
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{sweep.points} points swept, {len(failures)} failures")
    return 0 if all(whole) and not failures else 1


if __name__ == "__main__":
    sys.exit(main())
