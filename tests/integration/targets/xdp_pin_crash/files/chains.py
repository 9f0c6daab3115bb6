# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upgrade the members of a chain over and over while packets come in: none comes through, and all are counted by each member.

PIN_ROOT NEAR,NEAR FAR_NAMESPACE FAR,FAR UPGRADES. All members drop, and are left after
that, so that each packet meets each member; one that meets no program comes through to a packet socket behind XDP.
"""

from __future__ import annotations

import os
import sys
import time

from ansible_collections.ebpf.xdp.plugins.module_utils._chain.link import link
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import Member
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import MEMBERS, ROWS
from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.counters import members, snapshot
from gap import dropped_by_sender, flooded
from world import Version, World, lab_from


def _chains(world: World) -> list[Version]:
    """From one to the next a member is upgraded, another one is, both change places, a third one comes, and goes again."""
    old, new = (version.spec for version in world.versions)

    def chain(**specs: object) -> Version:
        made = [Member(name, spec, "dropping", ("drop",)) for name, spec in specs.items()]
        return Version("", {}, link(made, count=True), "")

    return [
        chain(first=old, second=old),
        chain(first=new, second=old),
        chain(first=new, second=new),
        chain(second=new, first=new),
        chain(third=old, second=new, first=new),
    ]


def measure(world: World, attach: str, upgrades: int) -> bool:
    chains = _chains(world)
    world.present(chains[0], interfaces=world.lab.interfaces, attach=attach)
    world.passed()
    lost_before = dropped_by_sender(world)
    changed = 0
    with flooded(world) as counts:
        started = time.monotonic()
        for number in range(1, upgrades + 1):
            changed += world.present(chains[number % len(chains)]).changed
        seconds = time.monotonic() - started
    sent = counts[0]
    maps = os.path.join(world.path, "maps")
    counted = _counted(os.path.join(maps, ROWS))
    by_chain = {
        each["name"]: sum(each["packets"].values())
        for each in members(os.path.join(world.path, "record"), os.path.join(maps, MEMBERS)) or ()
    }
    by_themselves = {name: _counted(os.path.join(maps, f"{name}:xdp_stats")) for name in ("first", "second")}
    lost = dropped_by_sender(world) - lost_before
    passed = world.passed()
    world.absent()
    print(
        f"{attach}: {changed} upgrades of members in {seconds:.1f} s under {sent} packets: "
        f"{passed} came through, {sent - lost - counted} were not counted ({lost} never left the sender)",
        flush=True,
    )
    everywhere = {counted, *by_themselves.values(), *(by_chain.get(name) for name in by_themselves)}
    if everywhere != {counted}:
        print(f"FAILED: the chain counted {counted}, its members {by_chain}, and they themselves {by_themselves}")
    return changed == upgrades and passed == 0 and everywhere == {sent - lost} and counted > 0


def _counted(path: str) -> int:
    return sum(counter.packets for verdict in snapshot(path).counters for counter in verdict)


def main() -> int:
    world = World(lab_from(sys.argv[1:5]))
    whole = [measure(world, attach, int(sys.argv[5])) for attach in ("link", "netlink")]
    return 0 if all(whole) else 1


if __name__ == "__main__":
    sys.exit(main())
