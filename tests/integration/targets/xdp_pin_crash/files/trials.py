# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strike at every call that begins a trial, confirms it, or takes it back.

PIN_ROOT NEAR,NEAR FAR_NAMESPACE FAR,FAR. As sweep.py does it: a child is struck at the Nth call. At any moment packets
meet the old program or the new one. A run that failed has left all as it was. After one that was killed a trial is
what its clock in the kernel says, and the next run ends it in that direction: to the last name and id.
"""

from __future__ import annotations

import errno
import re
import signal
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._arming import Arming
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._record.layout import Layout
from ansible_collections.ebpf.xdp.plugins.module_utils._trial import arm, decide, guard, settle
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.look import look
from ansible_collections.ebpf.xdp.plugins.module_utils._trial.session import Over
from hand_over import Two
from hooks import Effect, Strike
from strikes import BROKEN, DONE, strike_within
from world import World, lab_from

# Nobody waits for an answer here: the new program decides at once.
arm.HEAD_START = 0

_TIMEOUT = 600
_PACKETS = 4

_KILLED = Effect("SIGKILL after", after=signal.SIGKILL)
_EFFECTS = (
    Effect("EPERM instead of", error=errno.EPERM, acts=False),
    Effect("EINTR after", error=errno.EINTR),
    Effect("SIGTERM after", after=signal.SIGTERM),
)

# What becomes of a trial is on record.
_TRIED = re.compile(r',"trial":\[[^]]*\]')

# As in world.py: undoing a detachment makes another link.
_LINKS = re.compile(r'"links":\{[^}]*\}')


class Change(NamedTuple):
    """A change that is put on trial."""

    name: str
    before: Callable[[World], Any]
    run: Callable[[World, Any], Any]
    #: Whether packets are dropped before it, and by the new program.
    drops: tuple[bool, bool]


def _pin(number: int, **options: Any) -> Callable[..., Any]:
    def run(world: World, on_trial: Any = None) -> Any:
        interfaces = options.get("interfaces", world.lab.interfaces)
        rest = {name: value for name, value in options.items() if name != "interfaces"}
        return world.present(world.versions[number], interfaces=interfaces, on_trial=on_trial, **rest)

    return run


def _absent(world: World, on_trial: Any = None) -> Any:
    return world.absent_by(world.request(None, on_trial=on_trial))


def _give(**options: Any) -> Callable[..., Any]:
    return lambda world: world.give(**options)


def _take() -> Callable[..., Any]:
    return lambda world, on_trial=None: world.take(on_trial=on_trial)


UPGRADE = Change("an upgrade", _pin(0), _pin(1), (True, True))
FIRST = Change("the first attachment", _absent, _pin(0), (False, True))
ABSENT = Change("state absent", _pin(0), _absent, (True, False))
CHANGES = (
    UPGRADE,
    Change("an upgrade over netlink", _pin(0, attach="netlink"), _pin(1, attach="netlink"), (True, True)),
    FIRST,
    Change("the first attachment over netlink", _absent, _pin(0, attach="netlink"), (False, True)),
    ABSENT,
    # Two.give and Two.take of hand_over.py: the other set has both interfaces before.
    Change("a change of hands", _give(), _take(), (True, True)),
    Change("a change of hands over netlink", _give(attach="netlink"), _take(), (True, True)),
    Change("another mode", _pin(0), _pin(1, mode="generic"), (True, True)),
)


class Trials:
    def __init__(self, world: World) -> None:
        self.world = world
        self.layout = Layout(world.lab.pin_root, "edge")
        self.points = 0
        self.failures: list[str] = []

    def arm(self, change: Change) -> None:
        change.run(self.world, Arming(_TIMEOUT))

    def confirm(self) -> None:
        decide.confirm(self.layout, Over(False), False, self._warn)

    def roll_back(self) -> None:
        decide.roll_back(self.layout, False, self._warn)

    def _warn(self, text: str) -> None:
        if not any(each in text for each in ("did not come over SSH", "The last trial", "A run was killed")):
            self.failures.append(f"a warning: {text}")

    def by_another(self) -> None:
        """Who began a trial that has ended does not end the one that somebody else has begun since."""
        UPGRADE.before(self.world)
        self.arm(UPGRADE)
        before = look(self.layout)
        for end in (
            lambda: decide.confirm(self.layout, Over(False), False, self._warn, "0123456789abcdef"),
            lambda: decide.roll_back(self.layout, False, self._warn, "0123456789abcdef"),
        ):
            try:
                end()
                self.failures.append("another trial was ended")
            except XdpError as error:
                if "somebody else has begun another one since" not in str(error):
                    self.failures.append(f"another trial: {error}")
        if look(self.layout) != before:
            self.failures.append("another trial was touched")
        self.roll_back()
        self._absent("another trial: ")

    def sweep(self, change: Change, phase: str, effect: Effect) -> None:
        number = 0
        while True:
            number += 1
            struck = self._one(change, phase, effect, number)
            if not struck:
                break
            self.points += 1
        print(f"{change.name}: {phase}, {effect.name}: {number - 1} points", flush=True)

    def _one(self, change: Change, phase: str, effect: Effect, number: int) -> bool:
        world = self.world
        change.before(world)
        before = self._seen()
        if phase != "arm":
            self.arm(change)
        run = {"arm": lambda: self.arm(change), "confirm": self.confirm, "roll back": self.roll_back}[phase]
        struck = strike_within(world, SimpleNamespace(run=lambda _world: run(), module=None), Strike(effect, number))
        where = f"{change.name}: {phase}, {effect.name}, call {number} ({struck.call}): "
        if struck.status == BROKEN and not struck.killed:
            self.failures.append(f"{where}broken: {struck.said}")
        seen = look(self.layout)
        # Its record goes when all else is done.
        new = phase == "confirm" if seen is None else seen.is_pending or seen.is_confirmed
        self._packets(change, new, where)
        undone = not struck.killed and struck.status != DONE
        if phase == "arm" and undone and self._seen() != before:
            self.failures.append(f"{where}not as before: {set(self._seen()) ^ set(before)}")
        pending = seen is not None and seen.is_pending
        if phase == "confirm" and new:
            self._end(self.confirm if pending else None)
            self._require_new(change, where)
        else:
            self._end(self.roll_back if pending else None)
            if self._seen() != before:
                self.failures.append(f"{where}not as before in the end: {set(self._seen()) ^ set(before)}")
            if change.before is not _absent and change.before(world).changed:
                self.failures.append(f"{where}the task before changes something")
        self._absent(where)
        return struck.hit

    def _packets(self, change: Change, new: bool, where: str) -> None:
        """Packets meet what decides now, on all interfaces. A process changes one after the other, and modes with a gap."""
        if change.name == "another mode" or ("by a process" in change.name and change.drops[0] != change.drops[1]):
            return
        self.world.passed()
        self.world.send(_PACKETS)
        passed = self.world.passed()
        wanted = 0 if change.drops[new] else _PACKETS * len(self.world.lab.interfaces)
        if passed != wanted:
            self.failures.append(f"{where}{passed} packets passed, and {wanted} should have")

    def _end(self, run: Callable[[], None] | None) -> None:
        if run is not None:
            run()
        else:
            settle.tidy(self.layout, self._warn)

    def _require_new(self, change: Change, where: str) -> None:
        world = self.world
        tag = None if change.run is _absent else world.versions[1 if change.drops[0] else 0].tag
        if world.tags() != [tag, tag]:
            self.failures.append(f"{where}{world.tags()} in the end")
        if tag is not None:
            # What was confirmed is what the same task finds.
            outcome = change.run(world)
            if outcome.changed:
                self.failures.append(f"{where}a second run changed {outcome.after}")

    def _seen(self) -> list[str]:
        """All names and ids, but for what is on record of trials, and a set of which nothing else is left."""
        found = [_LINKS.sub("", _TRIED.sub("", each)) for each in self.world.snapshot()]
        nothing = {self.world.path, f'{self.world.path}/record {{"by":"0.1.0","version":2}}'}
        bare = all(each in nothing for each in found if each.startswith(self.world.path))
        return [each for each in found if not each.startswith(self.world.path)] if bare else found

    def _absent(self, where: str) -> None:
        try:
            self.world.absent()
        except Exception as error:
            self.failures.append(f"{where}cannot be removed: {error}")
            self.world.clear()
        left = self.world.gone()
        if left:
            self.failures.append(f"{where}left: {left}")
            self.world.clear()


def _refuse(*arguments: Any) -> Any:
    raise guard.Refused("the sweep asks for a process")


def main() -> None:
    trials = Trials(Two(lab_from(sys.argv[1:])))
    trials.by_another()
    for change in CHANGES:
        for phase in ("arm", "confirm", "roll back"):
            trials.sweep(change, phase, _KILLED)
    for phase in ("arm", "confirm", "roll back"):
        for effect in _EFFECTS:
            trials.sweep(UPGRADE, phase, effect)
    # The same where a process has to do it. A program that attaching takes away for a moment is not looked for.
    guard.make = _refuse  # type: ignore[assignment]
    for change in (UPGRADE, FIRST, ABSENT):
        for phase in ("arm", "confirm", "roll back"):
            trials.sweep(change._replace(name=f"{change.name}, by a process"), phase, _KILLED)
    print(f"{trials.points} points, {len(trials.failures)} failures")
    for failure in trials.failures[:20]:
        print(failure)
    sys.exit(bool(trials.failures))


if __name__ == "__main__":
    main()
