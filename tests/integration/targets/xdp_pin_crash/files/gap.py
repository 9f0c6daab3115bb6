# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upgrade over and over while packets come in: none comes through, and all are counted.

PIN_ROOT NEAR,NEAR FAR_NAMESPACE FAR,FAR UPGRADES. Both versions drop, so that a
packet that meets no program comes through to a packet socket behind XDP.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ansible_collections.ebpf.xdp.plugins.module_utils._statistics.counters import snapshot
from world import Version, World, as_json, lab_from

#: Packets to each interface in one go. A veth in native mode has room for 256; beyond that the sender drops.
_BURST = 32


def flood(world: World, stop: int, told: int) -> None:
    """Send until there is something to read from ``stop``; then tell how many were sent."""
    os.set_blocking(stop, False)
    sent = 0
    while True:
        try:
            os.read(stop, 1)
            break
        except BlockingIOError:
            pass
        world.send(_BURST)
        sent += _BURST * len(world.sender)
        time.sleep(0.0005)  # the receiving end must have its turn, on two CPUs
    os.write(told, str(sent).encode())


@contextmanager
def flooded(world: World) -> Iterator[list[int]]:
    """Packets come in meanwhile; in the end the list has how many were sent."""
    sent: list[int] = []
    stop_read, stop_write = os.pipe()
    told_read, told_write = os.pipe()
    child = os.fork()
    if child == 0:
        flood(world, stop_read, told_write)
        os._exit(0)
    try:
        yield sent
    finally:
        os.write(stop_write, b"x")
        os.waitpid(child, 0)
    sent.append(int(os.read(told_read, 32)))
    time.sleep(0.2)
    for each in (stop_read, stop_write, told_read, told_write):
        os.close(each)


def dropped_by_sender(world: World) -> int:
    """What the far ends could not hand over, by their own counters."""
    listed = as_json("ip", "-n", world.lab.far_namespace, "-j", "-s", "link")
    return sum(each["stats64"]["tx"]["dropped"] for each in listed if each["ifname"] in world.lab.far_ends)


def measure(
    world: World,
    attach: str,
    upgrades: int,
    versions: Sequence[Version],
    counts: Callable[[World], Mapping[str, int | None]],
) -> bool:
    """From one version to the next; ``counts`` says, by who has counted, how many packets that were, the set itself first."""
    world.present(versions[0], interfaces=world.lab.interfaces, attach=attach)
    world.passed()
    lost_before = dropped_by_sender(world)
    changed = 0
    with flooded(world) as sending:
        started = time.monotonic()
        for number in range(1, upgrades + 1):
            changed += world.present(versions[number % len(versions)]).changed
        seconds = time.monotonic() - started
    sent = sending[0]
    found = counts(world)
    counted = next(iter(found.values())) or 0
    lost = dropped_by_sender(world) - lost_before
    passed = world.passed()
    world.absent()
    print(
        f"{attach}: {changed} upgrades in {seconds:.1f} s under {sent} packets: "
        f"{passed} came through, {sent - lost - counted} were not counted ({lost} never left the sender)",
        flush=True,
    )
    if {*found.values()} != {counted}:
        print(f"FAILED: not all have counted the same: {found}")
    return changed == upgrades and passed == 0 and {*found.values()} == {sent - lost} and counted > 0


def counted_in(world: World, map_name: str) -> int:
    counters = snapshot(os.path.join(world.path, "maps", map_name)).counters
    return sum(counter.packets for verdict in counters for counter in verdict)


def measure_both(
    versions: Callable[[World], Sequence[Version]], counts: Callable[[World], Mapping[str, int | None]]
) -> int:
    """By link and over netlink; the exit status."""
    world = World(lab_from(sys.argv[1:5]))
    made = versions(world)
    whole = [measure(world, attach, int(sys.argv[5]), made, counts) for attach in ("link", "netlink")]
    return 0 if all(whole) else 1


def main() -> int:
    return measure_both(lambda world: world.versions, lambda world: {"the set": counted_in(world, "xdp_counters")})


if __name__ == "__main__":
    sys.exit(main())
