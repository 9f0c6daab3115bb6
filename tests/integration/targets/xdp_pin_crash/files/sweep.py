# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strike a run at every call that could change something: kill it, interrupt it, let the call fail, lose its answer.

PIN_ROOT NEAR,NEAR FAR_NAMESPACE FAR,FAR PYTHON (one that has Ansible) [all]. Each point:
the old state is made; a child makes the new one and is struck at the Nth call;
packets must meet the old program or the new one. A run that was not killed
must have left all as it was, to the last name and id, or have done all of it,
and must say which. After one that was killed a plain run must converge. The
next has nothing to do, and after ``absent`` nothing is left.

Every effect is swept over every scenario, but:

- Signals are all alike here, so that the rest of their combinations is swept over
  one scenario.
- ENOMEM, ENOSPC and EBUSY are taken for what EPERM is, except of maps that are filled
  or frozen, and SIGTERM for what SIGINT is: with "all" alone they are swept over the
  other scenarios, too.
- Calls over netlink alone lose answers to ENOBUFS and ECONNRESET, so that these
  are swept over those calls. What the kernel does to bpf(2) and to bpffs is known
  when they return; EINTR stands there for all ways not to hear of it.
- Calls that only look are struck by strace, and in few scenarios: nothing has
  been changed when they fail, or they are made to find out what was.
- Pyroute2's process is killed and interrupted where there is something to switch,
  to detach and to attach: it takes a quarter of a second each time.
- Two strikes in one run, a refusal and then an answer that is lost while that is
  undone, are swept where steps have several parts; where there are most of them
  (another mode, another method), with "all" alone.
- strace kills where the call before may have changed something. Between two such
  places a killed process leaves the same behind: calls there only look, or fill a
  temporary directory of its own.
- The module as a whole takes a second each time. It is killed by strace, and
  interrupted where it changes names.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import bpf
from hooks import Effect, Strike
from scenarios import (
    ANOTHER_MAP,
    BY_LINK,
    BY_NETLINK,
    CHANGED,
    FIRST,
    MOVE,
    NAMES_SWAPPED,
    REPLACED,
    TO_GENERIC,
    TO_LINK,
    TO_NETLINK,
    UNPIN_NETLINK,
    UPGRADE,
    UPGRADE_NETLINK,
    Scenario,
    through_the_module,
)
from strikes import BROKEN, DONE, Point, Struck, find_points, strike, strike_within
from world import World, lab_from

__all__ = ["Scenario", "strike"]  # for other tests

# strace counts each system call by itself, so each is swept by itself.
_CALLS = ("bpf", "/^rename", "/^symlink", "/^unlink", "/^mkdir", "rmdir", "sendto", "sendmsg", "flock")
_KILLED = "signal=KILL"
_LOOKING = re.compile(
    r"bpf\(BPF_(OBJ_GET|OBJ_GET_INFO_BY_FD|PROG_QUERY|MAP_LOOKUP_\w+|\w+_GET_NEXT_ID|\w+_GET_FD_BY_ID)\b"
)
#: How often the calls are counted anew, where others make links and remove them meanwhile.
_MOST_AGAIN = 20

# What pyroute2 and the collection itself read of the kernel's answers.
_READS = ("recvfrom", "recvmsg")

_EFFECTS = (
    Effect("SIGKILL after", after=signal.SIGKILL),
    Effect("SIGINT before", before=signal.SIGINT),
    *(Effect(f"{errno.errorcode[code]} instead of", error=code, acts=False) for code in (errno.EPERM, errno.EINTR)),
    Effect("EINTR after", error=errno.EINTR),
)
_LIKE_THEM = (
    Effect("SIGTERM after", after=signal.SIGTERM),
    *(
        Effect(f"{errno.errorcode[code]} instead of", error=code, acts=False)
        for code in (errno.ENOMEM, errno.ENOSPC, errno.EBUSY)
    ),
)
_LOST_OVER_NETLINK = tuple(
    Effect(f"{errno.errorcode[code]} after", error=code, netlink=True) for code in (errno.ENOBUFS, errno.ECONNRESET)
)
_IN_CHILD = (
    Effect("the child killed after", child="child_killed", netlink=True),
    Effect("Ctrl-C during", child="child_interrupted", netlink=True),
)
_REFUSED_THEN = Effect("EPERM instead of", error=errno.EPERM, acts=False)
_LOST_MEANWHILE = (
    Effect("EINTR after", error=errno.EINTR),
    Effect("EINTR instead of", error=errno.EINTR, acts=False),
)

# The three signals are held back in the same way (_process/signals.py): these combinations are swept over one scenario.
_OTHER_SIGNALS = (
    Effect("SIGINT after", after=signal.SIGINT),
    Effect("SIGTERM before", before=signal.SIGTERM),
    Effect("SIGHUP before", before=signal.SIGHUP),
    Effect("SIGHUP after", after=signal.SIGHUP),
)

#: A strike at the Nth call.
_Striker = Callable[[Scenario, int], Struck]


class Sweep:
    def __init__(self, world: World, log: str) -> None:
        self.world = world
        self.log = log
        self.points = 0
        self.failures: list[str] = []
        #: Of the state before, as long as it lasts.
        self.snapshot: list[str] = []

    def by_strace(self, scenario: Scenario, injection: str, calls: Iterable[str] = _CALLS) -> None:
        """Strike at every call of these; SIGKILL only where the call before may have changed what would be left."""
        found = sum(self._by_strace(scenario, injection, each) for each in calls)
        self._tell(scenario, f"{injection} by strace", found)

    def _by_strace(self, scenario: Scenario, injection: str, calls: str) -> int:
        todo = self._points(scenario, injection, calls)
        done = again = 0
        while True:
            point = todo[done] if done < len(todo) else None
            how = f"{injection} at {calls} {point.number if point else 'nothing'}"

            def at(scenario: Scenario, number: int, point: Point | None = point) -> Struck:
                when = f"{injection}:when={point.number}" if point else ""
                return strike(self.world, scenario, calls, when, self.log)

            struck = self._one(scenario, how, 0, at)
            if point is None:
                return done
            if struck.hit and struck.called in ((), point.called):
                done += 1
                self.points += 1
                continue
            # Runs list the links of the whole kernel, and somebody made or removed one since the calls were counted.
            again += 1
            if again > _MOST_AGAIN:
                self.failures.append(f"{scenario.name}, {how}: links come and go too often")
                return done
            todo = self._points(scenario, injection, calls)

    def _points(self, scenario: Scenario, injection: str, calls: str) -> list[Point]:
        self.world.absent()
        scenario.before(self.world)
        found = find_points(self.world, scenario, calls, self.log)
        self.world.absent()
        self.snapshot = []
        return [point for point in found if injection != _KILLED or len(point.called) == 1 or _may_change(point.call)]

    def within(self, scenario: Scenario, effect: Effect) -> None:
        points = self._sweep(
            scenario, effect.name, lambda scenario, number: strike_within(self.world, scenario, Strike(effect, number))
        )
        self._tell(scenario, effect.name, points)

    def twice(self, scenario: Scenario, first: Effect, second: Effect) -> None:
        """The second strike at each call that comes after the first, which is at every call."""
        points = number = 0
        while True:
            number += 1

            def at(scenario: Scenario, later: int, number: int = number) -> Struck:
                return strike_within(self.world, scenario, Strike(first, number), Strike(second, number + later))

            name = f"{first.name} call {number}, then {second.name}"
            found = self._sweep(scenario, name, at)
            points += found
            if not found and not self._came(scenario, first, number):
                break
        self._tell(scenario, f"{first.name}, then {second.name}", points)

    def refused_while_held(self) -> None:
        """The last thing to do fails, and a process keeps what it was about: the run has to say what is still there."""
        world = self.world
        number = 0
        while True:
            number += 1
            MOVE.before(world)
            link = bpf.obj_get(os.path.join(world.path, "links", world.lab.interfaces[0]))
            try:
                struck = strike_within(world, MOVE, Strike(_REFUSED_THEN, number))
                tags = world.tags()
            finally:
                os.close(link)
            if struck.call.startswith("detach") or not struck.hit:
                break
        self.points += 1
        told = "A process holds the bpf_link" in struck.said and "Everything else was done." in struck.said
        one = world.versions[0].tag
        if not told or tags != [one, one]:
            self.failures.append(f"a link that is held and not detached: {tags} {struck.said}")
        MOVE.run(world)
        world.absent()
        print("a link that is held and not detached: 1 point", flush=True)

    def _came(self, scenario: Scenario, effect: Effect, number: int) -> bool:
        scenario.before(self.world)
        return strike_within(self.world, scenario, Strike(effect, number)).hit

    def _tell(self, scenario: Scenario, how: str, points: int) -> None:
        print(f"{scenario.name}, {how}: {points} points", flush=True)

    def _sweep(self, scenario: Scenario, how: str, at: _Striker) -> int:
        """Strike at the first call, the second, … until there is none to strike at; returns how many there were."""
        number = 0
        self.snapshot = []
        while True:
            number += 1
            if not self._one(scenario, f"{how} {number}", number, at).hit:
                return number - 1
            self.points += 1

    def _one(self, scenario: Scenario, how: str, number: int, at: _Striker) -> Struck:
        """Strike once, and see what has come of it."""
        if not self.snapshot:
            scenario.before(self.world)
            self.snapshot = self._snapshot(scenario)
            self.world.passed()
        struck = at(scenario, number)
        try:
            if not self._check(scenario, struck, self.snapshot):
                self.snapshot = []
        except AssertionError as error:
            self.failures.append(f"{scenario.name}, {how} {struck.call}: {error} [{struck.said.strip()}]")
            print(f"FAILED {self.failures[-1]}", flush=True)
            self.world.clear()
            self.snapshot = []
        return struck

    def _check(self, scenario: Scenario, struck: Struck, snapshot: list[str]) -> bool:
        """Returns whether all is as it was before, so that the next strike may come at once."""
        world = self.world
        tags = world.tags()
        for tag, allowed in zip(tags, scenario.allowed(world)):
            _expect(tag in allowed, f"an interface runs {tag}")
        if scenario is REPLACED:
            self._expect_tables(scenario, "in between")
        if scenario.dropping:
            world.send(3)
            time.sleep(0.002)
            _expect(world.passed() == 0, "packets came through")
        _expect(struck.call or struck.status == DONE, "a run that is not struck fails")
        if not struck.killed:
            _expect(struck.status != BROKEN, "the run broke down")
            done = struck.status == DONE or "What was asked for is in force" in struck.said
            if not done:
                now = self._snapshot(scenario)
                _expect(now == snapshot, f"not as before: {sorted(set(now) ^ set(snapshot))}")
                _expect("While undoing" not in struck.said, "all was undone, but that is not what the run says")
                return True
            self._expect_new(scenario, "done, but")
            _expect(not scenario.run(world).changed, "done, but the next run has something to do")
        scenario.run(world)
        self._expect_new(scenario, "a plain run does not converge:")
        again = scenario.run(world)
        _expect(not again.changed, f"the run after that changes {again.before} to {again.after}")
        _expect(not any(name.endswith("~") for name in " ".join(world.snapshot()).split()), "something staged is left")
        world.absent()
        left = world.gone()
        _expect(not left, f"left after absent: {left}")
        return False

    def _snapshot(self, scenario: Scenario) -> list[str]:
        contents = [str(sorted(each or ())) for each in self.world.contents()] if scenario.tables else []
        return [*self.world.snapshot(), *contents]

    def _expect_tables(self, scenario: Scenario, what: str) -> None:
        """A program has its own table, whole."""
        wanted = scenario.tables(self.world) if scenario.tables else {}
        for tag, contents in zip(self.world.tags(), self.world.contents()):
            _expect(contents in wanted.get(tag or "", [None]), f"{what} {tag} has {sorted(contents or ())}")

    def _expect_new(self, scenario: Scenario, what: str) -> None:
        tags = self.world.tags()
        _expect(tags == scenario.after(self.world), f"{what} the interfaces run {tags}")
        if scenario.tables:
            self._expect_tables(scenario, what)
        if scenario.led:
            _expect(self.world.is_led_right(), f"{what} entries lead to {self.world.led_to()}")
        if scenario.mode:
            modes = self.world.modes()
            _expect(modes == [scenario.mode] * len(modes), f"{what} the interfaces run in modes {modes}")


def _may_change(call: str) -> bool:
    """Whether anybody could tell, after a process was killed, that it came to make this call.

    Not of a call that only looks, nor in a temporary directory of its own, whose
    name nobody knows. Trees are removed by names relative to a directory.
    """
    private = f'"{os.environ["TMPDIR"]}/' in call or re.match(r'unlinkat\(\d+, "[^/]', call)
    return not (private or _LOOKING.match(call))


def _expect(truth: bool, what: str) -> None:
    if not truth:
        raise AssertionError(what)


def main() -> int:
    world = World(lab_from(sys.argv[1:5]))
    everything = sys.argv[6:] == ["all"]
    started = time.monotonic()
    # What is killed leaves its temporary files.
    with tempfile.TemporaryDirectory(prefix="xdp-sweep-") as directory:
        os.environ["TMPDIR"] = directory
        sweep = Sweep(world, os.path.join(directory, "strace"))
        for scenario in (*BY_LINK, *BY_NETLINK):
            for effect in (*_EFFECTS, *(_LIKE_THEM if everything or scenario in (FIRST, UPGRADE) else ())):
                sweep.within(scenario, effect)
        for effect in _OTHER_SIGNALS:
            sweep.within(UPGRADE, effect)
        for scenario in BY_NETLINK:
            for effect in _LOST_OVER_NETLINK:
                sweep.within(scenario, effect)
        for scenario in (UPGRADE_NETLINK, UNPIN_NETLINK, TO_NETLINK):
            for effect in _IN_CHILD:
                sweep.within(scenario, effect)
        for scenario in (UPGRADE, MOVE, *((TO_GENERIC, TO_LINK) if everything else ()), ANOTHER_MAP, NAMES_SWAPPED):
            for effect in _LOST_MEANWHILE:
                sweep.twice(scenario, _REFUSED_THEN, effect)
        for effect in (*_EFFECTS, *_LIKE_THEM):
            sweep.within(CHANGED, effect)
        for effect in _EFFECTS:
            # Filling a new map is undone by forgetting it: one refusal stands for the others.
            sweep.within(REPLACED, effect)
        sweep.refused_while_held()
        for scenario in (FIRST, UPGRADE, UPGRADE_NETLINK):
            sweep.by_strace(scenario, _KILLED)
        sweep.by_strace(UPGRADE, "error=EPERM", ("bpf",))
        for code in ("ENOBUFS", "ECONNRESET"):
            sweep.by_strace(TO_NETLINK, f"error={code}", _READS)
        whole = through_the_module(world, os.path.join(directory, "arguments.json"))
        sweep.by_strace(whole, _KILLED)
        sweep.by_strace(whole, "signal=TERM", ("/^rename", "/^symlink"))
    for failure in sweep.failures:
        print(f"FAILED {failure}")
    seconds = time.monotonic() - started
    print(f"{sweep.points} points swept in {seconds:.0f} s, {len(sweep.failures)} failures")
    return 1 if sweep.failures else 0


if __name__ == "__main__":
    sys.exit(main())
