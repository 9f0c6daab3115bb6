# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What a chain counts: who decided, and what came of it. The maps with their types, and the instructions.

All numbers are of packets that one CPU has seen, so nothing here is atomic.
"""

from __future__ import annotations

from ansible_collections.ebpf.xdp.plugins.module_utils._chain.merge import Merger
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import assembler
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import (
    COUNTERS,
    INTERFACES,
    MEMBERS,
    MOST_MEMBERS,
    ROW,
    ROW_COUNTERS,
    ROWS,
    SLOT,
    VERDICTS,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import CHAIN
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    F_RDONLY_PROG,
    PSEUDO_MAP_FD,
    PSEUDO_MAP_VALUE,
    MapReference,
    MapSpec,
)

#: The key 0. In a map, as the program then takes nothing of the 512 bytes of stack that it shares with its members.
KEY = f"{CHAIN}:rodata"

#: Where a value of ``MEMBERS`` has the key of the row that is looked for. A program is on a CPU alone while it runs.
_SCRATCH = MOST_MEMBERS * SLOT
_MEMBERS_SIZE = _SCRATCH + 8

# struct xdp_md of include/uapi/linux/bpf.h.
_DATA, _DATA_END, _INTERFACE = 0, 4, 12

_LOOK_UP = 1  # BPF_FUNC_map_lookup_elem
_LENGTH = 188  # BPF_FUNC_xdp_get_buff_len, Linux 5.18

# Registers that a call leaves alone: the context, the value of MEMBERS, the verdict, the interface's index.
CONTEXT, COUNTED, VERDICT, _INDEX = 6, 7, 8, 9


def maps(types: Merger) -> tuple[MapSpec, ...]:
    """The maps, with types for those who look at them."""
    u32, u64 = types.integer("unsigned int", 4), types.integer("unsigned long long", 8)
    counter = types.structure("xdp_counter", 16, [("packets", u64, 0), ("bytes", u64, 8)])
    row = types.structure(
        "xdp_counters", ROW, [("ifindex", u32, 0), ("verdicts", types.array(counter, COUNTERS, u32), ROW_COUNTERS)]
    )
    of_member = types.array(u64, COUNTERS, u32)
    members = types.structure(
        "xdp_members",
        _MEMBERS_SIZE,
        [("packets", types.array(of_member, MOST_MEMBERS, u32), 0), ("row", u32, _SCRATCH)],
    )
    return (
        MapSpec(ROWS, "percpu_array", 4, ROW, INTERFACES + 1, 0, u32, row),
        MapSpec(MEMBERS, "percpu_array", 4, _MEMBERS_SIZE, 1, 0, u32, members),
        MapSpec(KEY, "array", 4, 8, 1, F_RDONLY_PROG, variables=b""),
    )


class Counting:
    """Adds to a program what counts; ``references`` are the maps that it then refers to.

    ``frags`` is whether it gets packets in several fragments, as it takes a call to ask for their length.
    """

    def __init__(self, program: assembler.Assembler, frags: bool) -> None:
        self._program = program
        self._frags = frags
        self.references: list[MapReference] = []

    def begin(self) -> None:
        """Find the value of ``MEMBERS``; a packet that could not be counted is none that the kernel ever has."""
        add = self._program.add
        self._refer(2, KEY, PSEUDO_MAP_VALUE)
        self._refer(1, MEMBERS, PSEUDO_MAP_FD)
        self._program.helper(_LOOK_UP)
        self._program.jump("lost", assembler.IF_EQUAL_VALUE, 0)
        add(assembler.MOV, COUNTED, 0)

    def member(self) -> int:
        """Count the verdict in register 0 as a member's; returns the instruction whose value is where its row begins."""
        add = self._program.add
        self._clamp(1, 0)
        add(assembler.SHIFT_VALUE, 1, value=3)
        add(assembler.MOV, 2, COUNTED)
        add(assembler.ADD, 2, 1)
        place = add(assembler.ADD_VALUE, 2, value=0)
        self._increase(2, 0, 1)
        return place

    def end(self) -> None:
        """Count the verdict in register 0 as the chain's, and return it."""
        program, add = self._program, self._program.add
        add(assembler.MOV, VERDICT, 0)
        add(assembler.LOAD32, _INDEX, CONTEXT, _INTERFACE)
        add(assembler.MOV, 1, _INDEX)
        add(assembler.AND_VALUE32, 1, value=INTERFACES - 1)
        self._look_up_row()
        add(assembler.LOAD32, 2, 0, 0)
        program.jump("count", assembler.IF_EQUAL, 2, _INDEX)
        program.jump("other", assembler.IF_NOT_VALUE, 2)
        add(assembler.STORE32, 0, _INDEX, 0)
        program.jump("count")
        program.label("other")
        add(assembler.MOV_VALUE, 1, value=INTERFACES)
        self._look_up_row()
        program.label("count")
        self._clamp(1, VERDICT)
        add(assembler.SHIFT_VALUE, 1, value=4)
        add(assembler.ADD, 0, 1)
        self._increase(0, ROW_COUNTERS, 1)
        counter = 0
        if self._frags:
            counter = _INDEX
            add(assembler.MOV, counter, 0)
            add(assembler.MOV, 1, CONTEXT)
            self._program.helper(_LENGTH)
            add(assembler.MOV, 2, 0)
        else:
            add(assembler.LOAD32, 2, CONTEXT, _DATA_END)
            add(assembler.LOAD32, 1, CONTEXT, _DATA)
            add(assembler.SUB, 2, 1)
        add(assembler.LOAD64, 3, counter, ROW_COUNTERS + 8)
        add(assembler.ADD, 3, 2)
        add(assembler.STORE64, counter, 3, ROW_COUNTERS + 8)
        program.label("out")
        add(assembler.MOV, 0, VERDICT)
        add(assembler.EXIT)
        program.label("lost")
        add(assembler.MOV_VALUE, 0, value=VERDICTS.index("aborted"))
        add(assembler.EXIT)

    def _look_up_row(self) -> None:
        """The row whose key register 1 has, in register 0."""
        add = self._program.add
        add(assembler.STORE32, COUNTED, 1, _SCRATCH)
        add(assembler.MOV, 2, COUNTED)
        add(assembler.ADD_VALUE, 2, value=_SCRATCH)
        self._refer(1, ROWS, PSEUDO_MAP_FD)
        self._program.helper(_LOOK_UP)
        self._program.jump("out", assembler.IF_EQUAL_VALUE, 0)

    def _clamp(self, to: int, verdict: int) -> None:
        add = self._program.add
        add(assembler.MOV, to, verdict)
        add(assembler.IF_NOT_GREATER_VALUE, to, offset=1, value=len(VERDICTS) - 1)
        add(assembler.MOV_VALUE, to, value=len(VERDICTS))

    def _increase(self, pointer: int, offset: int, by: int) -> None:
        add = self._program.add
        add(assembler.LOAD64, 3, pointer, offset)
        add(assembler.ADD_VALUE, 3, value=by)
        add(assembler.STORE64, pointer, 3, offset)

    def _refer(self, register: int, map_name: str, pseudo: int) -> None:
        self.references.append(MapReference(self._program.load(register, pseudo), map_name))
