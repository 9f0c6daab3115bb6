# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""From a function and all that it calls to one program."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ansible_collections.ebpf.xdp.plugins.module_utils._btf import kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import Elf
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.externs import KernelSymbol
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.functions import Code, Entry, Function, Place
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.relocate import CannotLink, Part, Relocator
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import Line, ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.unmakeable import Declared
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    INSTRUCTION_SIZE,
    MOST_INSTRUCTIONS,
    KernelReference,
    MapReference,
    MapSpec,
    ProgramSpec,
)

# Each program has a copy of all functions that it calls, as the kernel wants it. So thousands of programs that share
# most of an object's code could take thousands of times the file: what they take together is bounded by its size.
_ROOM = 1 << 20
_ROOM_BY_FILE = 16

# What things take in the text of an object spec: base64, and ``[number,"map"],``.
_INSTRUCTION_TEXT = 11
_FUNCTION_TEXT = 11
_LINE_TEXT = 22
_REFERENCE_TEXT = 12
_RELOCATION_TEXT = 22
_EXTERN_TEXT = 70


class _Lines(NamedTuple):
    """Source lines of one function."""

    #: ``struct bpf_line_info`` one after the other, with instructions counted from the function's start.
    records: array[int]
    #: Whether the first instruction has one, without which the kernel takes none at all.
    complete: bool


class Linker:
    """Makes programs of one object; ``maps`` are by section and offset, ``variables`` by section."""

    def __init__(
        self,
        elf: Elf,
        types: ObjectTypes,
        code: Code,
        maps: Mapping[tuple[int, int], Declared],
        variables: Mapping[int, Declared],
        licence: str,
    ) -> None:
        self._relocator = Relocator(elf, types, code, maps, variables)
        self._types = types
        self._license = licence
        self._constants = sorted(
            map_spec.name for map_spec in variables.values() if isinstance(map_spec, MapSpec) and map_spec.is_constant
        )
        self._constants_text = sum(_REFERENCE_TEXT + len(name) for name in self._constants)
        self._lines: dict[str, list[Line]] = {
            name: sorted({line.offset // INSTRUCTION_SIZE: line for line in lines}.values())
            for name, lines in types.lines.items()
        }
        self._function_lines: dict[Place, _Lines] = {}
        self._hidden: dict[int, int] = {}
        self._texts: dict[Place, int] = {}
        self._left = MOST_INSTRUCTIONS
        self._room = _ROOM + _ROOM_BY_FILE * elf.size

    @property
    def code(self) -> Code:
        """What relocation has found out about the code of all sections."""
        return self._relocator.code

    @property
    def settings(self) -> MapSpec | None:
        """The map with what the kernel's build decides, if the object asks for that."""
        return self._relocator.externs.settings

    def link(self, entry: Entry) -> ProgramSpec:
        """The entry with every function that it needs behind it; raises ``CannotLink``."""
        program = _Program(self, entry.function)
        info, lines = self._debug_information(program.parts)
        return ProgramSpec(
            entry.function.name,
            program.linked(),
            tuple(program.references),
            self._license,
            entry.flags,
            info,
            lines,
            self._core_relocations(program.parts, bool(info and lines)),
            tuple(program.kernel_references),
            attach_type=entry.attach_type,
            on_request=entry.on_request,
            bound_maps=self._bound(program.references),
        )

    def _bound(self, references: list[MapReference]) -> tuple[str, ...]:
        """Maps of constants that no instruction refers to: libbpf binds all of them to each program (prog_load)."""
        self._take_room(self._constants_text)
        used = {reference.map for reference in references}
        return tuple(name for name in self._constants if name not in used)

    def take(self, place: Place) -> Part:
        """The function at this place, as a part of one more program; raises ``CannotLink``."""
        function = self.code.at(*place)
        if function is None:
            raise AssertionError("it was found when the call was read")
        self._left -= function.length
        if self._left < 0:
            raise CannotLink(f"it and the programs before it have more than {MOST_INSTRUCTIONS} instructions")
        part = self._relocator.part(function)
        if place not in self._texts:
            self._texts[place] = (
                _FUNCTION_TEXT
                + _INSTRUCTION_TEXT * function.length
                + _LINE_TEXT * len(self._lines_of(function))
                + _RELOCATION_TEXT * len(self._relocator.accesses_of(function))
                + sum(_REFERENCE_TEXT + len(used) for _number, used in part.uses if isinstance(used, str))
                + sum(_EXTERN_TEXT + len(used.name) for _number, used in part.uses if isinstance(used, KernelSymbol))
            )
        self._take_room(self._texts[place])
        return part

    def _take_room(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise CannotLink(
                "it and the programs before it share so much code that their copies of it would be many times the object"
            )

    def _debug_information(self, parts: dict[Place, tuple[Part, int]]) -> tuple[bytes, bytes]:
        """Types of the functions and lines of the source; the kernel wants those of all functions, or of none."""
        info = bytearray()
        lines = array("I")
        lines_are_complete = True
        for part, base in parts.values():
            type_id = self._type_of(part.function)
            if type_id is None:
                return b"", b""
            info += struct.pack("=2I", base, type_id)
            here = self._encoded_lines(part.function)
            lines_are_complete = lines_are_complete and here.complete
            if lines_are_complete:
                start = len(lines)
                lines += here.records
                lines[start::4] = array("I", [base + number for number in here.records[::4]])
        return bytes(info), lines.tobytes() if lines_are_complete else b""

    def _core_relocations(self, parts: dict[Place, tuple[Part, int]], complete: bool) -> bytes:
        """``struct bpf_core_relo`` of the whole program; ``complete`` says whether it has the types and lines of all parts."""
        records = array("I")
        for part, base in parts.values():
            for access in self._relocator.accesses_of(part.function):
                if not complete:
                    raise CannotLink(
                        f"{short(part.function.name)} depends on the running kernel's types (CO-RE), and its debug "
                        f"information is incomplete. Build the object with clang -g, and do not strip it"
                    )
                place = base * INSTRUCTION_SIZE + access.offset - part.function.start * INSTRUCTION_SIZE
                records.extend((place, *self._written(access.type, access.access), access.kind))
        return records.tobytes()

    def _written(self, type_id: int, access: int) -> tuple[int, int]:
        """A type and a string of the object, as they are numbered in what is written."""
        btf, writer = self._types.btf, self._types.writer
        return writer.take(type_id), writer.string(btf.string(access))

    def _type_of(self, function: Function) -> int | None:
        """The number of the function's type among those that are written."""
        btf, writer = self._types.btf, self._types.writer
        type_id = self._types.functions.get(function.section.name, {}).get(function.start * INSTRUCTION_SIZE)
        if type_id is None or btf.type(type_id).kind != kinds.FUNC:
            return None
        if function.local or not function.hidden:
            return writer.take(type_id)
        # A global function is verified by itself, for any argument; one that is hidden is meant to be
        # verified where it is called, as static ones are (libbpf: bpf_object__reloc_code, mark_func_static).
        if type_id not in self._hidden:
            self._hidden[type_id] = writer.add_function(type_id, kinds.STATIC)
        return self._hidden[type_id]

    def _encoded_lines(self, function: Function) -> _Lines:
        if function.place not in self._function_lines:
            self._function_lines[function.place] = self._encode_lines(function)
        return self._function_lines[function.place]

    def _encode_lines(self, function: Function) -> _Lines:
        btf, writer = self._types.btf, self._types.writer
        records = array("I")
        for line in self._lines_of(function):
            number = line.offset // INSTRUCTION_SIZE - function.start
            records.extend(
                (number, writer.string(btf.string(line.file)), writer.string(btf.string(line.text)), line.position)
            )
        return _Lines(records, bool(records) and records[0] == 0)

    def _lines_of(self, function: Function) -> list[Line]:
        lines = self._lines.get(function.section.name, [])
        start = function.start * INSTRUCTION_SIZE
        first = bisect_left(lines, Line(start, 0, 0, 0))
        last = bisect_left(lines, Line(start + function.length * INSTRUCTION_SIZE, 0, 0, 0))
        return lines[first:last]


class _Program:
    """One program as it grows, function by function.

    They are in libbpf's order, so that the kernel's tag is the same: each
    function where it is first called, and before the caller's next call what
    it calls itself.
    """

    def __init__(self, linker: Linker, entry: Function) -> None:
        self._linker = linker
        self._code = bytearray()
        self._calls: list[tuple[int, Place]] = []
        #: The functions in their order, each with the number of its first instruction.
        self.parts: dict[Place, tuple[Part, int]] = {}
        self.references: list[MapReference] = []
        self.kernel_references: list[KernelReference] = []
        under_way = [self._add(entry.place)]
        while under_way:
            callee = next(under_way[-1], None)
            if callee is None:
                under_way.pop()
            else:
                under_way.append(self._add(callee))

    def _add(self, place: Place) -> Iterator[Place]:
        part = self._linker.take(place)
        base = len(self._code) // INSTRUCTION_SIZE
        self.parts[place] = part, base
        self._code += part.code
        return self._needed(part, base)

    def _needed(self, part: Part, base: int) -> Iterator[Place]:
        """The functions that it calls and that are not in the program yet."""
        for number, used in part.uses:
            if isinstance(used, str):
                self.references.append(MapReference(base + number, used))
            elif isinstance(used, KernelSymbol):
                self.kernel_references.append(KernelReference(base + number, *used))
            else:
                self._calls.append((base + number, used))
                if used not in self.parts:
                    yield used

    def linked(self) -> bytes:
        """All instructions, with the distances of calls."""
        for number, place in self._calls:
            distance = self.parts[place][1] - number - 1
            struct.pack_into("=i", self._code, number * INSTRUCTION_SIZE + 4, distance)
        return bytes(self._code)
