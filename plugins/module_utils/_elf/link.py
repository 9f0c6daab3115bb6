# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a function and all that it calls to one program, with what the linker has left open filled in."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator

from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import SHN_UNDEF, Elf, Section, Symbol
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.functions import Code, Entry, Function
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import KernelAccess, Line, ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._object import btf as kinds
from ansible_collections.ebpf.xdp.plugins.module_utils._object.spec import (
    CALL,
    INSTRUCTION,
    INSTRUCTION_SIZE,
    LD_IMM64,
    MOST_INSTRUCTIONS,
    PSEUDO_CALL,
    PSEUDO_FUNC,
    PSEUDO_MAP_FD,
    PSEUDO_MAP_VALUE,
    MapReference,
    MapSpec,
    ProgramSpec,
    source_register,
    with_source_register,
)


class CannotLink(Exception):
    """The program cannot be loaded as it is; the text says why, for the user."""


class Linker:
    """Makes programs of one object; ``maps`` are by section and offset, ``variables`` by section."""

    def __init__(
        self,
        elf: Elf,
        types: ObjectTypes,
        maps: dict[tuple[int, int], MapSpec],
        variables: dict[int, MapSpec],
        license: str,
    ) -> None:
        self.elf = elf
        self.types = types
        self.maps = maps
        self.variables = variables
        self.license = license
        self.code = Code(elf)
        self._symbols: dict[int, dict[int, Symbol]] = {}
        self._lines: dict[str, list[Line]] = {
            name: sorted({line.offset: line for line in lines}.values()) for name, lines in types.lines.items()
        }
        self._accesses = {name: sorted(accesses) for name, accesses in types.accesses.items()}
        self._left = MOST_INSTRUCTIONS

    def link(self, entry: Entry) -> ProgramSpec:
        """The entry with every function that it needs behind it; raises ``CannotLink``."""
        program = _Program(self, entry.function)
        functions = program.functions
        return ProgramSpec(
            entry.function.name,
            bytes(program.code),
            tuple(program.references),
            self.license,
            entry.flags,
            *self._debug_information(functions),
        )

    def symbols_at(self, section: Section) -> dict[int, Symbol]:
        """What each instruction of the section refers to, by the offset of the instruction."""
        if section.number not in self._symbols:
            relocations = self.elf.relocations(section)
            for each in relocations:
                if each.offset % INSTRUCTION_SIZE:
                    raise CannotLink(f"section {section.name} uses {each.symbol.name} within an instruction")
            self._symbols[section.number] = {each.offset: each.symbol for each in relocations}
        return self._symbols[section.number]

    def take(self, function: Function) -> bytes:
        """The function's instructions, as they are in the file."""
        self._left -= function.length
        if self._left < 0:
            raise CannotLink(f"it and the programs before it have more than {MOST_INSTRUCTIONS} instructions")
        self._refuse_kernel_types(function)
        start = function.start * INSTRUCTION_SIZE
        return self.elf.contents(function.section)[start : start + function.length * INSTRUCTION_SIZE]

    def _refuse_kernel_types(self, function: Function) -> None:
        accesses = self._accesses.get(function.section.name, [])
        start = function.start * INSTRUCTION_SIZE
        index = bisect_left(accesses, KernelAccess(start, 0, 0, 0))
        if index < len(accesses) and accesses[index].offset < start + function.length * INSTRUCTION_SIZE:
            name = self.types.btf.name(self.types.btf.resolve(accesses[index].type)[1])
            raise CannotLink(
                f"{function.name} in section {function.section.name} has to be fitted to the type {name} of the "
                f"running kernel (CO-RE), which is not done here. Include the kernel's user headers, such as "
                f"linux/bpf.h and linux/ip.h, in place of vmlinux.h"
            )

    def _debug_information(self, functions: dict[Function, int]) -> tuple[bytes, bytes]:
        """Types of the functions and lines of the source; the kernel wants those of all functions, or of none."""
        btf, writer = self.types.btf, self.types.writer
        info = bytearray()
        lines = bytearray()
        lines_are_complete = True
        for function, base in functions.items():
            name = function.section.name
            id = self.types.functions.get(name, {}).get(function.start * INSTRUCTION_SIZE)
            if id is None or btf.type(id).kind != kinds.FUNC:
                return b"", b""
            type = btf.type(id)
            # A global function is verified by itself, for any argument; one that is hidden is meant to be
            # verified where it is called, as static ones are (libbpf: bpf_object__reloc_code, mark_func_static).
            hidden = function.hidden and not function.local
            new = (
                writer.add_function(btf.name(type), type.size_or_type, kinds.FUNC_STATIC) if hidden else writer.take(id)
            )
            info += struct.pack("=2I", base, new)
            here = self._lines_of(function)
            lines_are_complete = (
                lines_are_complete and bool(here) and here[0].offset // INSTRUCTION_SIZE == function.start
            )
            for line in here:
                strings = writer.string(btf.string(line.file)), writer.string(btf.string(line.text))
                lines += struct.pack(
                    "=4I", base + line.offset // INSTRUCTION_SIZE - function.start, *strings, line.position
                )
        return bytes(info), bytes(lines) if lines_are_complete else b""

    def _lines_of(self, function: Function) -> list[Line]:
        lines = self._lines.get(function.section.name, [])
        start = function.start * INSTRUCTION_SIZE
        first = bisect_left(lines, Line(start, 0, 0, 0))
        last = bisect_left(lines, Line(start + function.length * INSTRUCTION_SIZE, 0, 0, 0))
        return lines[first:last]


class _Program:
    """One program as it grows, function by function."""

    def __init__(self, linker: Linker, entry: Function) -> None:
        self.linker = linker
        self.code = bytearray()
        self.references: list[MapReference] = []
        #: The functions in their order, with the number of their first instruction.
        self.functions: dict[Function, int] = {}
        self._calls: list[tuple[int, Function]] = []
        # In libbpf's order, so that the kernel's tag is the same: each function where it is first called, and
        # before the caller's next call what it calls itself.
        under_way = [self._add(entry)]
        while under_way:
            callee = next(under_way[-1], None)
            if callee is None:
                under_way.pop()
            elif callee not in self.functions:
                under_way.append(self._add(callee))
        for at, callee in self._calls:
            struct.pack_into("=i", self.code, at * INSTRUCTION_SIZE + 4, self.functions[callee] - at - 1)

    def _add(self, function: Function) -> Iterator[Function]:
        self.functions[function] = len(self.code) // INSTRUCTION_SIZE
        self.code += self.linker.take(function)
        return self._fill_in(function)

    def _fill_in(self, function: Function) -> Iterator[Function]:
        """Do the function's relocations; yields the functions that it needs."""
        symbols = self.linker.symbols_at(function.section)
        base = self.functions[function]
        second_half = False
        start = base * INSTRUCTION_SIZE
        copy = bytes(self.code[start : start + function.length * INSTRUCTION_SIZE])
        for number, (opcode, registers, _offset, value) in enumerate(struct.iter_unpack(f"={INSTRUCTION}", copy)):
            place = function.start + number
            symbol = symbols.get(place * INSTRUCTION_SIZE)
            if second_half:
                second_half = False
                if symbol is not None:
                    raise CannotLink(f"{function.name} uses {symbol.name} within an instruction")
                continue
            source = source_register(registers)
            if opcode == LD_IMM64:
                if number + 1 == function.length:
                    raise CannotLink(f"{function.name} ends within an instruction")
                second_half = True
                if symbol is not None:
                    yield from self._address(base + number, registers, value, symbol, function)
                elif source:
                    raise CannotLink(f"{function.name} refers to something that the object does not name")
            elif opcode == CALL and (source == PSEUDO_CALL or symbol is not None):
                callee = self._callee(function, place, value, symbol)
                self._calls.append((base + number, callee))
                yield callee
            elif symbol is not None:
                raise CannotLink(f"{function.name} uses {symbol.name} in a way that is not known")

    def _callee(self, function: Function, place: int, value: int, symbol: Symbol | None) -> Function:
        if symbol is None:
            section, target = function.section.number, place + 1 + value
        else:
            self._require_defined(function, symbol)
            # Against the section, or against the function with -1 in the instruction: both count from the next one.
            section, target = symbol.section, symbol.value // INSTRUCTION_SIZE + 1 + value
        callee = self.linker.code.at(section, target)
        if callee is None:
            raise CannotLink(f"{function.name} calls something that is no function of the object")
        return callee

    @staticmethod
    def _require_defined(function: Function, symbol: Symbol) -> None:
        if symbol.section == SHN_UNDEF:
            raise CannotLink(
                f"{function.name} in section {function.section.name} uses {symbol.name}, which the object does not "
                f"define. Functions, variables and settings of the kernel cannot be filled in here"
            )

    def _address(self, at: int, registers: int, value: int, symbol: Symbol, function: Function) -> Iterator[Function]:
        """The two places of LD_IMM64: a map, a variable, or a function."""
        self._require_defined(function, symbol)
        offset = symbol.value + value
        map = self.linker.maps.get((symbol.section, offset))
        variables = self.linker.variables.get(symbol.section)
        if map is not None:
            self._put(at, registers, PSEUDO_MAP_FD, 0)
            self.references.append(MapReference(at, map.name))
        elif variables is not None:
            if not 0 <= offset < variables.value_size:
                raise CannotLink(f"{function.name} uses a variable outside of {variables.name}")
            self._put(at, registers, PSEUDO_MAP_VALUE, offset)
            self.references.append(MapReference(at, variables.name))
        else:
            number, odd = divmod(offset, INSTRUCTION_SIZE)
            target = self.linker.code.at(symbol.section, -1 if odd else number)
            if target is None:
                raise CannotLink(
                    f"{function.name} uses {symbol.name}, which is no map, variable or function of the object"
                )
            self._put(at, registers, PSEUDO_FUNC, 0)
            self._calls.append((at, target))
            yield target

    def _put(self, at: int, registers: int, source: int, second: int) -> None:
        start = at * INSTRUCTION_SIZE
        struct.pack_into("=B", self.code, start + 1, with_source_register(registers, source))
        struct.pack_into("=i", self.code, start + 4, 0)
        struct.pack_into("=i", self.code, start + INSTRUCTION_SIZE + 4, second)
