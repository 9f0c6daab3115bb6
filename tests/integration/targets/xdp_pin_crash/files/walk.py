# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random walks: runs of every kind, some of them killed, and drift, one after the other.

PIN_ROOT NEAR,NEAR FAR_NAMESPACE FAR,FAR WALKS [SEED]. After a few steps of any
scope, version, method and place, with interfaces that swap names and pins that
disappear, one plain run must converge, the next must find nothing to do, and
``absent`` must leave nothing: no name, no program, nothing attached.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from sweep import Scenario, strike
from world import World, lab_from

_LONGEST = 5
_CALLS = ("bpf", "bpf", "bpf", "/^rename", "/^symlink", "/^unlink", "/^mkdir", "rmdir", "sendto")


class Walk:
    def __init__(self, world: World, seed: int, log: str) -> None:
        self.world = world
        self.chance = random.Random(seed)
        self.log = log
        self.told: list[str] = []
        #: Without its record the set's own are those that interfaces run, and what is pinned besides may be anybody's.
        self.record_removed = False

    def run(self) -> str | None:
        """Walk; returns what went wrong."""
        try:
            for _step in range(self.chance.randint(1, _LONGEST)):
                self._step()
            return self._converges() or self._vanishes()
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    def _step(self) -> None:
        roll = self.chance.random()
        if roll < 0.15:
            self._drift()
            return
        told, call = self._operation()
        if roll < 0.6:
            calls, number = self.chance.choice(_CALLS), self.chance.randint(1, 40 if roll < 0.4 else 8)
            scenario = Scenario("", call, call, lambda world: [], lambda world: [], dropping=False)
            struck = strike(self.world, scenario, calls, f"signal=KILL:when={number}", self.log)
            self.told.append(f"{told} killed at {calls} {number} {struck.call}" if struck.killed else told)
            return
        self.told.append(told)
        self._carry_out(call)

    def _carry_out(self, call: Callable[[World], Any]) -> Any:
        """A run, which nothing may refuse but pins of which no record says whose they are: its message says what to do."""
        while True:
            try:
                return call(self.world)
            except XdpError as error:
                self.told.append(f"refused: {error}")
                in_the_way = re.match(r"(\S+) already exists, and this collection did not make it", str(error))
                if not self.record_removed or not in_the_way:
                    raise
                os.unlink(in_the_way.group(1))

    def _operation(self) -> tuple[str, Callable[[World], Any]]:
        scope = self.chance.choice(("all", "all", "maps", "programs"))
        if self.chance.random() < 0.25:
            request = self.world.request(None, scope=scope)
            return f"absent {scope}", lambda world: world.absent_by(request)
        options: dict[str, Any] = {"scope": scope}
        version = self.world.versions[self.chance.randrange(2)]
        if scope != "maps":
            some = [name for name in self.world.lab.interfaces if self.chance.random() < 0.6]
            options["interfaces"] = self.chance.choice((some, some[::-1], None))
            options["attach"] = self.chance.choice(("auto", "link", "netlink"))
            options["mode"] = self.chance.choice(("auto", "auto", "generic"))
        told = f"present version {self.world.versions.index(version) + 1} {options}"
        return told, lambda world: world.present(version, **options)

    def _drift(self) -> None:
        pins = [
            os.path.join(directory, name)
            for directory, _directories, names in os.walk(self.world.path)
            for name in names
            # The program's pin is the owner of a netlink attachment: who removes it makes the program foreign.
            if "/programs" not in directory
        ]
        if pins and self.chance.random() < 0.5:
            pin = self.chance.choice(sorted(pins))
            self.told.append(f"drift: {pin} removed")
            os.unlink(pin)
            self.record_removed |= os.path.basename(pin) == "record"
            return
        self.told.append("drift: interfaces swap names")
        one, two = self.world.lab.interfaces
        for old, new in ((one, "xdpwalk"), (two, one), ("xdpwalk", two)):
            subprocess.run(["ip", "link", "set", old, "down"], check=True)
            subprocess.run(["ip", "link", "set", old, "name", new], check=True)
        for name in (one, two):
            subprocess.run(["ip", "link", "set", name, "up"], check=True)

    def _converges(self) -> str | None:
        version = self.world.versions[self.chance.randrange(2)]
        wanted = self.chance.choice(([0], [1], [0, 1], [1, 0], []))
        interfaces = [self.world.lab.interfaces[place] for place in wanted]
        self.told.append(f"then plainly on {interfaces}")
        self._carry_out(lambda world: world.present(version, interfaces=interfaces))
        expected = [version.tag if place in wanted else None for place in (0, 1)]
        if self.world.tags() != expected:
            return f"the interfaces run {self.world.tags()}, not {expected}"
        again = self.world.present(version, interfaces=interfaces)
        if again.changed:
            return f"the run after that changes {again.before} to {again.after}"
        left = [name for name in self.world.snapshot() if "~ " in name]
        return f"staged names are left: {left}" if left else None

    def _vanishes(self) -> str | None:
        if self.chance.random() < 0.5:
            # Straight from whatever state the steps left, rather than from a whole one.
            for _step in range(2):
                self._step()
        for foreign in self.world.absent().foreign_pins:
            if not self.record_removed:
                return f"{foreign} is taken for foreign"
            os.unlink(foreign)
        self.world.absent()
        left = self.world.gone()
        if left or self.world.tags() != [None, None]:
            return f"left after absent: {left}, {self.world.tags()}"
        return "absent is not idempotent" if self.world.absent().changed else None


def main() -> int:
    world = World(lab_from(sys.argv[1:5]))
    walks = int(sys.argv[5])
    first = int(sys.argv[6]) if len(sys.argv) > 6 else random.SystemRandom().randrange(1 << 30)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="xdp-walk-") as directory:
        for seed in range(first, first + walks):
            walk = Walk(world, seed, os.path.join(directory, "strace"))
            problem = walk.run()
            if problem:
                failures += 1
                print(f"FAILED seed {seed}: {problem}", *walk.told, sep="\n    ")
                world.clear()
    print(f"{walks} random walks from seed {first}, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
