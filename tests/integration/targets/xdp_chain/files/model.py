# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random chains of told.c, run by the kernel and by a model: model.py OBJECT ROUNDS"""

from __future__ import annotations

import random
import struct
import sys
from contextlib import ExitStack
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._bpf import info, map_entries, test_run
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.link import link
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import Member
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.reader import read_object
from ansible_collections.ebpf.xdp.plugins.module_utils._load import loader
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.constants import set_constants
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import COUNTERS, MEMBERS, ROWS, VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ObjectSpec
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import team_of

_PACKET = bytes([1, *range(1, 120)])


class Told(NamedTuple):
    verdict: int
    head: int
    tail_call: bool
    mark: int
    proceed_on: tuple[str, ...]

    def constants(self) -> dict[str, int]:
        return {"verdict": self.verdict, "head": self.head, "tail_call": int(self.tail_call), "mark": self.mark}


def random_member(chance: random.Random) -> Told:
    verdicts = tuple(each for each in VERDICTS if chance.random() < 0.5) or ("pass",)
    return Told(
        # Beyond those that exist as well; without the upper half of the register a member may leave.
        chance.choice([0, 1, 2, 3, 4, 5, 31, 32, 77, 1 << 31]),
        chance.choice([0, 0, 4, 8]),
        chance.random() < 0.3,
        chance.randrange(256),
        verdicts,
    )


def expected(members: list[Told]) -> tuple[int, bytes, list[int | None]]:
    """The verdict, the packet, and what each member returned."""
    packet = bytearray(_PACKET)
    returned: list[int | None] = [None] * len(members)
    verdict = 0
    for index, member in enumerate(members):
        del packet[: member.head]
        packet[0] = (packet[0] * 31 + member.mark) & 0xFF
        verdict = member.verdict
        if member.tail_call:
            packet[0] = (packet[0] * 31 + member.mark) & 0xFF
            verdict = (verdict + 1) & 3
        returned[index] = verdict
        if index + 1 < len(members) and not (verdict < len(VERDICTS) and VERDICTS[verdict] in member.proceed_on):
            break
    return verdict, bytes(packet), returned


def compare(told: ObjectSpec, members: list[Told], count: bool) -> None:
    chain = link(
        [
            Member(f"m{index}", set_constants(told, member.constants()), "told", member.proceed_on)
            for index, member in enumerate(members)
        ],
        count,
    )
    with ExitStack() as held:
        loaded = loader.load(chain, team_of(chain, "chain"), {}, held)
        ran = test_run.run(loaded.programs["chain"], _PACKET)
        verdict, packet, returned = expected(members)
        assert (ran.verdict, ran.data) == (verdict, packet), (members, ran, verdict, packet)
        if count:
            check_counted(loaded.maps, verdict, len(packet), returned)


def check_counted(maps: dict[str, int], verdict: int, size: int, returned: list[int | None]) -> None:
    """Without the slots of a pin set, all members are counted in the first one."""
    ((_key, value),) = map_entries.entries(maps[MEMBERS], info.map_info(maps[MEMBERS]))
    cpus = len(value) // info.map_info(maps[MEMBERS]).value_size
    found = [0] * COUNTERS
    for cpu in range(cpus):
        for index, number in enumerate(struct.unpack_from(f"={COUNTERS}Q", value, cpu * (len(value) // cpus))):
            found[index] += number
    wanted = [0] * COUNTERS
    for each in returned:
        if each is not None:
            wanted[min(each, COUNTERS - 1)] += 1
    assert found == wanted, (found, returned)
    rows = [
        row
        for _key, value in map_entries.entries(maps[ROWS], info.map_info(maps[ROWS]))
        for row in struct.iter_unpack(f"=2I{2 * COUNTERS}Q", value)
        if any(row)
    ]
    place = 2 * min(verdict, COUNTERS - 1)
    assert len(rows) == 1 and rows[0][2 + place : 4 + place] == (1, size) and sum(rows[0][2:]) == 1 + size, rows


def main() -> None:
    path, rounds = sys.argv[1], int(sys.argv[2])
    with open(path, "rb") as file:
        told = read_object(path, file.read())
    chance = random.Random(17)
    for number in range(rounds):
        compare(told, [random_member(chance) for _member in range(1 + number % 16)], bool(number % 2))
    print(f"{rounds} chains did as the model")


if __name__ == "__main__":
    main()
