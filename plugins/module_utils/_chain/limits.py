# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""What of a chain the kernel would refuse whatever it is, found out before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._chain.functions import Function, deepest, functions
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import ProgramSpec

#: MAX_USED_MAPS, BPF_MAX_SUBPROGS, MAX_CALL_FRAMES and MAX_BPF_STACK of include/linux/bpf_verifier.h and filter.h.
MOST_MAPS = 64
MOST_FUNCTIONS = 256
MOST_FRAMES = 8
MOST_STACK = 512

#: Maps of a chain that counts.
_COUNTING = 3

#: A function of the kernel that ends the whole program, and not the function that calls it.
_THROW = "bpf_throw"


def check(members: Sequence[tuple[str, ProgramSpec]], count: bool) -> None:
    """Raises ``XdpError``; the members are name and program."""
    found = {name: functions(program.instructions) for name, program in members}
    for name, program in members:
        _check_calls(name, found[name])
        if any(each.name == _THROW for each in program.kernel_references):
            raise XdpError(
                f"chain: {name}: it throws exceptions ({_THROW}), which would end the chain and not the member alone. Leave it out. "
                f"Nothing was changed"
            )
    used = {name: len({*(each.map for each in program.references), *program.bound_maps}) for name, program in members}
    _check_sum("maps", used, MOST_MAPS, _COUNTING if count else 0)
    _check_sum("functions", {name: len(each) for name, each in found.items()}, MOST_FUNCTIONS, 1)


def _check_calls(name: str, found: list[Function]) -> None:
    frames, stack = deepest(found)
    if frames + 1 > MOST_FRAMES:
        raise XdpError(
            f"chain: {name}: its functions call each other {frames} deep. With the chain's own these are {frames + 1}, and the "
            f"kernel takes {MOST_FRAMES}. Have the compiler inline some of them (__always_inline). Nothing was changed"
        )
    if stack > MOST_STACK:
        raise XdpError(
            f"chain: {name}: its functions take {stack} bytes of stack together, and the kernel has {MOST_STACK}. Move data into a "
            f"map. Nothing was changed"
        )


def _check_sum(what: str, counts: dict[str, int], most: int, own: int) -> None:
    total = sum(counts.values()) + own
    if total > most:
        each = ", ".join(f"{name} {number}" for name, number in counts.items())
        more = f", and the chain itself {own}" if own else ""
        raise XdpError(
            f"chain: there are {total} {what} in one program, and the kernel takes {most}: {each}{more}. Remove a member. Nothing "
            f"was changed"
        )
