# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""Several object specs become one, whose program calls theirs one after the other.

A pure function: no kernel is asked, and all that follows knows one object. The members' programs are functions of the
new one, called with the packet's context; each is verified on its own (global functions, Documentation/bpf/verifier.rst).
Maps and variables of a member are called ``MEMBER:NAME``, so that their names never depend on the other members.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._btf.read import Malformed
from ansible_collections.ebpf.xdp.plugins.module_utils._chain import counting, licenses, limits
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.functions import functions
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.member import (
    PROCEED_ON,
    Member,
    check_names,
    check_verdicts,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._chain.merge import Merger, Place
from ansible_collections.ebpf.xdp.plugins.module_utils._errors import XdpError
from ansible_collections.ebpf.xdp.plugins.module_utils._spec import assembler, spec_text
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.chain_source import source_digest
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.choose import choose
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.counted import VERDICTS
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.names import CHAIN
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CORE_RELOCATION,
    CORE_TYPE_ID_LOCAL,
    F_XDP_HAS_FRAGS,
    INSTRUCTION_SIZE,
    XDP,
    KernelReference,
    LeftOut,
    LinkedMember,
    MapReference,
    MapSpec,
    ObjectSpec,
    ProgramSpec,
)
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.team import Team, team_of

_FUNC_INFO = "=2I"
_LINE_INFO = "=4I"
_COLUMN_BITS = 10


class _Chosen(NamedTuple):
    """A member with what is taken of its object."""

    name: str
    spec: ObjectSpec
    program: ProgramSpec
    team: Team
    proceed_on: tuple[str, ...]

    def renamed(self, name: str) -> str:
        return f"{self.name}:{name}"


def link(members: Sequence[Member], count: bool = True) -> ObjectSpec:
    """The object with the program ``chain``. With ``count``, it has maps of its own with what came of packets (counting.py).

    Raises ``XdpError``, with the member's name.
    """
    check_names([member.name for member in members])
    chosen = [_choose(member, member is members[-1]) for member in members]
    limits.check([(each.name, each.program) for each in chosen], count)
    types = Merger()
    source = source_digest(
        [
            (each.name, each.spec.source or spec_text.digest(each.spec), each.program, each.proceed_on)
            for each in members
        ],
        count,
    )
    try:
        return _link(chosen, count, types, source)
    except Malformed as error:
        raise XdpError(f"The types (BTF) of the members cannot be put together: {error}") from error


def _choose(member: Member, is_last: bool) -> _Chosen:
    if member.spec.members:
        raise XdpError(
            f"chain: {member.name}: it is a chain itself. List its members in its place. Nothing was changed"
        )
    try:
        name = choose(member.spec, member.program)
        team = team_of(member.spec, name)
    except XdpError as error:
        raise XdpError(f"chain: {member.name}: {error}") from error
    program = next(each for each in member.spec.programs if each.name == name)
    if program.attach_type != XDP:
        raise XdpError(
            f"chain: {member.name}: The program {name} is for a devmap or cpumap, and a member gets packets from an interface. "
            f"Name another one with program. Nothing was changed"
        )
    wanted = member.proceed_on
    if wanted is None:
        wanted = program.proceed_on if program.proceed_on is not None else PROCEED_ON
    return _Chosen(member.name, member.spec, program, team, check_verdicts(member.name, wanted, is_last))


def _link(members: Sequence[_Chosen], count: bool, types: Merger, source: str) -> ObjectSpec:
    places = _places(members, types)
    own_maps = counting.maps(types) if count else ()
    of_functions = _Functions(types)
    main = assembler.Assembler()
    frags = F_XDP_HAS_FRAGS if all(each.program.flags & F_XDP_HAS_FRAGS for each in members) else 0
    calls, counters, references = _main(main, members, count, bool(frags))
    start = len(main)
    of_functions.add(0, CHAIN, [f"calls {', '.join(member.name for member in members)}"], {0: 0})
    instructions: list[bytes] = []
    kernel_references: list[KernelReference] = []
    relocations = b""
    linked: list[LinkedMember] = []
    for member, place, call, counter in zip(members, places, calls, counters):
        main.call(call, start)
        program = member.program
        references += [
            each._replace(instruction=each.instruction + start, map=member.renamed(each.map))
            for each in program.references
        ]
        kernel_references += [each._replace(instruction=each.instruction + start) for each in program.kernel_references]
        relocations += _relocations(program.core_relocations, place, start)
        of_functions.add_member(member, place, start)
        linked.append(
            LinkedMember(
                member.name,
                program.name,
                member.proceed_on,
                spec_text.digest(member.spec),
                start,
                counter,
                bool(program.flags & F_XDP_HAS_FRAGS),
            )
        )
        instructions.append(program.instructions)
        start += len(program.instructions) // INSTRUCTION_SIZE
    chain = ProgramSpec(
        CHAIN,
        main.bytes() + b"".join(instructions),
        tuple(references),
        licenses.merged([(each.name, each.program) for each in members]),
        _flags(members[0].program.flags, frags),
        of_functions.func_info(),
        of_functions.line_info(),
        relocations,
        tuple(kernel_references),
        bound_maps=tuple(member.renamed(map_name) for member in members for map_name in member.program.bound_maps),
        fold_constants=any(member.program.fold_constants for member in members),
    )
    helpers = [
        _helper(program, member, place, frags)
        for member, place in zip(members, places)
        for program in member.spec.programs
        if program.name in member.team.helpers
    ]
    maps = [
        _map(map_name, member, place)
        for member, place in zip(members, places)
        for map_name in member.spec.maps
        if member.team.needs(map_name)
    ]
    return ObjectSpec(
        (chain, *helpers),
        (*maps, *own_maps),
        types.blob(),
        source,
        tuple(
            variable._replace(
                name=member.renamed(variable.name),
                map=member.renamed(variable.map),
                btf_type_id=place.type(variable.btf_type_id),
            )
            for member, place in zip(members, places)
            for variable in member.spec.variables
        ),
        tuple(
            LeftOut(member.renamed(left.name), left.why, is_map=True)
            for member in members
            for left in member.spec.left_out
            if left.is_map
        ),
        tuple(linked),
        tuple(
            each._replace(map=member.renamed(each.map), variables=member.renamed(each.variables))
            for member in members
            for each in member.spec.counters
        ),
    )


def _places(members: Sequence[_Chosen], types: Merger) -> list[Place]:
    """Where the types of each member are. Those of one whose program tells their numbers to others keep these, and come first."""
    telling = [member.name for member in members if _tells_numbers(member.program)]
    if len(telling) > 1:
        raise XdpError(
            f"chain: the members {telling[0]} and {telling[1]} both use numbers of their own types (bpf_core_type_id_local), and "
            f"only those of one of them can stay as they are. Remove one of them. Nothing was changed"
        )
    order = sorted(members, key=lambda member: member.name not in telling)
    places = {member.name: types.add(member.spec.btf) for member in order}
    return [places[member.name] for member in members]


def _tells_numbers(program: ProgramSpec) -> bool:
    relocations = struct.iter_unpack(f"={CORE_RELOCATION}", program.core_relocations)
    return any(kind == CORE_TYPE_ID_LOCAL for _at, _type, _access, kind in relocations)


def _main(
    main: assembler.Assembler, members: Sequence[_Chosen], count: bool, frags: bool
) -> tuple[list[int], list[int], list[MapReference]]:
    """The function that calls the members: places of the calls, places of what counts them, and references."""
    calls, counters = [], []
    main.add(assembler.MOV, counting.CONTEXT, 1)
    counts = counting.Counting(main, frags)
    if count:
        counts.begin()
    for member in members:
        main.add(assembler.MOV, 1, counting.CONTEXT)
        calls.append(main.call_later())
        # A program returns 32 bits, and the upper half may be anything.
        main.add(assembler.MOV32, 0, 0)
        counters.append(counts.member() if count else 0)
        if member is not members[-1]:
            _go_on(main, member.proceed_on)
    main.label("end")
    if count:
        counts.end()
    else:
        main.add(assembler.EXIT)
    return calls, counters, counts.references


def _go_on(main: assembler.Assembler, verdicts: tuple[str, ...]) -> None:
    """To the next member with one of these verdicts in register 0, or else to the end."""
    numbers = [VERDICTS.index(verdict) for verdict in verdicts]
    if len(numbers) == 1:
        main.jump("end", assembler.IF_NOT_VALUE, 0, value=numbers[0])
        return
    main.jump("end", assembler.IF_GREATER_VALUE, 0, value=31)
    main.add(assembler.MOV_VALUE, 1, value=1)
    main.add(assembler.SHIFT, 1, 0)
    main.add(assembler.AND_VALUE32, 1, value=sum(1 << number for number in numbers))
    main.jump("end", assembler.IF_EQUAL_VALUE, 1)


class _Functions:
    """Types and lines of the functions of the program, all of which the kernel wants if it is to have any."""

    def __init__(self, types: Merger) -> None:
        self._types = types
        self._number = types.integer("int", 4, kinds.SIGNED)
        # The kernel knows it by its name alone (btf_is_prog_ctx_type in kernel/bpf/btf.c).
        context = types.pointer(types.structure("xdp_md", 0, []))
        self._entry = types.prototype(self._number, [("ctx", context)])
        self._other = types.prototype(self._number)
        self._functions: list[tuple[int, int]] = []
        self._lines: list[tuple[int, ...]] = []

    def add(self, start: int, name: str, texts: Sequence[str], lines: dict[int, int]) -> None:
        """A function that is entered with a packet, with one line for each of ``lines`` by its place, of ``texts``."""
        self._functions.append((start, self._types.function(name, self._entry, kinds.GLOBAL)))
        file = self._types.string(name)
        strings = [self._types.string(text) for text in texts]
        self._lines += [
            (start + place, file, strings[text], 1 << _COLUMN_BITS) for place, text in sorted(lines.items())
        ]

    def add_member(self, member: _Chosen, place: Place, start: int) -> None:
        program = member.program
        begins = [each.start for each in functions(program.instructions)]
        known = dict(struct.iter_unpack(_FUNC_INFO, program.func_info))
        if set(known) != set(begins):
            known = {}
        lines = list(struct.iter_unpack(_LINE_INFO, program.line_info)) if known else []
        if not {each[0] for each in lines}.issuperset(begins):
            lines = []
        text = f"no lines of {program.name} are known"
        self.add(start, member.name, [text], {} if lines else dict.fromkeys(begins, 0))
        for each in begins[1:]:
            type_id = (
                place.type(known[each])
                if known
                else self._types.function(f"{member.name}_{each}", self._other, kinds.STATIC)
            )
            self._functions.append((start + each, type_id))
        self._lines += _moved_lines(lines, place, start)

    def func_info(self) -> bytes:
        return b"".join(struct.pack(_FUNC_INFO, *each) for each in self._functions)

    def line_info(self) -> bytes:
        return b"".join(struct.pack(_LINE_INFO, *each) for each in self._lines)


def _moved_lines(lines: Iterable[tuple[int, ...]], place: Place, start: int) -> list[tuple[int, ...]]:
    return [(start + at, place.string(file), place.string(line), column) for at, file, line, column in lines]


def _relocations(relocations: bytes, place: Place, start: int) -> bytes:
    return b"".join(
        struct.pack(
            f"={CORE_RELOCATION}", at + start * INSTRUCTION_SIZE, place.type(type_id), access + place.strings, kind
        )
        for at, type_id, access, kind in struct.iter_unpack(f"={CORE_RELOCATION}", relocations)
    )


def _helper(program: ProgramSpec, member: _Chosen, place: Place, frags: int) -> ProgramSpec:
    """A program that the member leads to. Where all programs with a map have to be alike, it is like the chain."""
    return program._replace(
        name=member.renamed(program.name),
        references=tuple(each._replace(map=member.renamed(each.map)) for each in program.references),
        flags=_flags(program.flags, frags),
        func_info=b"".join(
            struct.pack(_FUNC_INFO, at, place.type(type_id))
            for at, type_id in struct.iter_unpack(_FUNC_INFO, program.func_info)
        ),
        line_info=b"".join(
            struct.pack(_LINE_INFO, *each)
            for each in _moved_lines(struct.iter_unpack(_LINE_INFO, program.line_info), place, 0)
        ),
        core_relocations=_relocations(program.core_relocations, place, 0),
        # Not what is meant where no program is named. Those for a devmap or cpumap never are.
        on_request=program.attach_type == XDP,
        bound_maps=tuple(map(member.renamed, program.bound_maps)),
    )


def _map(map_spec: MapSpec, member: _Chosen, place: Place) -> MapSpec:
    return map_spec._replace(
        name=member.renamed(map_spec.name) if map_spec.name else "",
        btf_key_type_id=place.type(map_spec.btf_key_type_id),
        btf_value_type_id=place.type(map_spec.btf_value_type_id),
        inner=_map(map_spec.inner, member, place) if map_spec.inner is not None else None,
        values=tuple(each._replace(name=member.renamed(each.name)) for each in map_spec.values),
    )


def _flags(flags: int, frags: int) -> int:
    return flags & ~F_XDP_HAS_FRAGS | frags
