# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random packets through the filter and through a model of it, which have to agree on each.

    fuzz.py --packets 100000 --seed 1

Each packet is run by both programs (BPF_PROG_TEST_RUN), and each verdict compared with
the model's; at the end of a set of rules, so are all counters. Exits with 1 after a
difference, and prints it with the packet, made small where that is simple.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import lab
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from model import DROP, PASS, Model
from packets import LARGEST, SMALLEST, Packets
from rule_sets import RuleSet, rule_sets

#: Packets of a set are in proportion to its rules and so many more.
_MORE_RULES = 3
#: Of a hundred packets, so many are aimed at a rule.
_AIMED = 90
#: Of a hundred packets, so many are aimed at the rule that was hit least.
_LEAST_HIT = 65
#: How often in a million packets each rule has to be hit, at least.
_WANTED_HITS = 1000
#: Of a set whose verdicts or counters differ, so many packets are shown.
_SHOWN = 3
#: Packets between two looks at the counters, while the first miscounted one is looked for.
_STRIDE = 256

_VERDICTS = {DROP: "drop", PASS: "pass"}


#: How the collection says which rule no packet reaches.
_SHADOWED = re.compile(r"No packet reaches the rule ([^ :]+):")


class Found(NamedTuple):
    """Of one set of rules."""

    packets: int
    mutated: int
    #: How often each rule was hit, but for those that no packet can reach.
    hits: dict[str, int]
    differences: list[str]


class Bench:
    """A set of rules, in the model and in the kernel."""

    def __init__(
        self, rule_set: RuleSet, make: Callable[[RuleSet, ExitStack], list[lab.Filter]], held: ExitStack
    ) -> None:
        self.model = Model(rule_set.options)
        self.filters = make(rule_set, held)
        self._verdicts = {DROP: [0, 0], PASS: [0, 0]}

    def run(self, frame: bytes, linear: int) -> str | None:
        """What differs, if anything."""
        expected = self.model.decide(frame)
        totals = self._verdicts[expected]
        totals[0] += 1
        totals[1] += len(frame)
        for each in self.filters:
            verdict = each.run(frame, linear if each.name == lab.PROGRAMS[1] else 0)
            if verdict != expected:
                return f"{each.name} says {_VERDICTS.get(verdict, verdict)}, the model {_VERDICTS[expected]}"
        return None

    def miscounted(self) -> Iterator[str]:
        """The counters that differ."""
        model = self.model
        names = ["default", "essential", "replies", *(rule.name for rule in model.rules)]
        expected = [each.values() for each in (model.default, model.essential, model.replies, *model.counted)]
        for each in self.filters:
            counters = each.counters()
            for slot in range(len(names), len(counters)):
                names.append(f"slot {slot}, which no rule has")
                expected.append((0, 0, 0, 0))
            for name, found, right in zip(names, counters, expected):
                if found != right:
                    yield f"{each.name} counts {found} for {name}, the model {right}"
            for verdict, found in enumerate(each.verdicts()):
                right = tuple(self._verdicts.get(verdict, (0, 0)))
                if found != right:
                    yield f"{each.name} counts {found} for verdict {verdict}, the model {right}"


class Fuzz:
    def __init__(self, seed: int, invert: str | None, fault: str | None) -> None:
        self._seed = seed
        self._invert = invert
        self._fault = fault
        self._spec = lab.shipped()
        #: Whether part of a frame can be kept out of the first buffer.
        self.splits = self._can_split()

    def _can_split(self) -> bool:
        with ExitStack() as held:
            return self._make(RuleSet("a probe", {"rules": []}), held)[-1].takes_linear()

    def _make(self, rule_set: RuleSet, held: ExitStack) -> list[lab.Filter]:
        made = lab.compiled(self._inverted(rule_set.options))
        if self._fault in made.tables:
            made.tables[self._fault] = lab.without_last_row(made.tables[self._fault])
        # A frame that is too long for one buffer is only for the program that can read several.
        names = lab.PROGRAMS if rule_set.largest <= LARGEST else lab.PROGRAMS[1:]
        return [lab.Filter(self._spec, made, name, held) for name in names]

    def _inverted(self, options: Mapping[str, Any]) -> Mapping[str, Any]:
        other = {"drop": "pass", "pass": "drop"}
        rules = [
            {**rule, "action": other[rule["action"]]} if rule["name"] == self._invert else rule
            for rule in options["rules"]
        ]
        return {**options, "rules": rules}

    def compare(self, rule_set: RuleSet, count: int) -> Found:
        """Run so many packets; ends early after differences."""
        frames: list[tuple[bytes, int]] = []
        differences: list[str] = []
        shadowed = _SHADOWED.findall("\n".join(lab.compiled(rule_set.options).warnings))
        with ExitStack() as held:
            bench = Bench(rule_set, self._make, held)
            rules, hits = bench.model.rules, bench.model.hits
            reached = [index for index, rule in enumerate(rules) if rule.name not in shadowed]
            packets = Packets(rules, self._seed, rule_set.largest)
            chance = random.Random(self._seed)
            mutated = 0
            for _packet in range(count):
                frame = packets.next(_aim(reached, hits, chance))
                linear = _linear(len(frame), chance) if self.splits else 0
                frames.append((frame, linear))
                mutated += packets.mutated
                wrong = bench.run(frame, linear)
                if wrong:
                    differences.append(f"{wrong}: {self._shown(rule_set, frame, linear)}")
                    if len(differences) == _SHOWN:
                        break
            miscounted = [] if differences else list(bench.miscounted())
        if miscounted:
            differences = [*miscounted, self._first_miscounted(rule_set, frames)]
        for index, rule in enumerate(rules):
            if index not in reached and hits[index]:
                differences.append(f"No packet reaches {rule.name}, says the collection, and {hits[index]} did")
        by_name = {f"{rule_set.title}: {rules[index].name}": hits[index] for index in reached}
        return Found(len(frames), mutated, by_name, differences)

    def _shown(self, rule_set: RuleSet, frame: bytes, linear: int) -> str:
        small = self._shrunk(rule_set, frame, linear)
        split = f", {linear} in the first buffer" if linear else ""
        return f"{len(frame)} bytes{split}, {small.hex()}"

    def _shrunk(self, rule_set: RuleSet, frame: bytes, linear: int) -> bytes:
        """A simpler frame that makes a difference by itself; the same one if what came before it matters."""
        with ExitStack() as held:
            bench = Bench(rule_set, self._make, held)

            def differs(candidate: bytes) -> bool:
                return bool(bench.run(candidate, min(linear, len(candidate))))

            if not differs(frame):
                return frame
            for shorter in range(SMALLEST, len(frame)):
                if differs(frame[:shorter]):
                    frame = frame[:shorter]
                    break
            for place in range(len(frame)):
                zeroed = frame[:place] + b"\0" + frame[place + 1 :]
                if differs(zeroed):
                    frame = zeroed
        return frame

    def _first_miscounted(self, rule_set: RuleSet, frames: list[tuple[bytes, int]]) -> str:
        """Run all again, looking at the counters in between, to tell the packet."""
        start, stride = 0, _STRIDE
        while stride:
            with ExitStack() as held:
                bench = Bench(rule_set, self._make, held)
                for number, (frame, linear) in enumerate(frames):
                    bench.run(frame, linear)
                    if number >= start and ((number + 1) % stride == 0 or number + 1 == len(frames)):
                        wrong = next(bench.miscounted(), None)
                        if wrong:
                            break
                else:
                    return "which packet was miscounted is not clear"
            if stride == 1:
                return f"{wrong}, first after: {frame.hex()}, {linear} in the first buffer"
            start, stride = max(number + 1 - stride, 0), 1
        raise AssertionError("not reached")


def _aim(reached: list[int], hits: list[int], chance: random.Random) -> int | None:
    """A rule that packets reach: any one, or the one that was hit least."""
    kind = chance.random() * 100
    if not reached or kind >= _AIMED:
        return None
    if kind < _LEAST_HIT:
        return min(reached, key=hits.__getitem__)
    return reached[int(chance.random() * len(reached))]


def _linear(length: int, chance: random.Random) -> int:
    """How much of a frame is in the first buffer: all, all but a little, or just some of the headers."""
    kind = chance.random()
    if kind < 0.4 and length <= LARGEST:
        return 0
    return min(length, SMALLEST + int(chance.random() * (120 if kind < 0.8 else LARGEST - SMALLEST)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--packets", type=int, default=100_000, help="of all sets of rules together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="sets whose titles contain this")
    parser.add_argument("--invert", metavar="RULE", help="a fault: pass what this rule drops, or the reverse")
    parser.add_argument("--fault", metavar="TABLE", help="a fault: the last entry of this map is missing")
    arguments = parser.parse_args()
    sets = [each for each in rule_sets(arguments.seed) if not arguments.only or arguments.only in each.title]
    fuzz = Fuzz(arguments.seed, arguments.invert, arguments.fault)
    sys.exit(_run(fuzz, sets, arguments.packets))


def _run(fuzz: Fuzz, sets: list[RuleSet], count: int) -> int:
    began = time.monotonic()
    weights = [len(Model(each.options).rules) + _MORE_RULES for each in sets]
    packets = mutated = failed = 0
    hits: dict[str, int] = {}
    for each, weight in zip(sets, weights):
        try:
            found = fuzz.compare(each, max(count * weight // sum(weights), 1))
        except XdpError as error:
            found = Found(0, 0, {}, [f"It is refused: {error}"])
        packets += found.packets
        mutated += found.mutated
        hits.update(found.hits)
        if found.differences:
            failed += 1
            print(f"DIFFERENT, {each.title}: {json.dumps(each.options)[:3000]}")
            print("\n".join(f"    {line}" for line in found.differences[:20]))
    seconds = time.monotonic() - began
    least = min(hits, key=hits.__getitem__, default="")
    print(
        f"{packets} packets of {len(sets)} sets of rules, {mutated * 100 // max(packets, 1)} % with one mutation, "
        f"{'in one buffer and in several' if fuzz.splits else 'in one buffer'}: "
        f"{packets / seconds:.0f} packets/s. Of {len(hits)} rules, the least was hit {hits.get(least, 0)} times ({least})"
    )
    if failed:
        print(f"{failed} sets of rules differ from the model")
        return 1
    if hits and hits[least] < packets * _WANTED_HITS // 1_000_000:
        print(f"A rule has to be hit {packets * _WANTED_HITS // 1_000_000} times")
        return 1
    return 0


if __name__ == "__main__":
    main()
