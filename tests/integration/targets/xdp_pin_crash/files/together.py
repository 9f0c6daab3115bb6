# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Eight runs at once, many rounds: never a torn state, never a lock that stays.

PIN_ROOT NEAR,NEAR FAR_NAMESPACE FAR,FAR ROUNDS. In each round eight processes
want different things of the same set, some of them killed half way; then one
plain run must find or make a whole state, at once.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from typing import Any

from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from world import World, lab_from

_RUNS = 8


def want(world: World, choice: int) -> Any:
    if choice < 3:
        return world.present(world.versions[0], interfaces=world.lab.interfaces)
    if choice < 6:
        return world.present(world.versions[1], interfaces=world.lab.interfaces[: choice % 3])
    return world.absent()


def run_one(world: World, choice: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        want(world, choice)
        os._exit(0)
    except (XdpError, OSError) as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(1)
    except BaseException as error:
        print(f"broke down: {error!r}", file=sys.stderr, flush=True)
        os._exit(2)


def one_round(world: World, chance: random.Random) -> list[str]:
    children = [run_one(world, chance.randrange(8)) for _run in range(_RUNS)]
    victim = chance.choice(children)
    time.sleep(chance.random() * 0.05)
    os.kill(victim, signal.SIGKILL)
    problems = []
    for child in children:
        status = os.waitpid(child, 0)[1]
        if child != victim and status:
            problems.append(f"a run ended with status {os.WEXITSTATUS(status)}")
    started = time.monotonic()
    world.present(world.versions[0], interfaces=world.lab.interfaces)
    if time.monotonic() - started > 5:
        problems.append("a lock was left")
    if world.tags() != [world.versions[0].tag] * 2:
        problems.append(f"the interfaces run {world.tags()}")
    if world.present(world.versions[0], interfaces=world.lab.interfaces).changed:
        problems.append("the state was not whole")
    return problems


def main() -> int:
    world = World(lab_from(sys.argv[1:5]))
    rounds = int(sys.argv[5])
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    problems = [problem for _round in range(rounds) for problem in one_round(world, chance)]
    world.absent()
    left = world.gone()
    if left:
        problems.append(f"left in the end: {left}")
    print(f"{rounds} rounds of {_RUNS} runs at once, one of them killed: {len(problems)} problems (seed {seed})")
    for problem in problems:
        print(f"FAILED {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
