# Copyright (c) 2026 the ebpf.xdp contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private: may change without notice.

"""One function of an ELF object with what the linker has left open filled in: addresses of maps and variables, and calls.

Each function is done once, however many programs use it.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from ansible_collections.ebpf.xdp.plugins.module_utils._choices import short
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.container import SHN_UNDEF, Elf, Section, Symbol
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.externs import SETTINGS_MAP, Externs, KernelSymbol
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.functions import Code, Function, Place
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.types import KernelAccess, ObjectTypes
from ansible_collections.ebpf.xdp.plugins.module_utils._elf.unmakeable import Declared, Unmakeable
from ansible_collections.ebpf.xdp.plugins.module_utils._spec.spec import (
    CALL,
    INSTRUCTION,
    INSTRUCTION_SIZE,
    LD_IMM64,
    PSEUDO_BTF_ID,
    PSEUDO_CALL,
    PSEUDO_FUNC,
    PSEUDO_KFUNC_CALL,
    PSEUDO_MAP_FD,
    PSEUDO_MAP_VALUE,
    source_register,
    with_source_register,
)


class CannotLink(Exception):
    """The program cannot be loaded as it is; the text says why, for the user."""


class Part(NamedTuple):
    """A function as part of a program, wherever it comes to lie in it."""

    function: Function
    #: Its instructions; the descriptors of maps are zero, and the distances of calls are open.
    code: bytes
    #: What it uses, in the order of its instructions, which are counted from its start: a map by name, of which
    #: the instruction takes the descriptor, a function by its place, to which it takes the distance, or something of
    #: the kernel's.
    uses: list[tuple[int, str | Place | KernelSymbol]]


class Relocator:
    """The functions of one object; ``maps`` are by section and offset, ``variables`` by section."""

    def __init__(
        self,
        elf: Elf,
        types: ObjectTypes,
        code: Code,
        maps: Mapping[tuple[int, int], Declared],
        variables: Mapping[int, Declared],
    ) -> None:
        self.code = code
        self.externs = Externs(elf, types)
        self._elf = elf
        self._maps = maps
        self._variables = variables
        # What was found out once, be it that something cannot be done: thousands of functions may ask.
        self._symbols: dict[int, dict[int, Symbol] | CannotLink] = {}
        self._parts: dict[Place, Part | CannotLink] = {}
        # Each once: the kernel would not find the instruction as it was for the second one.
        self._accesses = {name: sorted({*accesses}) for name, accesses in types.accesses.items()}

    def part(self, function: Function) -> Part:
        """The function with its relocations done; raises ``CannotLink``."""
        found = self._parts.get(function.place)
        if found is None:
            try:
                found = _Filling(self, function).part()
            except CannotLink as error:
                found = error
            self._parts[function.place] = found
        if isinstance(found, CannotLink):
            raise CannotLink(str(found))
        return found

    def instructions(self, function: Function) -> bytes:
        """As they are in the file."""
        start = function.start * INSTRUCTION_SIZE
        return self._elf.contents(function.section)[start : start + function.length * INSTRUCTION_SIZE]

    def symbols_at(self, section: Section) -> dict[int, Symbol]:
        """What each instruction of the section refers to, by the offset of the instruction."""
        found = self._symbols.get(section.number)
        if found is None:
            found = self._symbols[section.number] = self._read_symbols(section)
        if isinstance(found, CannotLink):
            raise CannotLink(str(found))
        return found

    def _read_symbols(self, section: Section) -> dict[int, Symbol] | CannotLink:
        relocations = self._elf.relocations(section)
        for each in relocations:
            if each.offset % INSTRUCTION_SIZE:
                name, symbol = short(section.name), short(each.symbol.name)
                return CannotLink(f"section {name} uses {symbol} within an instruction")
        return {each.offset: each.symbol for each in relocations}

    def accesses_of(self, function: Function) -> list[KernelAccess]:
        """What the running kernel's types decide in the function, in the order of its instructions."""
        accesses = self._accesses.get(function.section.name, [])
        start = function.start * INSTRUCTION_SIZE
        first = bisect_left(accesses, KernelAccess(start, 0, 0, 0))
        last = bisect_left(accesses, KernelAccess(start + function.length * INSTRUCTION_SIZE, 0, 0, 0))
        return accesses[first:last]

    def map_at(self, section: int, offset: int) -> Declared | None:
        """The map that is declared at this offset, in bytes, of the section; ``None`` where none begins."""
        return self._maps.get((section, offset))

    def variables_in(self, section: int) -> Declared | None:
        """The map that holds the section's variables; ``None`` for any other section."""
        return self._variables.get(section)


class _Filling:
    """Does the relocations of one function."""

    def __init__(self, relocator: Relocator, function: Function) -> None:
        self._relocator = relocator
        self._function = function
        self._original = relocator.instructions(function)
        self._code = bytearray(self._original)
        self._uses: list[tuple[int, str | Place | KernelSymbol]] = []

    def part(self) -> Part:
        function = self._function
        symbols = self._relocator.symbols_at(function.section)
        second_half = False
        for number, (opcode, registers, _offset, value) in enumerate(
            struct.iter_unpack(f"={INSTRUCTION}", self._original)
        ):
            symbol = symbols.get((function.start + number) * INSTRUCTION_SIZE)
            if second_half:
                second_half = False
                if symbol is not None:
                    self._refuse(f"uses {short(symbol.name)} within an instruction")
                continue
            source = source_register(registers)
            if opcode == LD_IMM64:
                if number + 1 == function.length:
                    self._refuse("ends within an instruction")
                second_half = True
                if symbol is not None:
                    self._address(number, registers, value, symbol)
                elif source:
                    self._refuse("refers to something that the object does not name")
            elif opcode == CALL and (source == PSEUDO_CALL or symbol is not None):
                self._call(number, value, symbol)
            elif symbol is not None:
                self._refuse(f"uses {short(symbol.name)} in a way that is not known")
        return Part(function, bytes(self._code), self._uses)

    def _refuse(self, why: str) -> NoReturn:
        raise CannotLink(f"{short(self._function.name)} {why}")

    def _refuse_map(self, unmakeable: Unmakeable) -> NoReturn:
        self._refuse(f"uses the map {short(unmakeable.name)}, which cannot be made: the object {unmakeable.why}")

    def _call(self, number: int, value: int, symbol: Symbol | None) -> None:
        function = self._function
        if symbol is None:
            section, target = function.section.number, function.start + number + 1 + value
        else:
            if symbol.section == SHN_UNDEF:
                self._call_kernel(number, symbol)
                return
            # Against the section, or against the function with -1 in the instruction: both count from the next one.
            section, target = symbol.section, symbol.value // INSTRUCTION_SIZE + 1 + value
        callee = self._relocator.code.at(section, target)
        if callee is None:
            self._refuse("calls something that is no function of the object")
        self._uses.append((number, callee.place))

    def _call_kernel(self, number: int, symbol: Symbol) -> None:
        extern = self._relocator.externs.symbol(symbol.name)
        if extern is None or extern.kind != "function":
            self._refuse_undefined(symbol)
        self._uses.append((number, extern))
        start = number * INSTRUCTION_SIZE
        registers = with_source_register(self._code[start + 1], PSEUDO_KFUNC_CALL)
        struct.pack_into("=BBhi", self._code, start, CALL, registers, 0, 0)

    def _refuse_undefined(self, symbol: Symbol) -> NoReturn:
        function = self._function
        raise CannotLink(
            f"{short(function.name)} in section {short(function.section.name)} uses {short(symbol.name)}, which the "
            f"object does not define, and does not declare as the kernel's (__ksym, __kconfig) with a type that this can have"
        )

    def _extern(self, number: int, registers: int, symbol: Symbol) -> None:
        """The address of something of the kernel's."""
        externs = self._relocator.externs
        extern = externs.symbol(symbol.name)
        place = externs.setting(symbol.name)
        if place is not None:
            self._put(number, registers, PSEUDO_MAP_VALUE, place)
            self._uses.append((number, SETTINGS_MAP))
        elif extern is not None:
            self._put(number, registers, PSEUDO_BTF_ID, 0)
            self._uses.append((number, extern))
        else:
            self._refuse_undefined(symbol)

    def _address(self, number: int, registers: int, value: int, symbol: Symbol) -> None:
        """The two places of LD_IMM64: a map, a variable, or a function."""
        if symbol.section == SHN_UNDEF:
            self._extern(number, registers, symbol)
            return
        offset = symbol.value + value
        declared = self._relocator.map_at(symbol.section, offset)
        variables = self._relocator.variables_in(symbol.section)
        if isinstance(declared, Unmakeable):
            self._refuse_map(declared)
        if isinstance(variables, Unmakeable):
            self._refuse_map(variables)
        if declared is not None:
            self._put(number, registers, PSEUDO_MAP_FD, 0)
            self._uses.append((number, declared.name))
        elif variables is not None:
            if not 0 <= offset < variables.value_size:
                self._refuse(f"uses a variable outside of {variables.name}")
            self._put(number, registers, PSEUDO_MAP_VALUE, offset)
            self._uses.append((number, variables.name))
        else:
            start, odd = divmod(offset, INSTRUCTION_SIZE)
            target = self._relocator.code.at(symbol.section, -1 if odd else start)
            if target is None:
                self._refuse(f"uses {short(symbol.name)}, which is no map, variable or function of the object")
            self._put(number, registers, PSEUDO_FUNC, 0)
            self._uses.append((number, target.place))

    def _put(self, number: int, registers: int, source: int, second: int) -> None:
        start = number * INSTRUCTION_SIZE
        struct.pack_into("=B", self._code, start + 1, with_source_register(registers, source))
        struct.pack_into("=i", self._code, start + 4, 0)
        struct.pack_into("=i", self._code, start + INSTRUCTION_SIZE + 4, second)
