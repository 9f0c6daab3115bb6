# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Which function of an object is the program."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import listed, short, unknown_name
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import XDP, LeftOut, ObjectSpec

# Each reason is a sentence or more, with some names in it that somebody else chose.
_MOST_REASONS = 10
_LONGEST_REASON = 1000


def candidates(functions: tuple[str, ...], left_out: tuple[LeftOut, ...]) -> tuple[str, ...]:
    """All that may be meant where no program is named: also programs for an interface that cannot be loaded."""
    return tuple(sorted({*functions, *(left.name for left in left_out if left.candidate)}))


def choose_program(
    functions: tuple[str, ...],
    wanted: str | None,
    left_out: tuple[LeftOut, ...] = (),
    on_request: Collection[str] = (),
) -> str:
    """The function to run, by the request and the programs of the object; ``on_request`` are those that have to be named."""
    if not functions:
        raise XdpError("There is no program, only maps. Pin those alone with scope: maps")
    if wanted is None:
        usual = tuple(name for name in functions if name not in on_request)
        possible = candidates(usual, left_out)
        if len(possible) > 1:
            raise XdpError(
                f"There are several programs: {listed(possible)}. Say which with program{_reasons(left_out)}"
            )
        if not usual:
            raise XdpError(
                f"All programs of the object are loaded only on request (section ?xdp): {listed(functions)}. Say which "
                f"with program{_reasons(left_out)}"
            )
        return usual[0]
    if wanted not in functions:
        for left in left_out:
            if short(left.name) == short(wanted) and not left.is_map:
                raise XdpError(f"The program {_because(left)}")
        raise XdpError(f"There is no program {short(wanted)}. {unknown_name(wanted, functions)}")
    return wanted


def _reasons(left_out: tuple[LeftOut, ...]) -> str:
    """Why some of the candidates cannot be chosen as they are."""
    others = [left for left in left_out if left.candidate]
    more = len(others) - _MOST_REASONS
    text = "".join(f". {_because(left)}" for left in others[:_MOST_REASONS])
    return f"{text}. The same goes for {more} more" if more > 0 else text


def _because(left: LeftOut) -> str:
    """Why a program was left out."""
    return f"{short(left.name)} cannot be loaded: {_why(left)}"


def reasons(left_out: Sequence[LeftOut]) -> str:
    """Of an object without any program; of thousands of reasons the first ones do."""
    text = "; ".join(f"{short(left.name)}: {_why(left)}" for left in left_out[:_MOST_REASONS])
    more = len(left_out) - _MOST_REASONS
    return f"{text}; and {more} more" if more > 0 else text


def _why(left: LeftOut) -> str:
    """A spec may come from anywhere, and have texts of any length."""
    return left.why if len(left.why) <= _LONGEST_REASON else f"{left.why[:_LONGEST_REASON]}..."


def attachable(spec: ObjectSpec) -> tuple[str, ...]:
    """The programs that count where none is named: not those that a devmap or cpumap runs, or in a section ``?xdp``."""
    return tuple(each.name for each in spec.programs if each.attach_type == XDP and not each.on_request)


def choose(spec: ObjectSpec, wanted: str | None) -> str:
    """As ``choose_program``, of an object; one that is for a devmap or cpumap has to be named."""
    programs = spec.programs if wanted is not None else [each for each in spec.programs if each.attach_type == XDP]
    if spec.programs and not programs and not candidates((), spec.left_out):
        raise XdpError("There is no program for an interface, only for a devmap or cpumap. Name one with program")
    on_request = {program.name for program in spec.programs if program.on_request}
    return choose_program(tuple(program.name for program in programs), wanted, spec.left_out, on_request)
